import { UsageError } from '../errors.ts';
import { FACT_DAYS, readFact, rememberFact } from '../evidence/facts.store.ts';
import { filterFact } from '../evidence/list-filter.ts';
import { type Reported, readStoredTotals } from '../evidence/totals.store.ts';
import { differingTotals, type StoredTotals, type Totals, totalsOfReport } from '../evidence/totals.ts';
import { parseAnswer } from '../records/parse-answer.ts';
import type { Resource } from '../records/resource.ts';
import { ApiError } from '../source/api-error.ts';
import { planDates, planRequest } from '../source/request-plan.ts';
import { addDays, type Day, daysIn, halve, type Period } from '../time/period.ts';
import { markLoaded } from '../warehouse/loaded-requests.ts';
import { datesOf, fetchReport, isEndIncluded, type RequestContext, readListEndIncluded, type SaidOfDays } from './fetch/reported-total.ts';
import { readBusiestDay, readListed } from './known-records.store.ts';

/** Facts: by how many hours the source's days are ahead of UTC; what its report counts otherwise. */
const aheadFact = ({ name }: Resource): string => `${name}.day_offset_hours`;
export const otherwiseFact = ({ name }: Resource): string => `${name}.report_otherwise`;
/** Of so many days at once there is a report. */
const longestFact = ({ name }: Resource): string => `${name}.report_range`;

/**
 * Days on which the source's report says something else than what is stored: one, or more where the report of a part of them failed.
 * `differing`: by how much it says more, for each total.
 */
export type Differing = { period: Period; reported: number; stored: number; differing: Totals };

/** The source has no report to compare with. */
export class NoReportError extends UsageError {
  override name = 'NoReportError';
}

/** `isKnown`: whether differences of some days are those that are known already, so that they are not looked into. */
export type Comparing = { isKnown?: (days: Period, differing: Totals) => boolean };

/**
 * The days on which the source's report says something else than what is stored, oldest first: one request when it agrees, and two at most
 * for each halving when it does not. Throws `NoReportError` when there is no report of the whole.
 */
export async function findDifferences(
  requestContext: RequestContext,
  resource: Reported,
  range: Period,
  { isKnown = () => false }: Comparing = {},
): Promise<Differing[]> {
  const { database } = requestContext;
  const counts = Object.keys(resource.report.counts);
  const totalOf = (totals: Totals): number | undefined => totals[resource.report.total];
  const isIncluded = await isEndIncluded(requestContext, resource);
  const ignored = new Set(((await readFact(database, otherwiseFact(resource))) ?? '').split(', '));
  const by = (await readFact(database, filterFact(resource.name))) === 'change' ? 'change' : 'creation';
  let longest = Number((await readFact(database, longestFact(resource), FACT_DAYS)) ?? Number.POSITIVE_INFINITY);
  const asked = new Map<string, { days: Period; totals: Totals }>();
  /** Of days that are too many for a report, that of both halves: what adds up. */
  const report = async (days: Period): Promise<Totals> => {
    const name = `${days.from} ${days.until}`;
    const known = asked.get(name);
    if (known) return known.totals;
    const dates = datesOf(resource, days, isIncluded);
    const reported: SaidOfDays = daysIn(days) > longest ? TOO_LONG : await fetchReport(requestContext, resource, dates);
    if (!reported.report && (!reported.isRefused || daysIn(days) === 1))
      throw new NoReportError(`the source has no report of its ${resource.name} to compare with`);
    const totals = reported.report ? totalsOfReport(resource.report, reported.report) : await reportInHalves(days);
    asked.set(name, { days, totals });
    return totals;
  };
  const reportInHalves = async (days: Period): Promise<Totals> => {
    const [older, newer] = halve(days);
    const [one, other] = [await report(older), await report(newer)];
    const length = Math.max(daysIn(older), daysIn(newer));
    if (length < longest) {
      longest = length;
      await rememberFact(
        database,
        longestFact(resource),
        String(length),
        `a report of ${daysIn(days)} days was refused, one of ${length} was given`,
      );
    }
    return Object.fromEntries(counts.flatMap((count) => sumOf(count, one[count], other[count])));
  };
  const storedBetween = await readStoredTotals(database, resource, momentOf(range.from, FARTHEST), momentOf(range.until, -FARTHEST), by);
  const has = ({ from, until }: Period, ahead: number): StoredTotals => storedBetween(momentOf(from, ahead), momentOf(until, ahead));
  const differs = (days: Period, totals: Totals, ahead: number): Totals => {
    const differing = differingTotals(totals, has(days, ahead), ignored);
    return Object.keys(differing).length === 0 || isKnown(days, differing) ? {} : differing;
  };
  const isSame = (differing: Totals): boolean => Object.keys(differing).length === 0;

  const total = await report(range);
  const known = await readFact(database, aheadFact(resource));
  if (isSame(differs(range, total, Number(known ?? 0)))) return [];
  const candidates = known === undefined ? await readOffsets(requestContext, resource) : [Number(known)];
  // Whose midnight begins a day is seen best from the totals that were asked for: most of them agree when it is right.
  const misfits = (ahead: number): number =>
    [...asked.values()].filter(({ days, totals }) => totalOf(has(days, ahead).counts) !== totalOf(totals)).length;
  const best = (): number => {
    const fits = candidates.map((ahead) => ({ ahead, misfits: misfits(ahead) }));
    return fits.sort((a, b) => a.misfits - b.misfits)[0]?.ahead ?? 0;
  };

  /** Both halves; the newer one is what the older leaves of the counts, and is asked about where a mean differs beside it. */
  const search = async (days: Period, totals: Totals, ahead: number): Promise<Differing[]> => {
    // With another midnight more of the totals agree: all days would seem to disagree from here on.
    if (best() !== ahead) return [];
    const differing = differs(days, totals, ahead);
    if (isSame(differing)) return [];
    const undivided = [{ period: days, reported: totalOf(totals) ?? 0, stored: totalOf(has(days, ahead).counts) ?? 0, differing }];
    if (daysIn(days) === 1) return undivided;
    const [older, newer] = halve(days);
    const isOfMeans = !counts.some((name) => differing[name] !== undefined);
    const ofOlder = await report(older).catch(orNone);
    const ofNewer = ofOlder && (isOfMeans ? await report(newer).catch(orNone) : without(counts, totals, ofOlder));
    if (!ofOlder || !ofNewer) return undivided;
    return [...(await search(older, ofOlder, ahead)), ...(await search(newer, ofNewer, ahead))];
  };
  for (;;) {
    const ahead = best();
    const differences = await search(range, total, ahead);
    if (best() !== ahead) continue;
    if (known === undefined && candidates.filter((other) => misfits(other) === misfits(ahead)).length === 1)
      await rememberFact(
        database,
        aheadFact(resource),
        String(ahead),
        `of ${asked.size} totals of days, ${misfits(ahead)} do not fit, and more with any other`,
      );
    return differences;
  }
}

