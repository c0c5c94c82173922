import type { Client, Database } from './connection/database.ts';
import { statementName } from './connection/statement-name.ts';
import { noOutcome, type Outcome } from './load/load.ts';
import { NOTE_READ } from './reads.ts';
import { COUNTED, expectAlive, type RunStatus } from './run-log.ts';

/** What is known of a request when its answer is to be loaded: whether it is loaded already, and which resources are contested. */
type Beginning = { isLoaded: boolean; contested: ReadonlySet<string> };

/**
 * Begins to load a request's answer, which holds records of some resources, in the transaction of `client`. It may be loaded already, as
 * when nobody knows whether a commit succeeded. Throws `RunSupersededError` when the run was taken for dead.
 *
 * A resource is contested when another run asked for it before `askedAt` and has yet to load its answer. Then unchanged rows are touched:
 * they were seen later than that answer's, which must not replace them (the source changed and changed back). A run that was taken for
 * dead loads nothing any more.
 */
export async function beginLoading(
  client: Client,
  { runId, requestId, askedAt }: { runId: number; requestId: number; askedAt: Date },
  resources: readonly string[],
): Promise<Beginning> {
  const { rows } = await client.query<{ isLoaded: boolean; status: RunStatus | null; contested: string[] }>({
    name: statementName('begin_loading'),
    text: `select loaded_at is not null as "isLoaded", (select status from chatrhub_sync.runs where run_id = $2),
       array(
         select q.resource from chatrhub_sync.requests q join chatrhub_sync.runs r on r.run_id = q.run_id and r.status = 'running'
         where q.loaded_at is null and q.resource = any($3) and q.run_id <> $2 and q.granted_at < $4
           and (q.settled_at is null or q.status < 300) and q.deadline_at > clock_timestamp() - interval '10 minutes'
       ) as contested
     from chatrhub_sync.requests where request_id = $1 for update`,
    values: [requestId, runId, resources, askedAt],
  });
  expectAlive(rows[0]?.status);
  return { isLoaded: rows[0]?.isLoaded ?? false, contested: new Set(rows[0]?.contested) };
}

/**
 * Says that the rows of a request's answer are committed: `records` came. Its run counts their outcome, and `read` names the
 * resources that were read with it. Last in a transaction, as others wait for these rows.
 */
export async function markLoaded(
  client: Pick<Client, 'query'>,
  requestId: number,
  records: number,
  { outcome: { inserted, updated, unchanged, rejected } = noOutcome(), read = [] }: { outcome?: Outcome; read?: readonly string[] } = {},
): Promise<void> {
  await client.query({
    name: statementName('mark_loaded'),
    text: `with loaded as (
       update chatrhub_sync.requests set loaded_at = clock_timestamp(), loaded_by = pg_current_xact_id(), records = $2
       where request_id = $1 returning run_id
     ), counted as (
       update chatrhub_sync.runs r set ${COUNTED(3)} from loaded where r.run_id = loaded.run_id and 0 < any(array[$3, $4, $5, $6]::bigint[])
     )
     ${NOTE_READ('$7')}`,
    values: [requestId, records, inserted, updated, unchanged, rejected, read],
  });
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

/** Pieces of work that runs before this one asked for within the last `days` days, and that were not answered since. */
export async function readFailedUnits(database: Database, resource: string, runId: number, days: number): Promise<Set<string>> {
  const { rows } = await database.pool.query<{ unit: string }>(
    `select distinct unit from chatrhub_sync.requests r
     where resource = $1 and unit is not null and loaded_at is null and run_id < $2 and deadline_at > clock_timestamp() - $3 * interval '1 day'
       and not exists (select from chatrhub_sync.requests l where l.unit = r.unit and l.request_id > r.request_id and l.loaded_at is not null)`,
    [resource, runId, days],
  );
  return new Set(rows.map(({ unit }) => unit));
}
