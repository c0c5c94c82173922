import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { MigrationError } from '../../src/errors.ts';
import type { Comment } from '../../src/records/note-parts.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { migrate, migrationsFolder } from '../../src/warehouse/schema/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWorkbench, expectWarehouse } from '../support/warehouse.ts';

const comments: readonly Comment[] = catalogue.comments;

type Entry = { idx: number; version: string; when: number; tag: string; breakpoints: boolean };
type Journal = { entries: Entry[] };

let testDatabase: TestDatabase;
let database: Database;
let folder: string;
let tags: string[];

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url);
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  await cp(migrationsFolder, folder, { recursive: true });
  tags = (await readJournal()).entries.map(({ tag }) => tag);
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
  await rm(folder, { recursive: true });
});

const readJournal = async () => JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8')) as Journal;

/** Adds a migration to the copied folder, so many milliseconds after the last one. */
async function addMigration(tag: string, sql: string, afterMs: number): Promise<void> {
  const journal = await readJournal();
  const last = journal.entries.at(-1);
  if (!last) throw new Error('there is no migration');
  journal.entries.push({ ...last, idx: last.idx + 1, tag, when: last.when + afterMs });
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify(journal));
  await writeFile(join(folder, `${tag}.sql`), sql);
}

const refusal = async (of: string): Promise<MigrationError> => {
  const error: unknown = await migrate(database, catalogue, of).catch((reason: unknown) => reason);
  if (!(error instanceof MigrationError)) throw new Error('not refused', { cause: error });
  return error;
};

const select = async <T>(sql: string): Promise<T[]> => (await database.pool.query<T & object>(sql)).rows;
const applied = () => select<{ n: number }>('select count(*)::int as n from chatrhub_sync.migrations');
const commentRows = () =>
  select<{ ctid: string; description: string }>(
    `select d.ctid::text, d.xmin::text, d.description from pg_description d join pg_class c on c.oid = d.objoid
     where c.relnamespace::regnamespace::text like 'chatrhub%' order by 1`,
  );

describe('migrating', () => {
  it('is done once, by eight processes at the same time', async () => {
    const others = Array.from({ length: 8 }, () => createDatabase(testDatabase.url, { max: 1 }));
    const done = await Promise.all(others.map((other) => migrate(other, catalogue)));
    await Promise.all(others.map((other) => other.close()));
    expect(done.flat()).toEqual(tags);
    expect(await applied()).toEqual([{ n: tags.length }]);
  });

  it('changes nothing the second time, comments included', async () => {
    expect(await migrate(database, catalogue)).toEqual(tags);
    const before = await commentRows();
    expect(before.length).toBeGreaterThan(100);
    expect(await migrate(database, catalogue)).toEqual([]);
    expect(await commentRows()).toEqual(before);
  });

  it('writes every comment, and only those again that changed', async () => {
    await migrate(database, catalogue);
    const texts = (await commentRows()).map(({ description }) => description);
    expect(texts).toEqual(expect.arrayContaining(comments.filter(({ table }) => table).map(({ text }) => text)));
    const before = new Set((await commentRows()).map((row) => JSON.stringify(row)));
    const changed = comments.map((comment) =>
      comment.table === 'chats' && comment.column === 'tag' ? { ...comment, text: `it's "new" \\ text` } : comment,
    );
    await migrate(database, { ...catalogue, comments: changed });
    const written = (await commentRows()).filter((row) => !before.has(JSON.stringify(row)));
    expect(written.map(({ description }) => description)).toEqual([`it's "new" \\ text`]);
  });

  it('leaves what else is in the database alone', async () => {
    await database.pool.query(`
      create schema reports; create table reports.agents (agent_id int primary key); insert into reports.agents values (1);
      create table public.chats (chat_id text); create view public.messages as select * from public.chats;
      create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text, created_at bigint);
      insert into drizzle.__drizzle_migrations (hash, created_at) values ('of another program', 9999999999999);
      comment on table public.chats is 'not ours'`);
    expect(await migrate(database, catalogue)).toEqual(tags);
    expect(await select('select * from reports.agents')).toEqual([{ agent_id: 1 }]);
    expect(await select(`select obj_description('public.chats'::regclass)`)).toEqual([{ obj_description: 'not ours' }]);
    expect(await select('select hash from drizzle.__drizzle_migrations')).toEqual([{ hash: 'of another program' }]);
  });

  it('is all or nothing, and can be done again once the cause is gone', async () => {
    await addMigration('9001_good', 'create table chatrhub_sync.good ();', 1);
    await addMigration('9002_bad', 'create table chatrhub_sync.bad (); select 1/0;', 1);
    await expect(migrate(database, catalogue, folder)).rejects.toThrow();
    expect(await select(`select to_regclass('chatrhub_sync.good') as good, to_regclass('chatrhub.chats') as chats`)).toEqual([
      { good: null, chats: null },
    ]);
    await writeFile(join(folder, '9002_bad.sql'), 'create table chatrhub_sync.bad ();');
    expect(await migrate(database, catalogue, folder)).toEqual([...tags, '9001_good', '9002_bad']);
  });
});

