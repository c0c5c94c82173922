import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { UsageError } from '../../src/errors.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { migrate } from '../../src/warehouse/schema/migrate.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { createWarehouse } from '../support/warehouse.ts';

/** What somebody gave the user or the database, and what our sessions have all the same. */
const SETTINGS: readonly [name: string, odd: string, ours: string][] = [
  ['timezone', 'Pacific/Chatham', 'UTC'],
  ['datestyle', 'German, DMY', 'ISO, MDY'],
  ['intervalstyle', 'iso_8601', 'postgres'],
  ['client_encoding', 'LATIN1', 'UTF8'],
  ['client_min_messages', 'debug1', 'warning'],
  ['search_path', 'chatrhub_private', 'pg_catalog'],
  ['standard_conforming_strings', 'off', 'on'],
  ['bytea_output', 'escape', 'hex'],
  ['extra_float_digits', '-5', '1'],
  ['xmlbinary', 'hex', 'base64'],
  ['array_nulls', 'off', 'on'],
  ['transform_null_equals', 'on', 'off'],
  ['quote_all_identifiers', 'on', 'off'],
  ['default_transaction_isolation', 'serializable', 'read committed'],
  ['default_transaction_read_only', 'on', 'off'],
  ['default_transaction_deferrable', 'on', 'off'],
  ['row_security', 'off', 'on'],
  ['session_replication_role', 'replica', 'origin'],
  ['check_function_bodies', 'off', 'on'],
  ['synchronous_commit', 'off', 'on'],
  ['work_mem', '64kB', '64MB'],
  ['statement_timeout', '1h', '5min'],
  ['lock_timeout', '1h', '10s'],
  ['idle_in_transaction_session_timeout', '1h', '2min'],
  ['idle_session_timeout', '1h', '0'],
  ['transaction_timeout', '1h', '0'],
];

let warehouse: Awaited<ReturnType<typeof createWarehouse>>;
let logins: ReturnType<typeof createLogins>;
const opened: Database[] = [];
const open = (url: string): Database => {
  const database = createDatabase(url);
  opened.push(database);
  return database;
};
beforeAll(async () => {
  warehouse = await createWarehouse({ refreshes: true });
  logins = createLogins(warehouse.direct.pool, warehouse.direct.url);
});
afterAll(async () => {
  await logins.remove();
  for (const database of opened) await database.close();
  await warehouse.close();
});

const admin = (sql: string) => warehouse.direct.pool.query(sql);
const known = async (): Promise<typeof SETTINGS> => {
  const { rows } = await admin('select lower(name) as name from pg_settings');
  const names = new Set(rows.map(({ name }) => name));
  return SETTINGS.filter(([name]) => names.has(name));
};
const readSettings = async ({ pool }: Database, names: readonly string[]) => {
  const { rows } = await pool.query(`select name, current_setting(name) as value from unnest($1::text[]) name`, [names]);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
};

describe('what somebody gave the user or the database', () => {
  let login: Login;
  beforeAll(async () => {
    login = await logins.add({ attributes: 'superuser' });
    const settings = await known();
    for (const [i, [name, odd]] of settings.entries()) {
      const whom = i % 2 ? `database ${warehouse.direct.name}` : `role ${login.name}`;
      await admin(`alter ${whom} set ${name} to ${name === 'search_path' ? odd : `'${odd}'`}`);
    }
    return async () => {
      await admin(`alter database ${warehouse.direct.name} reset all`);
    };
  });

  it('is overruled, setting by setting', async () => {
    const settings = await known();
    const names = settings.map(([name]) => name);
    // Whoever else connects as this user has them.
    const { rows } = await login.database.pool.query('select count(*)::int as n from pg_settings where reset_val = $1', ['serializable']);
    expect(rows).toEqual([{ n: 1 }]);
    expect(await readSettings(open(login.url), names)).toEqual(Object.fromEntries(settings.map(([name, , ours]) => [name, ours])));
    const patient = await open(login.url).connectPatiently();
    const { rows: limits } = await patient.query(
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`,
    );
    await patient.end();
    expect(limits).toEqual([{ statement: '0', lock: '0' }]);
  });

  it('keeps nothing from being migrated, noted, or refreshed, twice', async () => {
    const database = open(login.url);
    for (const id of [1, 2]) {
      expect(await migrate(database, catalogue)).toEqual([]);
      await database.pool.query(`insert into chatrhub.chats (chat_id, client_id, created_at, synced_at) values ($1, 77, now(), now())`, [
        id,
      ]);
      expect((await database.pool.query(`select count(*)::int as n from chatrhub_bi_store.changes where kind = 'chat'`)).rows).toEqual([
        { n: 1 },
      ]);
      expect(await refreshStore(database, catalogue.views)).toMatchObject({
        failed: [],
        done: expect.arrayContaining([expect.anything()]),
      });
      expect((await database.pool.query('select count(*)::int as n from chatrhub_bi_store.changes')).rows).toEqual([{ n: 0 }]);
    }
  });
});

it('what only a superuser may take back is told, with the setting and the statement', async () => {
  const { name, url } = await logins.add();
  await admin(`alter role ${name} set session_replication_role to replica`);
  const error: unknown = await open(url)
    .pool.query('select 1')
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toContain('alter role ... reset session_replication_role');
});

it('what DATABASE_URL itself demands of transactions holds: a server that only reads as a whole is not written to', async () => {
  const url = new URL(warehouse.direct.url);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  await expect(migrate(open(url.href), catalogue)).rejects.toThrow(/only reads/);
});
