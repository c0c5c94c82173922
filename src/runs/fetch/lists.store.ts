import { eq, sql } from 'drizzle-orm';
import { fieldOf, type Resource } from '../../records/resource.ts';
import type { Order, Page } from '../../source/pages.ts';
import type { Client, Database } from '../../warehouse/connection/database.ts';
import { isReal, nameOf } from '../../warehouse/load/merge.ts';
import { lists } from '../../warehouse/schema/evidence-tables.ts';

/**
 * What the last reading of a list from end to end showed. `missing`: ids that were expected in it and were not there.
 * `lookedAt`: when the run began that last looked through it for what is new.
 */
export type ListRecord = { idOrder: Order | null; pageSize: number; missing: number[]; lookedAt: Date };

/** Lists of a resource that were read from end to end within the last `days` days, by their name, which begins with the path. */
export async function readRecentLists(database: Database, { path }: Resource, days: number): Promise<Map<string, ListRecord>> {
  const isRecent = sql`${lists.readAt} > clock_timestamp() - ${days} * interval '1 day'`;
  const rows = await database.drizzle.select().from(lists).where(sql`split_part(${lists.list}, '?', 1) = ${path} and ${isRecent}`);
  return new Map(rows.map(({ list, ...rest }) => [list, rest]));
}

/** How long a reading that was interrupted can be continued. */
const KEPT_HOURS = 24;

/** Pages that an earlier reading of a list brought before it was broken off, by what they come after; and when they were asked for. */
export async function readPagesKept({ pool }: Database, list: string): Promise<Map<number, Page & { askedAt: Date }>> {
  const { rows } = await pool.query<Omit<Page, 'goesOn'> & { after: number; askedAt: Date }>(
    `select after, received, ids::float8[] as ids, asked_at as "askedAt" from chatrhub_sync.list_pages
     where list = $1 and asked_at > clock_timestamp() - $2 * interval '1 hour'`,
    [list, KEPT_HOURS],
  );
  return new Map(rows.map(({ after, ...page }) => [after, page]));
}

/** Keeps a page of a list, in the transaction that loads its records. */
export async function keepPage(client: Client, { list, after }: { list: string; after: number }, { received, ids }: Page, askedAt: Date) {
  await client.query(
    `insert into chatrhub_sync.list_pages (list, after, received, ids, asked_at) values ($1, $2, $3, $4, $5)
     on conflict (list, after) do update set received = excluded.received, ids = excluded.ids, asked_at = excluded.asked_at`,
    [list, after, received, ids, askedAt],
  );
}

/** Notes that a list was read from end to end now; its pages are of no more use. */
export async function rememberList(database: Database, list: string, record: ListRecord): Promise<void> {
  const row = { ...record, readAt: sql`clock_timestamp()` };
  await database.drizzle
    .insert(lists)
    .values({ list, ...row })
    .onConflictDoUpdate({ target: lists.list, set: row });
  await forgetPages(database, list);
}

/** Forgets the pages of a list that were kept. */
export const forgetPages = ({ pool }: Database, list: string): Promise<unknown> =>
  pool.query('delete from chatrhub_sync.list_pages where list = $1', [list]);

/** Notes that a list was looked through for what is new. */
export async function rememberLook(database: Database, list: string, lookedAt: Date): Promise<void> {
  await database.drizzle.update(lists).set({ lookedAt }).where(eq(lists.list, list));
}

/** Forgets how a list was read: it is read whole the next time. */
export const forgetList = ({ pool }: Database, list: string): Promise<unknown> =>
  pool.query('delete from chatrhub_sync.lists where list = $1', [list]);

/** Forgets how lists were read: they are read whole the next time. */
export const forgetLists = (client: Client): Promise<unknown> =>
  client.query('delete from chatrhub_sync.lists; delete from chatrhub_sync.list_pages');

/** The known ids in lists of one kind, rising: open records and done ones. There may be millions. */
export type ListedRecords = { open: readonly number[]; done: readonly number[] };

/** SQL names of a resource's table, and of the columns that say of which list a record is; all are of one where none does. */
const namesOf = (resource: Resource) => {
  const done = resource.pages?.done;
  const columnOf = (attribute: string): string => `"${fieldOf(resource, attribute).column}"`;
  const { table } = resource.tables[0];
  const kind = done ? columnOf(done.kind) : `''`;
  return {
    ...{ id: columnOf('id'), createdAt: columnOf('create_dt'), kind },
    isDone: done ? `coalesce(${columnOf(done.attribute)}, false)` : 'false',
    from: `from ${nameOf(table)} where ${isReal(table)} and ${kind} is not null`,
  };
};

/** All known records of a resource that comes in lists, by the kind of their list. As JSON a million ids are read in 20 ms. */
export async function readListed(database: Database, resource: Resource): Promise<Map<string, ListedRecords>> {
  const { id, kind, isDone, from } = namesOf(resource);
  const { rows } = await database.pool.query<{ kind: string; isDone: boolean; ids: number[] }>(
    `select ${kind} as kind, ${isDone} as "isDone", ('[' || string_agg(${id}::text, ',') || ']')::json as ids ${from} group by 1, 2`,
  );
  const byKind = new Map<string, ListedRecords>();
  for (const { kind, isDone, ids } of rows) {
    const known = byKind.get(kind) ?? { open: [], done: [] };
    byKind.set(kind, { ...known, [isDone ? 'done' : 'open']: ids.sort((a, b) => a - b) });
  }
  return byKind;
}

/** The known open records of a resource, save those that were in no list before a moment. */
export async function readOpenListed({ pool }: Database, resource: Resource, since: Date): Promise<number[]> {
  const { id, isDone, from } = namesOf(resource);
  const { rows } = await pool.query<{ id: number }>(
    `select ${id}::float8 as id ${from} and not ${isDone} and not exists (
       select from chatrhub_raw.absences a
       where a.resource = $1 and a.record_key = ${id}::text and a.returned_at is null and a.missing_since < $2
     )`,
    [resource.name, since],
  );
  return rows.map((row) => row.id);
}

/** The largest id of a kind of lists whose record was created before a moment; 0 where there is none. */
export async function readNewestListed({ pool }: Database, resource: Resource, ofKind: string, until: Date): Promise<number> {
  const { id, createdAt, kind, from } = namesOf(resource);
  const { rows } = await pool.query<{ id: number }>(
    `select ${id} as id ${from} and ${kind} = $1 and ${createdAt} < $2 order by ${id} desc limit 1`,
    [ofKind, until],
  );
  return rows[0]?.id ?? 0;
}

/** How many records are known of each kind of open list, or of each kind of list of done records: those are counted one by one. */
export async function countListed({ pool }: Database, resource: Resource, areDone: boolean): Promise<Map<string, number>> {
  const { kind, isDone, from } = namesOf(resource);
  const { rows } = await pool.query<{ kind: string; count: number }>(
    `select ${kind} as kind, count(*)::int as count ${from} and ${areDone ? isDone : `not ${isDone}`} group by 1`,
  );
  return new Map(rows.map(({ kind, count }) => [kind, count]));
}
