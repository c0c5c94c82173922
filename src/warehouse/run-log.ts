import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import { LockedError, RunSupersededError } from '../errors.ts';
import { reach } from '../failpoint.ts';
import type { Rejected } from '../records/parse-answer.ts';
import type { Day } from '../time/period.ts';
import type { Client, Database } from './connection/database.ts';
import { isHeld, openLocks } from './connection/locks.ts';
import type { Outcome } from './load/load.ts';
import { runs } from './schema/run-tables.ts';

export type RunStatus = 'running' | 'complete' | 'incomplete' | 'partial' | 'failed' | 'interrupted';

export type Run = typeof runs.$inferSelect;

/** The lock that a sync holds: there is one at a time, and backfills stand back for it. */
export const SYNC_LOCK = 'sync';

/** SQL for the name of the lock that every run holds while it lives; `runId` is an SQL expression. */
export const RUN_LOCK = (runId: string): string => `('run ' || ${runId})`;

/** A run that lives until it is released: then, or when its process dies, the locks of its session are free. */
export type LiveRun = { run: Run; release(): Promise<void> };

/**
 * Begins a run, and marks those whose process died as interrupted. Throws `LockedError` when it is a sync and another one runs.
 * `details` is what the run says of itself from its beginning. `claim`: what is the run's own from the same moment on; when it throws,
 * there is no run.
 */
export async function openRun(
  database: Database,
  command: string,
  details: object = {},
  claim: (client: Client, runId: number) => Promise<void> = async () => {},
): Promise<LiveRun> {
  const locks = await openLocks(database);
  try {
    const runId = await database.transaction(async (client) => {
      if (command === SYNC_LOCK && !(await locks.take(SYNC_LOCK)))
        throw new LockedError('another sync is running on this database; wait for it, or stop it');
      await client.query(
        `update chatrhub_sync.runs r set status = 'interrupted', finished_at = clock_timestamp(),
           error = 'the process ended before the run did',
           requests = (select count(*) from chatrhub_sync.requests q where q.run_id = r.run_id)
         where status = 'running' and not ${isHeld(RUN_LOCK('run_id'))}`,
      );
      const { rows } = await client.query<{ id: number }>(
        'insert into chatrhub_sync.runs (command, details) values ($1, $2) returning run_id as id',
        [command, JSON.stringify(details)],
      );
      const id = rows[0]?.id ?? Number.NaN;
      // Before anybody else can see the run.
      await locks.take(`run ${id}`);
      await claim(client, id);
      reach('begin');
      return id;
    });
    reach('begun');
    return { run: await readRun(database, runId), release: locks.release };
  } catch (error) {
    await locks.release();
    throw error;
  }
}

/** Says how far a run is, for whoever looks at the database meanwhile. */
export async function noteProgress({ pool }: Database, runId: number, progress: object): Promise<void> {
  await pool.query(
    `update chatrhub_sync.runs set details = details || jsonb_build_object('progress', $2::jsonb)
     where run_id = $1 and status = 'running'`,
    [runId, JSON.stringify(progress)],
  );
}

async function readRun(database: Database, runId: number): Promise<Run> {
  const [run] = await database.drizzle.select().from(runs).where(eq(runs.runId, runId));
  if (!run) throw new Error(`run ${runId} is not there any more`);
  return run;
}

/** Says that all data of a run are loaded: what is made of them later is newer. The run goes on until it has a status. */
export async function endLoading({ pool }: Database, runId: number): Promise<void> {
  await pool.query(`update chatrhub_sync.runs set finished_at = clock_timestamp() where run_id = $1 and status = 'running'`, [runId]);
}

/** Ends a run with its status, unless another run took it for dead meanwhile; returns it as stored. */
export async function finishRun(database: Database, runId: number, status: RunStatus, error: string | null, details: object): Promise<Run> {
  reach('finish');
  const [run] = await database.drizzle
    .update(runs)
    .set({
      status,
      error,
      details: sql`${runs.details} - 'progress' || ${JSON.stringify(details)}::jsonb`,
      finishedAt: sql`coalesce(${runs.finishedAt}, clock_timestamp())`,
      requests: sql`(select count(*) from chatrhub_sync.requests r where r.run_id = ${runId})`,
    })
    .where(and(eq(runs.runId, runId), eq(runs.status, 'running')))
    .returning();
  reach('finished');
  return run ?? (await readRun(database, runId));
}

/** The last runs, newest first; those under way with the requests they have made so far. */
export async function lastRuns(database: Database, count: number): Promise<Run[]> {
  const soFar = sql<number>`case when ${runs.status} = 'running'
    then (select count(*) from chatrhub_sync.requests r where r.run_id = ${runs.runId}) else ${runs.requests} end`;
  return database.drizzle
    .select({ ...getTableColumns(runs), requests: soFar.mapWith(Number) })
    .from(runs)
    .orderBy(desc(runs.runId))
    .limit(count);
}

/** Adds the rows of an answer to its run's counts. */
export async function addToRun(client: Client, runId: number, { inserted, updated, unchanged, rejected }: Outcome): Promise<void> {
  await client.query(
    `update chatrhub_sync.runs set rows_inserted = rows_inserted + $2, rows_updated = rows_updated + $3,
       rows_unchanged = rows_unchanged + $4, rows_rejected = rows_rejected + $5 where run_id = $1`,
    [runId, inserted, updated, unchanged, rejected],
  );
}

