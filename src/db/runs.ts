import { and, desc, eq, sql } from 'drizzle-orm';
import type { Rejected } from '../core/record.ts';
import type { Client, Database } from './database.ts';
import type { Outcome } from './load.ts';
import { runs } from './tables.ts';

export type RunStatus = 'running' | 'complete' | 'incomplete' | 'partial' | 'failed' | 'interrupted';

export type Run = typeof runs.$inferSelect;

/**
 * Begins a run; runs of the same command that are still marked as running died, as the caller holds the
 * command's lock.
 */
export async function startRun(database: Database, command: string): Promise<Run> {
  return database.drizzle.transaction(async (tx) => {
    await tx
      .update(runs)
      .set({ status: 'interrupted', finishedAt: sql`clock_timestamp()`, error: 'the process ended before the run did' })
      .where(and(eq(runs.command, command), eq(runs.status, 'running')));
    const [run] = await tx.insert(runs).values({ command }).returning();
    if (!run) throw new Error('the run could not be written');
    return run;
  });
}

/** Ends a run with its status; returns it as stored. */
export async function finishRun(database: Database, runId: number, status: RunStatus, error: string | null, details: object): Promise<Run> {
  const [run] = await database.drizzle
    .update(runs)
    .set({
      status,
      error,
      details,
      finishedAt: sql`clock_timestamp()`,
      requests: sql`(select count(*) from chatrhub_sync.requests r where r.run_id = ${runId})`,
    })
    .where(eq(runs.runId, runId))
    .returning();
  if (!run) throw new Error(`run ${runId} is not there any more`);
  return run;
}

/** The last runs, newest first. */
export async function lastRuns(database: Database, count: number): Promise<Run[]> {
  return database.drizzle.select().from(runs).orderBy(desc(runs.runId)).limit(count);
}

/** Adds the rows of an answer to its run's counts. */
export async function addToRun(client: Client, runId: number, { inserted, updated, unchanged, rejected }: Outcome): Promise<void> {
  await client.query(
    `update chatrhub_sync.runs set rows_inserted = rows_inserted + $2, rows_updated = rows_updated + $3,
       rows_unchanged = rows_unchanged + $4, rows_rejected = rows_rejected + $5 where run_id = $1`,
    [runId, inserted, updated, unchanged, rejected],
  );
}

/** Keeps aside what was rejected: one row for each distinct value, which says when it was met first and last. */
export async function keepRejected(client: Client, runId: number, rejects: readonly Rejected[]): Promise<void> {
  if (rejects.length === 0) return;
  await client.query(
    `insert into chatrhub_sync.rejected_records as r (run_id, first_run_id, resource, record_key, attribute, reason, value)
     select $1, $1, resource, record_key, attribute, reason, value
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as x (resource, record_key, attribute, reason, value)
     on conflict (resource, (coalesce(record_key, '')), (coalesce(attribute, '')), (md5(coalesce(value, '')))) do update
     set run_id = excluded.run_id, reason = excluded.reason, last_seen_at = clock_timestamp()`,
    [runId, ...(['resource', 'recordKey', 'attribute', 'reason', 'value'] as const).map((key) => rejects.map((reject) => reject[key]))],
  );
}

/** Says that the rows of a request's answer are committed. */
export async function markLoaded(client: Client, requestId: number, records: number): Promise<void> {
  await client.query('update chatrhub_sync.requests set loaded_at = clock_timestamp(), records = $2 where request_id = $1', [
    requestId,
    records,
  ]);
}

/**
 * Whether another run asked for the same resource before `askedAt` and has yet to load its answer. Then unchanged rows are touched:
 * they were seen later than that answer's, which must not replace them (the source changed and changed back).
 */
export async function isContested(client: Client, runId: number, resource: string, askedAt: Date): Promise<boolean> {
  const { rows } = await client.query<{ contested: boolean }>(
    `select exists (
       select from chatrhub_sync.requests
       where loaded_at is null and resource = $2 and run_id <> $1 and granted_at < $3
         and (settled_at is null or status = 200) and deadline_at > clock_timestamp() - interval '10 minutes'
     ) as contested`,
    [runId, resource, askedAt],
  );
  return rows[0]?.contested ?? false;
}

/** Paths, without parameters, that were asked for and loaded within the last `days` days. */
export async function readRecentPaths(database: Database, resource: string, days: number): Promise<Set<string>> {
  const { rows } = await database.pool.query<{ path: string }>(
    `select distinct split_part(path, '?', 1) as path from chatrhub_sync.requests
     where resource = $1 and loaded_at > clock_timestamp() - $2 * interval '1 day'`,
    [resource, days],
  );
  return new Set(rows.map(({ path }) => path));
}
