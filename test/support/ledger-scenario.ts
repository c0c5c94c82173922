import type { RateScope } from '../../src/budget/ledger.store.ts';
import type { Limit } from '../../src/budget/limits.ts';
import { createRandom, type Random } from '../../src/simulator/account/random.ts';

/** What processes that share a budget go through. */
export type Scenario = {
  seed: number;
  limits: Limit[];
  scope: RateScope;
  /** The share of the longest window, 0 to 1, that backfills leave. */
  reserve: number;
  /** So many processes at a time send so many requests in all. */
  processes: number;
  requests: number;
  timeoutMs: number;
  /** The longest that an answer takes, unless it takes all the time there is. */
  latencyMs: number;
  /** The longest that a process takes between two statements, unless it is frozen. */
  statementMs: number;
  /** Chances from 0 to 1: that a process is frozen there, that a request takes all the time there is, is never settled, that a process dies. */
  freezes: number;
  timeouts: number;
  unsettled: number;
  crashes: number;
};

/** The same scenario for the same seed. */
export function scenarioOf(seed: number): Scenario {
  const random = createRandom('scenario', seed);
  return {
    seed,
    limits: limitsOf(random),
    scope: random.chance(0.2) ? 'endpoint' : 'account',
    reserve: random.pick([0, 0.25, 0.5]),
    processes: random.int(2, 5),
    requests: 24,
    timeoutMs: random.int(500, 6_000),
    latencyMs: random.pick([50, 500, 2_000]),
    statementMs: random.pick([5, 100]),
    freezes: random.pick([0, 0.02, 0.1]),
    timeouts: random.pick([0, 0.1, 0.3]),
    unsettled: random.pick([0, 0.1, 0.3]),
    crashes: random.pick([0, 0.5, 1]),
  };
}

/** The same, where nothing holds the processes up but the budget. */
export const smooth = (scenario: Scenario): Scenario => ({
  ...scenario,
  scope: 'account',
  reserve: 0,
  latencyMs: 200,
  statementMs: 1,
  freezes: 0,
  timeouts: 0,
  unsettled: 0,
  crashes: 0,
});

/** Two to four windows of 2 to 12 requests over 1 to 20 seconds; each has room for more requests than the one before, but not at its rate. */
function limitsOf(random: Random): Limit[] {
  const limits = [{ count: random.int(2, 4), windowMs: random.int(1_000, 2_000) }];
  for (let more = random.int(1, 3); more > 0; more--) {
    const { count, windowMs } = limits.at(-1) ?? { count: 1, windowMs: 1_000 };
    const next = random.int(count + 1, Math.min(12, count * 2));
    limits.push({ count: next, windowMs: Math.ceil(((windowMs * next) / count) * (1 + random.next() * 0.5)) });
  }
  return limits;
}
