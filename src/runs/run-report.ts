import { type RateScope, readLimitUsage } from '../budget/ledger.store.ts';
import type { Limit } from '../budget/limits.ts';
import { windowName } from '../budget/limits.ts';
import { readShownDoubts } from '../evidence/doubt-summary.store.ts';
import type { ShownDoubt } from '../evidence/doubt-summary.ts';
import { resources } from '../resources/index.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { noOutcome, type Outcome } from '../warehouse/load/load.ts';
import type { Run } from '../warehouse/run-log.ts';

export type BudgetLine = { limit: number; window: string; used: number; free_at: string | null };

/** What every run reports. */
export type RunHead = {
  run_id: number;
  command: string;
  status: Run['status'];
  started_at: string;
  finished_at: string | null;
  requests: number;
};

/** A stored run as it is shown: times as text. */
export const describeHead = (run: Run): RunHead => ({
  run_id: run.runId,
  command: run.command,
  status: run.status,
  started_at: run.startedAt.toISOString(),
  finished_at: run.finishedAt?.toISOString() ?? null,
  requests: run.requests,
});

/** What a run says of itself with `--json` (docs/json.md). Times are ISO 8601, in UTC. */
export type RunReport = RunHead & {
  resources: Record<string, Outcome>;
  backlog: Record<string, number>;
  budget: BudgetLine[];
  /** All that is in doubt of the resources that the run chose, possible loss first. */
  doubts: readonly ShownDoubt[];
  errors: { resource: string; error: string }[];
};

type Parts = {
  outcomes: ReadonlyMap<string, Outcome>;
  backlog: Record<string, number>;
  errors: { resource: string; error: string }[];
  limits: readonly Limit[];
  rateScope: RateScope;
};

/** The report of a finished run, with how the budget stands and what is in doubt now. */
export async function reportRun(database: Database, run: Run, { outcomes, backlog, errors, limits, rateScope }: Parts): Promise<RunReport> {
  return {
    ...describeHead(run),
    resources: Object.fromEntries(resources.map(({ name }) => [name, outcomes.get(name) ?? noOutcome()])),
    backlog: Object.fromEntries(resources.map(({ name }) => [name, backlog[name] ?? 0])),
    budget: await reportBudget(database, limits, rateScope),
    doubts: (await readShownDoubts(database, { only: run.onlyResources })).doubts,
    errors,
  };
}

/** How each limit stands now. */
export async function reportBudget(database: Database, limits: readonly Limit[], scope: RateScope): Promise<BudgetLine[]> {
  const standings = await readLimitUsage(database, { limits, scope });
  return standings.map(({ count, windowMs, used, freeAt }) => ({
    limit: count,
    window: windowName(windowMs),
    used,
    free_at: freeAt?.toISOString() ?? null,
  }));
}
