import { getTableColumns } from 'drizzle-orm';
import { fieldsOf, keyColumns, type Resource, type Row } from '../records/resource.ts';
import { keyOf } from '../records/row.ts';
import { type Day, type Period, startOf } from '../time/period.ts';
import type { Client } from '../warehouse/connection/database.ts';
import { isReal, nameOf } from '../warehouse/load/merge.ts';

/* Which records the source no longer lists, and which it lists again. What a list must prove before is the judge's affair. */

/** The parent whose list it is, as its records name it: all links of agent 4. */
export type ListScope = { attribute: string; id: number };

type Execute = Pick<Client, 'query'>;

/** Whether a record of a resource can be marked as missing. */
export const canBeMissing = ({ tables: [{ table }] }: Resource): boolean => 'sourceMissingSince' in getTableColumns(table);

/** Notes the records that an answer of a resource's own list holds, in the transaction that loads them: those are listed, and back. */
export async function noteListed(client: Execute, resource: Resource, rows: readonly Row[], askedAt: Date): Promise<void> {
  const keys = rows.map((row) => keyOf(row, resource));
  if (keys.length === 0) return;
  if (!canBeMissing(resource)) {
    // Others are looked for in no list, so that none of them was noted as gone.
    if (resource.pages) await noteFound(client, resource, keys, askedAt);
    return;
  }
  const listed = `listed as (
       insert into chatrhub_sync.listed_records (resource, record_key, listed_at)
       select '${resource.name}', x.key, $1 from unnest($2::text[]) x (key)
       where not exists (select from chatrhub_sync.listed_records l where l.resource = '${resource.name}' and l.record_key = x.key)
       order by x.key on conflict do nothing
     ), `;
  await client.query(
    `with ${resource.window ? '' : listed}back as (
       update ${nameOf(resource.tables[0].table)} set source_missing_since = null
       where source_missing_since <= $1 and ${isOneOf(resource, 2)} returning ${recordKey(resource)} as record_key
     )
     update chatrhub_raw.absences a set returned_at = $1 from back
     where a.resource = '${resource.name}' and a.record_key = back.record_key and a.returned_at is null`,
    [askedAt, keys],
  );
}

/** Records that a list lacks: those that it had shown before (of `expected`), and all that are known, save what it may leave out. */
export type Lacking = { listed: number; known: number; expected: number };

/** What a list that holds `keys` lacks of what is in the table. */
export async function readLacking(
  client: Execute,
  resource: Resource,
  keys: readonly string[],
  askedAt: Date,
  scope?: ListScope,
): Promise<Lacking> {
  const { table } = resource.tables[0];
  const omitted = fieldsOf(resource)
    .filter(({ key }) => resource.listOmits?.includes(key))
    .map(({ column }) => `and not coalesce("${column}", false)`);
  const isStub = 'isInferred' in getTableColumns(table) ? 'is_inferred' : 'false';
  const { rows } = await client.query<Lacking>(
    `select count(*) filter (where is_listed and is_lacking and synced_at <= $2)::int as listed,
       count(*) filter (where is_lacking and not ${isStub} ${omitted.join(' ')})::int as known,
       count(*) filter (where is_listed)::int as expected
     from (
       select t.*, k.key is null as is_lacking,
         exists (select from chatrhub_sync.listed_records l where l.resource = $3 and l.record_key = ${recordKey(resource)}) as is_listed
       from ${nameOf(table)} t left join (select distinct key from unnest($1::text[]) u (key)) k on k.key = ${recordKey(resource)}
       where source_missing_since is null ${ofScope(scope, 4)}
     ) x`,
    [keys, askedAt, resource.name, ...(scope ? [scope.id] : [])],
  );
  return rows[0] ?? { listed: 0, known: 0, expected: 0 };
}

/** Marks the records that a whole list lacks and had shown before. */
export async function markUnlisted(
  client: Execute,
  resource: Resource,
  keys: readonly string[],
  askedAt: Date,
  scope?: ListScope,
): Promise<void> {
  await markMissing(
    client,
    resource,
    `not ${isOneOf(resource, 2)} ${ofScope(scope, 3)}
     and exists (select from chatrhub_sync.listed_records l where l.resource = '${resource.name}' and l.record_key = ${recordKey(resource)})`,
    [askedAt, keys, ...(scope ? [scope.id] : [])],
  );
}

/**
 * Marks the records of days that the source has proved to be whole, and whose list has none of `keys`. `by`: which moment of a record
 * decides whether it is of these days; while that is not known, both must be.
 */
export async function markGoneOfDays(
  client: Execute,
  resource: Resource,
  keys: readonly string[],
  askedAt: Date,
  { days: { from, until }, by }: { days: Period; by: 'creation' | 'change' | undefined },
): Promise<void> {
  const within = (moment: string): string => `${moment} >= $3 and ${moment} < $4`;
  const ofDays =
    by === 'creation' ? within('created_at') : by === 'change' ? within(CHANGED_AT) : `${within('created_at')} and ${CHANGED_AT} < $4`;
  await markMissing(client, resource, `not is_inferred and not ${isOneOf(resource, 2)} and ${ofDays}`, [
    askedAt,
    keys,
    startOf(from),
    startOf(until),
  ]);
}

const CHANGED_AT = 'coalesce(updated_at, created_at)';

/**
 * Records that changed last on some days, and that a list of these days lacks: they are gone, or have changed since `askedAt`. Their keys by
 * the day of that change.
 */