function orNone(error: unknown): undefined {
  if (!(error instanceof NoReportError)) throw error;
}

/** The counts of some days less those of a part of them. */
const without = (counts: readonly string[], totals: Totals, part: Totals): Totals =>
  Object.fromEntries(counts.flatMap((name) => sumOf(name, totals[name], -(part[name] ?? 0))));

const TOO_LONG: SaidOfDays = { none: true, isRefused: true };

const sumOf = (name: string, one: number | undefined, other: number | undefined): [string, number][] =>
  one === undefined || other === undefined ? [] : [[name, one + other]];

/** No time zone is farther from Greenwich, in hours. */
const FARTHEST = 14;

/** All offsets that there may be, the smallest first. */
const OFFSETS: readonly number[] = Array.from({ length: 4 * FARTHEST + 1 }, (_, i) => i / 2 - FARTHEST).sort(
  (a, b) => Math.abs(a) - Math.abs(b),
);

/** When a day of the source begins, which is so many hours ahead of UTC. */
const momentOf = (day: Day, ahead: number): Date => new Date(Date.parse(`${day}T00:00:00Z`) - ahead * 3_600_000);

/**
 * By how many hours the source's days may be ahead of UTC, which is not documented, the likeliest first: the records of the busiest day, as
 * the source lists them, tell, beside those that are known and not on its list. One request.
 */
async function readOffsets(requestContext: RequestContext, resource: Resource): Promise<readonly number[]> {
  const { client, database, patience, runId, lane } = requestContext;
  const day = await readBusiestDay(database, resource);
  if (day === undefined) return [0];
  const { path, query, redactedUrl } = planDates(
    planRequest(resource),
    datesOf(resource, { from: day, until: addDays(day, 1) }, await readListEndIncluded(database, resource)),
  );
  const call = { runId, lane, resource: resource.name, endpoint: path };
  const read = (document: unknown) => parseAnswer(document, resource);
  const answer = await client.get({ path, query, redactedUrl }, call, patience, read).catch(orUnanswered);
  // What the totals themselves say has to do.
  if (!answer) return OFFSETS;
  const { content, requestId } = answer;
  await markLoaded(database.pool, requestId, 0);
  const listed = (content.batches.find(({ isOwn }) => isOwn)?.rows ?? []).flatMap(({ id, create_dt }) =>
    create_dt instanceof Date ? [{ id: Number(id), createdAt: create_dt }] : [],
  );
  const isListed = new Set(listed.map(({ id }) => id));
  const near = await readListed(database, resource, momentOf(day, FARTHEST), momentOf(addDays(day, 1), -FARTHEST));
  const others = near.filter(({ id }) => !isListed.has(id));
  const misfits = (ahead: number): number => {
    const [from, until] = [momentOf(day, ahead), momentOf(addDays(day, 1), ahead)];
    const isOfDay = ({ createdAt }: { createdAt: Date }): boolean => createdAt >= from && createdAt < until;
    return listed.filter((record) => !isOfDay(record)).length + others.filter(isOfDay).length;
  };
  const fits = OFFSETS.map((ahead) => ({ ahead, misfits: misfits(ahead) }));
  const fewest = Math.min(...fits.map(({ misfits }) => misfits));
  return fits.filter(({ misfits }) => misfits === fewest).map(({ ahead }) => ahead);
}

function orUnanswered(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.isOfAll) throw error;
}
