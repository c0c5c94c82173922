import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLedger, pruneRequests, type RateScope, readLimitUsage } from '../../src/budget/ledger.store.ts';
import { guardMs, type Ledger, type Limit } from '../../src/budget/limits.ts';
import { createPermits } from '../../src/budget/permits.ts';
import { createRandom } from '../../src/simulator/account/random.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { urlOf } from '../support/database.ts';
import { serve } from '../support/http.ts';
import { addRun, createWarehouse } from '../support/warehouse.ts';

const MINUTE = { count: 2, windowMs: 60_000 };
const MINUTE_MS = MINUTE.windowMs + guardMs(MINUTE);
const TIMEOUT_MS = 10_000;

let database: Database;
let close: () => Promise<void>;
let runId: number;

beforeAll(async () => {
  ({ database, close } = await createWarehouse());
});
afterAll(() => close());
beforeEach(async () => {
  await database.pool.query('truncate chatrhub_sync.requests; update chatrhub_sync.budget set blocked_until = null');
  ({ runId } = await addRun(database));
});

const ledgerOf = (limits: readonly Limit[], scope: RateScope = 'account') => createLedger(database, { limits, scope });

const grant = (ledger: Ledger, endpoint = '/agents.json') =>
  ledger.grant({ runId, lane: 'command', resource: 'agents', endpoint, path: endpoint, attempt: 1 }, TIMEOUT_MS);

/** What a ledger answers: 0 for a grant, else how long there will be none. */
const waitOf = async (ledger: Ledger, endpoint?: string): Promise<number> => {
  const answer = await grant(ledger, endpoint);
  return 'waitMs' in answer ? answer.waitMs : 0;
};

/** Requests of the past, each so many seconds ago; a negative deadline is still to come. */
async function past(...requests: { granted: number; deadline: number; settled?: number; endpoint?: string }[]) {
  for (const { granted, deadline, settled, endpoint = '/agents.json' } of requests) {
    await database.pool.query(
      `insert into chatrhub_sync.requests (run_id, lane, resource, endpoint, path, attempt, granted_at, deadline_at, settled_at)
       select $1, 'command', 'agents', $2, $2, 1, now() - $3 * s, now() - $4 * s, now() - $5 * s from (select interval '1 second' as s) u`,
      [runId, endpoint, granted, deadline, settled ?? null],
    );
  }
}

/** About so many milliseconds: what the test itself took is in it. */
const about = (actual: number, expected: number) => {
  expect(actual).toBeGreaterThan(expected - 10_000);
  expect(actual).toBeLessThanOrEqual(expected + 1);
};

describe('requests of long ago', () => {
  it('are removed when no window counts them any more, after a month at the earliest', async () => {
    const day = 86_400;
    const ago = (days: number) => ({ granted: days * day, deadline: days * day, settled: days * day });
    await past(ago(1), ago(29), ago(31), ago(50));
    expect(await pruneRequests(database, [{ count: 1, windowMs: 20 * day * 1_000 }])).toBe(1);
    expect(await pruneRequests(database, [MINUTE])).toBe(1);
    expect(await pruneRequests(database, [MINUTE])).toBe(0);
  });
});

describe('a window', () => {
  it('holds as many requests as its limit, and lets the next one in when the first has left', async () => {
    const ledger = ledgerOf([MINUTE]);
    await past({ granted: 40, deadline: 30, settled: 40 }, { granted: 20, deadline: 10, settled: 20 });
    about(await waitOf(ledger), MINUTE_MS - 40_000);
    await database.pool.query(`update chatrhub_sync.requests set settled_at = settled_at - interval '21 seconds'`);
    expect(await waitOf(ledger)).toBe(0);
    about(await waitOf(ledger), MINUTE_MS - 41_000);
  });

  it('is counted from settling, not from the grant', async () => {
    await past({ granted: 300, deadline: 1, settled: 2 }, { granted: 300, deadline: 1, settled: 2 });
    about(await waitOf(ledgerOf([MINUTE])), MINUTE_MS - 2_000);
  });

  it('counts what was never settled from its deadline', async () => {
    const ledger = ledgerOf([MINUTE]);
    await past({ granted: 300, deadline: 55 }, { granted: 300, deadline: 55 });
    about(await waitOf(ledger), MINUTE_MS - 55_000);
    await database.pool.query(`update chatrhub_sync.requests set deadline_at = deadline_at - interval '6 seconds'`);
    expect(await waitOf(ledger)).toBe(0);
  });

  it('is asked about again soon when all its requests are still under way, as they may end at any moment', async () => {
    await past({ granted: 1, deadline: -500 }, { granted: 1, deadline: -500 });
    about(await waitOf(ledgerOf([MINUTE])), MINUTE_MS);
  });

  it('is one of several: the longest wait counts', async () => {
    await past({ granted: 10, deadline: 9, settled: 10 }, { granted: 8, deadline: 7, settled: 8 });
    const hour = { count: 1, windowMs: 3_600_000 };
    about(await waitOf(ledgerOf([MINUTE, hour])), hour.windowMs + guardMs(hour) - 8_000);
  });
});

