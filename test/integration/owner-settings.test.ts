import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { erase, findBelongings } from '../../src/erasure/erase.ts';
import { dayOf } from '../../src/time/period.ts';
import { keepRejected } from '../../src/warehouse/rejected-records.ts';
import { migrate } from '../../src/warehouse/schema/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { alterRole, settingsOf } from '../support/session-settings.ts';
import { addRun, createSeat, createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

/*
 * Whatever an administrator has set the owner of the warehouse to, `migrate`, syncs, the refresh of what is stored and `erase` make what they
 * make without it.
 */

let bench: Workbench;
let empty: TestDatabase;
let logins: ReturnType<typeof createLogins>;
let owner: Login;
beforeAll(async () => {
  bench = await createWorkbench({ seed: 5, agents: 4, days: 3, chats: 20 }, {}, { refreshes: true });
  empty = await createTestDatabase();
  logins = createLogins(empty.pool, empty.url);
  owner = await logins.add();
  await empty.pool.query(`alter database ${empty.name} owner to ${owner.name}`);
  await alterRole(empty.pool, owner.name, (await settingsOf(empty.pool)).sessions.odd);
});
afterAll(async () => {
  await empty.pool.query(`alter database ${empty.name} owner to current_user`);
  await logins.remove();
  await empty.drop();
  await bench.close();
});

/** All that a migration makes: columns, constraints, indexes, views, functions, triggers, rights and comments; a line each. */
async function definitionsOf(pool: pg.Pool, ownerName: string): Promise<string[]> {
  const { rows } = await pool.query<{ line: string }>(DEFINITIONS);
  return rows.map(({ line }) => line.replace(new RegExp(`(?<=[{,/])${ownerName}(?=[=,}])`, 'g'), 'owner')).sort();
}

const DEFINITIONS = `
  with ours as (
    select c.oid, c.relkind, n.nspname || '.' || c.relname as name, c.relacl, c.reloptions
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname like 'chatrhub%' and c.relkind in ('r', 'v', 'S')
  )
  select concat_ws(' ', name, relkind, relacl::text, reloptions::text, obj_description(oid, 'pg_class')) as line from ours
  union all
  select concat_ws(' ', name, attname, format_type(atttypid, atttypmod), attnotnull, attacl::text, pg_get_expr(adbin, adrelid), col_description(ours.oid, attnum))
  from ours join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped left join pg_attrdef on adrelid = attrelid and adnum = attnum
  union all
  select concat_ws(' ', name, conname, pg_get_constraintdef(k.oid)) from ours join pg_constraint k on conrelid = ours.oid
  union all
  select concat_ws(' ', name, pg_get_indexdef(indexrelid)) from ours join pg_index on indrelid = ours.oid
  union all
  select concat_ws(' ', name, pg_get_viewdef(oid)) from ours where relkind = 'v'
  union all
  select concat_ws(' ', name, pg_get_triggerdef(t.oid)) from ours join pg_trigger t on tgrelid = ours.oid and not tgisinternal
  union all
  select concat_ws(' ', pg_get_functiondef(p.oid), proacl::text) from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname like 'chatrhub%'
  union all
  select concat_ws(' ', nspname, nspacl::text, obj_description(pg_namespace.oid, 'pg_namespace')) from pg_namespace where nspname like 'chatrhub%'
  union all
  select concat_ws(' ', nspname, defaclobjtype, defaclacl::text) from pg_default_acl join pg_namespace n on n.oid = defaclnamespace`;

/** All rows of the tables of ours, but those that tell of the copying; without the moments at which something was copied. */
async function contentsOf(pool: pg.Pool): Promise<Record<string, string[]>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_bi', 'chatrhub_bi_store') and tablename not in ('state', 'changes')
     union all values ('chatrhub_sync.rejected_records'), ('chatrhub_sync.attributes') order by 1`,
  );
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select (to_jsonb(t) - $1::text[])::text as row from ${name} t order by 1`, [
      COPIED,
    ]);
    contents[name] = rows.map(({ row }) => row);
  }
  return contents;
}
const COPIED = ['synced_at', 'messages_synced_at', 'first_seen_at', 'last_seen_at', 'seen_at', 'changed_at', 'since', 'until'];

/** What the one has and the other lacks. */
const lacking = (other: ReadonlySet<string>, one: ReadonlySet<string>): string[] => [...one].filter((line) => !other.has(line));

const seatOfOwner = () =>
  createSeat({ url: bench.simulator.url, now: () => bench.account.now(), startDate: dayOf(bench.account.startedAt) }, owner.database);

describe('an owner whose sessions are set to be odd', () => {
  it('migrates an empty database to what every owner has, and then finds nothing to do', async () => {
    await migrate(owner.database, catalogue);
    const made = new Set(await definitionsOf(empty.pool, owner.name));
    const usual = new Set(await definitionsOf(bench.direct.pool, new URL(empty.url).username));
    expect(usual.size).toBeGreaterThan(1_000);
    expect({ more: lacking(usual, made), less: lacking(made, usual) }).toEqual({ more: [], less: [] });
    const versions = () => empty.pool.query('select name, xmin::text from chatrhub_sync.views order by 1');
    const before = (await versions()).rows;
    expect(await migrate(owner.database, catalogue)).toEqual([]);
    expect((await versions()).rows).toEqual(before);
  });

  it('syncs, refreshes what is stored, and erases, and holds what every warehouse does', async () => {
    const seat = seatOfOwner();
    const night = async () => {
      for (const { sync } of [bench, seat]) expect(await sync()).toMatchObject({ status: 'complete', errors: [] });
      await expectWarehouse({ ...bench, database: owner.database });
    };
    await night();
    bench.account.advance({ days: 1 });
    await night();
    const refused = { resource: 'groups', recordKey: '12abc', attribute: null, reason: 'a key that is none', value: null };
    for (const { database } of [bench, owner]) {
      const { runId } = await addRun(database);
      await database.transaction((client) => keepRejected(client, runId, [refused]));
    }
    const person = [...bench.account.asOf().chats.values()][0]?.visitorId ?? expect.fail('nobody came');
    const erased = [];
    for (const { database } of [bench, owner]) {
      erased.push((await erase(database, await findBelongings(database, person))).erased);
      expect((await refreshStore(database, catalogue.views)).failed).toEqual([]);
    }
    expect(erased[0]).toEqual(erased[1]);
    const contents = await contentsOf(empty.pool);
    expect(
      Object.entries(contents).filter(([name, rows]) => name.startsWith('chatrhub_bi_store') && rows.length > 0).length,
    ).toBeGreaterThan(10);
    expect(contents).toEqual(await contentsOf(bench.direct.pool));
  });

  it('has sessions without those limits of time that would cut our own, and compiles nothing', async () => {
    const client = await owner.database.connectPatiently();
    try {
      const { rows } = await client.query(LIMITS);
      expect(Object.fromEntries(rows.filter(({ setting }) => setting !== '0').map(({ name, setting }) => [name, setting]))).toEqual({
        jit: 'off',
        // Whoever is frozen with a lock that others wait for loses it.
        idle_in_transaction_session_timeout: '300000',
        idle_session_timeout: '300000',
      });
    } finally {
      await client.end();
    }
    const { rows } = await owner.database.pool.query(LIMITS);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toMatchObject({
      statement_timeout: '300000',
      lock_timeout: '10000',
      idle_session_timeout: '0',
      jit: 'off',
    });
  });
});
const LIMITS = `select name, setting from pg_settings where name ~ '^((statement|lock|idle_.*|transaction)_timeout|jit)$'`;
