import { UsageError } from '../errors.ts';
import { FACT_DAYS, readFact, rememberFact } from '../evidence/facts.store.ts';
import type { Reported } from '../evidence/totals.store.ts';
import { type Totals, totalsOfReport } from '../evidence/totals.ts';
import type { Resource } from '../records/resource.ts';
import { daysIn, halve, type Period } from '../time/period.ts';
import {
  datesOf,
  fetchReport,
  isEndIncluded,
  type RequestContext,
  rememberReportOfAllDays,
  reportRangeFact,
  type SaidOfDays,
} from './fetch/reported-total.ts';

/** The source has no report to compare with. */
class NoReportError extends UsageError {
  override name = 'NoReportError';
}

/** The source's report failed: another time it may say something. */
class FailedReportError extends Error {
  override name = 'FailedReportError';
}

/** Whether a report could not be had, which keeps only a comparison from being made. */
export const lacksReport = (error: unknown): boolean => error instanceof NoReportError || error instanceof FailedReportError;

/** The totals of the source's report. */
export type ReportTotals = {
  /** Those of some days: asked for once, and where they are too many for a report, the sum of both halves. */
  of(days: Period): Promise<Totals>;
  /** Throws `NoReportError` where the report of these days, a half of others, counts as many as that of both: it is of all days, always. */
  refuseSame(half: Period, totals: Totals): Promise<void>;
  /** All that were asked for. */
  asked: ReadonlyMap<string, { days: Period; totals: Totals }>;
};

const TOO_LONG: SaidOfDays = { none: true, isRefused: true };

/** Asks for reports of days. `of` throws `NoReportError` where there is none, `FailedReportError` where it fails. */
export async function createReportTotals(requestContext: RequestContext, resource: Reported): Promise<ReportTotals> {
  const { database } = requestContext;
  const isIncluded = await isEndIncluded(requestContext, resource);
  const asked = new Map<string, { days: Period; totals: Totals }>();
  let longest = Number((await readFact(database, reportRangeFact(resource), FACT_DAYS)) ?? Number.POSITIVE_INFINITY);

  async function of(days: Period): Promise<Totals> {
    const name = `${days.from} ${days.until}`;
    const known = asked.get(name);
    if (known) return known.totals;
    const dates = datesOf(resource, days, isIncluded);
    const reported: SaidOfDays = daysIn(days) > longest ? TOO_LONG : await fetchReport(requestContext, resource, dates);
    if (!reported.report && (!reported.isRefused || daysIn(days) === 1)) throw noReport(resource, reported);
    const totals = reported.report ? totalsOfReport(resource.report, reported.report) : await ofHalves(days);
    asked.set(name, { days, totals });
    return totals;
  }

  async function ofHalves(days: Period): Promise<Totals> {
    const [older, newer] = halve(days);
    const [one, other] = [await of(older), await of(newer)];
    const length = Math.max(daysIn(older), daysIn(newer));
    if (length < longest) {
      longest = length;
      const evidence = `a report of ${daysIn(days)} days was refused, one of ${length} was given`;
      await rememberFact(database, reportRangeFact(resource), String(length), evidence);
    }
    return Object.fromEntries(Object.keys(resource.report.counts).flatMap((count) => sumOf(count, one[count], other[count])));
  }

  async function refuseSame(half: Period, totals: Totals): Promise<void> {
    const { report } = resource;
    if ((await of(half))[report.total] !== totals[report.total]) return;
    await rememberReportOfAllDays(database, resource, `${half.from} to ${half.until}`);
    throw noReport(resource, { none: true });
  }

  return { of, refuseSame, asked };
}

const noReport = ({ name }: Resource, reported: SaidOfDays): Error =>
  'failed' in reported
    ? new FailedReportError(`the source's report of its ${name} failed (${reported.failed}), so nothing can be compared: try again later`)
    : new NoReportError(`the source has no report of its ${name} to compare with`);

/** A count of two parts, where both are known. */
export const sumOf = (name: string, one: number | undefined, other: number | undefined): [string, number][] =>
  one === undefined || other === undefined ? [] : [[name, one + other]];
