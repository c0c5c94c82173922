import type { Client, Database } from './database.ts';

const LOCK_SPACE = 7_201_944;

/**
 * A session that holds locks by name until it is released. It has a connection of its own: the locks of a process that died are free as
 * soon as PostgreSQL notices, which keepalives make a matter of a minute.
 */
export type Locks = {
  client: Client;
  /** Takes a lock, for the life of the session; false when another session holds it. */
  take(name: string): Promise<boolean>;
  release(): Promise<void>;
};

export async function openLocks(database: Database): Promise<Locks> {
  const client = await database.pool.connect();
  await client.query('set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3');
  return {
    client,
    async take(name) {
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as taken', [LOCK_SPACE, name]);
      return rows[0]?.taken ?? false;
    },
    async release() {
      await client.query('select pg_advisory_unlock_all()').catch(() => {});
      // Where the connection is broken, the end of its session frees the locks.
      client.release(true);
    },
  };
}

/** SQL that says whether any session holds the lock whose name the expression `name` gives. */
export const isHeld = (name: string): string => `exists (
  select from pg_locks
  where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
    and classid = ${LOCK_SPACE} and objid::bigint = hashtext(${name})::bigint & 4294967295 and granted)`;
