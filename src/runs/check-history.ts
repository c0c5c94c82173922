import { countUndecided } from '../evidence/absence.store.ts';
import { isOfChats, type OfChats } from '../evidence/chat-fetches.store.ts';
import { addCoverage, readCoverage } from '../evidence/coverage.store.ts';
import { readOpenDoubts, settleDays, storeJudgement } from '../evidence/doubts.store.ts';
import { type Doubt, describeDays, doubt, type OpenDoubt, type Reason } from '../evidence/doubts.ts';
import { readFact, rememberFact } from '../evidence/facts.store.ts';
import { readFilter } from '../evidence/list-filter.store.ts';
import { describeTotals, type Totals } from '../evidence/totals.ts';
import { findChatsNeedingMessages } from '../evidence/wanted-chats.store.ts';
import { type Resource, WEEKLY_DAYS } from '../records/resource.ts';
import { type PlannedRequest, planMessages, planRequest } from '../source/request-plan.ts';
import { addDays, type Day, daysIn, merge, overlap, type Period, startOf, subtract } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { inUtc, readOffset } from './day-offset.ts';
import type { BatchResult } from './fetch/batch.ts';
import type { FetchContext } from './fetch/fetch-context.ts';
import { readNeedsChat } from './fetch/message-facts.ts';
import { knowsEndIncluded } from './fetch/reported-total.ts';
import { type Differing, findDifferences, provesCount } from './find-differences.ts';
import { lacksReport } from './report-totals.ts';
import { reported } from './reported-resource.ts';
import { settleLeft } from './settle-left.ts';

/** The piece of work that the weekly comparison is. */
const UNIT = `${reported.name} totals`;
/** The fact that it was brought to its end: one that was broken off is made again. */
const COMPARED = `${reported.name}.totals_compared`;

/** So many days are read again in one run at most: the rest is left to the next ones. */
const MOST_DAYS = 200;
const MOST_MESSAGES = 1_000;

/** What the report settles when it agrees. */
const PROVED_BY_TOTALS: ReadonlySet<Reason> = new Set<Reason>(['report_failed', 'fewer_than_reported', 'unfinished']);

export type HistoryCheck = {
  /** The days before this one are behind the lookback. */
  until: Day;
  startedAt: Date;
  chosen: readonly Resource[];
  /** Makes requests one by one; says which were answered, and what ends the run, if anything does. */
  fetchAll(planned: readonly PlannedRequest[]): Promise<Pick<BatchResult, 'answered' | 'end'>>;
};

/**
 * Compares, once a week, what is stored of the days behind the lookback with what the source's report says of them, by control totals:
 * records change and vanish there too. Days that differ are read again, newest first, with what the budget has left. What the report counts
 * otherwise all the same is remembered. Returns what ends the run, if anything does.
 */
export async function checkHistory(context: FetchContext, check: HistoryCheck): Promise<unknown> {
  const { database } = context;
  if (!check.chosen.includes(reported)) return undefined;
  const isDue = (await readFact(database, COMPARED, WEEKLY_DAYS)) === undefined;
  // A difference that the report did not lead down to its days is looked into again, and so are days that no list proves any more.
  const isOpen =
    (await readDiffering(context)).some((days) => daysIn(days) > 1) || (await readDoubtsBefore(context, check.until)).length > 0;
  if (isDue || isOpen) await withReport(() => compare(context, check.until));
  const { read, end: endOfDays } = await readDaysAgain(context, check);
  if (endOfDays !== undefined) return endOfDays;
  const end = await settleLeft(context, { ...check, resource: reported, read });
  if (end !== undefined || read.length === 0) return end;
  await withReport(() => acceptOtherwise(context, read));
  for (const resource of check.chosen.filter(isOfChats)) {
    const { end } = await check.fetchAll(await planMessagesOf(context, resource, read, check.startedAt));
    if (end !== undefined) return end;
  }
  return undefined;
}

/**
 * Reads single days that differ again, and days in doubt that are not covered any more. Returns those that were answered, and what ends the
 * run, if anything does.
 */
