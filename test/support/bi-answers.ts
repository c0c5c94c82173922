import type { Database } from '../../src/warehouse/connection/database.ts';
import type { Row } from './bi-oracle-chat-views.ts';

export type Answer = { columns: string[]; rows: Row[] };

const NUMERIC = 1700;

/** The rows of a query, asked from another time zone than anybody's here: moments as milliseconds, `numeric` as numbers. */
export async function ask({ connect }: Pick<Database, 'connect'>, sql: string): Promise<Answer> {
  const client = await connect();
  try {
    await client.query(`begin read only; set local timezone to 'Pacific/Chatham'`);
    const { rows, fields } = await client.query<Row>(sql);
    const plain = (value: unknown, isNumeric: boolean): unknown => {
      if (value instanceof Date) return value.getTime();
      return isNumeric && value !== null ? Number(value) : value;
    };
    const plainOf = (row: Row) =>
      Object.fromEntries(fields.map(({ name, dataTypeID }) => [name, plain(row[name], dataTypeID === NUMERIC)]));
    return { columns: fields.map(({ name }) => name), rows: rows.map(plainOf) };
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** What differs between rows and what they must be, in words; rows may have more columns. */
export function differencesOf(rows: readonly Row[], expected: readonly Row[]): string[] {
  const found = rows.length === expected.length ? [] : [`${rows.length} rows, not ${expected.length}`];
  for (const [i, row] of expected.entries())
    for (const [column, value] of Object.entries(row))
      if (!isSame(rows[i]?.[column], value)) found.push(`row ${i}: ${column} is ${rows[i]?.[column]}, not ${value}`);
  return found;
}

/** Whether two values are equal, of numbers but for the last digits. */
export const isSame = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)) : a === b;
