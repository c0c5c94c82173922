import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/budget.ts';
import { planMessages, planRequest } from '../../src/core/plan.ts';
import { parseAnswer, type Rejected } from '../../src/core/record.ts';
import type { Row } from '../../src/core/resource.ts';
import { createDatabase, type Database } from '../../src/db/database.ts';
import { createLedger } from '../../src/db/ledger.ts';
import { type Lock, takeLock } from '../../src/db/lock.ts';
import { finishRun, keepRejected, lastRuns, startRun } from '../../src/db/runs.ts';
import chats from '../../src/resources/chats.ts';
import messages from '../../src/resources/messages.ts';
import { landAnswer } from '../../src/sync/land.ts';
import { createWarehouse } from '../support/warehouse.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});
beforeEach(() =>
  database.pool.query(`truncate chatrhub_sync.runs, chatrhub_sync.requests, chatrhub_sync.coverage, chatrhub_sync.message_fetches,
    chatrhub.agents, chatrhub.groups, chatrhub.visitors, chatrhub.chats cascade`),
);

const select = async (sql: string): Promise<Row[]> => (await database.pool.query<Row>(sql)).rows;

describe('a run', () => {
  it('ends with its status, the number of its requests, and what it has to say', async () => {
    const { runId } = await startRun(database, 'sync');
    expect(await lastRuns(database, 1)).toMatchObject([{ runId, command: 'sync', status: 'running', finishedAt: null }]);
    await granted(runId, 'chats');
    await granted(runId, 'chats');
    const run = await finishRun(database, runId, 'partial', 'chats failed', { backlog: { chats: 1 } });
    expect(run).toMatchObject({ status: 'partial', requests: 2, error: 'chats failed', details: { backlog: { chats: 1 } } });
    expect(run.finishedAt?.getTime()).toBeGreaterThanOrEqual(run.startedAt.getTime());
  });

  it('whose process died is marked by the next one of the same command', async () => {
    const dead = await startRun(database, 'sync');
    const other = await startRun(database, 'backfill');
    const ended = await startRun(database, 'reconcile');
    await finishRun(database, ended.runId, 'complete', null, {});
    const next = await startRun(database, 'sync');
    expect((await lastRuns(database, 4)).map(({ runId, status }) => [runId, status])).toEqual([
      [next.runId, 'running'],
      [ended.runId, 'complete'],
      [other.runId, 'running'],
      [dead.runId, 'interrupted'],
    ]);
    expect((await lastRuns(database, 4))[3]).toMatchObject({
      finishedAt: expect.any(Date),
      error: expect.stringContaining('ended before'),
    });
  });
});

describe('the lock of a command', () => {
  it('is held by one process, for each command, and free when its connection has ended', async () => {
    const other = createDatabase(String(database.pool.options.connectionString));
    const dead = await takeLock(database, 'sync');
    expect(await takeLock(other, 'sync')).toBeUndefined();
    await (await takeLock(other, 'backfill'))?.release();
    await select(`select pg_terminate_backend(pid) from pg_locks join pg_database d on d.oid = database
      where locktype = 'advisory' and datname = current_database()`);
    let lock: Lock | undefined;
    await expect.poll(async () => (lock = await takeLock(other, 'sync'))).toBeDefined();
    await dead?.release();
    expect(await takeLock(database, 'sync')).toBeUndefined();
    await lock?.release();
    await other.close();
  });
});

describe('a lock that was released', () => {
  it('is free when the release has been awaited', async () => {
    const held = `select from pg_locks join pg_database d on d.oid = database where locktype = 'advisory' and datname = current_database()`;
    for (let turn = 0; turn < 30; turn++) {
      const lock = await takeLock(database, 'sync');
      expect(await select(held)).toHaveLength(1);
      await lock?.release();
      expect(await select(held), `turn ${turn}`).toHaveLength(0);
    }
  });
});

describe('what was rejected', () => {
  const reject = (change: Partial<Rejected> = {}): Rejected => ({
    resource: 'chats',
    recordKey: '4',
    attribute: 'duration',
    reason: 'not a number',
    value: 'long',
    ...change,
  });
  const DISTINCT = [
    reject(),
    reject({ value: 'longer' }),
    reject({ value: null }),
    reject({ attribute: 'tag' }),
    reject({ attribute: null }),
    reject({ recordKey: '5' }),
    reject({ recordKey: null }),
    reject({ resource: 'messages' }),
    reject({ value: 'x'.repeat(10_000) }),
  ];

  it('is kept once for each distinct value, with the first and the last run that met it', async () => {
    const [first, second] = [await startRun(database, 'sync'), await startRun(database, 'sync')];
    await database.transaction((client) => keepRejected(client, first.runId, DISTINCT));
    const seen = await select('select id, seen_at from chatrhub_sync.rejected_records order by id');
    await database.transaction((client) => keepRejected(client, second.runId, [...DISTINCT].reverse()));
    const rows = await select('select * from chatrhub_sync.rejected_records order by id');
    expect(rows).toHaveLength(DISTINCT.length);
    for (const [i, row] of rows.entries()) {
      expect(row).toMatchObject({ ...seen[i], first_run_id: first.runId, run_id: second.runId, reason: 'not a number' });
      expect((row.last_seen_at as Date).getTime()).toBeGreaterThanOrEqual((row.seen_at as Date).getTime());
    }
  });

  it('is as good as nothing when it is nothing', async () => {
    await database.transaction((client) => keepRejected(client, 1, []));
    expect(await select('select * from chatrhub_sync.rejected_records')).toEqual([]);
  });
});