async function readDaysAgain(context: FetchContext, { fetchAll, until }: HistoryCheck): Promise<{ read: Period[]; end: unknown }> {
  const { database } = context;
  const covered = (await readCoverage(database, reported.name)).get('') ?? [];
  const lost = (await readDoubtsBefore(context, until)).flatMap((period) => subtract(period, covered));
  const days = [...(await readDiffering(context)).filter((days) => daysIn(days) === 1), ...lost]
    .sort((a, b) => (a.from < b.from ? 1 : -1))
    .slice(0, MOST_DAYS);
  if (days.length === 0) return { read: [], end: undefined };
  const ahead = (await readOffset(database, reported)) ?? 0;
  const readAgain = async (periods: readonly Period[]) => {
    const wanted = periods.map((period) => ({ period, planned: planRequest(reported, { period: inUtc(period, ahead) }) }));
    const { answered, end } = await fetchAll(wanted.map(({ planned }) => planned));
    return { end, read: wanted.filter(({ planned }) => answered.some((one) => one.planned === planned)).map(({ period }) => period) };
  };
  const filter = await readFilter(database, reported.name);
  const { read, end } = await readAgain(days);
  // An answer has shown by what the list tells days: those that were read before it can be settled now.
  if (end !== undefined || filter === (await readFilter(database, reported.name))) return { read, end };
  const left = (await readDiffering(context)).filter((period) => read.some((other) => overlap(period, other)));
  return { read, end: (await readAgain(left)).end };
}

/** Without a report nothing can be compared, and what is in doubt stays so. */
const withReport = (compare: () => Promise<void>): Promise<void> =>
  compare().catch((error: unknown) => {
    if (!lacksReport(error)) throw error;
  });

const readDoubts = async ({ database }: FetchContext, reason: Doubt['reason']): Promise<OpenDoubt[]> =>
  (await readOpenDoubts(database)).filter((open) => open.resource === reported.name && open.reason === reason);

const readDiffering = async (context: FetchContext): Promise<Period[]> =>
  (await readDoubts(context, 'totals_differ')).flatMap(({ days }) => days ?? []);

/** Days before this one that are in doubt and that totals would prove: syncs do not read them any more. */
const readDoubtsBefore = async ({ database }: FetchContext, until: Day): Promise<Period[]> =>
  (await readOpenDoubts(database)).flatMap(({ resource, reason, days }) =>
    resource === reported.name && PROVED_BY_TOTALS.has(reason) && days && days.until <= until ? [days] : [],
  );

/** How many reports the comparison of these covered days takes, where it is due and finds nothing. */
export async function countComparisons(database: Database, covered: readonly Period[], until: Day): Promise<number> {
  if ((await readFact(database, COMPARED, WEEKLY_DAYS)) !== undefined) return 0;
  const reports = unbrokenBefore(covered, until).length;
  return reports > 0 && !(await knowsEndIncluded(database, reported)) ? reports + 1 : reports;
}

const unbrokenBefore = (covered: readonly Period[], until: Day): Period[] =>
  merge(covered.map((period) => ({ from: period.from, until: period.until < until ? period.until : until })));

/** One report for each unbroken range of covered days, newest first; days that differ come into doubt. */
async function compare(context: FetchContext, until: Day): Promise<void> {
  const { database, runId } = context;
  const covered = (await readCoverage(database, reported.name)).get('') ?? [];
  const behind = unbrokenBefore(covered, until).reverse();
  const known = await readKnownTotals(context);
  const before = await readDiffering(context);
  const isProof = await provesCount(database, reported);
  const requestContext = context.requestContext({ claimKey: UNIT });
  for (const range of behind) {
    const found = await findDifferences(requestContext, reported, range, { isKnown: (days, differing) => isKnown(known, days, differing) });
    const agreeing = subtract(
      range,
      found.map(({ period }) => period),
    );
    await database.transaction(async (client) => {
      for (const days of isProof ? agreeing : []) {
        await addCoverage(client, reported.name, '', days, { isVerified: true });
        await settleDays(client, runId, reported.name, days, { keepsTotals: true });
      }
      await storeJudgement(
        client,
        runId,
        [...before.filter((days) => subtract(days, [range]).length === 0), ...found.map(({ period }) => period)].map(
          (days) => aboutTotals(days).claim,
        ),
        found.map(({ period, differing }) => doubt(aboutTotals(period), 'totals_differ', { differences: describeTotals(differing) })),
      );
    });
  }
  const last = behind[0]?.until;
  if (last) await rememberFact(database, COMPARED, last, `the report of all covered days before ${last} was compared with what is stored`);
}

