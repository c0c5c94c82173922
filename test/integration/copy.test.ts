import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Resource, Row } from '../../src/records/resource.ts';
import chats from '../../src/resources/chats.ts';
import messages from '../../src/resources/messages.ts';
import tasks from '../../src/resources/tasks.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { copyRows } from '../../src/warehouse/load/copy-rows.ts';
import { createWarehouse, loadRows } from '../support/warehouse.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});

const load = (resource: Resource, rows: Row[]) =>
  database.transaction((client) => loadRows(client, resource, rows, { askedAt: new Date('2026-01-01') }));

const select = async (sql: string): Promise<Row[]> => (await database.pool.query<Row>(sql)).rows;

describe('values come back as they went in', () => {
  const TYPES: Record<string, fc.Arbitrary<unknown>> = {
    smallint: fc.integer({ min: -32_768, max: 32_767 }),
    integer: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
    bigint: fc.maxSafeInteger(),
    boolean: fc.boolean(),
    'double precision': fc.double({ noNaN: true, noDefaultInfinity: true }),
    text: fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    'timestamp with time zone': fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    }),
    jsonb: fc.jsonValue().map((json) => JSON.stringify(json).replaceAll('\\u0000', '').replaceAll('-0', '0')),
  };

  it('in every type of column, null included', async () => {
    const columns = Object.keys(TYPES).map((sqlType, i) => ({ key: sqlType, column: `c${i}`, sqlType }));
    const rows = fc.array(fc.record(Object.fromEntries(Object.entries(TYPES).map(([type, value]) => [type, fc.option(value)]))), {
      minLength: 1,
    });
    const client = await database.connect();
    try {
      await client.query(
        `create temporary table copied (n int generated always as identity, ${columns.map((c) => `${c.column} ${c.sqlType}`)})`,
      );
      await fc.assert(
        fc.asyncProperty(rows, async (written) => {
          await client.query('truncate copied');
          await copyRows(client, `copy copied (${columns.map((c) => c.column)}) from stdin (format binary)`, columns, written);
          const { rows: read } = await client.query({
            text: `select ${columns.map((c) => (c.sqlType === 'jsonb' ? `${c.column}::text` : c.column))} from copied order by n`,
            rowMode: 'array',
          });
          const expected = written.map((row) => columns.map(({ key }) => (key === 'jsonb' ? jsonOf(row[key]) : row[key])));
          expect(read.map((row: unknown[]) => row.map((value, i) => (columns[i]?.sqlType === 'jsonb' ? jsonOf(value) : value)))).toEqual(
            expected,
          );
        }),
        { numRuns: 100 },
      );
    } finally {
      client.release(true);
    }
  });

  it('from the answer to the tables: hostile texts, far dates, numerics, longer texts than a chunk of COPY', async () => {
    const long = 'ü😀'.repeat(100_000);
    const hostile = 'nul \0, lone \ud800 and \udc00, pair 😀, \u0001\u001b[31m, \\N \\. \t\r\n';
    const stored = 'nul \uFFFD, lone \uFFFD and \uFFFD, pair 😀, \u0001\u001b[31m, \\N \\. \t\r\n';
    const { batches } = parseAnswer(
      {
        data: [
          { id: 1, body: hostile, create_dt: '1969-12-31T23:59:59+00:00' },
          { id: 2, body: long, create_dt: '9999-12-31T23:59:59+00:00' },
          { id: 3, body: '', create_dt: '0001-01-01T00:00:00+00:00', batch_intent_probability: 5e-324 },
          { id: 3, body: 'the same key again', create_dt: '0001-01-01T00:00:00+00:00' },
        ],
      },
      messages,
      { clientId: 77 },
    );
    for (const { resource, rows } of batches) await load(resource, rows);
    const [one, two, three] = await select(
      `select body, body_length, created_at, batch_intent_probability
       from chatrhub.messages join chatrhub_private.message_bodies using (message_id) order by message_id`,
    );
    expect(one).toEqual({
      body: stored,
      body_length: stored.trim().length - 1,
      created_at: new Date(-1_000),
      batch_intent_probability: null,
    });
    expect(two).toMatchObject({ body: long, body_length: 200_000, created_at: new Date('9999-12-31T23:59:59Z') });
    expect(three).toMatchObject({
      body: 'the same key again',
      created_at: new Date('0001-01-01T00:00:00Z'),
      batch_intent_probability: 5e-324,
    });

    await load(
      chats,
      [66.67, 999.99, -0.01, 33.335, null].map((average_rating, i) => ({ id: i, average_rating })),
    );
    expect(
      (await select('select average_rating_score::text as score from chatrhub.chats order by chat_id')).map(({ score }) => score),
    ).toEqual(['66.67', '999.99', '-0.01', expect.stringMatching(/^33\.3[34]$/), null]);

    const [task] = parseAnswer({ data: { id: 1, variables_: '{"a\\u0000": "\\ud800", "n": 0.1}' } }, tasks, {
      clientId: 77,
    }).batches.slice(-1);
    await load(tasks, task?.rows ?? []);
    expect(await select('select variables from chatrhub_private.task_variables')).toEqual([{ variables: { 'a\uFFFD': '\uFFFD', n: 0.1 } }]);
  });

  const jsonOf = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : text);
});
