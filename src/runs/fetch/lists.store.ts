import { eq, sql } from 'drizzle-orm';
import type { Order, Page } from '../../source/pages.ts';
import type { Client, Database } from '../../warehouse/connection/database.ts';
import { lists } from '../../warehouse/schema/evidence-tables.ts';

/**
 * What the last reading of a list from end to end showed. `missing`: ids that were expected in it and were not there.
 * `lookedAt`: when the run began that last looked through it for what is new.
 */
export type ListRecord = { idOrder: Order | null; pageSize: number; missing: number[]; lookedAt: Date };

/** Lists that were read from end to end within the last `days` days, by their name. */
export async function readRecentLists(database: Database, days: number): Promise<Map<string, ListRecord>> {
  const rows = await database.drizzle.select().from(lists).where(sql`${lists.readAt} > clock_timestamp() - ${days} * interval '1 day'`);
  return new Map(rows.map(({ list, ...rest }) => [list, rest]));
}

/** How long a reading that was broken off can be gone on with. */
const KEPT_HOURS = 24;

/** Pages that an earlier reading of a list brought before it was broken off, by what they come after; and when they were asked for. */
export async function readPagesKept({ pool }: Database, list: string): Promise<Map<number, Page & { askedAt: Date }>> {
  const { rows } = await pool.query<Page & { after: number; askedAt: Date }>(
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

/** Forgets how lists were read: they are read whole the next time. */
export const forgetLists = (client: Client): Promise<unknown> =>
  client.query('delete from chatrhub_sync.lists; delete from chatrhub_sync.list_pages');

/** The tasks of one type that are known: open ones and done ones, by rising id, and when each was created. */
export type KnownTasks = { open: KnownTask[]; done: KnownTask[] };
export type KnownTask = { id: number; createdAt: Date | null };

/** All known tasks, by type. */
export async function readKnownTasks(database: Database): Promise<Map<string, KnownTasks>> {
  const { rows } = await database.pool.query<{ type: string; isDone: boolean } & KnownTask>(
    `select task_type as type, coalesce(is_complete, false) as "isDone", task_id as id, created_at as "createdAt"
     from chatrhub.tasks where task_type is not null order by task_id`,
  );
  const byType = new Map<string, KnownTasks>();
  for (const { type, isDone, ...task } of rows) {
    const known = byType.get(type) ?? { open: [], done: [] };
    byType.set(type, known);
    known[isDone ? 'done' : 'open'].push(task);
  }
  return byType;
}

/** How many tasks are known of each type. */
export async function countKnownTasks({ pool }: Database): Promise<Map<string, { open: number; done: number }>> {
  const { rows } = await pool.query<{ type: string; open: number; done: number }>(
    `select task_type as type, count(*) filter (where is_complete is not true)::int as open, count(*) filter (where is_complete)::int as done
     from chatrhub.tasks where task_type is not null group by task_type`,
  );
  return new Map(rows.map(({ type, ...counts }) => [type, counts]));
}
