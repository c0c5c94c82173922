import { type MessagesOf, SURELY_OVER_MS, type Wanted } from '../core/plan.ts';
import type { Client, Database } from './database.ts';

/**
 * Which chats are looked at: created from `from` until `until`, those without a date included when there is no end. `open`: chats that
 * are still open want their messages again, when they were created since `from` or have not been asked for since they left the
 * `lookbackDays`; but not twice since `since`. `anew`: all of them want their messages.
 */
export type Looking = { from: Date; until?: Date; open?: { from: Date; lookbackDays: number; since: Date }; anew?: boolean };

/**
 * Chats whose messages are to be asked for: never fetched whole; ended or longer than when they were fetched; still open. Stubs have
 * none of their own.
 */
const WANTED = `
  from chatrhub.chats c
  left join chatrhub_sync.message_fetches f using (chat_id)
  where not c.is_inferred
    and (c.created_at >= $1 and ($2::timestamptz is null or c.created_at < $2) or c.created_at is null and $2::timestamptz is null)
    and (
      f.chat_id is null or c.messages_synced_at is null or $6
      or case
        when c.is_ended then (f.is_ended, f.duration_seconds) is distinct from (c.is_ended, c.duration_seconds)
        else f.asked_at < $5 and (c.created_at >= $3 or f.asked_at < c.created_at + $4 * interval '1 day')
      end
    )`;

const parametersOf = ({ from, until, open, anew }: Looking): unknown[] => [
  from,
  until ?? null,
  open?.from ?? null,
  open?.lookbackDays ?? null,
  open?.since ?? null,
  anew ?? false,
];

/** The newest `limit` chats whose messages are wanted. */
export async function readChatsWanted(database: Database, looking: Looking, limit: number): Promise<Wanted[]> {
  const { rows } = await database.pool.query<Wanted>(
    `with wanted as materialized (select c.chat_id, c.visitor_id, c.created_at ${WANTED})
     select chat_id as "chatId", visitor_id as "visitorId",
       (select v.xmpp_username from chatrhub_private.visitor_contacts v where v.visitor_id = w.visitor_id) as "visitorUsername",
       (case when visitor_id is null then 1 else count(*) over (partition by visitor_id) end)::int as "ofVisitor"
     from wanted w order by created_at desc nulls last, chat_id desc limit $7`,
    [...parametersOf(looking), limit],
  );
  return rows;
}

/** How many chats want their messages, and how many requests that takes. */
export async function countChatsWanted(database: Database, looking: Looking): Promise<{ chats: number; requests: number }> {
  const { rows } = await database.pool.query<{ chats: number; requests: number }>(
    `select count(*)::int as chats, (count(*) filter (where username is null) + count(distinct visitor_id) filter (where username is not null))::int as requests
     from (
       select c.visitor_id,
         (select nullif(v.xmpp_username, '') from chatrhub_private.visitor_contacts v where v.visitor_id = c.visitor_id) as username
       ${WANTED}
     ) w`,
    parametersOf(looking),
  );
  return rows[0] ?? { chats: 0, requests: 0 };
}

/** When a chat that has ended is surely over: those that nobody took have no duration, but were changed when they ended. */
const SURELY_OVER_AT = (chat = ''): string =>
  `coalesce(${chat}created_at + ${chat}duration_seconds * interval '1 second', ${chat}updated_at) + interval '${SURELY_OVER_MS} ms'`;

/**
 * Notes that messages were fetched whole, in the transaction that loads them; `askedAt` becomes `messages_synced_at`. The end of a chat
 * that was learned of after that moment does not count, unless it had surely ended before: these messages may not reach to it.
 */
export async function markMessagesFetched(client: Client, of: MessagesOf, askedAt: Date): Promise<void> {
  const [column, id] = 'chatId' in of ? ['chat_id', of.chatId] : ['visitor_id', of.visitorId];
  await client.query(
    `with fetched as (
       update chatrhub.chats set messages_synced_at = $2
       where ${column} = $1 and not is_inferred and (messages_synced_at is null or messages_synced_at < $2)
       returning chat_id, duration_seconds,
         is_ended and (synced_at <= $2 or coalesce(${SURELY_OVER_AT()} < $2, false)) as is_ended
     )
     insert into chatrhub_sync.message_fetches (chat_id, asked_at, is_ended, duration_seconds)
     select chat_id, $2, is_ended, duration_seconds from fetched order by chat_id
     on conflict (chat_id) do update
     set asked_at = excluded.asked_at, is_ended = excluded.is_ended, duration_seconds = excluded.duration_seconds`,
    [id, askedAt],
  );
  if ('visitorId' in of)
    await client.query(
      `insert into chatrhub_sync.visitor_fetches as v (visitor_id, asked_at) values ($1, $2)
       on conflict (visitor_id) do update set asked_at = excluded.asked_at where v.asked_at < excluded.asked_at`,
      [of.visitorId, askedAt],
    );
}

/**
 * Chats that are received after the messages of all their visitor's chats were: those which had ended by then are not asked about again.
 */
export async function adoptMessages(client: Client, chatIds: readonly number[]): Promise<void> {
  await client.query(
    `with adopted as (
       insert into chatrhub_sync.message_fetches (chat_id, asked_at, is_ended, duration_seconds)
       select c.chat_id, v.asked_at, c.is_ended, c.duration_seconds
       from chatrhub.chats c join chatrhub_sync.visitor_fetches v using (visitor_id)
       where c.chat_id = any($1) and not c.is_inferred and c.is_ended
         and ${SURELY_OVER_AT('c.')} < v.asked_at
       on conflict (chat_id) do nothing
       returning chat_id, asked_at
     )
     update chatrhub.chats c set messages_synced_at = a.asked_at from adopted a where a.chat_id = c.chat_id`,
    [chatIds],
  );
}

/** Forgets that messages of chats created in the period were fetched: they are wanted again. */
export async function forgetMessages(client: Client, { from, until }: { from: Date; until: Date }): Promise<void> {
  await client.query(
    `with forgotten as (
       delete from chatrhub_sync.message_fetches f using chatrhub.chats c
       where c.chat_id = f.chat_id and c.created_at >= $1 and c.created_at < $2 returning c.visitor_id
     )
     delete from chatrhub_sync.visitor_fetches where visitor_id in (select visitor_id from forgotten)`,
    [from, until],
  );
}

/** When the messages of all chats of these visitors were last fetched, where they were. */
export async function readSettledVisitors({ pool }: Database, visitorIds: readonly number[]): Promise<Map<number, Date>> {
  const { rows } = await pool.query<{ id: number; at: Date }>(
    'select visitor_id as id, asked_at as at from chatrhub_sync.visitor_fetches where visitor_id = any($1)',
    [visitorIds],
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

/** Tells chats that lost it when their messages were last fetched. */
export async function restoreMessagesSynced({ pool }: Database): Promise<void> {
  await pool.query(
    `update chatrhub.chats c set messages_synced_at = f.asked_at
     from chatrhub_sync.message_fetches f where f.chat_id = c.chat_id and c.messages_synced_at is null and not c.is_inferred`,
  );
}