describe('refused is', () => {
  it('a migration that was edited after it had been applied', async () => {
    await migrate(database, catalogue, folder);
    await appendFile(join(folder, `${tags[0]}.sql`), '\n-- edited');
    const { message } = await refusal(folder);
    expect(message).toContain(tags[0]);
    expect(message).toMatch(/changed after it had been applied/);
  });

  it('a database that is newer than this version', async () => {
    await addMigration('9001_newer', 'create table chatrhub_sync.newer ();', 1_000);
    await migrate(database, catalogue, folder);
    const { entries } = await readJournal();
    const { message } = await refusal(migrationsFolder);
    expect(message).toContain(new Date(entries.at(-1)?.when ?? 0).toISOString());
    expect(message).toMatch(/install the version that last wrote to it, or a newer one/);
  });

  it('a migration dated before the one it follows, which would be skipped in silence', async () => {
    await migrate(database, catalogue, folder);
    await addMigration('9001_merged', 'create table chatrhub_sync.merged ();', -1_000);
    expect((await refusal(folder)).message).toContain('9001_merged');
  });

  it('a database that had a migration which is not in the folder any more', async () => {
    await addMigration('9001_gone', 'create table chatrhub_sync.gone ();', 1_000);
    await migrate(database, catalogue, folder);
    const journal = await readJournal();
    journal.entries.pop();
    await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify(journal));
    await addMigration('9001_instead', 'create table chatrhub_sync.instead ();', 2_000);
    expect((await refusal(folder)).message).toMatch(/does not know/);
    expect(await select(`select to_regclass('chatrhub_sync.instead') as instead`)).toEqual([{ instead: null }]);
  });
});

it('a server with odd defaults changes nothing: not the migrations, not what a sync writes or reads', async () => {
  const bench = await createWorkbench({ seed: 5, agents: 4, days: 3, chats: 20 });
  try {
    const url = String(bench.database.pool.options.connectionString);
    const name = new URL(url).pathname.slice(1);
    for (const setting of [
      `timezone to 'Pacific/Chatham'`,
      `datestyle to 'SQL, DMY'`,
      `intervalstyle to 'sql_standard'`,
      'extra_float_digits to 0',
      `bytea_output to 'escape'`,
      `search_path to 'chatrhub_private'`,
      `default_transaction_isolation to 'repeatable read'`,
      'default_transaction_read_only to on',
      'standard_conforming_strings to off',
      'quote_all_identifiers to on',
      'session_replication_role to replica',
      'array_nulls to off',
    ]) {
      await bench.database.pool.query(`alter database ${name} set ${setting}`);
    }
    const odd = createDatabase(url);
    expect(await migrate(odd, catalogue)).toEqual([]);
    for (const _night of [1, 2]) {
      expect(await bench.sync({ database: odd })).toMatchObject({ status: 'complete', errors: [] });
      await expectWarehouse({ ...bench, database: odd });
      bench.account.advance({ days: 1 });
    }
    // The bench looks for secrets with a session that has them.
    await odd.pool.query(`alter database ${name} reset all`);
    await odd.close();
  } finally {
    await bench.close();
  }
});
