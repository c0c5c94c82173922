import type { Lane } from '../../budget/limits.ts';
import type { Deadline } from '../../budget/permits.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import type { Reported } from '../../evidence/judge/judge-window.ts';
import { countOf, type SourceReport } from '../../evidence/source-report.ts';
import { keepReport } from '../../evidence/source-reports.store.ts';
import { hintsIn } from '../../records/document.ts';
import type { NothingForm } from '../../records/envelope.ts';
import { parseAnswer } from '../../records/parse-answer.ts';
import chats from '../../resources/chats.ts';
import { ApiError } from '../../source/api-error.ts';
import type { ApiClient } from '../../source/client.ts';
import { planDates, planRequest } from '../../source/request-plan.ts';
import { addDays, type Period } from '../../time/period.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { markLoaded } from '../../warehouse/loaded-requests.ts';
import { readBusiestDay } from '../known-chats.store.ts';
import { isRangeRefused } from './ranges.ts';

/** Where the report is: the sample says the first (L936), the text the second (L969). */
export const REPORT_PATHS = ['/chats/report.json', '/agents/report.json'];
/** Facts: where the report is, or that there is none; whether the last day is part of a range of the report, and of the list. */
const PATH = 'chats.report';
const NONE = 'none';
const END = 'chats.end_date';
const LIST_END = 'chats.list_end_date';
/** A report that fails is tried once more: without it days are loaded all the same. */
const ATTEMPTS = 2;

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

/** What a report says, with its attributes where it gives a total. `isRefused`: it may say more of fewer days. */
export type Report = Reported & { report?: SourceReport; isRefused?: boolean };

/** Whatever a report is that says nothing, another look would say the same. */
const ANY: ReadonlySet<NothingForm> = new Set<NothingForm>(['data: null', 'data: {}', '[]', '{}', 'null']);

/**
 * What the source's own report says of the days and filters of a request for chats: one request, however long the time is; two where the
 * first path says nothing. A path is remembered when it gave a total. Throws when the key is refused or the run is stopped.
 */
export async function fetchReport(
  { client, database, patience, ...name }: RequestContext,
  query: Record<string, string>,
  paths: readonly string[] = REPORT_PATHS,
): Promise<Report> {
  const known = await readFact(database, PATH, FACT_DAYS);
  if (known === NONE) return { none: true };
  let failed: string | undefined;
  let isRefused = false;
  for (const path of [known, ...paths.filter((other) => other !== known)]) {
    if (path === undefined) continue;
    const redactedUrl = `${path}?${new URLSearchParams(query)}`;
    try {
      const call = { ...name, resource: 'chats', endpoint: path };
      const request = { path, query, redactedUrl, believes: ANY, attempts: ATTEMPTS };
      const { content, requestId, askedAt } = await client.get(request, call, patience, (document) => ({
        report: reportIn(document),
        sign: hintsIn(document).failed,
      }));
      const { report, sign } = content;
      if (name.runId !== null) await markLoaded(database.pool, requestId, 1);
      // A total that stands beside an error proves nothing.
      if (sign !== undefined) {
        failed ??= `by its "${sign}"`;
        continue;
      }
      const total = report && countOf(report, 'total_chats');
      if (!report || total === undefined) continue;
      await rememberFact(database, PATH, path, `GET ${redactedUrl} gave a total`);
      if (isOfDays(query)) await keepReport(database, query, report, askedAt);
      return { total, report };
    } catch (error) {
      if (!(error instanceof ApiError) || error.isOfAll) throw error;
      isRefused ||= isRangeRefused(error);
      if (error.isRetryable) failed ??= String(error.status ?? error.failure);
    }
  }
  return failed === undefined ? { none: true, isRefused } : { failed, isRefused };
}

/** Remembers that there is no report, where none of its paths has ever given a total. */
export async function rememberNoReport(database: Database, label: string): Promise<void> {
  if ((await readFact(database, PATH)) === undefined)
    await rememberFact(database, PATH, NONE, `no report gave a total, and ${label} has records`);
}

