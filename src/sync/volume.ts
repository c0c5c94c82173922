import type { ApiClient } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Patience } from '../api/gate.ts';
import type { Lane } from '../core/budget.ts';
import { addDays, type Period } from '../core/period.ts';
import type { Database } from '../db/database.ts';
import { readFact, rememberFact } from '../db/facts.ts';
import { markLoaded } from '../db/runs.ts';

/** Where the report is: the sample says the first (L936), the text the second (L969). */
const PATHS = ['/chats/report.json', '/agents/report.json'];
const FACT = 'chats.report';

/** In whose name a question is asked. */
export type Asker = {
  client: ApiClient;
  database: Database;
  runId: number | null;
  lane: Lane;
  patience: Patience;
  unit?: string;
  snapshot?: string;
};

/**
 * How many chats the source reports for a period: one request, however long the period is. Undefined when it does not
 * say. Whether the
 * last day is included is not documented: it is taken to be.
 */
export async function askVolume({ client, database, patience, ...caller }: Asker, { from, until }: Period): Promise<number | undefined> {
  const query = { start_date: from, end_date: addDays(until, -1) };
  const known = await readFact(database, FACT);
  for (const path of [known, ...PATHS.filter((other) => other !== known)]) {
    if (path === undefined) continue;
    const label = `${path}?${new URLSearchParams(query)}`;
    try {
      const call = { ...caller, resource: 'chats', endpoint: path };
      const { document, requestId } = await client.get({ path, query, label }, call, patience);
      if (caller.runId !== null) await markLoaded(database.pool, requestId, 1);
      await rememberFact(database, FACT, path, `GET ${label} was answered`);
      return totalOf(document);
    } catch (error) {
      if (!(error instanceof ApiError) || error.failure === 'unauthorized') throw error;
      if (error.failure !== 'not_found') return undefined;
    }
  }
  return undefined;
}

/** `total_chats` of a report, wherever in the document it is. */
function totalOf(document: unknown): number | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  if ('total_chats' in document) {
    const total = Number(document.total_chats ?? Number.NaN);
    return Number.isSafeInteger(total) && total >= 0 ? total : undefined;
  }
  for (const inner of Object.values(document)) {
    const total = totalOf(inner);
    if (total !== undefined) return total;
  }
  return undefined;
}
