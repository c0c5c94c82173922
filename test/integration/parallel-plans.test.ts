import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

const views = catalogue.views.filter(({ key }) => !key).map((view) => ({ path: `${view.schema}.${view.name}`, sql: view.sql }));
const stored = catalogue.views.filter(({ key }) => key);

let bench: Workbench;
let client: pg.PoolClient;
/** Settings under which all is planned in parallel that can be, as it is where tables are large; and none of it. */
let parallel: string;
const serial = 'set local max_parallel_workers_per_gather = 0';

beforeAll(async () => {
  const now = new Date(Date.now() - 3 * 86_400_000);
  bench = await createWorkbench({ seed: 15, agents: 6, days: 6, chats: 120, now, isRestless: true }, {}, { refreshes: true });
  for (let night = 1; night <= 2; night++) {
    await bench.sync();
    bench.account.advance({ days: 1 });
  }
  // A version that was kept may hold anything.
  await bench.database.pool.query(
    `update chatrhub_raw.record_versions set attributes = attributes || '{"created_dt": "2018-02-30T25:00:00Z", "intents": "[not JSON"}'
     where resource = 'chats' and record_key in (select record_key from chatrhub_raw.record_versions where resource = 'chats' order by 1 limit 3)`,
  );
  await bench.database.pool.query('analyze');
  client = await bench.direct.pool.connect();
  const { rows } = await client.query<{ name: string }>(
    `select name from pg_settings where name in ('force_parallel_mode', 'debug_parallel_query')`,
  );
  parallel = `set local max_parallel_workers_per_gather = 4; set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0;
    set local min_parallel_table_scan_size = 0; set local min_parallel_index_scan_size = 0; set local ${rows[0]?.name} = on`;
});
afterAll(async () => {
  client?.release(true);
  await bench.close();
});

/** Does what it is told to in one transaction, at one moment of the database's clock, and undoes it. */
async function atOnce<T>(work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    return await work();
  } finally {
    await client.query('rollback');
  }
}

async function rowsOf(source: string, settings: string): Promise<string[]> {
  await client.query(settings);
  return (await client.query<{ row: string }>(`select v::text as row from ${source} v`)).rows.map(({ row }) => row).sort();
}

describe('under parallel plans', () => {
  it('most views are read in parallel, so that this tests something', () =>
    atOnce(async () => {
      await client.query(parallel);
      const plans: string[] = [];
      for (const { sql } of views) plans.push(JSON.stringify((await client.query(`explain ${sql}`)).rows));
      expect(plans.filter((plan) => plan.includes('Gather')).length).toBeGreaterThan(views.length / 2);
    }));

  it.each(views)('$path is what it is without', ({ path }) =>
    atOnce(async () => {
      const rows = await rowsOf(path, serial);
      expect(await rowsOf(path, parallel)).toEqual(rows);
    }),
  );

  it('what is stored is computed to what it is without', async () => {
    const computed = async (settings: string): Promise<string[][]> => {
      const login = new URL(bench.direct.url);
      login.searchParams.set('options', settings.replaceAll(/set local (\w+) = (\w+);? ?/g, '-c $1=$2 ').trim());
      const database = createDatabase(login.href);
      try {
        await database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
        expect(await refreshStore(database, catalogue.views)).toMatchObject({ failed: [], isRebuild: true });
      } finally {
        await database.close();
      }
      const tables: string[][] = [];
      for (const { schema, name } of stored) tables.push(await atOnce(() => rowsOf(`${schema}.${name}`, serial)));
      return tables;
    };
    expect(await computed(parallel)).toEqual(await computed(serial));
  });
});
