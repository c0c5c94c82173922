import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AttributeSets } from '../../src/records/attribute-sets.ts';
import type { Row } from '../../src/records/resource.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { createWarehouse } from '../support/warehouse.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});

const name = fc.oneof(fc.constantFrom('a', 'bb', '%', '%s', 'x%sy', '+1:a', 'ä', '"', '\\', '\n', '1', ''), fc.string({ unit: 'binary' }));
const value = fc.oneof(
  fc.constantFrom(null, '', 'null', '%s', '\\u0000', '\u0000', '\ud800', 'a\nb', '[""]', '+00:00', ['+00:00'], 0, 61.4, 1e21, true, false),
  fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }),
);
const attributes = fc.dictionary(name, value, { maxKeys: 6 });

type Made = { unpacked: unknown; template: string; values: string };

describe('attributes of versions, packed as names and values', () => {
  it('are in the database what they were, and the database packs them in the same way', async () => {
    const sets = new AttributeSets();
    const asked = fc.sample(attributes, { numRuns: 2_000, seed: 1 });
    const packed = asked.map((one) => sets.pack(one));
    const { rows } = await database.pool.query<Made>(
      `select u.unpacked, p.template, p."values" from unnest($1::text[], $2::text[]) with ordinality x (template, "values", n)
       cross join lateral (select chatrhub_raw.attributes_of(x.template, x."values") as unpacked offset 0) u
       cross join lateral chatrhub_raw.pack(u.unpacked) p order by n`,
      [packed.map(({ set }) => sets.templates[set]), packed.map(({ values }) => values)],
    );
    const storable = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();
    const clean = (one: unknown): unknown => {
      if (typeof one === 'string') return storable(one);
      if (Array.isArray(one)) return one.map(clean);
      if (typeof one !== 'object' || one === null) return Object.is(one, -0) ? 0 : one;
      return Object.fromEntries(Object.entries(one).map(([key, inner]) => [storable(key), clean(inner)]));
    };
    expect(rows.map(({ unpacked }) => unpacked)).toEqual(asked.map(clean));
    expect(rows.map(({ template }) => template)).toEqual(packed.map(({ set }) => sets.templates[set]));
    const often = sets.pack({ a: null, b: null, c: null, d: null, e: null, f: true, g: false, h: '2018-06-20T19:44:50+00:00', i: 1 });
    const { rows: again } = await database.pool.query<Made>(
      'select p."values" from chatrhub_raw.pack(chatrhub_raw.attributes_of($1, $2)) p',
      [sets.templates[often.set], often.values],
    );
    expect([again[0]?.values, often.values]).toEqual(Array(2).fill('\x04\n\x03\x02"2018-06-20T19:44:50\x011\n'));
  });

  it('are told apart by what their names are, whatever these look like', () => {
    const sets = new AttributeSets();
    const alike: Row[] = [{ a: 1, b: 2 }, { 'a\n+b': 1 }, { 'a+1:b': 1 }, { a: 1, b: null }, { a: 1 }, { b: 2, a: 1 }, {}];
    expect(alike.map((one) => sets.pack(one).set)).toEqual([0, 1, 2, 0, 3, 0, 4]);
  });

  it('take what is written to record_versions, and what is removed there', async () => {
    const { pool } = database;
    const rows = async () =>
      (await pool.query('select record_key, version, attributes from chatrhub_raw.record_versions order by 1, 2')).rows;
    const add = `insert into chatrhub_raw.record_versions (resource, record_key, version, attributes, first_seen_at) select 'agents', $1, 1, $2, now()`;
    await pool.query(add, ['4', { id: 4, mood: null, note: 'a\nb', of: [1, { x: 'y' }] }]);
    await pool.query(add, ['5', {}]);
    await pool.query(`update chatrhub_raw.record_versions set attributes = attributes || '{"mood": "100%s"}' where record_key = '4'`);
    await pool.query(`delete from chatrhub_raw.record_versions where record_key = '5'`);
    expect(await rows()).toEqual([
      { record_key: '4', version: 1, attributes: { id: 4, mood: '100%s', note: 'a\nb', of: [1, { x: 'y' }] } },
    ]);
  });
});
