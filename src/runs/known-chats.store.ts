import type { Database } from '../warehouse/connection/database.ts';

/** Chats created in a period that are in the warehouse. */
export async function readKnownChats({ pool }: Database, from: Date, until: Date): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(
    'select chat_id as id from chatrhub.chats where not is_inferred and created_at >= $1 and created_at < $2',
    [from, until],
  );
  return rows.map(({ id }) => id);
}

/** The day with most chats, in UTC; undefined while there are none. */
export async function readBusiestDay({ pool }: Database): Promise<string | undefined> {
  const { rows } = await pool.query<{ day: string }>(
    `select (created_at at time zone 'UTC')::date as day from chatrhub.chats where not is_inferred and created_at is not null
     group by 1 order by count(*) desc, 1 desc limit 1`,
  );
  return rows[0]?.day;
}

/** When the newest chat of the warehouse began, in milliseconds since 1970; 0 while there is none. */
export async function readNewestChat({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ at: Date | null }>('select max(created_at) as at from chatrhub.chats');
  return rows[0]?.at?.getTime() ?? 0;
}

/** Chats of the warehouse that were created from one moment until another, and when. */
export async function readChatsBetween({ pool }: Database, from: Date, until: Date): Promise<{ id: number; createdAt: Date }[]> {
  const { rows } = await pool.query<{ id: number; createdAt: Date }>(
    `select chat_id as id, created_at as "createdAt" from chatrhub.chats
     where not is_inferred and source_missing_since is null and created_at >= $1 and created_at < $2`,
    [from, until],
  );
  return rows;
}
