import { explain, RunAbortedError, UsageError } from '../errors.ts';
import { isOfChats } from '../evidence/chat-fetches.store.ts';
import { addCoverage, addDifference, type Difference, forgetCoverage, readCoverage, readDifferences } from '../evidence/coverage.store.ts';
import { settleDays } from '../evidence/doubts.store.ts';
import { describeTotals } from '../evidence/totals.ts';
import { resources } from '../resources/index.ts';
import { addDays, coveredBy, type Day, earlier, firstUnfinishedDay, overlap, type Period, subtract } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { finishRun, openRun } from '../warehouse/run-log.ts';
import { createBackfillPlanner } from './backfill.ts';
import { executeRun } from './execute-run.ts';
import type { RequestContext } from './fetch/reported-total.ts';
import { findDifferences, provesCount } from './find-differences.ts';
import { reported } from './reported-resource.ts';
import type { RunOptions } from './run-options.ts';
import type { RunReport } from './run-report.ts';

export type ReconcileOptions = RunOptions & {
  /** The first day to compare, and the last; those that were read first and last when undefined. */
  from: Day | undefined;
  to: Day | undefined;
  /** Reads the days again that disagree. */
  repair: boolean;
};

/** A run's report, with the days, both included, that still disagree. */
export type ReconcileReport = RunReport & {
  differences: { from: string; to: string; source_total: number; warehouse_total: number; totals?: string }[];
};

/** What is read again of days that disagree: the resource that the report counts, and what is asked for by its records. */
const READ_AGAIN = [reported, ...resources.filter((resource) => isOfChats(resource) && resource.scope.of === reported)].map(
  ({ name }) => name,
);

/**
 * Compares the chats of the warehouse with the totals of the source's own report, halving the days until those that disagree are known:
 * two requests, and at most two for each halving. Covered days that disagree are noted in the coverage with both totals; days that were
 * never read stay missing. With `repair` the days are read again, and the messages of what was found.
 */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  const { database, client, signal, repair, now, from, to } = options;
  const covered = (await readCoverage(database, reported.name)).get('') ?? [];
  const [first, last] = [covered[0], covered.at(-1)];
  if (!first || !last) throw new UsageError('no day that is over was read whole yet: run chatrhub-sync sync, and this once a day is over');
  const range = coveredBy({ from: from ?? first.from, until: to ? addDays(to, 1) : last.until }, now());
  if (!range)
    throw new UsageError(`no day from ${from ?? first.from}${to ? ` to ${to}` : ''} is over in every time zone; choose earlier days`);
  const live = await openRun(database, 'reconcile', { details: { from: range.from, to: addDays(range.until, -1), repair } });
  try {
    const requestContext: RequestContext = { client, database, runId: live.run.runId, lane: 'command', patience: { signal } };
    const found = (await findDifferences(requestContext, reported, range)).map(({ period, reported, stored, differing }) => {
      return { period, sourceTotal: reported, warehouseTotal: stored, totals: describeTotals(differing) };
    });
    await note(database, live.run.runId, range, found, repair);
    const report = await executeRun(
      live,
      'command',
      createBackfillPlanner({
        database,
        range: aroundAll(found, range, now()),
        refresh: false,
        startedAt: live.run.startedAt,
      }),
      {
        ...options,
        only: repair && found.length > 0 ? READ_AGAIN : [],
      },
    );
    const left: (Difference & { totals?: string })[] = repair
      ? (await readDifferences(database, reported.name)).filter(({ period }) => overlap(period, range))
      : found;
    const differences = left.map(({ period, sourceTotal, warehouseTotal, totals }) => ({
      from: period.from,
      to: addDays(period.until, -1),
      source_total: sourceTotal,
      warehouse_total: warehouseTotal,
      ...(totals ? { totals } : {}),
    }));
    return { ...report, differences };
  } catch (error) {
    await finishRun(database, live.run.runId, error instanceof RunAbortedError ? 'interrupted' : 'failed', explain(error));
    throw error;
  } finally {
    await live.release();
  }
}

/** From the first of the days to the last, and one more on either side: the source's days may begin and end in those, as UTC has them. */
function aroundAll(found: readonly Difference[], range: Period, now: Date): Period {
  const [first, last] = [found[0]?.period ?? range, found.at(-1)?.period ?? range];
  return { from: addDays(first.from, -1), until: earlier(addDays(last.until, 1), firstUnfinishedDay(now)) };
}

/**
 * What is known now of the days that are covered: those that agree are verified and in doubt no more, the others are noted, or forgotten so
 * that they are read again.
 */
async function note(database: Database, runId: number, range: Period, found: readonly Difference[], repair: boolean): Promise<void> {
  const missing = subtract(range, (await readCoverage(database, reported.name)).get('') ?? []);
  const isProof = await provesCount(database, reported);
  const isCovered = ({ period }: Difference): boolean => !missing.some((days) => overlap(days, period));
  await database.transaction(async (client) => {
    for (const period of subtract(range, missing)) await addCoverage(client, reported.name, '', period, { isVerified: true });
    const agreeing = subtract(range, [...missing, ...found.map(({ period }) => period)]);
    for (const period of isProof ? agreeing : []) await settleDays(client, runId, reported.name, period);
    for (const difference of found.filter(isCovered)) {
      if (repair) await forgetCoverage(client, reported.name, difference.period);
      else if (difference.sourceTotal !== difference.warehouseTotal) await addDifference(client, reported.name, difference);
    }
  });
}
