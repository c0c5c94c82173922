import type pg from 'pg';
import type { Database } from './database.ts';
import { LOCKS } from './wait-for-lock.ts';

/** What the server does for this process. */
export type Work = {
  /** It executes one of its statements, or has just done so. A session that is gone, or whose last answer got lost, does neither. */
  isUnderWay: boolean;
  /** It waits until another process has brought schemas or views up to date. */
  isAnothers: boolean;
};

/** Longer than it takes to make up the next statement. */
const JUST_MS = 60_000;

/** Which of the server's processes serve the sessions of this process, as `onSession` tells. */
export function createOwnSessions(): { note(client: pg.ClientBase, pid: number): void; pids(): number[] } {
  const pids = new Map<pg.ClientBase, number>();
  return {
    note(client, pid) {
      pids.set(client, pid);
      client.once('end', () => pids.delete(client));
    },
    pids: () => [...pids.values()],
  };
}

/** Asks the server what it does in sessions of this process, by their processes; `database` has others than these. */
export async function readOwnWork({ pool }: Database, pids: readonly number[], justMs = JUST_MS): Promise<Work> {
  const { rows } = await pool.query<Work>(
    `with holders as (
       select pid from pg_locks
       where locktype = 'advisory' and granted and objsubid = 1 and (classid::int8 << 32 | objid::int8) = any($2::int8[])
         and database = (select oid from pg_database where datname = current_database())
     )
     select
       exists (select from pg_stat_activity where pid = any($1::int[]) and (
         state_change > clock_timestamp() - $3 * interval '1 ms' or state <> 'idle' and state not like 'idle in%' and wait_event_type is distinct from 'Client'
       )) as "isUnderWay",
       exists (select from holders where pid <> all($1)) and not exists (select from holders where pid = any($1)) as "isAnothers"`,
    [pids, Object.values(LOCKS), justMs],
  );
  return rows[0] ?? { isUnderWay: false, isAnothers: false };
}
