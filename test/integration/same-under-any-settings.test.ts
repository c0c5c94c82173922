import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { SESSIONS, type ServerSettings, type SessionSettings, setLocal, settingsOf } from '../support/session-settings.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

/*
 * What is read, and what is stored of views, depends on no setting of a session: not on those that make text of values, not on how the
 * server executes a statement.
 */

const views = catalogue.views.filter(({ key }) => !key);
const stored = catalogue.views.filter(({ key }) => key);

let bench: Workbench;
let client: pg.PoolClient;
let settings: ServerSettings;

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
  settings = await settingsOf(bench.direct.pool);
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

/**
 * The rows of a table or view, each as the server keeps its values, which no setting changes, and as text. Sums of probabilities depend on
 * the order in which they are added up, in their last digits.
 */
async function rowsOf({ schema, name }: { schema: string; name: string }, under: SessionSettings): Promise<Map<string, string>> {
  await client.query('savepoint plain');
  const { rows: columns } = await client.query<{ column: string; type: string }>(
    `select attname as column, atttypid::regtype::text as type from pg_attribute where attrelid = $1::regclass and attnum > 0`,
    [`${schema}.${name}`],
  );
  const values = columns.map(({ column, type }) =>
    type === 'double precision' && column.includes('probability') ? `pg_catalog.round(${column}::numeric, 9)` : column,
  );
  await setLocal(client, under);
  const { rows } = await client.query<{ value: string; text: string }>(
    `select pg_catalog.encode(pg_catalog.record_send(r), 'hex') as value, r::text as text
     from (select ${values.join(', ')} from ${schema}.${name}) r order by 1`,
  );
  await client.query('rollback to savepoint plain');
  return new Map(rows.map(({ value, text }, i) => [`${value} ${i > 0 && rows[i - 1]?.value === value ? i : ''}`, text]));
}

/** The first of the rows that one has and the other lacks. */
const differences = (is: ReadonlyMap<string, string>, should: ReadonlyMap<string, string>): string[] =>
  [
    ...[...is].filter(([value]) => !should.has(value)).map(([, text]) => `has ${text}`),
    ...[...should].filter(([value]) => !is.has(value)).map(([, text]) => `lacks ${text}`),
  ].slice(0, 4);

describe('so that this tests something,', () => {
  it('most views are read in parallel', () =>
    atOnce(async () => {
      await setLocal(client, settings.sessions.parallel);
      const plans: string[] = [];
      for (const { sql } of views) plans.push(JSON.stringify((await client.query(`explain ${sql}`)).rows));
      expect(plans.filter((plan) => plan.includes('Gather')).length).toBeGreaterThan(views.length / 2);
    }));

  it('statements are compiled where the server can', () =>
    atOnce(async () => {
      await setLocal(client, settings.sessions.compiled);
      const { rows } = await client.query('explain (analyze) select * from chatrhub_bi.chats_enriched');
      expect(JSON.stringify(rows).includes('JIT:')).toBe(settings.compiles);
    }));

  it('texts of values are others', () =>
    atOnce(async () => {
      await setLocal(client, settings.sessions.odd);
      const { rows } = await client.query(
        `select timestamptz '2026-11-22 12:00:00+00'::text as moment, (0.1::float8 + 0.2::float8)::text as sum, 'chatrhub.chats'::regclass::text as name`,
      );
      expect(rows).toEqual([{ moment: '22.11.2026 17:30:00 IST', sum: '0.3', name: '"chatrhub"."chats"' }]);
    }));
});

describe.each(views)('$schema.$name', (view) => {
  it('has the same rows whatever the session is like', () =>
    atOnce(async () => {
      const rows = await rowsOf(view, settings.plain);
      for (const session of SESSIONS)
        expect({ session, differs: differences(await rowsOf(view, settings.sessions[session]), rows) }).toEqual({ session, differs: [] });
    }));
});

it('what is stored is computed in parallel to what it is without', async () => {
  const computed = async (under: SessionSettings): Promise<Map<string, string>[]> => {
    const login = new URL(bench.direct.pool.options.connectionString ?? '');
    login.searchParams.set(
      'options',
      Object.entries(under)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    );
    const database = createDatabase(login.href);
    try {
      await database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
      expect(await refreshStore(database, catalogue.views)).toMatchObject({ failed: [], isRebuild: true });
    } finally {
      await database.close();
    }
    const tables: Map<string, string>[] = [];
    for (const view of stored) tables.push(await atOnce(() => rowsOf(view, settings.plain)));
    return tables;
  };
  expect(await computed(settings.sessions.parallel)).toEqual(await computed(settings.plain));
});
