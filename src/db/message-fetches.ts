import type { MessagesOf, Wanted } from '../core/plan.ts';
import type { Client, Database } from './database.ts';

/**
 * Chats whose messages are to be asked for, newest first: never fetched whole; still open (once more after they left the lookback);
 * ended or longer than when they were fetched. `lookbackFrom`: chats since then are read again by each sync, for `lookbackDays`.
 */
const WANTED = `
  from chatrhub.chats c
  left join chatrhub_sync.message_fetches f using (chat_id)
  where not c.is_inferred and (
    f.chat_id is null
    or case
      when c.is_ended then (f.is_ended, f.duration_seconds) is distinct from (c.is_ended, c.duration_seconds)
      else c.created_at >= $1 or f.asked_at < c.created_at + $2 * interval '1 day'
    end
  )`;

export async function readChatsWanted(database: Database, lookbackFrom: Date, lookbackDays: number): Promise<Wanted[]> {
  const { rows } = await database.pool.query<Wanted>(
    `select c.chat_id as "chatId", c.visitor_id as "visitorId",
       (select v.xmpp_username from chatrhub_private.visitor_contacts v where v.visitor_id = c.visitor_id) as "visitorUsername"
     ${WANTED} order by c.created_at desc nulls last, c.chat_id desc`,
    [lookbackFrom, lookbackDays],
  );
  return rows;
}

/**
 * Notes that messages were fetched whole, in the transaction that loads them; `askedAt` becomes `messages_synced_at`. The end of a chat
 * that was learned of after that moment does not count: these messages may not reach to it.
 */
export async function markMessagesFetched(client: Client, of: MessagesOf, askedAt: Date): Promise<void> {
  const [column, id] = 'chatId' in of ? ['chat_id', of.chatId] : ['visitor_id', of.visitorId];
  await client.query(
    `with fetched as (
       update chatrhub.chats set messages_synced_at = $2
       where ${column} = $1 and not is_inferred and (messages_synced_at is null or messages_synced_at < $2)
       returning chat_id, is_ended and synced_at <= $2 as is_ended, duration_seconds
     )
     insert into chatrhub_sync.message_fetches (chat_id, asked_at, is_ended, duration_seconds)
     select chat_id, $2, is_ended, duration_seconds from fetched order by chat_id
     on conflict (chat_id) do update
     set asked_at = excluded.asked_at, is_ended = excluded.is_ended, duration_seconds = excluded.duration_seconds`,
    [id, askedAt],
  );
}
