import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { startEmbedded } from '../../src/embedded/embedded-postgres.ts';
import { MigrationError, sqlState } from '../../src/errors.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { migrate, migrationsFolder } from '../../src/warehouse/schema/migrate.ts';
import { rolesSql } from '../../src/warehouse/schema/roles.ts';
import { createTestDatabase, openAt, urlOf } from '../support/database.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { makeDataDir, removeEmbedded } from '../support/postgres.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

/** What becomes of a statement: its rows' number, or PostgreSQL's code of the error. */
const attempt = ({ pool }: Database, sql: string): Promise<string> =>
  pool.query(sql).then(
    () => 'done',
    (error: unknown) => sqlState(error) ?? String(error),
  );

const REFUSED = '42501';

type Relation = { schema: string; name: string; kind: 'r' | 'v' | 'm' };

/** All tables and views of ours. */
const relationsOf = async ({ pool }: Database): Promise<Relation[]> =>
  (
    await pool.query<Relation>(
      `select n.nspname as schema, c.relname as name, c.relkind as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname like 'chatrhub%' and c.relkind in ('r', 'p', 'v', 'm') order by 1, 2`,
    )
  ).rows;

/** The schemas and tables of which a user could read something. */
async function readable(login: Login, relations: readonly Relation[]): Promise<string[]> {
  const tried = await Promise.all(
    relations.map(async ({ schema, name }) => ({
      schema,
      name,
      is: await attempt(login.database, `select * from ${schema}.${name} limit 1`),
    })),
  );
  expect([...new Set(tried.map((one) => one.is))].filter((code) => code !== 'done' && code !== REFUSED)).toEqual([]);
  return tried.filter((one) => one.is === 'done').map(({ schema, name }) => `${schema}.${name}`);
}

const namesIn = (relations: readonly Relation[], ...schemas: string[]): string[] =>
  relations.filter(({ schema }) => schemas.includes(schema)).map(({ schema, name }) => `${schema}.${name}`);