/** How many chats the source reports; undefined when it does not say, or fails. */
export async function fetchReportedTotal(requestContext: RequestContext, query: Record<string, string>): Promise<number | undefined> {
  const reported = await fetchReport(requestContext, query);
  return 'total' in reported ? reported.total : undefined;
}

/** The parameters that ask for these days of the source, and for no others. */
export const datesOf = ({ from, until }: Period, isEndIncluded: boolean): Record<string, string> => ({
  start_date: from,
  end_date: isEndIncluded ? addDays(until, -1) : until,
});

/** Whether `end_date` is part of a range of the report, as far as it was found out; taken to be while nothing tells. */
export const readEndIncluded = async (database: Database): Promise<boolean> => (await readFact(database, END)) !== 'excluded';

/** Whether it was found out within the last month. */
export const knowsEndIncluded = async (database: Database): Promise<boolean> => (await readFact(database, END, FACT_DAYS)) !== undefined;

/** The same of the list of chats; it is taken to be as the report is. */
export async function readListEndIncluded(database: Database): Promise<boolean> {
  const fact = await readFact(database, LIST_END);
  return fact === undefined ? readEndIncluded(database) : fact === 'included';
}

/**
 * Whether `end_date` is part of the range of a report, which the documentation does not say. Finds it out, once a month: a report from a day to the
 * same day tells, when chats are known to have been on it.
 */
export async function isEndIncluded(requestContext: RequestContext): Promise<boolean> {
  const { database } = requestContext;
  const day = (await knowsEndIncluded(database)) ? undefined : await readBusiestDay(database);
  const total = day && (await fetchReportedTotal(requestContext, { start_date: day, end_date: day }));
  if (day === undefined || total === undefined) return readEndIncluded(database);
  const found = Number(total) > 0 ? 'included' : 'excluded';
  await rememberFact(database, END, found, `the report from ${day} to ${day}, when there were chats, counts ${total}`);
  return found === 'included';
}

/** Whether `end_date` is part of a range of the list of chats. Finds it out, once a month, by asking for a day on which there were some. */
export async function isListEndIncluded(requestContext: RequestContext): Promise<boolean> {
  const { client, database, patience, ...name } = requestContext;
  const day = (await readFact(database, LIST_END, FACT_DAYS)) === undefined ? await readBusiestDay(database) : undefined;
  if (day === undefined) return readListEndIncluded(database);
  const { path, query, redactedUrl } = planDates(planRequest(chats), { start_date: day, end_date: day });
  const call = { ...name, resource: chats.name, endpoint: path };
  const { content, requestId } = await client.get({ path, query, redactedUrl }, call, patience, (document) => parseAnswer(document, chats));
  if (name.runId !== null) await markLoaded(database.pool, requestId, 0);
  const found = content.received > 0 ? 'included' : 'excluded';
  await rememberFact(database, LIST_END, found, `the list from ${day} to ${day}, when there were chats, holds ${content.received}`);
  return found === 'included';
}

/**
 * The dates by which the report counts the days that the list answers for, where it is known that the two read `end_date` differently.
 */
export async function reportDatesFor(database: Database, query: Record<string, string>): Promise<Record<string, string>> {
  const { start_date: from, end_date: last } = query;
  const [ofReport, ofList] = [await readEndIncluded(database), await readListEndIncluded(database)];
  if (ofReport === ofList || from === undefined || last === undefined) return query;
  return { ...query, end_date: addDays(last, ofList ? 1 : -1) };
}

/** The attributes of a report: what has `total_chats`, wherever in the document it is. */
function reportIn(document: unknown): SourceReport | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  if ('total_chats' in document) return { ...document };
  for (const inner of Object.values(document)) {
    const report = reportIn(inner);
    if (report) return report;
  }
  return undefined;
}

/** Whether a query asks for all chats of some days, and for nothing less. */
const isOfDays = (query: Record<string, string>): boolean => Object.keys(query).sort().join() === 'end_date,start_date';
