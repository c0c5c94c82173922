import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { type Locks, openLocks } from '../../src/warehouse/connection/locks.ts';
import { createWarehouse } from '../support/warehouse.ts';

let warehouse: Awaited<ReturnType<typeof createWarehouse>>;
let other: Database;
beforeAll(async () => {
  warehouse = await createWarehouse();
  other = createDatabase(warehouse.direct.url);
});
afterAll(async () => {
  await other.close();
  await warehouse.close();
});

const FROZEN_MS = 400;

async function withLocks(database: Database, everyMs: number, work: (locks: Locks) => Promise<void>): Promise<void> {
  const locks = await openLocks(database, { everyMs, frozenMs: FROZEN_MS });
  await work(locks).finally(locks.release);
}

/** For how many milliseconds the oldest session that shows that it is there has been connected; undefined when there is none. */
const readAge = async (): Promise<number | undefined> => {
  const { rows } = await warehouse.direct.pool.query<{ age: number }>(
    `select extract(epoch from clock_timestamp() - backend_start)::float8 * 1000 as age from pg_stat_activity
     where application_name = 'chatrhub-sync' and query = 'select' and datname = current_database() order by backend_start limit 1`,
  );
  return rows[0]?.age;
};

it('the locks of a process that gives no sign of life are free after a while', async () => {
  // As one that is frozen, it neither shows that it is there nor connects again.
  let connections = 0;
  const connect: Database['connect'] = async (setUp) => {
    connections += 1;
    return connections === 1 ? warehouse.database.connect(setUp) : expect.fail('it is frozen');
  };
  await withLocks({ ...warehouse.database, connect }, 3_600_000, async (frozen) => {
    expect(await frozen.take('run 1')).toBe(true);
    await withLocks(other, FROZEN_MS / 8, async (locks) => {
      expect(await locks.take('run 1')).toBe(false);
      await expect.poll(() => locks.take('run 1'), { timeout: 20_000 }).toBe(true);
    });
  });
});

it('the locks of a process that is at work stay its own', async () => {
  await withLocks(warehouse.database, FROZEN_MS / 8, async (alive) => {
    expect(await alive.take('run 3')).toBe(true);
    await expect.poll(readAge, { timeout: 20_000 }).toBeGreaterThan(FROZEN_MS * 4);
    await withLocks(other, FROZEN_MS / 8, async (locks) => expect(await locks.take('run 3')).toBe(false));
  });
});

it('a session that ends while it is set up is replaced: nobody would hold the locks of a run that is at work', async () => {
  const ends: Promise<unknown>[] = [];
  /** Ends the second session, which is to take the locks again, before it is told anything. */
  const connect: Database['connect'] = (setUp) =>
    warehouse.database.connect(async (client) => {
      ends.push(new Promise((resolve) => client.once('end', resolve)));
      if (ends.length === 2) await client.query('select pg_terminate_backend(pg_backend_pid())');
      await setUp?.(client);
    });
  const endSessions = `select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
  await withLocks({ ...warehouse.database, connect }, 3_600_000, async (locks) => {
    expect(await locks.take('run 5')).toBe(true);
    await warehouse.direct.pool.query(endSessions);
    await expect.poll(() => ends.length, { timeout: 20_000 }).toBe(3);
    await Promise.all(ends.slice(0, 2));
    await withLocks(other, 3_600_000, async (others) => {
      await expect.poll(() => others.take('run 5'), { timeout: 20_000 }).toBe(false);
    });
  });
});

it('a session that cannot be set up is given back: it would keep the program from ending', async () => {
  const narrow = createDatabase(warehouse.direct.url, { max: 1 });
  await expect(narrow.connect((client) => client.query('select 1 / 0'))).rejects.toThrow('division by zero');
  expect((await narrow.pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  await narrow.close();
});
