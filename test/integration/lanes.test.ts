import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../src/budget/ledger.store.ts';
import type { Call, Limit } from '../../src/budget/limits.ts';
import { readEta } from '../../src/runs/eta.ts';
import { type Database, readSnapshot } from '../../src/warehouse/connection/database.ts';
import { markLoaded } from '../../src/warehouse/loaded-requests.ts';
import { finishRun, openRun } from '../../src/warehouse/run-log.ts';
import { addRun, createWarehouse } from '../support/warehouse.ts';

const DAY: Limit = { count: 20, windowMs: 86_400_000 };
const TIMEOUT_MS = 10_000;

let database: Database;
beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});
beforeEach(() => database.pool.query('truncate chatrhub_sync.requests, chatrhub_sync.runs cascade'));

type Asking = Partial<Call> & { reserve?: number; limits?: readonly Limit[] };

/** Asks for a grant: its number, or why there is none. */
async function ask({ reserve = 0, limits = [DAY], ...call }: Asking = {}): Promise<number | string> {
  const ledger = createLedger(database, { limits, scope: 'account', reserve });
  const whole: Call = {
    runId: null,
    lane: 'backfill',
    resource: 'chats',
    endpoint: '/chats.json',
    path: '/chats.json',
    attempt: 1,
    ...call,
  };
  const answer = await ledger.grant(whole, TIMEOUT_MS);
  if ('isTaken' in answer) return 'taken';
  return 'requestId' in answer ? answer.requestId : answer.reason;
}

/** So many grants, one after another. */
async function grants(asking: Asking): Promise<number> {
  for (let granted = 0; ; granted++) if (typeof (await ask(asking)) === 'string') return granted;
}

describe('a backfill', () => {
  it('stands back while a sync runs, which asks as it likes', async () => {
    const { run, release } = await openRun(database, 'sync');
    expect(await ask()).toBe('a sync is running');
    expect(await ask({ lane: 'sync', runId: run.runId })).toEqual(expect.any(Number));
    expect(await ask({ lane: 'command' })).toEqual(expect.any(Number));
    await release();
    expect(await ask()).toEqual(expect.any(Number));
  });

  it('leaves its share of the longest window to others, who use all of it', async () => {
    const limits = [{ count: 1_000, windowMs: 1_000 }, DAY];
    expect(await grants({ reserve: 0.25, limits })).toBe(15);
    expect(await ask({ reserve: 0.25, limits })).toBe("a backfill's share, 15/day, is used up");
    expect(await grants({ lane: 'sync', reserve: 0.25, limits })).toBe(5);
  });

  it('is not charged for what syncs use of their share', async () => {
    expect(
      await (async () => {
        for (let i = 0; i < 5; i++) await ask({ lane: 'sync' });
        return grants({ reserve: 0.25 });
      })(),
    ).toBe(15);
  });

  it.each([
    ['more than its share', 10, 20 - 13],
    ['less than its share', 2, 15],
    ['as good as all: a quarter is left to the backfill', 20, 5],
  ])('leaves what last night needed, and a third more, when that was %s', async (_, requests, expected) => {
    await nightOf(requests, null);
    expect(await grants({ reserve: 0.25 })).toBe(expected);
  });

  it('takes no sync of some resources for a night', async () => {
    await nightOf(10, ['agents']);
    expect(await grants({ reserve: 0.25 })).toBe(15);
  });

  it('leaves nothing when nothing is to be left, whatever last night needed', async () => {
    await nightOf(10, null);
    expect(await grants({ reserve: 0 })).toBe(20);
  });

  /** A sync that is over; its requests left all windows. */
  async function nightOf(requests: number, only: string[] | null) {
    const { run, release } = await openRun(database, 'sync', { onlyResources: only });
    await finishRun(database, run.runId, 'complete', null);
    await database.pool.query('update chatrhub_sync.runs set requests = $1', [requests]);
    await release();
  }
});

