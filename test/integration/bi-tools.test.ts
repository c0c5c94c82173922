import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { biViews } from '../../src/analytics/index.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { urlOf } from '../support/database.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { TOOLS, type ToolQueries } from '../support/tool-queries.ts';
import { createWarehouse } from '../support/warehouse.ts';

type Line = Record<string, string | null>;

let database: Database;
let close: () => Promise<void>;
let logins: ReturnType<typeof createLogins>;
let analyst: Login;
/** What there is, as its owner reads it of the data dictionary and of constraints. */
let there: { tables: Line[]; columns: Line[]; keys: Line[]; references: Line[] };
beforeAll(async () => {
  ({ database, close } = await createWarehouse());
  logins = createLogins(database.pool, urlOf(database));
  analyst = await logins.add({ memberOf: 'chatrhub_analyst' });
  const { rows: columns } = await database.pool.query<Line>(
    `select n.nspname as schema, c.relname as "table", a.attname as "column", col_description(c.oid, a.attnum) as description,
       obj_description(c.oid, 'pg_class') as about
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where n.nspname in ('chatrhub', 'chatrhub_bi') and c.relkind not in ('i', 'I', 'S', 't') and a.attnum > 0 and not a.attisdropped`,
  );
  const { rows: constraints } = await database.pool.query<Line>(
    `select k.contype as kind, n.nspname as schema, c.relname as "table", a.attname as "column", p.relname as target_table, pa.attname as target_column
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid
     join pg_namespace n on n.oid = c.relnamespace
     cross join lateral rows from (unnest(k.conkey), unnest(k.confkey)) as place (own, other)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = place.own
     left join pg_class p on p.oid = k.confrelid
     left join pg_attribute pa on pa.attrelid = p.oid and pa.attnum = place.other
     where n.nspname = 'chatrhub' and k.contype in ('p', 'f')`,
  );
  const tables = new Map(columns.map((line) => [`${line.schema}.${line.table}`, line]));
  there = {
    tables: [...tables.values()].map(({ schema, table, about }) => ({ schema, name: table, description: about }) as Line),
    columns: columns.map(({ about, ...line }) => line as Line),
    keys: constraints.filter(({ kind }) => kind === 'p').map(({ schema, table, column }) => ({ schema, table, column }) as Line),
    references: constraints.filter(({ kind }) => kind === 'f').map(({ kind, ...line }) => line as Line),
  };
});
afterAll(async () => {
  await logins.remove();
  await close();
});

const sorted = (lines: readonly Line[]): string[] => lines.map((line) => JSON.stringify(Object.entries(line).toSorted())).toSorted();

/** What a tool finds; beside it, what there is of the columns that it reads. */
async function find(sql: string, all: readonly Line[]): Promise<{ found: string[]; expected: string[]; reads: string[] }> {
  const { rows, fields } = await analyst.database.pool.query<Line>(sql);
  const reads = fields.map(({ name }) => name);
  const read = (line: Line): Line => Object.fromEntries(reads.map((name) => [name, line[name] ?? null]));
  return { found: sorted(rows.map(read)), expected: sorted(all.map(read)), reads };
}

/** Tools that read what tables and columns mean. */
const READS_DESCRIPTIONS = ['Looker', 'Metabase', 'Superset', 'psql'];

describe('what there is', () => {
  it('is every view of ours, each plain, with descriptions of all, and keys', () => {
    const names = there.tables.map(({ schema, name }) => `${schema}.${name}`);
    expect(names).toEqual(
      expect.arrayContaining(biViews.map(({ schema, name }) => `${schema}.${name}`).filter((name) => /^chatrhub(_bi)?\./.test(name))),
    );
    expect([...there.tables, ...there.columns].filter(({ description }) => !description)).toEqual([]);
    expect(there.keys.length).toBeGreaterThan(10);
    expect(there.references.length).toBeGreaterThan(15);
  });
});

describe.each(TOOLS)('$tool, as an analyst,', ({ tool, tables, columns, keys, references }: ToolQueries) => {
  it('lists every table and view', async () => {
    const { found, expected, reads } = await find(tables, there.tables);
    expect(found).toEqual(expected);
    expect(reads.includes('description')).toBe(READS_DESCRIPTIONS.includes(tool));
  });

  it('lists every column', async () => {
    const { found, expected, reads } = await find(columns, there.columns);
    expect(found).toEqual(expected);
    expect(reads.includes('description')).toBe(READS_DESCRIPTIONS.includes(tool));
  });

  // constraint_column_usage, which Cube joins, shows the keys of a table to its owner alone, whatever else one may do with it.
  const isForOwners = tool === 'Cube';
  if (keys && references)
    it(isForOwners ? 'sees no key, as it asks for what owners see' : 'sees every key', async () => {
      for (const [sql, all] of [
        [keys, there.keys],
        [references, there.references],
      ] as const) {
        const { found, expected } = await find(sql, all);
        expect(found).toEqual(isForOwners ? [] : expected);
      }
    });
});

describe('what lets an analyst see keys', () => {
  /** The columns of each table of records, those of its key first. */
  const columnsOf = () =>
    [...new Set(there.keys.map(({ table }) => table))].map((table) => {
      const own = ({ schema, table: of }: Line) => schema === 'chatrhub' && of === table;
      const keys = there.keys.filter(own).map(({ column }) => String(column));
      return {
        table: `chatrhub.${table}`,
        keys,
        others: there.columns.filter(own).flatMap(({ column }) => (keys.includes(String(column)) ? [] : [String(column)])),
      };
    });

  it('allows no key that refers to a table', async () => {
    await database.pool.query(`create schema of_analyst authorization ${analyst.name}`);
    const refer = async (table: string, columns: readonly string[]) => {
      const types = await database.pool.query<{ type: string }>(
        `select format_type(atttypid, atttypmod) as type from unnest($2::text[]) with ordinality as wanted (name, place)
         join pg_attribute on attrelid = $1::regclass and attname = name order by place`,
        [table, columns],
      );
      const own = types.rows.map(({ type }, i) => `own_${i} ${type}`);
      const names = own.map((_, i) => `own_${i}`).join(', ');
      await analyst.database.pool.query(
        `create table of_analyst.own (${own.join(', ')}, foreign key (${names}) references ${table} (${columns.join(', ')}))`,
      );
    };
    for (const { table, keys, others } of columnsOf()) {
      await expect(refer(table, keys), table).rejects.toMatchObject({ code: '42501' });
      for (const column of others) await expect(refer(table, [column]), `${table}.${column}`).rejects.toMatchObject({ code: '42830' });
    }
  });

  it('allows no change of a table', async () => {
    for (const { table, others } of columnsOf())
      for (const sql of [
        `insert into ${table} (${others[0]}) values (null)`,
        `update ${table} set ${others[0]} = null`,
        `delete from ${table}`,
        `truncate ${table}`,
        `alter table ${table} add column own text`,
      ])
        await expect(analyst.database.pool.query(sql), sql).rejects.toMatchObject({ code: '42501' });
  });
});
