import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../src/budget/ledger.store.ts';
import type { Ledger, Limit } from '../../src/budget/limits.ts';
import { createPermits, type Deadline } from '../../src/budget/permits.ts';
import { RunAbortedError } from '../../src/errors.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { addRun, createWarehouse } from '../support/warehouse.ts';

const ONE_A_MINUTE = [{ count: 1, windowMs: 60_000 }];
const UNLIMITED = [{ count: 1_000_000, windowMs: 1_000 }];
const SENT = { settled: { status: 200 }, result: () => 'sent' };

let database: Database;
let close: () => Promise<void>;
let runId: number;

beforeAll(async () => {
  ({ database, close } = await createWarehouse());
});
afterAll(() => close());
beforeEach(async () => {
  await database.pool.query('truncate chatrhub_sync.requests');
  ({ runId } = await addRun(database));
});

const call = (path = '/agents.json') =>
  ({ runId, lane: 'command', resource: 'agents', endpoint: '/agents.json', path, attempt: 1 }) as const;

const ledgerOf = (limits: readonly Limit[]): Ledger => createLedger(database, { limits, scope: 'account' });

const rowsOf = async () => (await database.pool.query('select path, settled_at from chatrhub_sync.requests order by request_id')).rows;

describe('requests of one process', () => {
  it('have no time left rather than less than none, where the time is used up before they are sent', async () => {
    let looks = 0;
    const permits = createPermits({ ledger: ledgerOf(UNLIMITED), timeoutMs: 5, clocks: [() => 9 * looks++] });
    await permits.acquire(call(), {}, async ({ timeLeftMs }) => {
      expect(timeLeftMs).toBe(0);
      return SENT;
    });
    expect(looks).toBe(2);
  });

  it('are never more at a time than allowed, and as many as that', async () => {
    const permits = createPermits({ ledger: ledgerOf(UNLIMITED), timeoutMs: 5_000, concurrency: 3 });
    let [underWay, most, sent] = [0, 0, 0];
    const release = deferred();
    const send = async () => {
      underWay += 1;
      sent += 1;
      most = Math.max(most, underWay);
      if (underWay === 3) release.resolve(undefined);
      await release.promise;
      await nextTurn();
      underWay -= 1;
      return SENT;
    };
    await Promise.all(Array.from({ length: 20 }, () => permits.acquire(call(), {}, send)));
    expect([most, sent]).toEqual([3, 20]);
  });

  it('are sent by priority, and in the order of asking within one', async () => {
    const permits = createPermits({ ledger: ledgerOf(UNLIMITED), timeoutMs: 5_000, concurrency: 1 });
    const order: string[] = [];
    const asked = (name: string, priority: number) =>
      permits.acquire(call(name), { priority }, async () => {
        order.push(name);
        return SENT;
      });
    // The first is on its way before the others are known.
    await Promise.all([asked('first', 0), asked('low 1', 0), asked('high 1', 10), asked('low 2', 0), asked('high 2', 10)]);
    expect(order).toEqual(['first', 'high 1', 'high 2', 'low 1', 'low 2']);
    expect((await rowsOf()).map(({ path }) => path)).toEqual(order);
  });

  it('count from their grant, and are settled when they are answered', async () => {
    const permits = createPermits({ ledger: ledgerOf(UNLIMITED), timeoutMs: 5_000 });
    const result = await permits.acquire(call(), {}, async ({ requestId, timeLeftMs }) => {
      const { rows } = await database.pool.query('select settled_at from chatrhub_sync.requests where request_id = $1', [requestId]);
      expect(rows).toEqual([{ settled_at: null }]);
      expect(timeLeftMs).toBeGreaterThan(3_000);
      expect(timeLeftMs).toBeLessThan(5_000);
      return SENT;
    });
    expect(result).toBe('sent');
    expect(await rowsOf()).toMatchObject([{ settled_at: expect.any(Date) }]);
  });
});

