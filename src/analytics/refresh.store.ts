import { explain } from '../errors.ts';
import type { ViewDefinition } from '../records/view.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { keyOf, pathOf } from '../warehouse/schema/apply-views.ts';

/** What became of a refresh: which views were refreshed, in which time, and which could not be, and why. */
export type Refreshed = { done: { view: string; ms: number }[]; failed: { view: string; error: string }[] };

/** Any number will do, as long as every version of this program takes the same. */
const LOCK = 7_201_944_016;

/**
 * Refreshes the materialised views that are older than the data or the reporting time zone, in the order given, while they can be read.
 * One process at a time: others wait, and find nothing left to do. One that fails leaves the others alone, and is due again the next
 * time. `signal` ends it; what was not refreshed then is due again.
 */
export async function refreshViews(database: Database, views: readonly ViewDefinition[], signal?: AbortSignal): Promise<Refreshed> {
  const done: Refreshed['done'] = [];
  const failed: Refreshed['failed'] = [];
  const materialised = views.filter(({ key }) => key);
  if (signal?.aborted || (await readStale(database, materialised)).length === 0) return { done, failed };
  const client = await database.connectPatiently();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const cancel = () => void database.pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => {});
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    // It may have come while the session was opened.
    if (signal?.aborted) return { done, failed };
    await client.query(`set client_connection_check_interval = 2000`).catch(() => {});
    await client.query(`set work_mem = '${WORK_MEM}'; set statement_timeout = 0`);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    for (const view of await readStale(database, materialised)) {
      if (signal?.aborted) break;
      const began = performance.now();
      try {
        await client.query('select chatrhub_sync.refresh_view($1)', [pathOf(view)]);
        done.push({ view: keyOf(view), ms: Math.round(performance.now() - began) });
      } catch (error) {
        if (!signal?.aborted) failed.push({ view: keyOf(view), error: explain(error) });
      }
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    // Ending the session frees the lock, whatever happened.
    await client.end().catch(() => {});
  }
  return { done, failed };
}

/** Sorting millions of messages in memory halves the time. */
const WORK_MEM = '128MB';

/** The views whose last refresh began before the data last changed, as far as runs tell, or before the time zone did. */
async function readStale(database: Database, views: readonly ViewDefinition[]): Promise<ViewDefinition[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select name from chatrhub_sync.views
     where refreshed_at <= greatest(
       (select max(coalesce(finished_at, clock_timestamp())) from chatrhub_sync.runs where rows_inserted + rows_updated > 0),
       (select changed_at from chatrhub_bi.settings))`,
  );
  const stale = new Set(rows.map(({ name }) => name));
  return views.filter((view) => stale.has(keyOf(view)));
}