export async function readLeft(
  client: Execute,
  resource: Resource,
  keys: readonly string[],
  askedAt: Date,
  { from, until }: Period,
): Promise<{ day: Day; keys: string[] }[]> {
  const { table } = resource.tables[0];
  const { rows } = await client.query<{ day: Day; keys: string[] }>(
    `select (${CHANGED_AT} at time zone 'UTC')::date as day, array_agg(${recordKey(resource)}) as keys from ${nameOf(table)}
     where ${isReal(table)} and source_missing_since is null and synced_at <= $1 and ${CHANGED_AT} >= $3 and ${CHANGED_AT} < $4
       and not ${isOneOf(resource, 2)}
     group by 1 order by 1`,
    [askedAt, keys, startOf(from), startOf(until)],
  );
  return rows;
}

/** Whether any record of a resource says when it changed. */
export async function saysChanges(client: Execute, resource: Resource): Promise<boolean> {
  const { rows } = await client.query<{ says: boolean }>(
    `select exists (select from ${nameOf(resource.tables[0].table)} where updated_at is not null) as says`,
  );
  return rows[0]?.says ?? false;
}

/** Marks records as missing that no day of the source lists, save those that have changed since: their last change is of other days now. */
export const markGone = (client: Execute, resource: Resource, keys: readonly string[], askedAt: Date, days: Period): Promise<void> =>
  markMissing(client, resource, `${isOneOf(resource, 2)} and ${CHANGED_AT} >= $3 and ${CHANGED_AT} < $4`, [
    askedAt,
    keys,
    startOf(days.from),
    startOf(days.until),
  ]);

/**
 * How many records that a list of some days lacks may be of other days: they began then and changed later, and it is not known which of both
 * decides.
 */
export async function countUndecided(
  client: Execute,
  resource: Resource,
  keys: readonly string[],
  { from, until }: Period,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from ${nameOf(resource.tables[0].table)}
     where ${isReal(resource.tables[0].table)} and source_missing_since is null and created_at >= $2 and created_at < $3 and updated_at >= $3
       and not ${isOneOf(resource, 1)}`,
    [keys, startOf(from), startOf(until)],
  );
  return rows[0]?.count ?? 0;
}

/**
 * The days, in order, of which records are in the table beside those with `keys`, save what is known to be missing; `by`: which moment tells
 * the day of a record.
 */
export async function readDaysBeside(
  client: Execute,
  resource: Resource,
  keys: readonly string[],
  { from, until }: Period,
  by: 'creation' | 'change' = 'creation',
): Promise<Day[]> {
  const { rows } = await client.query<{ day: Day }>(
    `select distinct (${by === 'change' ? CHANGED_AT : 'created_at'} at time zone 'UTC')::date as day from ${nameOf(resource.tables[0].table)}
     where ${isReal(resource.tables[0].table)} and source_missing_since is null and created_at >= $2 and ${CHANGED_AT} < $3
       and not ${isOneOf(resource, 1)}
     order by 1`,
    [keys, startOf(from), startOf(until)],
  );
  return rows.map(({ day }) => day);
}

/** Notes that records with these ids were looked for in all lists of a resource that comes in pages, and are in none. */
export async function noteGone(client: Execute, resource: Resource, ids: readonly number[], askedAt: Date): Promise<void> {
  await client.query(
    `insert into chatrhub_raw.absences (resource, record_key, missing_since)
     select '${resource.name}', ${recordKey(resource)}, $1 from ${nameOf(resource.tables[0].table)} t
     where "${keyColumns(resource.tables[0].table)[0]?.name}" = any($2::bigint[]) and synced_at <= $1
       and not exists (
         select from chatrhub_raw.absences a
         where a.resource = '${resource.name}' and a.record_key = ${recordKey(resource)} and a.returned_at is null
       )`,
    [askedAt, ids],
  );
}

/** Notes that records which were in none of the lists are in one again. */
async function noteFound(client: Execute, resource: Resource, keys: readonly string[], askedAt: Date): Promise<void> {
  await client.query(
    `update chatrhub_raw.absences set returned_at = $1
     where resource = $2 and record_key = any($3) and returned_at is null and missing_since <= $1`,
    [askedAt, resource.name, keys],
  );
}

/** `values` are the parameters of the condition; $1 is the moment of asking. What was seen later than that is there. */
async function markMissing(client: Execute, resource: Resource, condition: string, values: unknown[]): Promise<void> {
  await client.query(
    `with gone as (
       update ${nameOf(resource.tables[0].table)} t set source_missing_since = $1
       where source_missing_since is null and synced_at <= $1 and ${condition} returning ${recordKey(resource)} as record_key
     )
     insert into chatrhub_raw.absences (resource, record_key, missing_since)
     select '${resource.name}', record_key, $1 from gone on conflict do nothing`,
    values,
  );
}

const ofScope = (scope: ListScope | undefined, place: number): string => (scope ? `and "${scope.attribute}" = $${place}::bigint` : '');

/** Whether the key of a row is one of the texts of a parameter. A single key is compared as a number, which has an index. */
const isOneOf = (resource: Resource, place: number): string => {
  const [only, ...others] = keyColumns(resource.tables[0].table);
  return others.length === 0 ? `"${only?.name}" = any($${place}::text[]::bigint[])` : `${recordKey(resource)} = any($${place}::text[])`;
};

/** The key as raw versions have it. */
const recordKey = (resource: Resource): string => {
  const columns = keyColumns(resource.tables[0].table).map(({ name }) => `"${name}"`);
  return columns.length === 1 ? `${columns[0]}::text` : `concat_ws('/', ${columns.join(', ')})`;
};
