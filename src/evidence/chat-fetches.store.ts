import { type EachChat, fieldOf, fieldsOf, type Resource, type Row } from '../records/resource.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { nameOf } from '../warehouse/load/merge.ts';
import { ENDED_AT, SURELY_OVER_AT } from './chat-end.ts';
import type { AskedChat } from './judge/judge-messages.ts';

/* How messages, and whatever else is asked for by chat, were fetched. This is about chats, so their table is named. */

/** A resource that is asked for by chat. */
export type OfChats = Resource & { scope: EachChat };

/** Whether a resource is asked for by chat. */
export const isOfChats = (resource: Resource): resource is OfChats => resource.scope.over === 'eachChat';

/** SQL for when the messages of a chat `c`, fetched as `f` says, were last fetched whole, or found to be none. */
export const FETCHED_AT = ({ scope: { fetchedAt } }: OfChats): string =>
  fetchedAt ? `c.${fetchedAt}` : 'case when f.empty_looks = 0 then f.asked_at end';

/** SQL: nothing is wanted of a chat, and nothing will be, unless its row changes, or what `f` says. */
export const IS_DONE = (resource: OfChats): string =>
  `(f.is_settled and ${FETCHED_AT(resource)} is not null and c.is_ended and f.is_ended and f.duration_seconds is not distinct from c.duration_seconds)`;

/**
 * The chats whose messages an answer should hold, as the judge sees them: that chat, or the known chats of that visitor. `came`: how many
 * messages of each came, and when the last of them was sent. Those of a visitor of which nothing was wanted any more, and of which none came, are left out.
 */
export async function readAskedChats(
  client: Pick<Client, 'query'>,
  resource: OfChats,
  of: { chatId: number } | { visitorId: number },
  came: ReadonlyMap<number, Pick<AskedChat, 'count' | 'lastAt'>>,
): Promise<AskedChat[]> {
  const [column, id] = 'chatId' in of ? ['chat_id', of.chatId] : ['visitor_id', of.visitorId];
  const { rows } = await client.query<
    Row & { chatId: number; createdAt: Date; endedAt: Date | null; emptyLooks: number | null; isDone: boolean | null }
  >(
    `select c.chat_id as "chatId", c.created_at as "createdAt", ${ENDED_AT('c.')} as "endedAt", f.empty_looks as "emptyLooks",
       ${IS_DONE(resource)} as "isDone",
       ${attributesOf(resource.scope.of, 'c')}
     from chatrhub.chats c left join chatrhub_sync.chat_fetches f on f.chat_id = c.chat_id and f.resource = $2
     where c.${column} = $1 and not c.is_inferred`,
    [id, resource.name],
  );
  return rows
    .filter(({ chatId, isDone }) => 'chatId' in of || came.has(chatId) || isDone !== true)
    .map(({ chatId, createdAt, endedAt, emptyLooks, isDone: _, ...row }) => ({
      chatId,
      createdAt,
      ...(came.get(chatId) ?? { count: 0, lastAt: undefined }),
      isExpected: resource.scope.isExpected?.(row) ?? false,
      isEnded: row.is_ended === true,
      endedAt: endedAt ?? undefined,
      emptyLooks: emptyLooks ?? 0,
    }));
}

/** SQL that selects the columns of a main table under the names of their attributes. */
export const attributesOf = (resource: Resource, as: string): string =>
  fieldsOf(resource)
    .filter(({ table, isOurs }) => table === 0 && !isOurs)
    .map(({ key, column }) => `${as}."${column}" as "${key}"`)
    .join(', ');

/** Chats among these numbers that are not known to be of a visitor: by number, whether they are known at all, save as stubs. */
export async function readForeignChats(
  client: Pick<Client, 'query'>,
  visitorId: number,
  chatIds: readonly number[],
): Promise<Map<number, { isKnown: boolean }>> {
  const { rows } = await client.query<{ id: number; isKnown: boolean }>(
    `select x.id, c.chat_id is not null as "isKnown"
     from unnest($2::bigint[]) x (id) left join chatrhub.chats c on c.chat_id = x.id and not c.is_inferred
     where c.chat_id is null or c.visitor_id <> $1`,
    [visitorId, chatIds],
  );
  return new Map(rows.map(({ id, isKnown }) => [id, { isKnown }]));
}

