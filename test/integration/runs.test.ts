import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../src/budget/ledger.store.ts';
import type { Call } from '../../src/budget/limits.ts';
import { LockedError, RunSupersededError } from '../../src/errors.ts';
import { addCoverage } from '../../src/evidence/coverage.store.ts';
import type { Rejected } from '../../src/records/answer.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Row } from '../../src/records/resource.ts';
import chats from '../../src/resources/chats.ts';
import messages from '../../src/resources/messages.ts';
import { commitResponse, type Settle, type Source } from '../../src/runs/commit-response.ts';
import { planMessages, planRequest } from '../../src/source/request-plan.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { noOutcome } from '../../src/warehouse/load/load.ts';
import { keepRejected } from '../../src/warehouse/rejected-records.ts';
import { addToRun, finishRun, lastRuns, noteProgress, openRun } from '../../src/warehouse/run-log.ts';
import { urlOf } from '../support/database.ts';
import { addRun, createWarehouse } from '../support/warehouse.ts';
import { startWire } from '../support/wire.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});
beforeEach(() =>
  database.pool.query(`truncate chatrhub_sync.runs, chatrhub_sync.requests, chatrhub_sync.coverage, chatrhub_sync.chat_fetches,
    chatrhub_raw.versions, chatrhub.agents, chatrhub.groups, chatrhub.visitors, chatrhub.chats cascade`),
);

const select = async (sql: string): Promise<Row[]> => (await database.pool.query<Row>(sql)).rows;

describe('a run', () => {
  it('says how far it is, and does not wait for what is being loaded', async () => {
    const { runId } = await addRun(database);
    const progressOf = async () => (await select(`select progress from chatrhub_sync.runs where run_id = ${runId}`))[0]?.progress;
    const progress = (requests: number) => ({ requests }) as never;
    await noteProgress(database, runId, progress(1));
    await database.transaction(async (client) => {
      await addToRun(client, runId, { ...noOutcome(), inserted: 1 });
      await noteProgress(database, runId, progress(2));
      expect(await progressOf()).toEqual({ requests: 1 });
    });
    await noteProgress(database, runId, progress(3));
    expect(await progressOf()).toEqual({ requests: 3 });
  });

  it('ends with its status, the number of its requests, and what it has to say', async () => {
    const { runId } = await addRun(database);
    expect(await lastRuns(database, 1)).toMatchObject([{ runId, command: 'test', status: 'running', finishedAt: null }]);
    await granted(runId, 'chats');
    await granted(runId, 'chats');
    const run = await finishRun(database, runId, 'partial', 'chats failed', { backlog: { chats: 1 } });
    expect(run).toMatchObject({ status: 'partial', requests: 2, error: 'chats failed', backlog: { chats: 1 } });
    expect(run.finishedAt?.getTime()).toBeGreaterThanOrEqual(run.startedAt.getTime());
  });

  it('whose process died is marked by the next one, whatever its command; those that live or have ended are not', async () => {
    const other = createDatabase(urlOf(database));
    const [dead, alive] = [await openRun(other, 'sync'), await openRun(other, 'backfill')];
    const ended = await openRun(database, 'reconcile');
    await finishRun(database, ended.run.runId, 'complete', null);
    await ended.release();
    // As when its process is killed.
    await dead.release();
    const next = await openRun(database, 'sync');
    expect((await lastRuns(database, 4)).map(({ runId, status }) => [runId, status])).toEqual([
      [next.run.runId, 'running'],
      [ended.run.runId, 'complete'],
      [alive.run.runId, 'running'],
      [dead.run.runId, 'interrupted'],
    ]);
    expect((await lastRuns(database, 4))[3]).toMatchObject({
      finishedAt: expect.any(Date),
      error: expect.stringContaining('ended before'),
    });
    await alive.release();
    await next.release();
    await other.close();
  });
});

