import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** How often a lock is tried, when it is first said that somebody has it, and how often again, in milliseconds. */
export type WaitPace = { tryMs: number; sayMs: number; againMs: number };

const PACE: WaitPace = { tryMs: 250, sayMs: 5_000, againMs: 60_000 };

/** Locks that one session of a database has at a time. Any numbers will do, as long as every version of this program takes the same. */
export const LOCKS = { migration: 7_201_944_015, refresh: 7_201_944_016 };

type Holder = { pid: number; application: string | null; since: Date | null };

/**
 * Takes an advisory lock for the life of a session. Another session may have it: then it is tried again and again, and `say` receives after a while, and
 * from then on every minute, who has it. `what` says what the lock is for, as in `another migration`. Ended by `signal`, it
 * rejects.
 */
export async function waitForLock(
  client: pg.ClientBase,
  key: number,
  { what, say, signal, pace = PACE }: { what: string; say: (note: string) => void; signal?: AbortSignal | undefined; pace?: WaitPace },
): Promise<void> {
  let sayAt = performance.now() + pace.sayMs;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [key]);
    if (rows[0]?.taken) return;
    if (performance.now() >= sayAt) {
      say(`${what} is under way: waiting for ${await describeHolder(client, key)}`);
      sayAt = performance.now() + pace.againMs;
    }
    await sleep(pace.tryMs, undefined, signal ? { signal } : {});
  }
}

/** Another user's session shows its process only, unless ours may read all statistics. */
async function describeHolder(client: pg.ClientBase, key: number): Promise<string> {
  const { rows } = await client.query<Holder>(
    `select a.pid, nullif(a.application_name, '') as application, a.backend_start as since
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid::int8 = $1::int8 >> 32 and l.objid::int8 = $1::int8 & 4294967295`,
    [key],
  );
  const [holder] = rows;
  if (!holder) return 'a session that has just ended';
  const since = holder.since ? `, connected since ${holder.since.toISOString()}` : '';
  return `session ${holder.pid} of ${holder.application ?? 'an unnamed program'}${since}; should it hang, select pg_terminate_backend(${holder.pid}) ends it`;
}
