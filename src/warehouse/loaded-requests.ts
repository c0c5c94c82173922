import type { Client, Database } from './connection/database.ts';
import { expectAlive, type RunStatus } from './run-log.ts';

/**
 * Begins to load a request's answer, in the transaction of `client`: whether it is loaded already, as when nobody knows whether a
 * commit succeeded. Throws `RunSupersededError` when the run was taken for dead.
 */
export async function beginLoading(client: Client, runId: number, requestId: number): Promise<{ isLoaded: boolean }> {
  const { rows } = await client.query<{ isLoaded: boolean; status: RunStatus | null }>(
    `select loaded_at is not null as "isLoaded", (select status from chatrhub_sync.runs where run_id = $2)
     from chatrhub_sync.requests where request_id = $1 for update`,
    [requestId, runId],
  );
  expectAlive(rows[0]?.status);
  return { isLoaded: rows[0]?.isLoaded ?? false };
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
 * they were seen later than that answer's, which must not replace them (the source changed and changed back). A run that was taken for
 * dead loads nothing any more (see `beginLoading`).
 */
export async function isContested(client: Client, runId: number, resource: string, askedAt: Date): Promise<boolean> {
  const { rows } = await client.query<{ contested: boolean }>(
    `select exists (
       select from chatrhub_sync.requests q join chatrhub_sync.runs r on r.run_id = q.run_id and r.status = 'running'
       where q.loaded_at is null and q.resource = $2 and q.run_id <> $1 and q.granted_at < $3
         and (q.settled_at is null or q.status = 200) and q.deadline_at > clock_timestamp() - interval '10 minutes'
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
