import { isDeepStrictEqual } from 'node:util';
import { getTableConfig } from 'drizzle-orm/pg-core';
import type pg from 'pg';
import { type Field, fieldsOf, keyColumns, type Resource } from '../../src/records/resource.ts';
import { resources } from '../../src/resources/index.ts';
import { isThere, type Records, type Sent } from './scripted-records.ts';

export type SourceName = keyof Records;
/** `from`: chats, messages and activity of earlier days are not expected. `clientId`: whose records are to be there. */
export type Comparing = { from?: string; clientId?: number };

type Row = Record<string, unknown>;
type Keyed = Map<string, Row>;

/** Where tables are not as the source has them, attribute by attribute, and where a row is or is not marked as missing though it should. */
export async function compareTables(
  pool: Pick<pg.Pool, 'query'>,
  records: Records,
  now: Date,
  { from = '', clientId = 0 }: Comparing,
  names: readonly SourceName[] = Object.keys(records) as SourceName[],
): Promise<string[]> {
  const expected = expectedRecords(records, now, from);
  const found: string[] = [];
  for (const resource of resources) {
    const name = resource.name as SourceName;
    if (!names.includes(name)) continue;
    const [source, stored] = [sourceRows(resource, expected[name], clientId), await storedRows(pool, resource)];
    const lacking = [...source.keys()].filter((key) => !stored.has(key));
    if (lacking.length > 0) found.push(`${name}: ${lacking.length} of ${source.size} are not there: ${lacking.slice(0, 5).join(' ')}`);
    for (const [key, row] of stored) {
      const [wanted, isMarked] = [source.get(key), row.source_missing_since !== undefined && row.source_missing_since !== null];
      if (!wanted) {
        // Rows of days that are not expected may be there.
        const isExtra = 'source_missing_since' in row && !isMarked && String(row.created_at ?? '') >= from;
        if (isExtra) found.push(`${name} ${key}: is not in the source, and not marked`);
        continue;
      }
      if (isMarked) found.push(`${name} ${key}: is marked as missing, and in the source`);
      for (const [column, value] of Object.entries(wanted))
        if (!isDeepStrictEqual(row[column], value))
          found.push(`${name} ${key}: ${column} is ${JSON.stringify(row[column])}, not ${JSON.stringify(value)}`);
    }
  }
  return found;
}

function expectedRecords(records: Records, now: Date, from: string): Records {
  const isOld = (one: Sent) => isThere(one, now);
  const isOfDays = (one: Sent) => isOld(one) && String(one.attributes.create_dt) >= from;
  const chats = records.chats.filter(isOfDays);
  const ids = new Set(chats.map(({ id }) => id));
  return {
    ...records,
    visitors: records.visitors.filter(isOld),
    chats,
    messages: records.messages.filter((one) => isOld(one) && ids.has(Number(one.attributes.chat_id))),
    agent_activities: records.agent_activities.filter(isOfDays),
    tasks: records.tasks.filter(isOld),
  };
}

/** What rows of a resource are made of: looked up once, as there are thousands of them. */
type Shape = { columns: Field[]; keys: string[]; numbers: ReadonlySet<string> };
const shapes = new Map<Resource, Shape>();

function shapeOf(resource: Resource): Shape {
  const columns = fieldsOf(resource).filter(({ isOurs }) => !isOurs);
  const shape = shapes.get(resource) ?? {
    columns: columns.filter(({ key }) => !resource.ignores?.includes(key)),
    keys: keyColumns(resource.tables[0].table).map(({ name }) => name),
    numbers: new Set(columns.flatMap(({ column, sqlType }) => (/int|numeric|double/.test(sqlType) ? [column] : []))),
  };
  shapes.set(resource, shape);
  return shape;
}

const keyOf = (row: Row, { keys }: Shape): string => keys.map((name) => row[name]).join('/');

function sourceRows(resource: Resource, records: readonly Sent[], clientId: number): Keyed {
  const rows: Keyed = new Map();
  const shape = shapeOf(resource);
  for (const { id, attributes } of records) {
    const all: Row = { client_id: clientId, ...attributes, id };
    const row: Row = {};
    for (const { key, column, sqlType } of shape.columns) if (all[key] !== undefined) row[column] = asColumn(all[key], sqlType);
    for (const attribute of resource.emptyIsNull ?? []) if (row[attribute] === '') row[attribute] = null;
    rows.set(keyOf(row, shape), row);
  }
  return rows;
}

function asColumn(value: unknown, sqlType: string): unknown {
  if (value === null) return null;
  if (sqlType === 'boolean') return value === true || value === 1;
  if (sqlType.startsWith('timestamp')) return new Date(String(value)).toISOString();
  if (sqlType === 'jsonb') {
    const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
    return isDeepStrictEqual(parsed, ['']) ? [] : parsed;
  }
  return sqlType === 'text' ? String(value) : Number(value);
}

async function storedRows(pool: Pick<pg.Pool, 'query'>, resource: Resource): Promise<Keyed> {
  const rows: Keyed = new Map();
  const shape = shapeOf(resource);
  for (const { table } of resource.tables) {
    const { schema, name } = getTableConfig(table);
    const found = await pool.query<Row>({ text: `select * from ${schema}.${name}` });
    for (const row of found.rows) {
      const { synced_at: _, ...rest } = plain(row, shape);
      if (rest.is_inferred === true) continue;
      const key = keyOf(rest, shape);
      rows.set(key, { ...rows.get(key), ...rest });
    }
  }
  return rows;
}

/** Times as text, numbers as numbers. */
function plain(row: Row, { numbers }: Shape): Row {
  for (const [name, value] of Object.entries(row))
    if (value instanceof Date) row[name] = value.toISOString();
    else if (typeof value === 'string' && numbers.has(name)) row[name] = Number(value);
  return row;
}
