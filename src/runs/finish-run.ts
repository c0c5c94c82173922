import { updateViews } from '../analytics/update-views.ts';
import { pruneRequests, type RateScope } from '../budget/ledger.store.ts';
import type { Limit } from '../budget/limits.ts';
import { watchAttributes } from '../drift/watch-attributes.ts';
import { explain, RunAbortedError } from '../errors.ts';
import { logEvent } from '../events.ts';
import { settleAccount } from '../evidence/account.store.ts';
import { concludeLists } from '../evidence/conclude-lists.ts';
import { readOpenDoubts } from '../evidence/doubts.store.ts';
import { describeDoubt } from '../evidence/doubts.ts';
import { doubtsOfRun, judgeRun, type RunEvidence } from '../evidence/judge/judge-run.ts';
import type { Sightings } from '../evidence/sightings.ts';
import type { Logger } from '../logger.ts';
import { comesInParts, type Resource } from '../records/resource.ts';
import type { Period } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { classifyError } from '../warehouse/connection/error-class.ts';
import { noteRead } from '../warehouse/reads.ts';
import { endLoading, finishRun, type Run, readCounts, SYNC_LOCK } from '../warehouse/run-log.ts';
import { findUnaccounted } from './accounting.ts';
import { SourceDownError } from './fetch/batch.ts';
import type { Fetcher } from './fetch/fetcher.ts';
import { type RunReport, reportRun } from './run-report.ts';

export type Finishing = {
  database: Database;
  logger: Logger;
  signal: AbortSignal;
  limits: readonly Limit[];
  rateScope: RateScope;
  run: Run;
  fetcher: Fetcher;
  sightings: Sightings;
  chosen: readonly Resource[];
  /** The days that the run looks after. */
  days: Partial<Period>;
  /** Requests left, by resource. */
  backlog: Record<string, number>;
  errors: { resource: string; error: string }[];
  /** What ended the run before its work was done, if anything did. */
  end: unknown;
};

/**
 * Ends a run: judges the lists that it read, looks for what does not add up, brings the views up to date, and stores its status with
 * its errors. Its data are known to be loaded before the views are made of them; a run whose views could not be made is partial.
 */
export async function finish(finishing: Finishing): Promise<RunReport> {
  const { database, logger, signal, limits, run, fetcher, sightings, chosen, days, backlog, end } = finishing;
  const { runId, command } = run;
  const errors = [...finishing.errors];
  await settleAccount(database, runId);
  await concludeLists(database, runId, sightings);
  const undeclared = await watchAttributes(database, runId, fetcher.shapes, logger);
  errors.push(...findUnaccounted(fetcher.shapes, fetcher.outcomes, await readCounts(database, runId)));
  if (end !== undefined && !(end instanceof RunAbortedError)) {
    logEvent(logger, 'run_stopped_early', { err: end });
    errors.push({ resource: 'all', error: describeEnd(end) });
  }
  await endLoading(database, runId);
  if (command === SYNC_LOCK) await noteRead(database.pool, readWhole(chosen, backlog, errors, end));
  errors.push(...(await updateViews(database, logger, signal)));
  const doubts = doubtsOfRun(
    await readOpenDoubts(database),
    chosen.map(({ name }) => name),
    days,
  );
  for (const doubt of doubts)
    logEvent(logger, 'doubt_open', { resource: doubt.resource, reason: doubt.reason, doubt: describeDoubt(doubt) });
  const status = judgeRun({
    end: kindOf(end),
    errors: errors.length,
    doubtsOfLoss: doubts.length,
    left: Object.values(backlog).reduce((sum, count) => sum + count, 0),
    hasRows: fetcher.outcomes.size > 0,
  });
  const [first] = doubts;
  const error = errors[0]?.error ?? (first ? describeDoubt(first) : null);
  const ended = await finishRun(database, runId, status, error, {
    errors,
    backlog,
    undeclared,
    details: { resources: Object.fromEntries(fetcher.outcomes) },
  });
  logEvent(logger, 'run_ended', {
    command,
    run_id: runId,
    status: ended.status,
    requests: ended.requests,
    inserted: ended.rowsInserted,
    updated: ended.rowsUpdated,
    backlog,
  });
  await pruneRequests(database, limits);
  return reportRun(database, ended, { ...finishing, outcomes: fetcher.outcomes, errors });
}

/**
 * The resources of which a sync has nothing left to ask for: they are read, also where nothing was wanted. Where something failed, as the list
 * of chats, nobody knows what would have been wanted; but what comes in several lists is always wanted, of all agents where the list of these
 * did not fail. Weekly lists are read weekly.
 */
function readWhole(chosen: readonly Resource[], backlog: Finishing['backlog'], errors: Finishing['errors'], end: unknown): string[] {
  const isSmooth = end === undefined && errors.length === 0;
  const isDone = ({ name }: Resource): boolean => (backlog[name] ?? 0) === 0;
  const isWell = (one: Resource): boolean => isDone(one) && errors.every(({ resource }) => resource !== one.name);
  const isRead = (one: Resource): boolean =>
    one.every === 'run' &&
    (isSmooth ? isDone(one) : comesInParts(one) && isWell(one) && (one.scope.over !== 'eachAgent' || isWell(one.scope.of)));
  return chosen.filter(isRead).map(({ name }) => name);
}

/** What ended the run, and what a person can do about it. */
function describeEnd(end: unknown): string {
  const advice = classifyError(end)?.advice;
  return advice ? `${explain(end)} - ${advice}` : explain(end);
}

function kindOf(end: unknown): RunEvidence['end'] {
  if (end === undefined) return undefined;
  if (end instanceof RunAbortedError) return end.reason;
  return end instanceof SourceDownError ? 'source' : 'failure';
}
