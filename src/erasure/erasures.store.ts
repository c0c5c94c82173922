import pg from 'pg';
import { fieldOf, fieldsOf, keyColumns, type Resource, type Row } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { statementName } from '../warehouse/connection/statement-name.ts';
import { nameOf } from '../warehouse/load/merge.ts';
import { createErased, type Erased, type Erasure, hmacPads } from './redact-erased.ts';

const quote = pg.escapeIdentifier;

/**
 * What was erased, as the transaction of `client` has to keep it out; undefined when nothing was. To be asked before anything else: an
 * erasure waits until this transaction has ended, and what begins later sees it. (A clause that locks rows locks the table before the
 * statement looks at it, as `lock table` would in a statement of its own. In repeatable read the transaction looks earlier.)
 */
export async function readErased(client: Client): Promise<Erased | undefined> {
  const { rows } = await client.query<Erasure>({
    name: statementName('erasures'),
    text: `with held as (select from chatrhub_sync.erasures limit 0 for key share)
     select key, hash from chatrhub_sync.erasures where not exists (select from held)`,
  });
  return rows.length > 0 ? createErased(rows) : undefined;
}

/** Has erasures wait until the transaction of `client` ends, which waits for one that is under way. */
export const holdErasures = (client: Client): Promise<unknown> => client.query('lock table chatrhub_sync.erasures in row share mode');

/** Waits for all who load records, and keeps them waiting until the transaction of `client` ends; the key to hash with, if there is one. */
export async function beginErasure(client: Client): Promise<string | undefined> {
  await client.query('lock table chatrhub_sync.erasures in exclusive mode');
  const { rows } = await client.query<{ key: string }>('select key from chatrhub_sync.erasures order by erased_at desc limit 1');
  return rows[0]?.key;
}

/** Notes whom to keep out from now on, by hashes. */
export async function noteErasures(client: Client, erasures: readonly Erasure[]): Promise<void> {
  await client.query(
    `insert into chatrhub_sync.erasures (hash, key) select hash, key from unnest($1::text[], $2::text[]) as x (hash, key)
     on conflict do nothing`,
    [erasures.map(({ hash }) => hash), erasures.map(({ key }) => key)],
  );
}

/** The resource whose records are people. */
export const [people] = resources.filter(({ identifiers }) => identifiers !== undefined) as [Resource];

/** A way from a record to a visitor: SQL that joins further tables to its own, `t`, and the column with the visitor's number. */
type Way = { joins: string; visitor: string };

const mainOf = (resource: Resource): string => nameOf(resource.tables[0].table);
const keyOf = (resource: Resource): string => quote(keyColumns(resource.tables[0].table)[0]?.name ?? '');
const columnOf = (resource: Resource, attribute: string): string => quote(fieldOf(resource, attribute).column);

/** All ways from the records of a resource to visitors: by attributes of their own, and by those of the records that they are part of. */
function waysOf(resource: Resource, as = 't'): Way[] {
  const { visitors = [], through } = resource.belongsTo ?? {};
  const own = visitors.map((attribute) => ({ joins: '', visitor: `${as}.${columnOf(resource, attribute)}` }));
  if (!through) return own;
  const whole = `${as}w`;
  const join = ` join ${mainOf(through.of)} ${whole} on ${whole}.${keyOf(through.of)} = ${as}.${columnOf(resource, through.attribute)}`;
  return [...own, ...waysOf(through.of, whole).map(({ joins, visitor }) => ({ joins: `${join}${joins}`, visitor }))];
}

/** SQL for the visitors that some records of a resource, with the numbers `$1`, belong to. */
const ownersOf = (resource: Resource): string =>
  waysOf(resource)
    .map(
      ({ joins, visitor }) =>
        `select t.${keyOf(resource)} as id, ${visitor} as visitor_id from ${mainOf(resource)} t${joins}
         where t.${keyOf(resource)} = any($1) and ${visitor} is not null`,
    )
    .join(' union all ');

/** Of each of some records of a resource, by attribute, whether it is or belongs to somebody who was erased. */
export async function areErased(client: Client, resource: Resource, records: readonly Row[], erased: Erased): Promise<boolean[]> {
  const { visitors = [], name, through } = resource.belongsTo ?? {};
  const known = new Map<unknown, boolean>();
  const isErased = (visitor: unknown): boolean => {
    const is = known.get(visitor) ?? erased.has(people.name, visitor);
    known.set(visitor, is);
    return is;
  };
  const parts = new Set<number>();
  if (through) {
    const wholes = [...new Set(records.map((record) => Number(record[through.attribute] ?? Number.NaN)).filter(Number.isSafeInteger))];
    const { rows } = await client.query<{ id: number; visitor_id: number }>(ownersOf(through.of), [wholes]);
    for (const { id, visitor_id } of rows) if (isErased(visitor_id)) parts.add(id);
  }
  return records.map(
    (record) =>
      erased.has(resource.name, record.id) ||
      visitors.some((key) => isErased(record[key])) ||
      (name !== undefined && erased.has(name, record[name])) ||
      (through !== undefined && parts.has(Number(record[through.attribute]))),
  );
}

/**
 * Visitors who were erased and of whom something personal is there again: a backup was restored, or what they had written was loaded
 * before it was known whose chat it belongs to.
 */
export async function readReturned({ pool }: Database): Promise<number[]> {
  const { rows: erasures } = await pool.query<Erasure>('select key, hash from chatrhub_sync.erasures');
  const returned = new Set<number>();
  for (const key of new Set(erasures.map((erasure) => erasure.key))) {
    const { inner, outer } = hmacPads(key);
    const hashes = erasures.filter((erasure) => erasure.key === key).map(({ hash }) => hash);
    const { rows } = await pool.query<{ id: number }>(RETURNED, [inner, outer, hashes]);
    for (const { id } of rows) returned.add(id);
  }
  return [...returned];
}

/** Every way from a private table to a visitor who was erased, where something personal is in one of its columns. */
const RETURNED = `
  with erased as materialized (
    select ${keyOf(people)} as visitor_id from ${mainOf(people)}
    where encode(sha256($2::bytea || sha256($1::bytea || convert_to('${people.name} ' || ${keyOf(people)}, 'UTF8'))), 'hex') = any($3)
  )
  select distinct visitor_id as id from (${resources
    .flatMap((resource) =>
      resource.tables.slice(1).flatMap(({ table }) => {
        const [key] = keyColumns(table);
        const columns = fieldsOf(resource).filter((field) => field.table > 0 && resource.tables[field.table]?.table === table);
        const isThere = `num_nonnulls(${columns.map(({ column }) => `p.${quote(column)}`).join(', ')}) > 0`;
        return waysOf(resource).map(
          ({ joins, visitor }) =>
            `select e.visitor_id from ${mainOf(resource)} t${joins} join erased e on e.visitor_id = ${visitor}
             join ${nameOf(table)} p on p.${quote(key?.name ?? '')} = t.${keyOf(resource)} where ${isThere}`,
        );
      }),
    )
    .join('\n union all ')}) s`;
