import { lowerBoundMs } from '../budget/forecast.ts';
import { type Lane, type Limit, windowName } from '../budget/limits.ts';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import { backfillRange } from '../runs/backfill.ts';
import { type Estimate, estimateBackfill, estimateSync } from '../runs/estimate.ts';
import { type Eta, readEta } from '../runs/eta.ts';
import type { Day, Period } from '../time/period.ts';
import { connectSource } from './connect-source.ts';
import { migrateWarehouse, openWarehouse } from './open-warehouse.ts';
import { print, printJson } from './print.ts';
import { sourceOptions } from './run-command.ts';
import { formatSeconds, formatTable } from './text-table.ts';

export type PlanFlags = {
  from: Day | undefined;
  to: Day | undefined;
  only: readonly string[] | undefined;
  json: boolean;
  refresh: boolean;
};

/** A minute's limit has room again in that time; for those of hours and days nobody waits who only wants to know. */
const LONGEST_WAIT_MS = 70_000;

/**
 * `chatrhub-sync plan` and `backfill --dry-run`: what the next sync, or with `--from` a backfill, would take. Nothing is loaded; a few
 * requests are made to learn about days that were never read.
 */
export async function planCommand(
  config: Config,
  logger: Logger,
  { from, to, only, json, refresh }: PlanFlags,
  signal: AbortSignal,
): Promise<void> {
  if (to !== undefined && from === undefined) throw new UsageError('--to needs --from: the first day of the backfill');
  const now = new Date();
  const range = from === undefined ? undefined : backfillRange(from, to, now);
  const { database } = await openWarehouse(config, logger, signal);
  try {
    await migrateWarehouse(database, logger);
    const source = sourceOptions(config);
    const requestContext = {
      client: connectSource(database, logger, source),
      database,
      runId: null,
      lane: 'command' as const,
      patience: { signal, until: performance.now() + LONGEST_WAIT_MS },
    };
    const onUnasked = () => logEvent(logger, 'estimate_limited');
    const estimated = range
      ? await estimateBackfill({ requestContext, now, only, range, refresh, onUnasked })
      : await estimateSync({
          requestContext,
          now,
          only,
          onUnasked,
          startDate: config.SYNC_START_DATE,
          lookbackDays: config.SYNC_LOOKBACK_DAYS,
        });
    const { limits, rateScope, reserve } = source;
    const lane: Lane = range ? 'backfill' : 'sync';
    const requests = Object.fromEntries(Object.entries(estimated).map(([name, count]) => [name, count.requests]));
    const eta = await readEta(database, { limits, rateScope, reserve, lane }, requests);
    const plan = { estimated, requests, eta, now: new Date(), range, limits, maxDurationMs: config.SYNC_MAX_DURATION };
    if (json) printJson(summarise(plan));
    else print(describePlan(plan));
  } finally {
    await database.close();
  }
}

type Plan = {
  estimated: Estimate;
  requests: Record<string, number>;
  eta: Eta;
  now: Date;
  range: Period | undefined;
  limits: readonly Limit[];
  maxDurationMs: number;
};

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);

const summarise = ({ requests, eta, now }: Plan) => ({
  requests,
  total: sum(requests),
  duration_seconds: Math.ceil(Math.max(0, eta.finishesAt.getTime() - now.getTime()) / 1_000),
  finishes_at: eta.finishesAt.toISOString(),
});

/** A plan, for a person. Times are in UTC. */
function describePlan(plan: Plan): string {
  const { estimated, eta, range, limits, maxDurationMs } = plan;
  const { total, duration_seconds, finishes_at } = summarise(plan);
  const least = lowerBoundMs(total, limits) / 1_000;
  const isCut = range === undefined && duration_seconds * 1_000 > maxDurationMs;
  return [
    range ? `A backfill from ${range.from} until before ${range.until}` : 'A sync, now',
    formatTable([
      ...Object.entries(estimated).map(([resource, { requests, oneByOne }]) => ({ resource, requests, 'by day and chat': oneByOne })),
      { resource: 'all', requests: total, 'by day and chat': Object.values(estimated).reduce((all, { oneByOne }) => all + oneByOne, 0) },
    ]),
    ...eta.binds.map(
      ({ limit, at, afterRequests }) =>
        `  ${limit.count}/${windowName(limit.windowMs)}: used up at ${at.toISOString()}, after ${afterRequests.toLocaleString('en')} requests`,
    ),
    `  done at ${finishes_at}, in ${formatSeconds(duration_seconds)}; with an unused budget it takes ${formatSeconds(least)} at least`,
    ...(isCut ? [`  SYNC_MAX_DURATION stops a sync after ${formatSeconds(maxDurationMs / 1_000)}; the next syncs continue`] : []),
  ].join('\n');
}