describe('a sync', () => {
  const HELD = `select from pg_locks join pg_database d on d.oid = database where locktype = 'advisory' and datname = current_database()`;

  it('is alone, while any number of backfills run; the next one can start when its connection has ended', async () => {
    const other = createDatabase(urlOf(database));
    const url = urlOf(database);
    const wire = await startWire(() => url);
    const cut = createDatabase(wire.through(url), { patience: { firstMs: 0, laterMs: 0 } });
    const dead = await openRun(cut, 'sync');
    await expect(openRun(other, 'sync')).rejects.toThrow(LockedError);
    const backfills = [await openRun(other, 'backfill'), await openRun(other, 'backfill')];
    await wire.shut();
    await expect
      .poll(() =>
        openRun(other, 'sync').then(
          ({ release }) => release().then(() => 'free'),
          () => 'held',
        ),
      )
      .toBe('free');
    for (const run of [dead, ...backfills]) await run.release();
    expect(await select(HELD)).toEqual([]);
    for (const { close } of [other, cut]) await close();
  });

  it('holds nothing any more when its release has been awaited', async () => {
    for (let turn = 0; turn < 30; turn++) {
      const { release } = await openRun(database, 'sync');
      expect(await select(HELD)).toHaveLength(2);
      await release();
      expect(await select(HELD), `turn ${turn}`).toHaveLength(0);
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
    const [first, second] = [await addRun(database), await addRun(database)];
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
async function granted(runId: number, resource: string): Promise<Pick<Source, 'requestId' | 'lane' | 'askedAt'>> {
  const ledger = createLedger(database, { limits: [], scope: 'account' });
  const call: Call = { runId, lane: 'sync', resource, endpoint: `/${resource}.json`, path: `/${resource}.json`, attempt: 1 };
  const grant = await ledger.grant(call, 10_000);
  if (!('requestId' in grant)) throw new Error('no grant');
  await ledger.settle(grant.requestId, { status: 200, bytes: 1 });
  return { requestId: grant.requestId, lane: call.lane, askedAt: grant.grantedAt };
}

const REFUSE_THIRTEEN = `
  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = 'XX001'; end $$;
  create trigger refuse before insert on chatrhub.chats for each row when (new.chat_id = 13) execute function refuse()`;

describe('an answer', () => {
  const listSays = () => new Set<string>();
  /** Stands for what a judge would have done with the claim. */
  const cover: Settle = (client) => addCoverage(client, 'chats', '', DAYS);
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
    const { runId } = await addRun(database);
    const source = { runId, ...(await granted(runId, 'chats')), listSays };
    const answer = parseAnswer(document, chats, { clientId: 77 });
    const outcomes = await commitResponse(database, planRequest(chats, { period: DAYS }), answer, source, cover);
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

  it('without any records is done too', async () => {
    await land([], {});
    expect(await select('select records, loaded_at is not null as is_loaded from chatrhub_sync.requests')).toEqual([
      { records: 0, is_loaded: true },
    ]);
  });

  it('leaves nothing behind when its transaction fails', async () => {
    await database.pool.query(REFUSE_THIRTEEN);
    await expect(land([chat(1), chat(13), chat(14, { tag: 5, duration: 'long' })])).rejects.toMatchObject({ code: 'XX001' });
    await database.pool.query('drop trigger refuse on chatrhub.chats');
    for (const table of ['chatrhub.chats', 'chatrhub.visitors', 'chatrhub_sync.coverage', 'chatrhub_sync.rejected_records']) {
      expect(await select(`select * from ${table}`), table).toEqual([]);
    }
    expect(await select('select loaded_at from chatrhub_sync.requests')).toEqual([{ loaded_at: null }]);
    expect(await select('select rows_inserted, rows_rejected from chatrhub_sync.runs')).toEqual([{ rows_inserted: 0, rows_rejected: 0 }]);
    await land([chat(1), chat(13)]);
    expect(await select('select chat_id from chatrhub.chats order by 1')).toEqual([{ chat_id: 1 }, { chat_id: 13 }]);
  });

  it('of which the database refuses some rows loses just those, which are kept aside; their parents and the rest are loaded', async () => {
    await database.pool.query(`alter table chatrhub.chats add constraint no_thirteen check (chat_id % 13 <> 0)`);
    const { runId, outcomes } = await land([1, 2, 13, 14, 15, 26, 27].map((id) => chat(id)).concat({ id: 'none' } as never));
    await database.pool.query(`alter table chatrhub.chats drop constraint no_thirteen`);
    expect(outcomes.get('chats')).toEqual({ fetched: 8, inserted: 5, updated: 0, unchanged: 0, rejected: 3 });
    expect(await select('select chat_id from chatrhub.chats order by 1')).toEqual([1, 2, 14, 15, 27].map((chat_id) => ({ chat_id })));
    expect(await select(`select record_key from chatrhub_raw.record_versions where resource = 'chats' order by record_key::int`)).toEqual(
      [1, 2, 14, 15, 27].map((id) => ({ record_key: String(id) })),
    );
    expect(await select('select visitor_id from chatrhub.visitors')).toEqual([{ visitor_id: 7 }]);
    expect(await select(`select record_key, reason from chatrhub_sync.rejected_records where reason like '%23514%' order by 1`)).toEqual([
      { record_key: '13', reason: 'the database refused it (23514)' },
      { record_key: '26', reason: 'the database refused it (23514)' },
    ]);
    expect(await select('select run_id, rows_rejected from chatrhub_sync.runs')).toEqual([{ run_id: runId, rows_rejected: 3 }]);
  });

  it('that a unique index of somebody else refuses loses just those, too', async () => {
    await database.pool.query(`create unique index one_of_13 on chatrhub.chats ((chat_id % 13)) where chat_id % 13 = 0`);
    const { outcomes } = await land([1, 13, 14, 26].map((id) => chat(id)));
    await database.pool.query(`drop index chatrhub.one_of_13`);
    expect(outcomes.get('chats')).toMatchObject({ fetched: 4, inserted: 3, rejected: 1 });
    expect(await select('select chat_id from chatrhub.chats order by 1')).toEqual([1, 13, 14].map((chat_id) => ({ chat_id })));
    expect(await select(`select record_key, reason from chatrhub_sync.rejected_records where reason like '%database%'`)).toEqual([
      { record_key: '26', reason: 'the database refused it (23505)' },
    ]);
  });

  it('that was committed already, when nobody knows it, is not counted twice', async () => {
    const { runId } = await addRun(database);
    const source = { runId, ...(await granted(runId, 'chats')), listSays };
    const answer = parseAnswer({ data: [chat(1), chat(2)] }, chats, { clientId: 77 });
    for (const _turn of [1, 2]) await commitResponse(database, planRequest(chats, { period: DAYS }), answer, source, cover);
    expect(await select('select rows_inserted, rows_unchanged from chatrhub_sync.runs')).toEqual([{ rows_inserted: 3, rows_unchanged: 0 }]);
  });

  it('of a run that another one took for dead is not loaded', async () => {
    const { runId } = await addRun(database);
    const source = { runId, ...(await granted(runId, 'chats')), listSays };
    await (await openRun(database, 'backfill')).release();
    const answer = parseAnswer({ data: [chat(1)] }, chats, { clientId: 77 });
    await expect(commitResponse(database, planRequest(chats, { period: DAYS }), answer, source, cover)).rejects.toBeInstanceOf(
      RunSupersededError,
    );
    expect(await select('select * from chatrhub.chats')).toEqual([]);
    await expect(granted(runId, 'chats')).rejects.toBeInstanceOf(RunSupersededError);
  });

  /** Loads an answer with one message. */
  const landMessage = async (body: string, source: Omit<Source, 'listSays'>) => {
    const [planned] = planMessages(messages, [{ chatId: 1, visitorId: null, visitorUsername: null, ofVisitor: 1 }]);
    if (!planned) throw new Error('nothing planned');
    const document = { data: [{ type: 'messages', id: 5, attributes: { client_id: 77, chat_id: 1, body } }] };
    return commitResponse(database, planned, parseAnswer(document, messages), { ...source, listSays }, cover);
  };
  const ask = async ({ runId }: { runId: number }) => ({ runId, ...(await granted(runId, 'messages')) });

  it('of an earlier request that comes last does not bring back what the source took back meanwhile', async () => {
    const [sync, backfill] = [await addRun(database), await addRun(database)];
    await landMessage('A', await ask(sync));
    const earlier = await ask(backfill);
    await landMessage('A', await ask(sync));
    await landMessage('B', earlier);
    expect(await select('select body from chatrhub_private.message_bodies')).toEqual([{ body: 'A' }]);
  });

  it('rewrites nothing for the sake of a request whose run died: nobody loads its answer any more', async () => {
    const [sync, dead] = [await addRun(database), await addRun(database)];
    await landMessage('A', await ask(sync));
    await ask(dead);
    expect((await landMessage('A', await ask(sync))).get('messages')).toMatchObject({ updated: 1 });
    await finishRun(database, dead.runId, 'interrupted', null);
    expect((await landMessage('A', await ask(sync))).get('messages')).toMatchObject({ updated: 0, unchanged: 1 });
  });
});
