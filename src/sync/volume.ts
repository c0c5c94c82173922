import type { ApiClient } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Patience } from '../api/gate.ts';
import type { Lane } from '../core/budget.ts';
import { addDays, type Period } from '../core/period.ts';
import { readBusiestDay } from '../db/chats.ts';
import type { Database } from '../db/database.ts';
import { readFact, rememberFact } from '../db/facts.ts';
import { markLoaded } from '../db/runs.ts';
import { countOf, keepReport, type SourceReport } from '../db/source-reports.ts';

/** Where the report is: the sample says the first (L936), the text the second (L969). */
const PATHS = ['/chats/report.json', '/agents/report.json'];
/** Facts: where the report is, whether the last day is part of a range. */
const PATH = 'chats.report';
const END = 'chats.end_date';

/** In whose name a question is asked. */
export type Caller = {
  client: ApiClient;
  database: Database;
  runId: number | null;
  lane: Lane;
  patience: Patience;
  unit?: string;
  snapshot?: string;
};

/**
 * How many chats the source reports for the days and filters of a request for chats: one request, however long the time is. Undefined
 * when it does not say. Throws when the source does not answer at all.
 */
export async function askVolume(
  { client, database, patience, ...name }: Caller,
  query: Record<string, string>,
): Promise<number | undefined> {
  const known = await readFact(database, PATH);
  for (const path of [known, ...PATHS.filter((other) => other !== known)]) {
    if (path === undefined) continue;
    const label = `${path}?${new URLSearchParams(query)}`;
    try {
      const call = { ...name, resource: 'chats', endpoint: path };
      const { content: report, requestId, askedAt } = await client.get({ path, query, label }, call, patience, reportIn);
      if (name.runId !== null) await markLoaded(database.pool, requestId, 1);
      await rememberFact(database, PATH, path, `GET ${label} was answered`);
      const total = report && countOf(report, 'total_chats');
      if (report && total !== undefined && isOfDays(query)) await keepReport(database, query, report, askedAt);
      return total;
    } catch (error) {
      if (!(error instanceof ApiError) || error.failure === 'unauthorized' || error.isRetryable) throw error;
      if (error.failure !== 'not_found') return undefined;
    }
  }
  return undefined;
}

/** The parameters that ask for these days of the source, and for no others. */
export const datesOf = ({ from, until }: Period, isEndIncluded: boolean): Record<string, string> => ({
  start_date: from,
  end_date: isEndIncluded ? addDays(until, -1) : until,
});

/** Whether `end_date` is part of the range, as far as it was found out; taken to be while nothing tells. */
export const readEndIncluded = async (database: Database): Promise<boolean> => (await readFact(database, END)) !== 'excluded';

/**
 * Whether `end_date` is part of the range, which the documentation does not say. Finds it out, once: a report from a day to the same day
 * tells, when chats are known to have been on it.
 */
export async function isEndIncluded(caller: Caller): Promise<boolean> {
  const { database } = caller;
  const day = (await readFact(database, END)) === undefined ? await readBusiestDay(database) : undefined;
  const total = day && (await askVolume(caller, { start_date: day, end_date: day }));
  if (day === undefined || total === undefined) return readEndIncluded(database);
  const found = Number(total) > 0 ? 'included' : 'excluded';
  await rememberFact(database, END, found, `the report from ${day} to ${day}, when there were chats, counts ${total}`);
  return found === 'included';
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