/**
 * Leaves records in doubt that their days no longer list, where a list tells days by the last change: a sync finds out whether they are gone
 * or on a later day.
 */
export async function doubtLeft({ database, runId, sightings }: FetchContext): Promise<void> {
  const doubts = sightings.left.map(({ keys, days }) =>
    doubt(aboutTotals(days), 'totals_differ', { differences: describeTotals({ [reported.report.total]: -keys.length }) }),
  );
  if (doubts.length > 0) await database.transaction((client) => storeJudgement(client, runId, [], doubts));
}

const aboutTotals = (days: Period) => ({
  resource: reported.name,
  claim: `${UNIT} ${days.from}..${days.until}`,
  subject: describeDays(days),
  days,
});

/**
 * Days that differ also after they were read: the report counts otherwise, and is not asked about that again. Days that were not read as a
 * whole, as another doubt says, go on differing, and so do those of which records may be gone, or of other days.
 */
async function acceptOtherwise(context: FetchContext, read: readonly Period[]): Promise<void> {
  const { database, runId, sightings } = context;
  const open = (await readOpenDoubts(database)).filter(({ resource, mayBeMissing }) => resource === reported.name && mayBeMissing);
  const others = open.filter(({ reason }) => reason !== 'totals_differ');
  const filter = await readFilter(database, reported.name);
  for (const { reason, days } of open) {
    const isOf = (period: Period): boolean => days !== undefined && overlap(period, days);
    if (reason !== 'totals_differ' || !days || !read.some(isOf) || others.some((other) => other.days && isOf(other.days))) continue;
    if (filter === undefined && (await countUndecided(database.pool, reported, [], days)) > 0) continue;
    if (sightings.left.some((left) => isOf(left.days))) continue;
    const [left]: (Differing | undefined)[] = await findDifferences(context.requestContext({ claimKey: UNIT }), reported, days);
    const otherwise = left
      ? [doubt(aboutTotals(days), 'totals_counted_otherwise', { differences: describeTotals(left.differing), ...left.differing })]
      : [];
    await database.transaction((client) => storeJudgement(client, runId, [aboutTotals(days).claim], otherwise));
  }
}

type KnownTotals = { days: Period; differing: Totals }[];

const readKnownTotals = async (context: FetchContext): Promise<KnownTotals> =>
  (await readDoubts(context, 'totals_counted_otherwise')).flatMap(({ days, details }) => {
    const { differences: _, ...differing } = details;
    return days ? [{ days, differing: differing as Totals }] : [];
  });

/** Whether the differences of some days are just those that are known of them. Means do not add up: where some are known, they may differ. */
function isKnown(known: KnownTotals, days: Period, differing: Totals): boolean {
  const inside = known.filter(({ days: of }) => subtract(of, [days]).length === 0);
  if (inside.length === 0) return false;
  return Object.keys(reported.report.counts).every(
    (name) => (differing[name] ?? 0) === inside.reduce((sum, { differing: more }) => sum + (more[name] ?? 0), 0),
  );
}

/** The messages of chats that were found on days which were read again. */
async function planMessagesOf(
  { database }: FetchContext,
  resource: OfChats,
  days: readonly Period[],
  startedAt: Date,
): Promise<PlannedRequest[]> {
  const planned: PlannedRequest[] = [];
  for (const { from, until } of merge(days.map((period) => ({ from: addDays(period.from, -1), until: addDays(period.until, 1) })))) {
    const looking = { from: startOf(from), until: startOf(until), since: startedAt };
    planned.push(
      ...planMessages(
        resource,
        await findChatsNeedingMessages(database, resource, looking, MOST_MESSAGES, await readNeedsChat(database, resource)),
      ),
    );
  }
  return planned;
}
