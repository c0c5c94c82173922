import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MigrationError } from '../../src/errors.ts';
import type { ViewDefinition } from '../../src/records/view.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { migrate } from '../../src/warehouse/schema/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let testDatabase: TestDatabase;
let database: Database;
const roles = { reader: '', other: '' };

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url);
  // Roles are of the whole server.
  roles.reader = `${testDatabase.name}_reader`;
  roles.other = `${testDatabase.name}_other`;
  await apply(FIRST);
  await database.pool.query(`
    create role ${roles.reader}; create role ${roles.other};
    grant select on chatrhub_bi.heavy to ${roles.reader} with grant option;
    grant select (b) on chatrhub_bi.heavy to ${roles.other}; grant select on chatrhub_bi.light to ${roles.reader}, public;
    create schema reports;
    create view reports.mine with (security_barrier) as select a, b from chatrhub_bi.heavy where a > 1;
    create view reports.of_mine as select count(*) as n from reports.mine;
    create view reports.of_both as select h.a, l.d from chatrhub_bi.heavy h join chatrhub_bi.light l on l.a = h.a`);
});
afterEach(async () => {
  await database.pool.query(`drop owned by ${roles.reader}, ${roles.other}; drop role ${roles.reader}, ${roles.other}`);
  await database.close();
  await testDatabase.drop();
});

/** What is stored, and the view that shows it. */
const heavy = (sql: string): ViewDefinition[] => [
  { schema: 'chatrhub_bi_store', name: 'heavy', unit: 'all', key: ['a'], sql },
  { schema: 'chatrhub_bi', name: 'heavy', sql: 'select * from chatrhub_bi_store.heavy' },
];
const light = (sql: string): ViewDefinition => ({ schema: 'chatrhub_bi', name: 'light', sql });
const LIGHT = light('select a, b + 1 as d from chatrhub_bi.heavy');
const FIRST = [...heavy('select a, a * 2 as b from generate_series(1, 3) as a'), LIGHT];

const apply = async (views: readonly ViewDefinition[]): Promise<void> => {
  await migrate(database, { comments: [], functions: [], inputs: [], views });
  // As a refresh does.
  await database.pool.query('delete from chatrhub_bi_store.heavy');
  const [{ names }] = await select(
    `select string_agg(attname, ', ' order by attnum) as names from pg_attribute where attrelid = 'chatrhub_bi_store.heavy'::regclass and attnum > 0`,
  );
  await database.pool.query(`insert into chatrhub_bi_store.heavy select ${names} from (${views[0]?.sql}) s`);
};
const select = async (sql: string) => (await database.pool.query(sql)).rows;
const oids = () => select(`select 'chatrhub_bi.heavy'::regclass::oid as heavy, 'chatrhub_bi.light'::regclass::oid as light`);
const grants = () =>
  select(`select table_name, grantee, privilege_type, is_grantable from information_schema.role_table_grants
    where grantee in ('${roles.reader}', 'PUBLIC') and table_schema = 'chatrhub_bi'
    union all select c.relname, a.grantee::regrole::text, a.privilege_type, c.relacl::text from pg_class c, aclexplode(c.relacl) a
    where c.relname = 'heavy' and a.grantee <> c.relowner
    union all select attname, 'column', attacl::text, '' from pg_attribute where attrelid = 'chatrhub_bi.heavy'::regclass and attacl is not null order by 1, 2, 3, 4`);
const leftovers = () => select(`select relname from pg_class where relname like '%retired%'`);

/** A column of another type cannot be had in place. */
const OTHER = 'select a, a::bigint as b from generate_series(1, 3) as a';