describe('a user who is a member of', () => {
  let bench: Workbench;
  let logins: ReturnType<typeof createLogins>;
  let relations: Relation[];
  const OWN_RUNS = ['chatrhub_sync.coverage', 'chatrhub_sync.runs'];

  beforeAll(async () => {
    bench = await createWorkbench({ seed: 5, agents: 4, days: 3, chats: 20 }, {}, { refreshes: true });
    logins = createLogins(bench.database.pool, urlOf(bench.database));
    await bench.sync();
    relations = await relationsOf(bench.database);
  });
  afterAll(async () => {
    await logins.remove();
    await bench.close();
  });

  /** Statements that no one but the owner may make. */
  const OF_OWNER = [
    'create table chatrhub.own ()',
    'create view chatrhub_sync.own as select 1 as one',
    'create schema own',
    'drop table chatrhub.intents',
    'drop view chatrhub.chats_history',
    'alter table chatrhub.chats add column own text',
    'truncate chatrhub.chats cascade',
    `select pg_read_file('postgresql.conf')`,
    `copy chatrhub.chats to program 'true'`,
    'set role chatrhub_loader',
    `insert into chatrhub_sync.migrations (hash, created_at) values ('x', 9999999999999)`,
    'alter table chatrhub_private.message_bodies owner to current_user',
  ];
  const WRITES = [
    'delete from chatrhub.chats',
    `update chatrhub_sync.runs set status = 'complete'`,
    `insert into chatrhub.intents (intent_id) values ('x')`,
    'select chatrhub_raw.as_text(null)',
  ];

  it('row 111: chatrhub_analyst reads chatrhub, its views, and how far the copy is; no texts, no raw versions, no ledger; writes nothing', async () => {
    const analyst = await logins.add({ memberOf: 'chatrhub_analyst' });
    expect(await readable(analyst, relations)).toEqual([...namesIn(relations, 'chatrhub', 'chatrhub_bi'), ...OWN_RUNS]);
    expect(namesIn(relations, 'chatrhub_private', 'chatrhub_raw').length).toBeGreaterThan(4);
    for (const sql of [...OF_OWNER, ...WRITES]) expect(await attempt(analyst.database, sql), sql).toBe(REFUSED);
    const { rows } = await analyst.database.pool.query<{ n: number }>('select count(*)::int as n from chatrhub.chats_history');
    expect(rows[0]?.n).toBeGreaterThan(0);
  });

  it('row 111: chatrhub_steward reads texts and contact details too', async () => {
    const steward = await logins.add({ memberOf: 'chatrhub_steward' });
    expect(await readable(steward, relations)).toEqual([...namesIn(relations, 'chatrhub', 'chatrhub_bi', 'chatrhub_private'), ...OWN_RUNS]);
    for (const sql of [...OF_OWNER, ...WRITES]) expect(await attempt(steward.database, sql), sql).toBe(REFUSED);
  });

  it('row 111: none of these roles reads nothing at all', async () => {
    expect(await readable(await logins.add(), relations)).toEqual([]);
  });

  it('row 112: chatrhub_loader syncs, and makes, drops and empties nothing', async () => {
    const loader = await logins.add({ memberOf: 'chatrhub_loader' });
    expect(await migrate(loader.database, catalogue)).toEqual([]);
    for (const _night of [1, 2]) {
      expect(await bench.sync({ database: loader.database })).toMatchObject({ status: 'complete', errors: [] });
      await expectWarehouse({ ...bench, database: loader.database });
      bench.account.advance({ days: 1 });
    }
    for (const sql of OF_OWNER.filter((statement) => !statement.startsWith('set role')))
      expect(await attempt(loader.database, sql), sql).toBe(REFUSED);
    const { rows } = await loader.database.pool.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles where rolname in ($1, 'chatrhub_loader')`,
      [loader.name],
    );
    expect(rows.flatMap(Object.values).every((may) => may === false)).toBe(true);
  });

  it('chatrhub_loader refreshes what heavy views are computed to; analysts read it by the views alone', async () => {
    const [loader, analyst] = [await logins.add({ memberOf: 'chatrhub_loader' }), await logins.add({ memberOf: 'chatrhub_analyst' })];
    await bench.database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
    expect(await refreshStore(loader.database, catalogue.views)).toMatchObject({ failed: [], isRebuild: true });
    expect(await attempt(analyst.database, 'select * from chatrhub_bi.daily_chats')).toBe('done');
    expect(await attempt(analyst.database, 'select * from chatrhub_bi_store.daily_chats')).toBe(REFUSED);
  });

  it('what a later migration adds is readable at once, and nothing of it is for everybody', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
    try {
      await cp(migrationsFolder, folder, { recursive: true });
      const path = join(folder, 'meta/_journal.json');
      const journal = JSON.parse(await readFile(path, 'utf8')) as { entries: { idx: number; tag: string; when: number }[] };
      const last = journal.entries.at(-1);
      journal.entries.push({ ...last, idx: journal.entries.length, tag: '9001_later', when: (last?.when ?? 0) + 1 });
      await writeFile(path, JSON.stringify(journal));
      const made = ['chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync'].map(
        (schema) => `create table ${schema}.later (); create view ${schema}.later_seen as select 1 as one`,
      );
      made.push('create function chatrhub.later_function() returns int language sql return 1');
      await writeFile(join(folder, '9001_later.sql'), made.join(';'));
      const [analyst, steward, loader] = [
        await logins.add({ memberOf: 'chatrhub_analyst' }),
        await logins.add({ memberOf: 'chatrhub_steward' }),
        await logins.add({ memberOf: 'chatrhub_loader' }),
      ];
      const refused: unknown = await migrate(loader.database, catalogue, folder).catch((reason: unknown) => reason);
      expect(refused).toBeInstanceOf(MigrationError);
      expect(String(refused)).toMatch(/lack 1 migrations .* run "chatrhub-sync migrate" as /);

      await migrate(bench.database, catalogue, folder);
      const later = (await relationsOf(bench.database)).filter(({ name }) => name.startsWith('later'));
      expect(later.length).toBe(8);
      expect(await readable(analyst, later)).toEqual(namesIn(later, 'chatrhub'));
      expect(await readable(steward, later)).toEqual(namesIn(later, 'chatrhub', 'chatrhub_private'));
      expect(await readable(loader, later)).toEqual(later.map(({ schema, name }) => `${schema}.${name}`));
      expect(await attempt(analyst.database, 'select chatrhub.later_function()')).toBe('done');
      // Made by the owner without migrate, as views for a report are.
      await bench.database.pool.query('create view chatrhub.by_hand as select chat_id from chatrhub.chats');
      expect(await attempt(analyst.database, 'select * from chatrhub.by_hand')).toBe('done');

      const { rows } = await bench.database.pool.query<{ name: string }>(
        `select n.nspname || '.' || c.name as name from pg_namespace n
         join lateral (
           select relname as name, coalesce(relacl, acldefault('r', relowner)) as acl from pg_class where relnamespace = n.oid
           union all select proname, coalesce(proacl, acldefault('f', proowner)) from pg_proc where pronamespace = n.oid
           union all select '', coalesce(nspacl, acldefault('n', nspowner))
         ) c on true, aclexplode(c.acl) a
         where n.nspname like 'chatrhub%' and a.grantee = 0`,
      );
      expect(rows).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

it('rights are given once: the second time nothing is written', async () => {
  const testDatabase = await createTestDatabase();
  const database = createDatabase(testDatabase.url);
  const written = async () =>
    (
      await database.pool.query(
        `select 'relation' as kind, relname as name, xmin::text from pg_class where relnamespace::regnamespace::text like 'chatrhub%'
         union all select 'function', proname, xmin::text from pg_proc where pronamespace::regnamespace::text like 'chatrhub%'
         union all select 'schema', nspname, xmin::text from pg_namespace where nspname like 'chatrhub%'
         union all select 'default', defaclnamespace::regnamespace::text || defaclobjtype::text, xmin::text from pg_default_acl order by 1, 2`,
      )
    ).rows;
  try {
    await migrate(database, catalogue);
    const before = await written();
    expect(before.filter(({ kind }) => kind === 'default').length).toBeGreaterThan(3);
    await migrate(database, catalogue);
    expect(await written()).toEqual(before);
  } finally {
    await database.close();
    await testDatabase.drop();
  }
});

it('drizzle/roles.sql is what migrate runs', async () => {
  await expect(rolesSql).toMatchFileSnapshot('../../drizzle/roles.sql');
});

describe('on a server that has no roles yet', () => {
  let dataDir: string;
  let admin: Database;
  let logins: ReturnType<typeof createLogins>;
  const urlNamed = (name: string): string => {
    const url = new URL(urlOf(admin));
    url.pathname = `/${name}`;
    return url.href;
  };
  const rolesThere = async () =>
    (
      await admin.pool.query<{ name: string }>(`select rolname as name from pg_roles where rolname like 'chatrhub\\_%' order by 1`)
    ).rows.map(({ name }) => name);

  beforeAll(async () => {
    dataDir = await makeDataDir();
    admin = openAt((await startEmbedded({ dataDir, durable: false })).url, createDatabase);
    logins = createLogins(admin.pool, urlOf(admin));
  });
  afterAll(async () => {
    await admin.close();
    await removeEmbedded(dataDir);
  });

  it('a user who may not make them migrates, is told so, and rights follow when an administrator made them', async () => {
    const migrator = await logins.add();
    await admin.pool.query(`grant create on database chatrhub to ${migrator.name}`);
    const notes: string[] = [];
    const say = (event: string, note: string) => notes.push(`${event}: ${note}`);
    await migrate(migrator.database, catalogue, migrationsFolder, say);
    expect(notes).toEqual([
      expect.stringMatching(
        /^roles_missing: .*may not create the roles chatrhub_analyst, chatrhub_steward, chatrhub_loader.*drizzle\/roles\.sql/,
      ),
    ]);
    expect(await rolesThere()).toEqual([]);

    await admin.pool.query(rolesSql);
    await admin.pool.query(rolesSql);
    expect(await rolesThere()).toEqual(['chatrhub_analyst', 'chatrhub_loader', 'chatrhub_steward']);
    await migrate(migrator.database, catalogue, migrationsFolder, say);
    expect(notes.length).toBe(1);
    const steward = await logins.add({ memberOf: 'chatrhub_steward' });
    const relations = await relationsOf(admin);
    expect(await readable(steward, relations)).toEqual([
      ...namesIn(relations, 'chatrhub', 'chatrhub_bi', 'chatrhub_private'),
      'chatrhub_sync.coverage',
      'chatrhub_sync.runs',
    ]);
    await logins.remove();
    await admin.pool.query('drop role chatrhub_steward; drop role chatrhub_analyst; drop role chatrhub_loader');
  });

  it('several databases make them at the same time', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names) await admin.pool.query(`create database ${name}`);
    const databases = names.map((name) => createDatabase(urlNamed(name), { max: 1 }));
    const done = await Promise.all(databases.map((database) => migrate(database, catalogue)));
    expect(new Set(done.map((applied) => applied.length)).size).toBe(1);
    expect(await rolesThere()).toEqual(['chatrhub_analyst', 'chatrhub_loader', 'chatrhub_steward']);
    for (const database of databases) {
      const { rows } = await database.pool.query<{ may: boolean }>(
        `select has_table_privilege('chatrhub_steward', 'chatrhub.chats', 'select') as may`,
      );
      expect(rows).toEqual([{ may: true }]);
      await database.close();
    }
  });
});
