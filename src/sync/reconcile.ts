import {
  addDays,
  coveredBy,
  type Day,
  daysIn,
  earlier,
  firstUnfinishedDay,
  halve,
  overlap,
  type Period,
  subtract,
} from '../core/period.ts';
import { planDates, planRequest } from '../core/plan.ts';
import { parseAnswer } from '../core/record.ts';
import { countChatsBySlot, readBusiestDay, readChatsBetween, SLOT_MS } from '../db/chats.ts';
import type { Database } from '../db/database.ts';
import { finishRun, markLoaded, openRun } from '../db/runs.ts';
import { explain, StoppedError, UsageError } from '../errors.ts';
import { addCoverage, addDifference, type Difference, forgetCoverage, readCoverage, readDifferences } from '../evidence/coverage.store.ts';
import { readFact, rememberFact } from '../evidence/facts.store.ts';
import chatsResource from '../resources/chats.ts';
import { createBackfillWork } from './backfill.ts';
import type { RunReport } from './report.ts';
import { doWork, type RunOptions } from './run.ts';
import { type Caller, datesOf, fetchReportedTotal, isEndIncluded } from './volume.ts';

export type ReconcileOptions = RunOptions & {
  /** The first day to compare, and the last; those that were read first and last when undefined. */
  from: Day | undefined;
  to: Day | undefined;
  /** Reads the days again that disagree. */
  repair: boolean;
};

/** A run's report, with the days, both included, that still disagree. */
export type ReconcileReport = RunReport & { differences: { from: string; to: string; source_total: number; warehouse_total: number }[] };

/** By how many hours the source's days are ahead of UTC. */
const AHEAD = 'chats.day_offset_hours';