describe('a view that is to be another', () => {
  it('is left alone when it is as it should be', async () => {
    const before = await oids();
    await apply(FIRST);
    expect(await oids()).toEqual(before);
  });

  it('is replaced in place where PostgreSQL can do that', async () => {
    const before = await oids();
    await apply([...FIRST.slice(0, 2), light('select a, b + 100 as d, a as e from chatrhub_bi.heavy')]);
    expect(await oids()).toEqual(before);
    expect(await select('select d from reports.of_both order by 1')).toEqual([{ d: 102 }, { d: 104 }, { d: 106 }]);
  });

  it('has a new table where it is stored: the view stays with its grants, and shows what the new one holds', async () => {
    const [before, { heavy: oid }] = [await grants(), (await oids())[0]];
    await apply([...heavy('select a, a * 10 as b, true as c from generate_series(1, 3) as a'), LIGHT]);
    expect(await grants()).toEqual(before);
    expect((await oids())[0].heavy).toBe(oid);
    expect(before.length).toBeGreaterThan(3);
    expect(await select('select * from reports.mine order by a')).toEqual([
      { a: 2, b: 20 },
      { a: 3, b: 30 },
    ]);
    expect(await select('select n from reports.of_mine')).toEqual([{ n: 2 }]);
    expect(await select('select d from reports.of_both order by 1')).toEqual([{ d: 11 }, { d: 21 }, { d: 31 }]);
    expect(await select(`select reloptions from pg_class where oid = 'reports.mine'::regclass`)).toEqual([
      { reloptions: ['security_barrier=true'] },
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it('is made anew where its columns are others, with all of ours that read it', async () => {
    await database.pool.query('drop view reports.of_both');
    const before = await grants();
    await apply([
      ...heavy('select a::text as a, a * 2 as b from generate_series(1, 3) as a'),
      light('select b as x from chatrhub_bi.heavy'),
    ]).catch((error: unknown) => expect(error).toBeInstanceOf(MigrationError));
    expect(await select('select d from chatrhub_bi.light order by 1')).toEqual([{ d: 3 }, { d: 5 }, { d: 7 }]);
    await database.pool.query('drop view reports.mine cascade');
    await apply([
      ...heavy('select a::text as a, a * 2 as b from generate_series(1, 3) as a'),
      light('select b as x from chatrhub_bi.heavy'),
    ]);
    expect(await select('select x from chatrhub_bi.light order by 1')).toEqual([{ x: 2 }, { x: 4 }, { x: 6 }]);
    expect(await grants()).toEqual(before);
    expect(await leftovers()).toEqual([]);
  });

  it('stays as it was when a view of others needs what it would lose, and says which one', async () => {
    const error: unknown = await apply([
      ...heavy('select a from generate_series(1, 3) as a'),
      light('select a from chatrhub_bi.heavy'),
    ]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MigrationError);
    expect(String(error)).toMatch(/the view reports\.(mine|of_both) reads one of chatrhub-sync that has other columns now[\s\S]*SELECT/);
    expect(await select('select * from reports.mine order by a')).toEqual([
      { a: 2, b: 4 },
      { a: 3, b: 6 },
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it('stays as it was when a materialised view of others reads it, and says how to make that one again', async () => {
    await database.pool.query('create materialized view reports.stored as select b from chatrhub_bi.heavy');
    const error: unknown = await apply([...heavy(OTHER), LIGHT]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MigrationError);
    expect(String(error)).toMatch(
      /materialized view reports\.stored reads it; drop it[\s\S]*SELECT (heavy\.)?b[\s\S]*FROM chatrhub_bi\.heavy/,
    );
    expect(await select('select b from reports.stored order by 1')).toEqual([{ b: 2 }, { b: 4 }, { b: 6 }]);
  });

  it('stays as it was when something else of others depends on it', async () => {
    await database.pool.query('drop view reports.of_mine, reports.of_both, reports.mine');
    await database.pool.query(`create function reports.f(chatrhub_bi.heavy) returns int language sql return 1`);
    const error: unknown = await apply([...heavy(OTHER), LIGHT]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MigrationError);
    expect(String(error)).toMatch(/chatrhub_bi"\."heavy" must be recreated[\s\S]*reports\.f/);
  });

  it('that others call like ours is not theirs: a table of the same name in another schema is not touched', async () => {
    await database.pool.query('create table public.heavy (x int); insert into public.heavy values (7)');
    await apply([...heavy('select a, a * 3 as b from generate_series(1, 3) as a'), LIGHT]);
    expect(await select('select x from public.heavy')).toEqual([{ x: 7 }]);
  });
});