/** A request of a run, granted now and answered with 200. */
async function granted(runId: number, resource: string): Promise<{ requestId: number; askedAt: Date }> {
  const ledger = createLedger(database, { limits: [], scope: 'account' });
  const call: Call = { runId, lane: 'sync', resource, endpoint: `/${resource}.json`, path: `/${resource}.json`, attempt: 1 };
  const grant = await ledger.grant(call, 10_000);
  if (!('requestId' in grant)) throw new Error('no grant');
  await ledger.settle(grant.requestId, { status: 200, bytes: 1 });
  return { requestId: grant.requestId, askedAt: grant.grantedAt };
}

describe('an answer', () => {
  const NOW = new Date('2018-06-20T12:00:00Z');
  const DAYS = { from: '2018-06-01', until: '2018-06-05' };
  const chat = (id: number, attributes: Row = {}) => ({
    type: 'chats',
    id,
    attributes: {
      client_id: 77,
      visitor_id: 7,
      visitor: { id: 7, city: 'Bonn', xmpp_username: 'v7' },
      create_dt: '2018-06-02T00:00:00+00:00',
      ...attributes,
    },
  });

  async function land(data: unknown[], document: object = { data }) {
    const { runId } = await startRun(database, 'sync');
    const source = { runId, ...(await granted(runId, 'chats')), now: NOW };
    const outcomes = await landAnswer(
      database,
      planRequest(chats, { period: DAYS }),
      parseAnswer(document, chats, { clientId: 77 }),
      source,
    );
    return { runId, outcomes };
  }

  it('commits its rows, its rejects, its days, its counts, and that its request is done', async () => {
    const { runId, outcomes } = await land([chat(1), chat(2, { duration: 'long' }), { id: 'none' }]);
    expect(outcomes.get('chats')).toEqual({ fetched: 3, inserted: 2, updated: 0, unchanged: 0, rejected: 1 });
    expect(outcomes.get('visitors')).toMatchObject({ fetched: 1, inserted: 1 });
    expect(await select('select run_id, rows_inserted, rows_rejected from chatrhub_sync.runs')).toEqual([
      { run_id: runId, rows_inserted: 3, rows_rejected: 1 },
    ]);
    expect(await select('select attribute, record_key from chatrhub_sync.rejected_records order by 1')).toEqual([
      { attribute: 'duration', record_key: '2' },
      { attribute: null, record_key: 'none' },
    ]);
    expect(await select('select resource, scope, covered_from, covered_until from chatrhub_sync.coverage')).toEqual([
      { resource: 'chats', scope: '', covered_from: '2018-06-01', covered_until: '2018-06-05' },
    ]);
    expect(await select('select records, loaded_at is not null as is_loaded from chatrhub_sync.requests')).toEqual([
      { records: 3, is_loaded: true },
    ]);
  });

  it('covers nothing when it has no data', async () => {
    await land([], {});
    expect(await select('select * from chatrhub_sync.coverage')).toEqual([]);
    expect(await select('select records, loaded_at is not null as is_loaded from chatrhub_sync.requests')).toEqual([
      { records: 0, is_loaded: true },
    ]);
  });

  it('leaves nothing behind when one of its rows is refused by the database', async () => {
    await database.pool.query(`alter table chatrhub.chats add constraint no_thirteen check (chat_id <> 13)`);
    await expect(land([chat(1), chat(13), chat(14, { tag: 5, duration: 'long' })])).rejects.toMatchObject({ code: '23514' });
    await database.pool.query(`alter table chatrhub.chats drop constraint no_thirteen`);
    for (const table of ['chatrhub.chats', 'chatrhub.visitors', 'chatrhub_sync.coverage', 'chatrhub_sync.rejected_records']) {
      expect(await select(`select * from ${table}`), table).toEqual([]);
    }
    expect(await select('select loaded_at from chatrhub_sync.requests')).toEqual([{ loaded_at: null }]);
    expect(await select('select rows_inserted, rows_rejected from chatrhub_sync.runs')).toEqual([{ rows_inserted: 0, rows_rejected: 0 }]);
    await land([chat(1), chat(13)]);
    expect(await select('select chat_id from chatrhub.chats order by 1')).toEqual([{ chat_id: 1 }, { chat_id: 13 }]);
  });

  it('of an earlier request that comes last does not bring back what the source took back meanwhile', async () => {
    const [planned] = planMessages(messages, [{ chatId: 1, visitorId: null, visitorUsername: null }]);
    if (!planned) throw new Error('nothing planned');
    const landMessage = async (body: string, source: { runId: number; requestId: number; askedAt: Date }) => {
      const document = { data: [{ type: 'messages', id: 5, attributes: { client_id: 77, chat_id: 1, body } }] };
      await landAnswer(database, planned, parseAnswer(document, messages), { ...source, now: NOW });
    };
    const [sync, backfill] = [await startRun(database, 'sync'), await startRun(database, 'backfill')];
    const ask = async ({ runId }: { runId: number }) => ({ runId, ...(await granted(runId, 'messages')) });
    await landMessage('A', await ask(sync));
    const earlier = await ask(backfill);
    await landMessage('A', await ask(sync));
    await landMessage('B', earlier);
    expect(await select('select body from chatrhub_private.message_bodies')).toEqual([{ body: 'A' }]);
  });
});
