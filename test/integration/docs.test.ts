import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { biViews } from '../../src/analytics/index.ts';
import { expectedWithin } from '../../src/operations/freshness.ts';
import { resources } from '../../src/resources/index.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { groupBy } from '../support/bi-oracle-numbers.ts';
import { QUESTIONS } from '../support/bi-questions.ts';
import { cubeModel, cubePage } from '../support/cube-model.ts';
import { dbtPage, dbtSources } from '../support/dbt-sources.ts';
import { type DictionaryLine, dictionaryPage, erPage, fillIn, questionsPart } from '../support/doc-pages.ts';
import { createWarehouse } from '../support/warehouse.ts';

const DOCS = '../../docs';
/** As SYNC_CRON and SYNC_MAX_DURATION are where nothing is set. */
const NIGHTLY = { timetable: parseTimetable('0 2 * * *', 'UTC'), maxDurationMs: 6 * 3_600_000 };

let database: Database;
let close: () => Promise<void>;
let dictionary: DictionaryLine[];
let page: string;
let about: Map<string, string>;
/** The columns of primary keys, as schema, table and column. */
let keys: { schema: string; table: string; column: string }[];
beforeAll(async () => {
  ({ database, close } = await createWarehouse());
  dictionary = (await database.pool.query<DictionaryLine>('select * from chatrhub_bi.data_dictionary')).rows;
  const { rows } = await database.pool.query<{ name: string; about: string }>(
    `select nspname::text as name, obj_description(oid, 'pg_namespace') as about from pg_namespace where nspname like 'chatrhub%'`,
  );
  about = new Map(rows.map((row) => [row.name, row.about]));
  keys = (
    await database.pool.query(
      `select n.nspname as schema, c.relname as "table", a.attname as "column"
       from pg_index i
       join pg_class c on c.oid = i.indrelid
       join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
       where i.indisprimary order by 1, 2, 3`,
    )
  ).rows;
  const stored = await readFile(new URL(`${DOCS}/analysts.md`, import.meta.url), 'utf8');
  page = fillIn(stored, 'questions', questionsPart(QUESTIONS));
});
afterAll(() => close());

/** Each page is what it would be if it were made now; `npm run docs` writes them. */
describe('the documentation is up to date:', () => {
  it('data-dictionary.md', async () => {
    await expect(dictionaryPage(dictionary, about)).toMatchFileSnapshot(`${DOCS}/data-dictionary.md`);
  });

  it('er-diagram.md', async () => {
    const names = keys.map(({ schema, table, column }) => `${schema}.${table}.${column}`);
    await expect(erPage(dictionary, new Set(names))).toMatchFileSnapshot(`${DOCS}/er-diagram.md`);
  });

  it('bi/dbt/sources.yml', async () => {
    const ofTables = groupBy(keys, ({ schema, table }) => `${schema}.${table}`);
    const ofViews = biViews.flatMap(({ schema, name, stored }) =>
      stored?.key.length === 1 ? [[`${schema}.${name}`, stored.key] as const] : [],
    );
    const facts = {
      about,
      keys: new Map([...ofViews, ...[...ofTables].map(([table, list]) => [table, list.map(({ column }) => column)] as const)]),
      freshHours: new Map(resources.map(({ name, every }) => [name, Math.ceil(expectedWithin(NIGHTLY, '2026-01-01')(every) / 3_600)])),
    };
    await expect(dbtPage(dbtSources(dictionary, facts))).toMatchFileSnapshot('../../bi/dbt/sources.yml');
  });

  it('bi/cube/model/chatrhub.yml', async () => {
    await expect(cubePage(cubeModel(dictionary))).toMatchFileSnapshot('../../bi/cube/model/chatrhub.yml');
  });

  it('analysts.md, whose questions are those that the tests answer', async () => {
    await expect(page).toMatchFileSnapshot(`${DOCS}/analysts.md`);
  });
});

describe('the analysts page', () => {
  it('names only views, tables and columns that there are', () => {
    const known = new Set(
      dictionary.flatMap((line) => [line.column_name, line.table_name, line.schema_name, `${line.schema_name}.${line.table_name}`]),
    );
    const named = [...page.matchAll(/`([a-z]\w*_\w+(?:\.\w+)?)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !known.has(name) && !/^chatrhub_(analyst|steward|loader)$/.test(name))).toEqual([]);
  });

  it('has examples that run', async () => {
    const examples = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) => sql);
    expect(examples.length).toBeGreaterThan(QUESTIONS.length);
    for (const sql of examples) await database.pool.query(sql);
  });
});
