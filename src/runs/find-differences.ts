import { readFact, rememberFact } from '../evidence/facts.store.ts';
import { readFilter } from '../evidence/list-filter.store.ts';
import { type Reported, readStoredTotals } from '../evidence/totals.store.ts';
import { differingTotals, type StoredTotals, type Totals } from '../evidence/totals.ts';
import type { Resource } from '../records/resource.ts';
import { daysIn, halve, type Period } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { aheadFact, chooseOffset, FARTHEST, type Fitting, momentOf, readOffset, readOffsets } from './day-offset.ts';
import type { RequestContext } from './fetch/reported-total.ts';
import { createReportTotals, lacksReport, sumOf } from './report-totals.ts';

/** The fact what the report counts otherwise. */
export const otherwiseFact = ({ name }: Resource): string => `${name}.report_otherwise`;

/** What the report counts otherwise: that it agrees on these proves nothing. */
const readOtherwise = async (database: Database, resource: Resource): Promise<ReadonlySet<string>> =>
  new Set(((await readFact(database, otherwiseFact(resource))) ?? '').split(', '));

/** Whether a report that agrees proves how many records there are. */
export const provesCount = async (database: Database, resource: Reported): Promise<boolean> =>
  !(await readOtherwise(database, resource)).has(resource.report.total);

/**
 * Days on which the source's report says something else than what is stored: one, or more where the report of a part of them failed.
 * `differing`: by how much it says more, for each total.
 */
export type Differing = { period: Period; reported: number; stored: number; differing: Totals };

/** `isKnown`: whether differences of some days are those that are known already, so that they are not looked into. */
export type Comparing = { isKnown?: (days: Period, differing: Totals) => boolean };

/**
 * The days on which the source's report says something else than what is stored, oldest first: one request when it agrees, and two at most
 * for each halving when it does not. Throws `NoReportError` or `FailedReportError` when there is no report of the whole.
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
  const ignored = await readOtherwise(database, resource);
  const by = (await readFilter(database, resource.name)) ?? 'creation';
  const report = await createReportTotals(requestContext, resource);
  const storedBetween = await readStoredTotals(database, resource, momentOf(range.from, FARTHEST), momentOf(range.until, -FARTHEST), by);
  const has = ({ from, until }: Period, ahead: number): StoredTotals => storedBetween(momentOf(from, ahead), momentOf(until, ahead));
  const differs = (days: Period, totals: Totals, ahead: number): Totals => {
    const differing = differingTotals(totals, has(days, ahead), ignored);
    return Object.keys(differing).length === 0 || isKnown(days, differing) ? {} : differing;
  };
  const isSame = (differing: Totals): boolean => Object.keys(differing).length === 0;

  const total = await report.of(range);
  const hasMeans = Object.keys(resource.report.means).some((name) => total[name] !== undefined);
  const known = await readOffset(database, resource);
  if (isSame(differs(range, total, known ?? 0))) return [];
  const candidates = known === undefined ? await readOffsets(requestContext, resource) : [known];
  const fitting = (): Fitting[] =>
    [...report.asked.values()].map(({ days, totals }) => ({
      days,
      fits: (ahead) => totalOf(has(days, ahead).counts) === totalOf(totals),
    }));
  const best = (): number => chooseOffset(candidates, fitting());

  /** Both halves; the newer one is what the older leaves of the counts. Where these agree, a mean may differ all the same: it is asked about. */
  const search = async (days: Period, totals: Totals, ahead: number): Promise<Differing[]> => {
    // With another midnight more of the totals agree: all days would seem to disagree from here on.
    if (best() !== ahead) return [];
    const differing = differs(days, totals, ahead);
    if (isSame(differing)) return [];
    const undivided = [{ period: days, reported: totalOf(totals) ?? 0, stored: totalOf(has(days, ahead).counts) ?? 0, differing }];
    if (daysIn(days) === 1) return undivided;
    const [older, newer] = halve(days);
    const ofOlder = await report.of(older).catch(orNone);
    const mayBeOfAllDays = daysIn(newer) > 1 && ofOlder && totalOf(ofOlder) === totalOf(totals) && totalOf(totals) !== 0;
    if (mayBeOfAllDays && totalOf(has(newer, ahead).counts) !== 0) await report.refuseSame(newer, totals);
    const counted = ofOlder && without(counts, totals, ofOlder);
    const ofNewer = counted && hasMeans && isSame(differs(newer, counted, ahead)) ? await report.of(newer).catch(orNone) : counted;
    if (!ofOlder || !ofNewer) return undivided;
    return [...(await search(older, ofOlder, ahead)), ...(await search(newer, ofNewer, ahead))];
  };
  for (;;) {
    const ahead = best();
    const differences = await search(range, total, ahead);
    if (best() !== ahead) continue;
    const asked = fitting();
    const misfits = (other: number): number => asked.filter(({ fits }) => !fits(other)).length;
    const isProved = ahead !== 0 || candidates.every((other) => other === ahead || misfits(other) > misfits(ahead));
    if (known === undefined && isProved)
      await rememberFact(
        database,
        aheadFact(resource),
        String(ahead),
        `of ${asked.length} totals of days, ${misfits(ahead)} do not fit with it, ${misfits(0)} with the days of UTC`,
      );
    return differences;
  }
}

function orNone(error: unknown): undefined {
  if (!lacksReport(error)) throw error;
}

/** The counts of some days less those of a part of them. */
const without = (counts: readonly string[], totals: Totals, part: Totals): Totals =>
  Object.fromEntries(counts.flatMap((name) => sumOf(name, totals[name], -(part[name] ?? 0))));
