import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { createWarehouse } from '../support/warehouse.ts';

type Line = {
  schema_name: string;
  table_name: string;
  column_name: string;
  table_type: string;
  data_type: string;
  description: string | null;
  source_attribute: string | null;
  pii: string | null;
  referenced_column: string | null;
  table_description: string | null;
};

let database: Database;
let close: () => Promise<void>;
let dictionary: Line[];
beforeAll(async () => {
  ({ database, close } = await createWarehouse());
  dictionary = (await database.pool.query<Line>('select * from chatrhub_bi.data_dictionary')).rows;
});
afterAll(() => close());

const nameOf = ({ schema_name, table_name, column_name }: Line) => `${schema_name}.${table_name}.${column_name}`;
const lineOf = (name: string) => dictionary.find((line) => nameOf(line) === name);

describe('the database explains', () => {
  it('every schema', async () => {
    const { rows } = await database.pool.query<{ name: string; text: string | null }>(
      `select nspname as name, obj_description(oid, 'pg_namespace') as text from pg_namespace where nspname like 'chatrhub%' order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'chatrhub',
      'chatrhub_bi',
      'chatrhub_bi_store',
      'chatrhub_private',
      'chatrhub_raw',
      'chatrhub_sync',
    ]);
    expect(rows.filter(({ text }) => !text)).toEqual([]);
  });

  it('every table, view and materialised view, and every column of them, with its source', async () => {
    const { rows } = await database.pool.query<{ name: string; text: string | null }>(
      `select c.oid::regclass || coalesce('.' || a.attname, '') as name, d.description as text
       from pg_class c
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       left join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid in (0, a.attnum)
       where c.relnamespace::regnamespace::text like 'chatrhub%' and c.relkind in ('r', 'v', 'm', 'p')`,
    );
    const sourced = / \[source: [a-z_0-9.-]+\]( \[pii: (visitor|employee|free text)\])?$/;
    expect(rows.length).toBeGreaterThan(800);
    expect(rows.filter(({ text }) => !sourced.test(text ?? ''))).toEqual([]);
    const { rows: bare } = await database.pool.query(
      `select c.oid::regclass::text from pg_class c
       where c.relnamespace::regnamespace::text like 'chatrhub%' and c.relkind in ('r', 'v', 'm', 'p') and obj_description(c.oid, 'pg_class') is null
       union all
       select c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relnamespace::regnamespace::text like 'chatrhub%' and c.relkind in ('r', 'v', 'm', 'p') and col_description(c.oid, a.attnum) is null`,
    );
    expect(bare).toEqual([]);
  });

  it('what may not be added up', () => {
    const cannot = dictionary.filter(
      ({ schema_name, table_name, column_name }) =>
        schema_name === 'chatrhub_bi' &&
        table_name !== 'chats_enriched' &&
        (/^distinct_/.test(column_name) || /_rate$|^(median|p90|average)_/.test(column_name)),
    );
    expect(cannot.length).toBeGreaterThan(20);
    expect(cannot.filter(({ description }) => !description?.includes('Not additive')).map(nameOf)).toEqual([]);
  });
});

describe('data_dictionary', () => {
  it('has a line for every column of every schema but the store, whose columns are those of the views in front of it', async () => {
    const { rows } = await database.pool.query<{ n: number }>(
      `select count(*) as n from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace::regnamespace::text like 'chatrhub%' and c.relnamespace <> 'chatrhub_bi_store'::regnamespace and c.relkind in ('r', 'v', 'm') and a.attnum > 0 and not a.attisdropped`,
    );
    expect(dictionary.length).toBe(rows[0]?.n);
  });

  it('tells type, source, personal data and reference of a column apart from what it means', () => {
    expect(lineOf('chatrhub.chats.agent_id')).toMatchObject({
      table_type: 'table',
      data_type: 'bigint',
      description: 'Agent (human or bot) the chat is recorded against.',
      source_attribute: 'chats.agent_id',
      pii: null,
      referenced_column: 'chatrhub.agents.agent_id',
    });
    expect(lineOf('chatrhub_private.visitor_contacts.email')).toMatchObject({
      description: 'E-mail address of the visitor.',
      source_attribute: 'visitors.email',
      pii: 'visitor',
    });
    expect(lineOf('chatrhub_bi.agent_daily_status.unknown_seconds')).toMatchObject({
      table_type: 'view',
      source_attribute: 'chatrhub-sync',
    });
    expect(lineOf('chatrhub_bi.csat.agent_name')?.pii).toBe('employee');
  });

  it('has no type that BI tools do not know', () => {
    const known = /^(bigint|integer|double precision|boolean|text|date|timestamp with time zone)$/;
    const odd = dictionary.filter(({ schema_name, data_type }) => schema_name === 'chatrhub_bi' && !known.test(data_type));
    expect(odd.map(nameOf)).toEqual([]);
  });
});
