import type { Client, Database } from './database.ts';

const LOCK_SPACE = 7_201_944;

export type Lock = { release(): Promise<void> };

/**
 * Takes the lock of a command, or returns undefined when another process holds it. It is tied to a connection of its own: the lock of
 * a process that died is free as soon as PostgreSQL notices, which keepalives make a matter of a minute.
 */
export async function takeLock(database: Database, command: string): Promise<Lock | undefined> {
  const client: Client = await database.pool.connect();
  await client.query('set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3');
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as taken', [LOCK_SPACE, command]);
  if (!rows[0]?.taken) {
    client.release();
    return undefined;
  }
  return {
    async release() {
      await client.query('select pg_advisory_unlock($1, hashtext($2))', [LOCK_SPACE, command]).catch(() => {});
      // Where the connection is broken, the end of its session frees the lock.
      client.release(true);
    },
  };
}
