import { expect } from 'vitest';
import type { Client, Database } from '../../src/warehouse/connection/database.ts';

type Work = (client: Client) => Promise<unknown>;

/** Two processes at work, each in a transaction of its own; the second waits for the first, which commits then. */
export async function interleave({ pool, connect, transaction }: Database, first: Work, second: Work): Promise<void> {
  const waiters = `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  const one = await connect();
  try {
    await one.query('begin');
    await first(one);
    const waiting = transaction(second);
    await expect.poll(async () => (await pool.query(waiters)).rows).toEqual([{ n: 1 }]);
    await one.query('commit');
    await waiting;
  } finally {
    one.release();
  }
}
