import type { Lane } from '../../budget/limits.ts';
import type { Deadline } from '../../budget/permits.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import type { Reported } from '../../evidence/judge/judge-window.ts';
import { countOf, type SourceReport } from '../../evidence/source-report.ts';
import { keepReport } from '../../evidence/source-reports.store.ts';
import { hintsIn } from '../../records/document.ts';
import type { NothingForm } from '../../records/envelope.ts';
import { parseAnswer } from '../../records/parse-answer.ts';
import type { Report, Resource } from '../../records/resource.ts';
import { ApiError } from '../../source/api-error.ts';
import type { ApiClient } from '../../source/client.ts';
import { planDates, planRequest } from '../../source/request-plan.ts';
import { addDays, type Day, type Period } from '../../time/period.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { markLoaded } from '../../warehouse/loaded-requests.ts';
import { readBusiestDay } from '../known-records.store.ts';
import { isRangeRefused } from './ranges/range-refusal.ts';

/** Facts: where the report is, or that there is none; whether the last day is part of a range of the report, and of the list. */
const pathFact = ({ name }: Resource): string => `${name}.report`;
const NONE = 'none';
/** What was seen once may have been a fault: the report is looked for again another day. */
const NONE_ONCE = 'none, seen once';
const ONCE_DAYS = 0.8;
const endFact = ({ name }: Resource): string => `${name}.end_date`;
const listEndFact = ({ name }: Resource): string => `${name}.list_end_date`;
/** The fact of how many days at once there is a report. */
export const reportRangeFact = ({ name }: Resource): string => `${name}.report_range`;
/** A report that fails is tried once more: without it days are loaded all the same. */
const ATTEMPTS = 2;

/** A resource of which no report tells has none at any path. */
const NO_REPORT: Pick<Report, 'paths' | 'total'> = { paths: [], total: '' };

/** In whose name a question is asked. */
export type RequestContext = {
  client: ApiClient;
  database: Database;
  runId: number | null;
  lane: Lane;
  patience: Deadline;
  claimKey?: string;
  snapshot?: string;
};

/**
 * What a report says, with its attributes where it gives a total. `isRefused`: it may say more of fewer days; `isForbidden`: it may be there
 * all the same; `gaveTotals`: it did so within the last month.
 */
export type SaidOfDays = Reported & { report?: SourceReport; isRefused?: boolean; isForbidden?: boolean; gaveTotals?: boolean };

/** Whatever a report is that says nothing, another look would say the same. */
const ANY: ReadonlySet<NothingForm> = new Set<NothingForm>(['data: null', 'data: {}', '[]', '{}', 'null']);

/**
 * What the source's own report says of the days and filters of a request: one request, however long the time is; two where the first path
 * says nothing. A path is remembered when it gave a total. Throws when the key is refused or the run is stopped.
 */
export async function fetchReport(
  { client, database, patience, ...name }: RequestContext,
  resource: Resource,
  query: Record<string, string>,
): Promise<SaidOfDays> {
  const { paths, total: attribute } = resource.report ?? NO_REPORT;
  if (await isReportMissing(database, resource)) return { none: true };
  const known = await readFact(database, pathFact(resource), FACT_DAYS);
  let failed: string | undefined;
  let isRefused = false;
  let isForbidden = false;
  for (const path of paths.toSorted((a, b) => Number(b === known) - Number(a === known))) {
    const redactedUrl = `${path}?${new URLSearchParams(query)}`;
    try {
      const call = { ...name, resource: resource.name, endpoint: path };
      const request = { path, query, redactedUrl, believes: ANY, attempts: ATTEMPTS };
      const { content, requestId, askedAt } = await client.get(request, call, patience, (document) => ({
        report: reportIn(document, attribute),
        sign: hintsIn(document).failed,
      }));
      const { report, sign } = content;
      if (name.runId !== null) await markLoaded(database.pool, requestId, 1);
      // A total that stands beside an error proves nothing.
      if (sign !== undefined) {
        failed ??= `by its "${sign}"`;
        continue;
      }
      const total = report && countOf(report, attribute);
      if (!report || total === undefined) continue;
      await rememberFact(database, pathFact(resource), path, `GET ${redactedUrl} gave a total`);
      if (isOfDays(resource, query)) await keepReport(database, datesIn(resource, query), report, askedAt);
      return { total, report };
    } catch (error) {
      if (!(error instanceof ApiError) || error.isOfAll) throw error;
      isRefused ||= isRangeRefused(error);
      isForbidden ||= error.failure !== 'not_found';
      if (error.isRetryable || error.failure === 'rate_limited') failed ??= String(error.status ?? error.failure);
    }
  }
  const gaveTotals = paths.some((path) => path === known);
  return failed === undefined ? { none: true, isRefused, isForbidden, gaveTotals } : { failed, isRefused };
}

async function isReportMissing(database: Database, resource: Resource): Promise<boolean> {
  const isKnown = async (value: string, days: number) => (await readFact(database, pathFact(resource), days)) === value;
  return (await isKnown(NONE, FACT_DAYS)) || (await isKnown(NONE_ONCE, ONCE_DAYS));
}

/** Remembers that there is no report, where none of its paths has ever given a total: for a day, and for a month when it is seen again. */
export async function rememberNoReport(database: Database, resource: Resource, label: string): Promise<void> {
  if (await isReportMissing(database, resource)) return;
  const known = await readFact(database, pathFact(resource));
  const evidence = `no report gave a total, and ${label} has records`;
  if (known === undefined) await rememberFact(database, pathFact(resource), NONE_ONCE, evidence);
  else if (known === NONE_ONCE || known === NONE) await rememberFact(database, pathFact(resource), NONE, evidence);
}

