import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardMs, type Limit } from '../../src/budget/limits.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { type ConductedDatabase, createConductedDatabase } from '../support/conducted-database.ts';
import { urlOf } from '../support/database.ts';
import { type Scenario, scenarioOf, smooth } from '../support/ledger-scenario.ts';
import { ENDPOINTS, type Seen, simulate } from '../support/ledger-simulation.ts';
import { createTurns, type Turns } from '../support/turns.ts';
import { createWarehouse } from '../support/warehouse.ts';
import { leastMs, type Violation, violationsOf } from '../support/windows.ts';

type Rewrite = (sql: string) => string;

/** A test is named by its seed, and repeats with it: `-t 'seed 17$'`. */
const seedsTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
const SEEDS = seedsTo(100);
const MOST_PROCESSES = 5;

let database: Database;
let close: () => Promise<void>;
let seats: ConductedDatabase[];
let createSomeTurns: () => Turns;
let runId: number;

beforeAll(async () => {
  ({ database, close } = await createWarehouse());
  createSomeTurns = await createTurns(database.pool);
  seats = Array.from({ length: MOST_PROCESSES }, () => createConductedDatabase(urlOf(database)));
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into chatrhub_sync.runs (command) values ('test') returning run_id as id`,
  );
  runId = rows[0]?.id ?? Number.NaN;
});
afterAll(async () => {
  await Promise.all(seats.map((seat) => seat.database.close()));
  await close();
});

async function run(scenario: Scenario, rewrite?: Rewrite): Promise<Seen[]> {
  await database.pool.query('truncate chatrhub_sync.requests restart identity');
  return simulate(createSomeTurns(), seats, { runId, scenario, rewrite });
}

type Check = (scenario: Scenario, seen: readonly Seen[]) => Violation[];

/** Windows in which the source counted too much. */
const overuse: Check = (scenario, seen) => violationsIn(scenario, scenario.limits, seen);

/** Longest windows in which backfills used what they are to leave. */
const overshare: Check = (scenario, seen) => {
  const shares = scenario.limits
    .slice(-1)
    .map(({ count, windowMs }) => ({ count: Math.max(1, count - Math.ceil(count * scenario.reserve)), windowMs }));
  return violationsIn(
    scenario,
    shares,
    seen.filter(({ lane }) => lane === 'backfill'),
  );
};

function violationsIn({ scope }: Scenario, limits: readonly Limit[], seen: readonly Seen[]): Violation[] {
  const budgets = scope === 'account' ? [seen] : ENDPOINTS.map((name) => seen.filter(({ endpoint }) => endpoint === name));
  return budgets.flatMap((requests) => violationsOf(limits, momentsOf(requests)));
}

const momentsOf = (requests: readonly Seen[]): number[] => requests.map(({ countedAt }) => countedAt);

/**
 * How much longer than it may the ledger takes, in milliseconds: a window is longer by its guard, and by what the requests of a burst
 * and the transactions of all processes take.
 */
function waste({ limits, latencyMs, statementMs, processes }: Scenario, seen: readonly Seen[]): number {
  const transactionsMs = (processes + 2) * 4 * statementMs;
  const slower = limits.map((limit) => ({ ...limit, windowMs: limit.windowMs + guardMs(limit) + latencyMs + transactionsMs }));
  return spanMs(seen) - leastMs(slower, seen.length, transactionsMs);
}

const spanMs = (seen: readonly Seen[]): number => (seen.at(-1)?.grantedAt ?? 0) - (seen[0]?.grantedAt ?? 0);

/** A rewriting of the ledger's SQL, and the statements that it changed: none means that the ledger has other words now. */
function mutationOf(pattern: RegExp, replacement: string) {
  const changed = new Set<string>();
  const rewrite: Rewrite = (sql) => {
    const mutated = sql.replaceAll(pattern, replacement);
    if (mutated !== sql) changed.add(sql);
    return mutated;
  };
  return { rewrite, changed };
}

async function firstSeedWith(check: Check, rewrite: Rewrite): Promise<number | undefined> {
  for (const seed of SEEDS) {
    const scenario = scenarioOf(seed);
    if (check(scenario, await run(scenario, rewrite)).length > 0) return seed;
  }
  return undefined;
}

describe('no window holds more than its limit, and of backfills no more than their share, whatever processes go through', () => {
  it.each(SEEDS)('seed %i', async (seed) => {
    const scenario = scenarioOf(seed);
    const seen = await run(scenario);
    expect(overuse(scenario, seen), JSON.stringify(scenario)).toEqual([]);
    expect(overshare(scenario, seen), JSON.stringify(scenario)).toEqual([]);
    expect(seen.length).toBeGreaterThanOrEqual(scenario.requests);
    const { rows } = await database.pool.query<{ id: number }>('select request_id as id from chatrhub_sync.requests');
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(seen.map(({ requestId }) => requestId)));
  });
});

describe('a window would hold more, and this would show it, if the ledger', () => {
  it.each([
    ['counted from the grant instead of from settling', overuse, /\beffective_at\b/g, 'granted_at'],
    ['took the time at which its transaction began', overuse, /\bclock_timestamp\(\)/g, 'now()'],
    ['locked no row', overuse, /\bfor update\b/g, ''],
    ['were off by one', overuse, /\boffset w\.requests - 1\b/g, 'offset w.requests'],
    ['did not count what backfills use', overshare, /\bq\.lane = w\.lane\b/g, 'false'],
  ])('%s', async (_, check, pattern, replacement) => {
    const { rewrite, changed } = mutationOf(pattern, replacement);
    expect(await firstSeedWith(check, rewrite)).toBeDefined();
    expect(changed).not.toEqual(new Set());
  });
});

describe('the budget is not wasted', () => {
  it.each(seedsTo(15))('seed %i', async (seed) => {
    const scenario = smooth(scenarioOf(seed));
    const seen = await run(scenario);
    expect(waste(scenario, seen), JSON.stringify(scenario)).toBeLessThanOrEqual(0);
    expect(spanMs(seen)).toBeGreaterThanOrEqual(leastMs(scenario.limits, seen.length));
  });

  it.each([
    ['left a place free', /\boffset w\.requests - 1\b/g, 'offset greatest(w.requests - 2, 0)'],
    ['waited for the deadlines of requests under way', /\bleast\(effective_at, c\.now\)/g, 'effective_at'],
  ])('which would show if the ledger %s', async (_, pattern, replacement) => {
    const { rewrite, changed } = mutationOf(pattern, replacement);
    const wasted: number[] = [];
    for (const seed of seedsTo(3)) {
      const scenario = smooth(scenarioOf(seed));
      wasted.push(waste(scenario, await run(scenario, rewrite)));
    }
    expect(Math.max(...wasted)).toBeGreaterThan(0);
    expect(changed).not.toEqual(new Set());
  });
});