describe('a grant', () => {
  it('is committed with its deadline, by the clock of the database', async () => {
    const answer = await grant(ledgerOf([MINUTE]));
    const { rows } = await database.pool.query(
      `select request_id as "requestId", granted_at as "grantedAt", settled_at, granted_at between now() - interval '5 s' and now() as is_now,
         extract(epoch from deadline_at - granted_at)::float8 as seconds from chatrhub_sync.requests`,
    );
    expect(rows).toEqual([{ ...answer, settled_at: null, is_now: true, seconds: (TIMEOUT_MS + 2_000) / 1_000 }]);
  });

  it('begins when its turn has come, however long it had to wait for it', async () => {
    const holder = await database.connect();
    await holder.query('begin; select from chatrhub_sync.budget for update');
    const granted = grant(ledgerOf([MINUTE]));
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await database.pool.query(waiting)).rowCount).toBe(1);
    const { rows } = await holder.query<{ now: Date }>('select clock_timestamp() as now');
    await holder.query('commit');
    holder.release();
    const answer = await granted;
    expect('grantedAt' in answer && answer.grantedAt.getTime()).toBeGreaterThanOrEqual(rows[0]?.now.getTime() ?? Number.NaN);
  });

  it.each(['read committed', 'repeatable read'])(
    'goes to as many as there is room for, however many ask at once (%s)',
    async (isolation) => {
      const url = urlOf(database);
      await database.pool.query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_isolation to '${isolation}'`);
      const odd = createDatabase(url, { max: 10 });
      const ledger = createLedger(odd, { limits: [{ count: 3, windowMs: 60_000 }], scope: 'account' });
      const answers = await Promise.all(Array.from({ length: 20 }, () => grant(ledger)));
      await odd.close();
      expect(answers.filter((answer) => 'requestId' in answer)).toHaveLength(3);
    },
  );
});

describe('standing back', () => {
  it('holds for everybody and every endpoint, and is not made shorter by another', async () => {
    await ledgerOf([MINUTE]).pauseAll(50_000, 'the source answered 429');
    await ledgerOf([MINUTE]).pauseAll(1_000, 'the source answered 429');
    for (const scope of ['account', 'endpoint'] as const) {
      const answer = await grant(ledgerOf([MINUTE], scope), `/${scope}.json`);
      expect(answer).toMatchObject({ reason: 'the source answered 429' });
      about('waitMs' in answer ? answer.waitMs : 0, 50_000);
    }
    await database.pool.query(`update chatrhub_sync.budget set blocked_until = now() - interval '1 ms'`);
    expect(await waitOf(ledgerOf([MINUTE]))).toBe(0);
  });
});

describe('a budget for each endpoint', () => {
  const soon = { granted: 10, deadline: 5, settled: 10 };

  it('lets another endpoint go on', async () => {
    await past(soon, soon);
    const ledger = ledgerOf([MINUTE], 'endpoint');
    about(await waitOf(ledger), MINUTE_MS - 10_000);
    expect(await waitOf(ledger, '/groups.json')).toBe(0);
    about(await waitOf(ledgerOf([MINUTE]), '/groups.json'), MINUTE_MS - 10_000);
  });

  it('stands as its fullest one', async () => {
    await past(soon, soon, { ...soon, endpoint: '/groups.json' });
    const limits = [MINUTE, { count: 5, windowMs: 3_600_000 }];
    expect(await readLimitUsage(database, { limits, scope: 'endpoint' })).toMatchObject([
      { used: 2, freeAt: expect.any(Date) },
      { used: 2, freeAt: null },
    ]);
    expect(await readLimitUsage(database, { limits, scope: 'account' })).toMatchObject([
      { used: 3, freeAt: expect.any(Date) },
      { used: 3, freeAt: null },
    ]);
  });
});

it('a limit stands as the ledger grants: with the guard that its window gets', async () => {
  // That of an hour is five seconds.
  await past({ granted: 3_602, deadline: 5, settled: 3_602 }, { granted: 3_606, deadline: 5, settled: 3_606 });
  const limits = [{ count: 5, windowMs: 3_600_000 }];
  expect(await readLimitUsage(database, { limits, scope: 'account' })).toMatchObject([{ used: 1 }]);
});

describe('three processes that share a budget', () => {
  const limits = [
    { count: 5, windowMs: 200 },
    { count: 15, windowMs: 1_000 },
  ];

  it('never fill a window of the source beyond its limit, however long requests take to arrive and to come back', async () => {
    // The source counts a request some time after it was sent, and answers some time later.
    const random = createRandom(1);
    const delayMs = () => random.int(0, 80);
    const served: number[] = [];
    const source = await serve((_, response) => {
      setTimeout(() => {
        served.push(performance.now());
        setTimeout(() => response.end('{}'), delayMs());
      }, delayMs());
    });
    const databases = [1, 2, 3].map(() => createDatabase(urlOf(database)));
    await Promise.all(
      databases.flatMap((database) => {
        const permits = createPermits({ ledger: createLedger(database, { limits, scope: 'account' }), timeoutMs: TIMEOUT_MS });
        return Array.from({ length: 15 }, (_, i) =>
          permits.acquire({ runId, lane: 'sync', resource: 'agents', endpoint: '/x', path: `/x/${i}`, attempt: 1 }, {}, async () => {
            const response = await fetch(source.url);
            await response.text();
            return { settled: { status: response.status }, result: () => undefined };
          }),
        );
      }),
    );
    await Promise.all([source.close(), ...databases.map((database) => database.close())]);

    served.sort((a, b) => a - b);
    expect(served).toHaveLength(45);
    for (const { count, windowMs } of limits) {
      const spans = served.slice(count).map((at, i) => at - (served[i] ?? Number.NaN));
      expect(Math.min(...spans)).toBeGreaterThanOrEqual(windowMs);
    }
    const { rows } = await database.pool.query('select count(*)::int as n from chatrhub_sync.requests where settled_at is not null');
    expect(rows).toEqual([{ n: 45 }]);
  });
});
