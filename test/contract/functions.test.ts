import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWarehouse } from '../support/warehouse.ts';

type Stored = { name: string; language: string; parallel: 's' | 'r' | 'u'; source: string };

let warehouse: Awaited<ReturnType<typeof createWarehouse>>;
let functions: Stored[];
beforeAll(async () => {
  warehouse = await createWarehouse();
  functions = await read('');
});
afterAll(() => warehouse.close());

/** The functions of our schemas, or those of them that a condition is true of. */
const read = async (condition: string): Promise<Stored[]> =>
  (
    await warehouse.direct.pool.query<Stored>(
      `select format('%I.%I', n.nspname, p.proname) as name, l.lanname as language, p.proparallel as parallel, p.prosrc as source
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
       where n.nspname ~ '^chatrhub' ${condition} order by 1`,
    )
  ).rows;

/** Whether a body catches errors, which begins a subtransaction; `raise exception` does not. */
const catches = ({ source }: Pick<Stored, 'source'>): boolean =>
  /\bexception\s+when\b/i.test(source.replace(/--.*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, ' '));

describe('functions of our schemas', () => {
  it('are found', () => {
    expect(functions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['chatrhub_raw.as_instant', 'chatrhub_raw.as_json', 'chatrhub_bi_store.note_chats_insert']),
    );
  });

  it('that catch errors are parallel unsafe: PostgreSQL 15 and 16 cannot begin a subtransaction while a query runs in parallel', () => {
    expect(functions.filter((stored) => catches(stored) && stored.parallel !== 'u')).toEqual([]);
  });

  it('that are called parallel safe use none that is not', async () => {
    const users = await read(
      `and p.proparallel = 's' and exists (select from pg_depend d join pg_proc used on used.oid = d.refobjid
         where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass and used.proparallel <> 's')`,
    );
    expect(users).toEqual([]);
  });

  it.each([
    ['begin return 1; exception when others then return null; end', true],
    ['BEGIN RETURN 1; EXCEPTION\n  WHEN others THEN RETURN NULL; END', true],
    ["begin raise exception 'no' using errcode = 'P0001'; end", false],
    ["begin -- exception when\n return 'exception when'; end", false],
  ])('%j catches errors: %s', (source, expected) => {
    expect(catches({ source })).toBe(expected);
  });
});
