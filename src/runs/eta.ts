import { type Bind, type Budget, forecast } from '../budget/forecast.ts';
import { type RateScope, readSpent } from '../budget/ledger.store.ts';
import type { Lane, Limit } from '../budget/limits.ts';
import { guardMs } from '../budget/limits.ts';
import { resources } from '../resources/index.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { type BudgetLine, reportBudget } from './run-report.ts';

/** How the budget stands, when requests that are left will be done by the limits alone, and which limits make them wait. */
export type Eta = { budget: BudgetLine[]; finishesAt: Date; binds: Bind[] };

type EtaOptions = { limits: readonly Limit[]; rateScope: RateScope; reserve: number; lane: Lane };

/** Looks ahead: `left` is the number of requests by resource. A backfill has a limit of its own. */
export async function readEta(
  database: Database,
  { limits, rateScope, reserve, lane }: EtaOptions,
  left: Readonly<Record<string, number>>,
): Promise<Eta> {
  const budget = await reportBudget(database, limits, rateScope);
  const { requests, blockedUntil, backfill } = await readSpent(database, { limits, reserve });
  const unguarded = new Map<Limit, Limit>();
  const budgetsOf = (endpoint: string | undefined): Budget[] => {
    const past = requests.filter((request) => endpoint === undefined || request.endpoint === endpoint);
    const all = limits.map((limit) => ({ limit, past: past.map(({ at }) => at) }));
    const own = past.filter((request) => request.lane === 'backfill').map(({ at }) => at);
    const budgets = lane === 'backfill' && backfill ? [...all, { limit: backfill, past: own }] : all;
    return budgets.map(({ limit, past }) => {
      const guarded = { ...limit, windowMs: limit.windowMs + guardMs(limit) };
      unguarded.set(guarded, limit);
      return { limit: guarded, past };
    });
  };
  const total = Object.values(left).reduce((sum, count) => sum + count, 0);
  const parts =
    rateScope === 'account'
      ? [{ count: total, budgets: budgetsOf(undefined) }]
      : resources.map(({ name, path }) => ({ count: left[name] ?? 0, budgets: budgetsOf(path) }));
  let finishesAt = new Date();
  const binds: Bind[] = [];
  // Resources are asked for one after another.
  for (const { count, budgets } of parts) {
    const ahead = forecast({ requests: count, budgets, now: finishesAt, notBefore: blockedUntil });
    finishesAt = ahead.finishesAt;
    for (const bind of ahead.binds) binds.push({ ...bind, limit: unguarded.get(bind.limit) ?? bind.limit });
  }
  return { budget, finishesAt, binds };
}