describe('waiting for the budget', () => {
  /** Asks while the budget is used up; `whileWaiting` is called when a request begins to wait for its permit. */
  async function askInVain(patience: Deadline, whileWaiting: () => void) {
    const ledger = ledgerOf(ONE_A_MINUTE);
    const waiting = deferred();
    const permits = createPermits({ ledger, timeoutMs: 5_000, onWait: () => waiting.resolve(undefined) });
    await permits.acquire(call('first'), {}, async () => SENT);
    const asked = Promise.allSettled(['second', 'third'].map((path) => permits.acquire(call(path), patience, async () => SENT)));
    await Promise.race([waiting.promise, asked]);
    const since = performance.now();
    whileWaiting();
    const outcomes = await asked;
    return { ms: performance.now() - since, reasons: outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason) };
  }

  it('ends at once by a signal, for all who wait, and nothing is sent', async () => {
    const stop = new AbortController();
    const { ms, reasons } = await askInVain({ signal: stop.signal }, () => stop.abort());
    expect(reasons).toEqual([new RunAbortedError('signal'), new RunAbortedError('signal')]);
    expect(ms).toBeLessThan(20_000);
    expect((await rowsOf()).map(({ path }) => path)).toEqual(['first']);
  });

  it('is not begun when the time is up before the budget is free', async () => {
    const { ms, reasons } = await askInVain({ until: performance.now() + 30_000 }, () => {});
    expect(reasons).toEqual([new RunAbortedError('duration'), new RunAbortedError('duration')]);
    expect(ms).toBeLessThan(20_000);
    expect((await rowsOf()).map(({ path }) => path)).toEqual(['first']);
  });

  it('is not what decides once the time is up: nothing is sent then, free or not', async () => {
    const permits = createPermits({ ledger: ledgerOf(UNLIMITED), timeoutMs: 5_000 });
    await expect(permits.acquire(call(), { until: performance.now() - 1 }, async () => SENT)).rejects.toEqual(
      new RunAbortedError('duration'),
    );
    expect(await rowsOf()).toEqual([]);
  });

  it('lets the request through when the budget is free again', async () => {
    const permits = createPermits({ ledger: ledgerOf([{ count: 1, windowMs: 100 }]), timeoutMs: 5_000 });
    await permits.acquire(call('first'), {}, async () => SENT);
    await permits.acquire(call('second'), { until: performance.now() + 5_000 }, async () => SENT);
    expect((await rowsOf()).map(({ path }) => path)).toEqual(['first', 'second']);
  });
});

describe('a process that stood still after its grant', () => {
  it.each([
    ['frozen', 0],
    ['on a machine that slept, whose monotonic clock did not move', 1],
  ])('%s, does not send what was granted then, and asks again', async (_, moving) => {
    let jumpMs = 0;
    const clocks = [() => (moving === 0 ? jumpMs : 0), () => (moving === 1 ? jumpMs : 0)];
    const real = ledgerOf(UNLIMITED);
    const ledger: Ledger = {
      ...real,
      async grant(...of) {
        const granted = await real.grant(...of);
        if (jumpMs === 0) jumpMs = 2_500;
        return granted;
      },
    };
    const sent: number[] = [];
    const permits = createPermits({ ledger, timeoutMs: 5_000, clocks });
    await permits.acquire(call(), {}, async ({ requestId, timeLeftMs }) => {
      sent.push(requestId);
      expect(timeLeftMs).toBe(5_000);
      return SENT;
    });
    const { rows } = await database.pool.query('select request_id, settled_at, status from chatrhub_sync.requests order by request_id');
    expect(rows).toMatchObject([
      { settled_at: expect.any(Date), status: null },
      { request_id: sent[0], status: 200 },
    ]);
    expect(sent).toHaveLength(1);
  });
});

describe('a signal', () => {
  it('lets a request that is under way come in', async () => {
    const stop = new AbortController();
    const permits = createPermits({ ledger: ledgerOf(UNLIMITED), timeoutMs: 5_000, concurrency: 1 });
    const underWay = permits.acquire(call('first'), { signal: stop.signal }, async () => {
      stop.abort();
      await nextTurn();
      return SENT;
    });
    const queued = permits.acquire(call('second'), { signal: stop.signal }, async () => SENT);
    await expect(queued).rejects.toEqual(new RunAbortedError('signal'));
    expect(await underWay).toBe('sent');
    expect(await rowsOf()).toEqual([{ path: 'first', settled_at: expect.any(Date) }]);
  });

  it('that comes while the ledger grants gives the slot back unused', async () => {
    const stop = new AbortController();
    const real = ledgerOf(UNLIMITED);
    const ledger: Ledger = {
      ...real,
      async grant(...of) {
        const granted = await real.grant(...of);
        stop.abort();
        return granted;
      },
    };
    let sent = 0;
    const permits = createPermits({ ledger, timeoutMs: 5_000 });
    const stopped = permits.acquire(call(), { signal: stop.signal }, async () => {
      sent += 1;
      return SENT;
    });
    await expect(stopped).rejects.toEqual(new RunAbortedError('signal'));
    expect(sent).toBe(0);
    expect(await rowsOf()).toMatchObject([{ settled_at: expect.any(Date) }]);
  });
});

function deferred() {
  let resolve: (value: undefined) => void = () => {};
  const promise = new Promise<undefined>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
