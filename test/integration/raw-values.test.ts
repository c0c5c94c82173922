import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coerce, Unfit } from '../../src/records/coerce.ts';
import { createWarehouse } from '../support/warehouse.ts';

let warehouse: Awaited<ReturnType<typeof createWarehouse>>;
let client: pg.PoolClient;
beforeAll(async () => {
  warehouse = await createWarehouse();
  client = await warehouse.direct.pool.connect();
});
afterAll(async () => {
  client?.release(true);
  await warehouse.close();
});

/** What a function of the views makes of values, as texts. `value` is each of them in the expression. */
async function ask(expression: string, values: readonly unknown[]): Promise<(string | null)[]> {
  const { rows } = await client.query<{ result: string | null }>(
    `select (${expression})::text as result from jsonb_array_elements($1::jsonb) with ordinality e (value, position) order by position`,
    [JSON.stringify(values)],
  );
  return rows.map(({ result }) => result);
}

/** The milliseconds of moments, as the tables get them; null where the value does not fit. */
const coerced = (values: readonly unknown[]): (string | null)[] =>
  values.map((value) => {
    const instant = coerce(value, 'timestamp with time zone');
    return instant instanceof Date ? String(instant.getTime()) : null;
  });
const instants = (values: readonly unknown[]) => ask('trim_scale(extract(epoch from chatrhub_raw.as_instant(value)) * 1000)', values);

const padded = (max: number, width = 2) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(width, '0'));
const often = (text: string, ...others: string[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(text) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const year = fc.oneof(padded(9999, 4), fc.constantFrom('0000', '0001', '0099', '1900', '2000', '2018', '2020', '2100', '9999'));
const day = fc.oneof({ weight: 3, arbitrary: padded(33) }, { weight: 2, arbitrary: fc.constantFrom('00', '28', '29', '30', '31', '32') });
const fraction = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^\.\d{1,10}$/),
  fc.constantFrom('.9994', '.9999999', '.999999999', '.0005', '.', ',5'),
);
const offset = fc.oneof(
  fc.constantFrom('Z', 'z', '', ' UTC', '+00:00', '-00', '+16:00', '+15:59', '-15:59', '+0060', '+02:', '+2', '−02:00'),
  fc.tuple(fc.constantFrom('+', '-'), padded(17), fc.constantFrom('', ':'), padded(62)).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('+', '-'), padded(17)).map((parts) => parts.join('')),
);
/** Nearly a moment: right in form, mostly, and often one that does not exist. */
const nearly = fc
  .tuple(
    fc.tuple(often('', ' ', '-', '1', '\n'), year, often('-', '/', '–'), padded(14), often('-', '', '.'), day),
    often('T', ' ', 't', '\n', ''),
    fc.tuple(padded(25), often(':', ''), padded(61), often(':', ''), padded(61), fraction, offset),
    often('', ' ', '\n', '\r\n', ' BC', '; drop table', '\u3000'),
  )
  .map((parts) => parts.flat().join(''));
/** As `nearly`, with one digit of another script. */
const foreign = fc
  .tuple(fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }), fc.nat(22))
  .map(([date, at]) =>
    [...date.toISOString()].map((char, i) => (i === at && /\d/.test(char) ? String.fromCharCode(0xff10 + Number(char)) : char)).join(''),
  );
const anything = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', ' ')) as unknown);
const spaces = '\t\n\v\f\r \u00a0\u1680\u2003\u2028\u202f\u205f\u3000\ufeff\u0085\u200b';
const spaced = fc
  .tuple(
    fc.constantFrom(...spaces, ''),
    fc.constantFrom('12', '-3', '1.5', '1e3', '１２', '٣', '0', 'true', 'FALSE', '1'),
    fc.constantFrom(...spaces, ''),
  )
  .map((parts) => parts.join(''));

describe('values of kept versions', () => {
  it('are the moments that the tables get, whatever the text is, and the date style', async () => {
    const values = fc.array(fc.oneof({ weight: 8, arbitrary: nearly }, foreign, anything), { minLength: 100, maxLength: 300 });
    for (const style of ['ISO, MDY', 'SQL, DMY']) {
      await client.query(`set datestyle = '${style}'`);
      await fc.assert(
        fc.asyncProperty(values, async (some) => {
          expect(await instants(some)).toEqual(coerced(some));
        }),
        { numRuns: 100 },
      );
    }
  });

  it('are the moments that the tables get on every day of the calendar, and none on others', async () => {
    const two = (number: number) => String(number).padStart(2, '0');
    const texts = ['0000', '0004', '1900', '2000', '2018', '2020', '2100'].flatMap((of) =>
      Array.from({ length: 14 * 33 }, (_, i) => `${of}-${two(Math.floor(i / 33))}-${two(i % 33)}T23:59:59Z`),
    );
    const expected = coerced(texts);
    expect(expected.filter((instant) => instant !== null)).toHaveLength(365 * 3 + 366 * 3);
    expect(await instants(texts)).toEqual(expected);
    const leapDays = Array.from({ length: 10_000 }, (_, of) => `${String(of).padStart(4, '0')}-02-29T00:00:00Z`);
    expect(await instants(leapDays)).toEqual(coerced(leapDays));
  });

  it('are numbers and booleans with whatever spaces JavaScript knows around them', async () => {
    const texts = [...spaces, ' '].flatMap((space) => [`${space}12`, `-7${space}`, `${space}true${space}`, `${space}0`, `1${space}`]);
    const as = (type: string) => texts.map((text) => coerce(text, type)).map((value) => (value instanceof Unfit ? null : String(value)));
    expect(await ask('chatrhub_raw.as_number(value, false, 32767)::smallint', texts)).toEqual(as('smallint'));
    expect(await ask('chatrhub_raw.as_boolean(value)', texts)).toEqual(as('boolean'));
  });

  it('are read whatever they are: what does not fit is null, and fails no view', async () => {
    const values = fc.array(fc.oneof(anything, nearly, spaced), { minLength: 50, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(values, async (some) => {
        for (const expression of [
          'chatrhub_raw.as_number(value, true, 32767)::smallint',
          'chatrhub_raw.as_number(value, false, 2147483647)::integer',
          'round(chatrhub_raw.as_number(value, null, 999.99), 2)::numeric(5, 2)',
          'chatrhub_raw.as_boolean(value)',
          'chatrhub_raw.as_text(value)',
          'chatrhub_raw.as_json(value)',
        ])
          expect(await ask(expression, some), expression).toHaveLength(some.length);
      }),
    );
  });
});