describe('a piece of work', () => {
  const unit = 'messages visitor_id=7';
  const planned = () => readSnapshot(database);
  const granted = async (asking: Asking): Promise<number> => Number(await ask({ claimKey: unit, ...asking }));

  it('that another run has under way is taken, until it is done; another piece is free', async () => {
    const one = await openRun(database, 'backfill');
    const snapshot = await planned();
    const requestId = await granted({ runId: one.run.runId, snapshot });
    const { runId } = await addRun(database);
    expect(await ask({ runId, claimKey: unit, snapshot })).toBe('taken');
    expect(await ask({ runId, claimKey: 'messages visitor_id=8', snapshot })).toEqual(expect.any(Number));
    // An attempt of its own is no other run's.
    expect(await ask({ runId: one.run.runId, claimKey: unit, snapshot, attempt: 2 })).toEqual(expect.any(Number));
    await database.pool.query('update chatrhub_sync.requests set settled_at = clock_timestamp(), status = 200');
    expect(await ask({ runId, claimKey: unit, snapshot })).toBe('taken');
    await markLoaded(database.pool, requestId, 1);
    await database.pool.query('update chatrhub_sync.requests set loaded_at = clock_timestamp() where loaded_at is null');
    expect(await ask({ runId, claimKey: unit, snapshot })).toBe('taken');
    expect(await ask({ runId, claimKey: unit, snapshot: await planned() })).toEqual(expect.any(Number));
    await one.release();
  });

  it('whose rows were committed after the plan was made is taken, though they were marked as loaded before it', async () => {
    const one = await openRun(database, 'backfill');
    const { runId } = await addRun(database);
    const requestId = await granted({ runId: one.run.runId, snapshot: await planned() });
    let snapshot = '';
    await database.transaction(async (client) => {
      await markLoaded(client, requestId, 1);
      snapshot = await planned();
    });
    expect(await ask({ runId, claimKey: unit, snapshot })).toBe('taken');
    expect(await ask({ runId, claimKey: unit, snapshot: await planned() })).toEqual(expect.any(Number));
    await one.release();
  });

  it('that a run had under way which died is free', async () => {
    const dead = await openRun(database, 'backfill');
    await granted({ runId: dead.run.runId, snapshot: await planned() });
    await dead.release();
    expect(await ask({ claimKey: unit, snapshot: await planned() })).toEqual(expect.any(Number));
  });

  it('that failed is free', async () => {
    const one = await openRun(database, 'backfill');
    await granted({ runId: one.run.runId, snapshot: await planned() });
    await database.pool.query('update chatrhub_sync.requests set settled_at = clock_timestamp(), status = 500');
    expect(await ask({ claimKey: unit, snapshot: await planned() })).toEqual(expect.any(Number));
    await one.release();
  });

  it('is taken without a request of the budget', async () => {
    const one = await openRun(database, 'backfill');
    await granted({ runId: one.run.runId, snapshot: await planned() });
    await ask({ claimKey: unit, snapshot: await planned() });
    expect((await database.pool.query('select from chatrhub_sync.requests')).rowCount).toBe(1);
    await one.release();
  });
});

describe('the outlook', () => {
  const outlook = (lane: 'sync' | 'backfill', left: Record<string, number>, rateScope: 'account' | 'endpoint' = 'account') =>
    readEta(database, { limits: [{ count: 10, windowMs: 60_000 }, DAY], rateScope, reserve: 0.25, lane }, left);
  // A moment ago is 0 minutes ahead, and not -0.
  const minutesAhead = ({ finishesAt }: { finishesAt: Date }) => Math.round((finishesAt.getTime() - Date.now()) / 60_000) + 0;

  it('counts what was used already, by whomever, and names the limits that make it wait', async () => {
    for (let i = 0; i < 8; i++) await ask({ lane: 'sync' });
    const ahead = await outlook('sync', { messages: 4, tasks: 3 });
    // Eight slots under way count until their deadline, in twelve seconds.
    expect(minutesAhead(ahead)).toBe(1);
    expect(ahead.binds).toMatchObject([{ limit: { count: 10, windowMs: 60_000 }, afterRequests: 2 }]);
    expect(ahead.budget[0]).toMatchObject({ limit: 10, window: 'minute', used: 8 });
  });

  it('of a backfill knows its share', async () => {
    expect(minutesAhead(await outlook('sync', { messages: 16 }))).toBe(1);
    const ahead = await outlook('backfill', { messages: 16 });
    expect(minutesAhead(ahead)).toBeGreaterThan(1_439);
    expect(ahead.binds.at(-1)).toMatchObject({ limit: { count: 15, windowMs: DAY.windowMs }, afterRequests: 15 });
  });

  it('gives each endpoint a budget of its own where the source does', async () => {
    expect(minutesAhead(await outlook('sync', { messages: 10, tasks: 10 }, 'endpoint'))).toBe(0);
    expect(minutesAhead(await outlook('sync', { messages: 10, tasks: 11 }, 'endpoint'))).toBe(1);
  });

  it('begins when the source will answer again', async () => {
    await createLedger(database, { limits: [DAY], scope: 'account' }).pauseAll(30 * 60_000, 'the source answered 429');
    expect(minutesAhead(await outlook('sync', { messages: 1 }))).toBe(30);
    await database.pool.query('update chatrhub_sync.budget set blocked_until = null');
  });
});