/** Chats among these numbers that the visitor of a chat had. */
export async function readChatsBeside(client: Pick<Client, 'query'>, chatId: number, others: readonly number[]): Promise<Set<number>> {
  const { rows } = await client.query<{ id: number }>(
    `select o.chat_id as id from chatrhub.chats c join chatrhub.chats o on o.visitor_id = c.visitor_id
     where c.chat_id = $1 and o.chat_id = any($2)`,
    [chatId, others],
  );
  return new Set(rows.map(({ id }) => id));
}

/** How the messages of some chats were fetched; see `MessagesVerdict`. Those by chat are being asked for: no other run is to do it. */
export type Fetched = 'settled' | 'late' | 'empty' | 'byChat';

/**
 * Notes how messages were fetched, in the transaction that loads them; the chats say that it was at `askedAt`, save where nothing was found
 * that should be there. The end of a chat that was learned of after that moment does not count, unless it had surely ended before: these
 * messages may not reach to it.
 */
export async function markChatsFetched(
  client: Pick<Client, 'query'>,
  { name, scope: { fetchedAt } }: OfChats,
  chatIds: readonly number[],
  fetched: Fetched,
  askedAt: Date,
): Promise<void> {
  if (chatIds.length === 0) return;
  const known = 'chat_id = any($1) and not is_inferred';
  const state = `chat_id, duration_seconds, is_ended and (synced_at <= $2 or coalesce(${SURELY_OVER_AT()} < $2, false)) as is_ended`;
  await client.query(
    `with fetched as (
       ${
         fetchedAt
           ? `update chatrhub.chats set ${fetchedAt} = case when $3 in ('empty', 'byChat') then ${fetchedAt} else $2 end
              where ${known} and (${fetchedAt} is null or ${fetchedAt} < $2) returning ${state}`
           : `select ${state} from chatrhub.chats where ${known}`
       }
     )
     insert into chatrhub_sync.chat_fetches as f (resource, chat_id, asked_at, is_ended, duration_seconds, is_settled, empty_looks)
     select $4::chatrhub_raw.resource, chat_id, $2, is_ended, duration_seconds, $3 = 'settled', ($3 = 'empty')::int from fetched order by chat_id
     on conflict (chat_id, resource) do update
     set asked_at = excluded.asked_at, is_ended = excluded.is_ended, duration_seconds = excluded.duration_seconds,
       is_settled = excluded.is_settled, empty_looks = case when $3 = 'empty' then f.empty_looks + 1 else 0 end
     where ${fetchedAt ? 'true' : 'f.asked_at < excluded.asked_at'}`,
    [chatIds, askedAt, fetched, name],
  );
}

/** Chats of which just so many messages are stored. */
export async function readChatsOfSize(client: Pick<Client, 'query'>, resource: OfChats, size: number): Promise<number[]> {
  const chat = fieldOf(resource, resource.scope.chat).column;
  const { rows } = await client.query<{ id: number }>(
    `select "${chat}" as id from ${nameOf(resource.tables[0].table)} where "${chat}" is not null group by 1 having count(*) = $1`,
    [size],
  );
  return rows.map(({ id }) => id);
}

/** Has the messages of chats asked for again by a later run. */
export const unsettleChats = (client: Pick<Client, 'query'>, { name }: OfChats, chatIds: readonly number[]): Promise<unknown> =>
  client.query('update chatrhub_sync.chat_fetches set is_settled = false where resource = $2 and chat_id = any($1)', [chatIds, name]);

/** Forgets that messages of chats created in the period were fetched: they are wanted again. */
export async function forgetChatFetches(
  client: Pick<Client, 'query'>,
  { name }: OfChats,
  { from, until }: { from: Date; until: Date },
): Promise<void> {
  await client.query(
    `with forgotten as (
       delete from chatrhub_sync.chat_fetches f using chatrhub.chats c
       where f.resource = $3 and c.chat_id = f.chat_id and c.created_at >= $1 and c.created_at < $2 returning c.visitor_id
     )
     delete from chatrhub_sync.visitor_fetches where resource = $3 and visitor_id in (select visitor_id from forgotten)`,
    [from, until, name],
  );
}

/** Tells chats that lost it when their messages were last fetched. */
export async function restoreFetchedAt({ pool }: Database, { name, scope: { fetchedAt } }: OfChats): Promise<void> {
  if (!fetchedAt) return;
  await pool.query(
    `update chatrhub.chats c set ${fetchedAt} = f.asked_at
     from chatrhub_sync.chat_fetches f
     where f.resource = $1 and f.chat_id = c.chat_id and c.${fetchedAt} is null and not c.is_inferred and f.empty_looks = 0`,
    [name],
  );
}