/**
 * Compares the chats of the warehouse with the totals of the source's own report, halving the days until those that disagree are known:
 * two requests, and about one for each halving. Covered days that disagree are noted in the coverage with both totals; days that were
 * never read stay missing. With `repair` the days are read again, and the messages of what was found.
 */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  const { database, client, signal, repair, now, from, to } = options;
  const covered = (await readCoverage(database, chatsResource.name)).get('') ?? [];
  const [first, last] = [covered[0], covered.at(-1)];
  if (!first || !last) throw new UsageError('no day was read yet: run chatrhub-sync sync');
  const range = coveredBy({ from: from ?? first.from, until: to ? addDays(to, 1) : last.until }, now());
  if (!range) throw new UsageError(`there is no day that is over everywhere from ${from ?? first.from}${to ? ` to ${to}` : ''}`);
  const live = await openRun(database, 'reconcile', { from: range.from, to: addDays(range.until, -1), repair });
  try {
    const caller: Caller = { client, database, runId: live.run.runId, lane: 'command', patience: { signal } };
    const found = await findDifferences(caller, range);
    await note(database, range, found, repair);
    const report = await doWork(
      live,
      'command',
      createBackfillWork({
        database,
        range: aroundAll(found, range, now()),
        refresh: false,
        startedAt: live.run.startedAt,
      }),
      {
        ...options,
        only: repair && found.length > 0 ? ['chats', 'messages'] : [],
      },
    );
    const left = repair ? (await readDifferences(database, chatsResource.name)).filter(({ period }) => overlap(period, range)) : found;
    const differences = left.map(({ period, sourceTotal, warehouseTotal }) => ({
      from: period.from,
      to: addDays(period.until, -1),
      source_total: sourceTotal,
      warehouse_total: warehouseTotal,
    }));
    return { ...report, differences };
  } catch (error) {
    await finishRun(database, live.run.runId, error instanceof StoppedError ? 'interrupted' : 'failed', explain(error), {});
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
 * What is known now of the days that are covered: those that agree are verified, the others are noted, or forgotten so that they are
 * read again.
 */
async function note(database: Database, range: Period, found: readonly Difference[], repair: boolean): Promise<void> {
  const missing = subtract(range, (await readCoverage(database, chatsResource.name)).get('') ?? []);
  const isCovered = ({ period }: Difference): boolean => !missing.some((days) => overlap(days, period));
  await database.transaction(async (client) => {
    for (const period of subtract(range, missing)) await addCoverage(client, chatsResource.name, '', period, { isVerified: true });
    for (const difference of found.filter(isCovered)) {
      if (repair) await forgetCoverage(client, chatsResource.name, difference.period);
      else await addDifference(client, chatsResource.name, difference);
    }
  });
}

/** The days on which the source reports another number than the warehouse has, oldest first. */
async function findDifferences(caller: Caller, range: Period): Promise<Difference[]> {
  const { database } = caller;
  const isIncluded = await isEndIncluded(caller);
  const totals = new Map<string, { days: Period; total: number }>();
  const reported = async (days: Period): Promise<number> => {
    const name = `${days.from} ${days.until}`;
    const total = totals.get(name)?.total ?? (await fetchReportedTotal(caller, datesOf(days, isIncluded)));
    if (total === undefined) throw new UsageError('the source has no report of its chats that could be compared with');
    totals.set(name, { days, total });
    return total;
  };
  const slots = await countChatsBySlot(database, momentOf(range.from, FARTHEST), momentOf(range.until, -FARTHEST));
  const has = ({ from, until }: Period, ahead: number): number => {
    const [first, end] = [momentOf(from, ahead).getTime() / SLOT_MS, momentOf(until, ahead).getTime() / SLOT_MS];
    return slots.reduce((sum, { slot, count }) => (slot >= first && slot < end ? sum + count : sum), 0);
  };
  const total = await reported(range);
  const known = await readFact(database, AHEAD);
  if (has(range, Number(known ?? 0)) === total) return [];
  const candidates = known === undefined ? await readOffsets(caller, isIncluded) : [Number(known)];
  // Whose midnight begins a day is seen best from the totals that were asked for: most of them agree when it is right.
  const misfits = (ahead: number): number => [...totals.values()].filter(({ days, total }) => has(days, ahead) !== total).length;
  const best = (): number => [...candidates].sort((a, b) => misfits(a) - misfits(b))[0] ?? 0;
  const search = async (days: Period, total: number, ahead: number): Promise<Difference[]> => {
    // With another midnight more of the totals agree: all days would seem to disagree from here on.
    if (best() !== ahead) return [];
    const here = has(days, ahead);
    if (here === total) return [];
    if (daysIn(days) === 1) return [{ period: days, sourceTotal: total, warehouseTotal: here }];
    const [older, newer] = halve(days);
    const ofOlder = await reported(older);
    return [...(await search(older, ofOlder, ahead)), ...(await search(newer, total - ofOlder, ahead))];
  };
  for (;;) {
    const ahead = best();
    const differences = await search(range, total, ahead);
    if (best() !== ahead) continue;
    if (candidates.filter((other) => misfits(other) === misfits(ahead)).length === 1)
      await rememberFact(
        database,
        AHEAD,
        String(ahead),
        `of ${totals.size} totals of days, ${misfits(ahead)} do not fit, and more with any other`,
      );
    return differences;
  }
}

/** No time zone is farther from Greenwich, in hours. */
const FARTHEST = 14;

/** When a day of the source begins, which is so many hours ahead of UTC. */
const momentOf = (day: Day, ahead: number): Date => new Date(Date.parse(`${day}T00:00:00Z`) - ahead * 3_600_000);

/**
 * By how many hours the source's days may be ahead of UTC, which is not documented, the likeliest first: the chats of the busiest day, as
 * the source lists them, tell, beside those that are known and not on its list. One request.
 */
async function readOffsets(caller: Caller, isIncluded: boolean): Promise<number[]> {
  const { client, database, patience, runId, lane } = caller;
  const day = await readBusiestDay(database);
  if (day === undefined) return [0];
  const { path, query, label } = planDates(planRequest(chatsResource), datesOf({ from: day, until: addDays(day, 1) }, isIncluded));
  const call = { runId, lane, resource: chatsResource.name, endpoint: path };
  const read = (document: unknown) => parseAnswer(document, chatsResource);
  const { content, requestId } = await client.get({ path, query, label }, call, patience, read);
  await markLoaded(database.pool, requestId, 0);
  const listed = (content.batches.find(({ isOwn }) => isOwn)?.rows ?? []).flatMap(({ id, create_dt }) =>
    create_dt instanceof Date ? [{ id: Number(id), createdAt: create_dt }] : [],
  );
  const isListed = new Set(listed.map(({ id }) => id));
  const near = await readChatsBetween(database, momentOf(day, FARTHEST), momentOf(addDays(day, 1), -FARTHEST));
  const others = near.filter(({ id }) => !isListed.has(id));
  const misfits = (ahead: number): number => {
    const [from, until] = [momentOf(day, ahead), momentOf(addDays(day, 1), ahead)];
    const isOfDay = ({ createdAt }: { createdAt: Date }): boolean => createdAt >= from && createdAt < until;
    return listed.filter((chat) => !isOfDay(chat)).length + others.filter(isOfDay).length;
  };
  const fits = Array.from({ length: 4 * FARTHEST + 1 }, (_, i) => i / 2 - FARTHEST).map((ahead) => ({ ahead, misfits: misfits(ahead) }));
  const fewest = Math.min(...fits.map(({ misfits }) => misfits));
  return fits
    .filter(({ misfits }) => misfits === fewest)
    .map(({ ahead }) => ahead)
    .sort((a, b) => Math.abs(a) - Math.abs(b));
}
