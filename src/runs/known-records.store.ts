import { fieldOf, type Resource } from '../records/resource.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { isReal, nameOf } from '../warehouse/load/merge.ts';

/* What is known of a resource's records: their numbers, and when they began. Stubs are none. */

/** SQL names of a resource's table, and of its columns with the number of a record and with the moment that it began. */
const namesOf = (resource: Resource) => {
  const { table } = resource.tables[0];
  const [id, at] = ['id', 'create_dt'].map((attribute) => `"${fieldOf(resource, attribute).column}"`);
  return { from: `from ${nameOf(table)} where ${isReal(table)}`, id, at };
};

/** Whether any record of a resource is known, from whichever answer. */
export async function isAnyKnown({ pool }: Database, resource: Resource): Promise<boolean> {
  const { rows } = await pool.query<{ is_known: boolean }>(`select exists (select ${namesOf(resource).from}) as is_known`);
  return rows[0]?.is_known ?? false;
}

/** Records that began in a period. */
export async function readKnown({ pool }: Database, resource: Resource, from: Date, until: Date): Promise<number[]> {
  const names = namesOf(resource);
  const { rows } = await pool.query<{ id: number }>(`select ${names.id} as id ${names.from} and ${names.at} >= $1 and ${names.at} < $2`, [
    from,
    until,
  ]);
  return rows.map(({ id }) => id);
}

/** The day on which most records began, in UTC; undefined while there are none. */
export async function readBusiestDay({ pool }: Database, resource: Resource): Promise<string | undefined> {
  const { from, at } = namesOf(resource);
  const { rows } = await pool.query<{ day: string }>(
    `select (${at} at time zone 'UTC')::date as day ${from} and ${at} is not null group by 1 order by count(*) desc, 1 desc limit 1`,
  );
  return rows[0]?.day;
}

/** When the two newest records began, the newest first, in milliseconds since 1970; 0 where there is none. */
export async function readNewest({ pool }: Database, resource: Resource): Promise<[number, number]> {
  const { from, at } = namesOf(resource);
  const { rows } = await pool.query<{ at: Date }>(`select ${at} as at ${from} and ${at} is not null order by ${at} desc limit 2`);
  return [rows[0]?.at.getTime() ?? 0, rows[1]?.at.getTime() ?? 0];
}

/** Records that began from one moment until another and that the source lists, and when. */
export async function readListed(
  { pool }: Database,
  resource: Resource,
  from: Date,
  until: Date,
): Promise<{ id: number; createdAt: Date }[]> {
  const names = namesOf(resource);
  const { rows } = await pool.query<{ id: number; createdAt: Date }>(
    `select ${names.id} as id, ${names.at} as "createdAt" ${names.from}
     and source_missing_since is null and ${names.at} >= $1 and ${names.at} < $2`,
    [from, until],
  );
  return rows;
}

/** Whether a resource has stubs since its list was last asked for: records that others name, and of which nothing else is known. */
export async function hasNewStubs({ pool }: Database, resource: Resource): Promise<boolean> {
  const { rows } = await pool.query<{ hasSome: boolean }>(
    `select exists (
       select from ${nameOf(resource.tables[0].table)} where is_inferred
         and synced_at > (select max(granted_at) from chatrhub_sync.requests where resource = $1 and loaded_at is not null)
     ) as "hasSome"`,
    [resource.name],
  );
  return rows[0]?.hasSome ?? false;
}