/** The rows that a run has counted. */
export async function readCounts(database: Database, runId: number) {
  const { rowsInserted, rowsUpdated, rowsUnchanged, rowsRejected } = runs;
  const [counts] = await database.drizzle
    .select({ rowsInserted, rowsUpdated, rowsUnchanged, rowsRejected })
    .from(runs)
    .where(eq(runs.runId, runId));
  if (!counts) throw new Error(`run ${runId} is not there any more`);
  return counts;
}

/**
 * Keeps aside what was rejected: one row for each distinct value, which says when it was met first and last. Returns how many whole
 * records were met for the first time by this run, by resource.
 */
export async function keepRejected(client: Client, runId: number, rejects: readonly Rejected[]): Promise<Map<string, number>> {
  const fresh = new Map<string, number>();
  if (rejects.length === 0) return fresh;
  const { rows } = await client.query<{ resource: string; isFresh: boolean }>(
    `insert into chatrhub_sync.rejected_records as r (run_id, first_run_id, resource, record_key, attribute, reason, value)
     select distinct on (resource, coalesce(record_key, ''), coalesce(attribute, ''), md5(coalesce(value, '')))
       $1::bigint, $1::bigint, resource, record_key, attribute, reason, value
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as x (resource, record_key, attribute, reason, value)
     on conflict (resource, (coalesce(record_key, '')), (coalesce(attribute, '')), (md5(coalesce(value, '')))) do update
     set run_id = excluded.run_id, reason = excluded.reason, last_seen_at = clock_timestamp()
     returning resource, attribute is null and first_run_id = $1 and not exists (
       select from chatrhub_sync.rejected_records k
       where (k.resource, k.record_key, k.reason) = (r.resource, r.record_key, r.reason) and k.attribute is null and k.value is null
         and k.first_run_id < $1
     ) as "isFresh"`,
    [runId, ...(['resource', 'recordKey', 'attribute', 'reason', 'value'] as const).map((key) => rejects.map((reject) => reject[key]))],
  );
  for (const { resource, isFresh } of rows) if (isFresh) fresh.set(resource, (fresh.get(resource) ?? 0) + 1);
  return fresh;
}

/**
 * Begins to load a request's answer, in the transaction of `client`: whether it is loaded already, as when nobody knows whether a commit
 * went through. Throws `RunSupersededError` when the run was taken for dead.
 */
export async function beginLoading(client: Client, runId: number, requestId: number): Promise<{ isLoaded: boolean }> {
  const { rows } = await client.query<{ isLoaded: boolean; status: string | null }>(
    `select loaded_at is not null as "isLoaded", (select status from chatrhub_sync.runs where run_id = $2)
     from chatrhub_sync.requests where request_id = $1 for update`,
    [requestId, runId],
  );
  expectAlive(rows[0]?.status);
  return { isLoaded: rows[0]?.isLoaded ?? false };
}

/** Throws `RunSupersededError` unless a run with this status lives; requests of no run have none. */
export function expectAlive(status: string | null | undefined): void {
  if (status !== 'running' && status !== null && status !== undefined) throw new RunSupersededError();
}

/** Says that the rows of a request's answer are committed. */
export async function markLoaded(client: Pick<Client, 'query'>, requestId: number, records: number): Promise<void> {
  await client.query(
    `update chatrhub_sync.requests set loaded_at = clock_timestamp(), loaded_by = pg_current_xact_id(), records = $2 where request_id = $1`,
    [requestId, records],
  );
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

/** Whether the last but one answer of a resource that was loaded held no record. */
export async function wasEmptyBefore({ pool }: Database, resource: string): Promise<boolean> {
  const { rows } = await pool.query<{ records: number }>(
    'select records from chatrhub_sync.requests where resource = $1 and loaded_at is not null order by request_id desc offset 1 limit 1',
    [resource],
  );
  return rows[0]?.records === 0;
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

/** Pieces of work that were asked for and loaded within the last `days` days. */
export async function readRecentUnits(database: Database, resource: string, days: number): Promise<Set<string>> {
  const { rows } = await database.pool.query<{ unit: string }>(
    `select distinct unit from chatrhub_sync.requests
     where resource = $1 and unit is not null and loaded_at > clock_timestamp() - $2 * interval '1 day'`,
    [resource, days],
  );
  return new Set(rows.map(({ unit }) => unit));
}

/** When the last syncs that came to an end began: by the clock of their machine, and how many milliseconds ago by that of the database. */
export async function readLastSyncs({ pool }: Database, count: number): Promise<{ at: Date; agoMs: number }[]> {
  const { rows } = await pool.query<{ at: Date; agoMs: number }>(
    `select (details ->> 'at')::timestamptz as at, extract(epoch from clock_timestamp() - started_at)::float8 * 1000 as "agoMs"
     from chatrhub_sync.runs where command = 'sync' and details ->> 'at' is not null and status not in ('running', 'interrupted')
     order by run_id desc limit $1`,
    [count],
  );
  return rows;
}

/** The first day that syncs look after: where the first of them began. Undefined when there was none. */
export async function readFirstDay(database: Database): Promise<Day | undefined> {
  const { rows } = await database.pool.query<{ since: Day | null }>(
    `select min(details ->> 'since') as since from chatrhub_sync.runs where command = 'sync'`,
  );
  return rows[0]?.since ?? undefined;
}