/** Remembers for a month that the report tells nothing of days, as it counts the same for all of them. */
export const rememberReportOfAllDays = (database: Database, resource: Resource, label: string): Promise<boolean> =>
  rememberFact(database, pathFact(resource), NONE, `${label}: the report counts as many for each half of these days as for both`);

/** How many records the source reports; undefined when it does not say, or fails. */
export async function fetchReportedTotal(
  requestContext: RequestContext,
  resource: Resource,
  query: Record<string, string>,
): Promise<number | undefined> {
  const reported = await fetchReport(requestContext, resource, query);
  return 'total' in reported ? reported.total : undefined;
}

/** The parameters that ask for these days of the source, and for no others. */
export function datesOf({ name, window }: Resource, { from, until }: Period, isEndIncluded: boolean): Record<string, string> {
  if (!window) throw new TypeError(`${name} is not asked for by days`);
  return { [window.from]: from, [window.until]: isEndIncluded ? addDays(until, -1) : until };
}

/** The first and the last day that parameters ask for, as they are. */
export const datesIn = ({ window }: Resource, query: Record<string, string>): { from: Day | undefined; last: Day | undefined } => ({
  from: query[window?.from ?? ''],
  last: query[window?.until ?? ''],
});

/** Whether the last day is part of a range of the report, as far as it was found out; taken to be while nothing tells. */
export const readEndIncluded = async (database: Database, resource: Resource): Promise<boolean> =>
  (await readFact(database, endFact(resource))) !== 'excluded';

/** Whether it was found out within the last month. */
export const knowsEndIncluded = async (database: Database, resource: Resource): Promise<boolean> =>
  (await readFact(database, endFact(resource), FACT_DAYS)) !== undefined;

/** The same of the list; it is taken to be as the report is. */
export async function readListEndIncluded(database: Database, resource: Resource): Promise<boolean> {
  const fact = await readFact(database, listEndFact(resource));
  return fact === undefined ? readEndIncluded(database, resource) : fact === 'included';
}

/**
 * Whether the last day is part of the range of a report, which the documentation does not say. Finds it out, once a month: a report from a
 * day to the same day tells, when records are known to have begun on it.
 */
export async function isEndIncluded(requestContext: RequestContext, resource: Resource): Promise<boolean> {
  const { database } = requestContext;
  const day = (await knowsEndIncluded(database, resource)) ? undefined : await readBusiestDay(database, resource);
  const total = day && (await fetchReportedTotal(requestContext, resource, datesOf(resource, { from: day, until: day }, false)));
  if (day === undefined || total === undefined) return readEndIncluded(database, resource);
  const found = Number(total) > 0 ? 'included' : 'excluded';
  // A report that counts nothing with the day after, either, just says nothing now.
  const withNext = datesOf(resource, { from: day, until: addDays(day, 1) }, false);
  if (found === 'excluded' && !(await fetchReportedTotal(requestContext, resource, withNext))) return readEndIncluded(database, resource);
  const shown = `the report from ${day} to ${day}, when there were ${resource.name}, counts ${total}`;
  await rememberFact(database, endFact(resource), found, shown);
  return found === 'included';
}

/** Whether the last day is part of a range of the list. Finds it out, once a month, by asking for a day on which some records began. */
export async function isListEndIncluded(requestContext: RequestContext, resource: Resource): Promise<boolean> {
  const { client, database, patience, ...name } = requestContext;
  const isKnown = (await readFact(database, listEndFact(resource), FACT_DAYS)) !== undefined;
  const day = isKnown ? undefined : await readBusiestDay(database, resource);
  if (day === undefined) return readListEndIncluded(database, resource);
  const countFrom = async (until: Day): Promise<number> => {
    const { path, query, redactedUrl } = planDates(planRequest(resource), datesOf(resource, { from: day, until }, false));
    const call = { ...name, resource: resource.name, endpoint: path };
    const read = (document: unknown) => parseAnswer(document, resource);
    const { content, requestId } = await client.get({ path, query, redactedUrl }, call, patience, read);
    if (name.runId !== null) await markLoaded(database.pool, requestId, 0);
    return content.received;
  };
  const received = await countFrom(day);
  const found = received > 0 ? 'included' : 'excluded';
  // A list that has nothing with the day after, either, just has nothing now.
  if (found === 'excluded' && (await countFrom(addDays(day, 1))) === 0) return readListEndIncluded(database, resource);
  const shown = `the list from ${day} to ${day}, when there were ${resource.name}, holds ${received}`;
  await rememberFact(database, listEndFact(resource), found, shown);
  return found === 'included';
}

/**
 * The dates by which the report counts the days that the list answers for, where it is known that the two read the last day differently.
 */
export async function reportDatesFor(
  database: Database,
  resource: Resource,
  query: Record<string, string>,
): Promise<Record<string, string>> {
  const { from, last } = datesIn(resource, query);
  const [ofReport, ofList] = [await readEndIncluded(database, resource), await readListEndIncluded(database, resource)];
  if (ofReport === ofList || !resource.window || from === undefined || last === undefined) return query;
  return { ...query, [resource.window.until]: addDays(last, ofList ? 1 : -1) };
}

/** The attributes of a report: what has the attribute with its total, wherever in the document it is. */
function reportIn(document: unknown, total: string): SourceReport | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  if (total in document) return { ...document };
  for (const inner of Object.values(document)) {
    const report = reportIn(inner, total);
    if (report) return report;
  }
  return undefined;
}

/** Whether a query asks for all records of some days, and for nothing less. */
const isOfDays = ({ window }: Resource, query: Record<string, string>): boolean =>
  Object.keys(query).sort().join() === [window?.until, window?.from].sort().join();
