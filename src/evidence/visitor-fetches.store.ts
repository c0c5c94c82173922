import { fieldOf, keyColumns, type Row } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { nameOf } from '../warehouse/load/merge.ts';
import { SURELY_OVER_AT } from './chat-end.ts';
import { attributesOf, type OfChats } from './chat-fetches.store.ts';

/* How messages, and whatever else is asked for by chat, were fetched for all chats of a visitor at once. */

/** Notes that the messages of all chats of a visitor were fetched whole. */
export async function markVisitorFetched(
  client: Pick<Client, 'query'>,
  { name }: OfChats,
  visitorId: number,
  askedAt: Date,
): Promise<void> {
  await client.query(
    `insert into chatrhub_sync.visitor_fetches as v (resource, visitor_id, asked_at) values ($3, $1, $2)
     on conflict (visitor_id, resource) do update set asked_at = excluded.asked_at where v.asked_at < excluded.asked_at`,
    [visitorId, askedAt, name],
  );
}

/** When the messages of all chats of these visitors were last fetched, where they were. */
export async function readSettledVisitors(
  { pool }: Database,
  { name }: OfChats,
  visitorIds: readonly number[],
): Promise<Map<number, Date>> {
  const { rows } = await pool.query<{ id: number; at: Date }>(
    'select visitor_id as id, asked_at as at from chatrhub_sync.visitor_fetches where resource = $2 and visitor_id = any($1)',
    [visitorIds, name],
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

/** SQL: a record `m` came by itself, and not inside another record, such as the message of a task. */
const CAME_ALONE = (resource: OfChats): string => {
  const key = keyColumns(resource.tables[0].table)[0]?.name;
  return resources
    .flatMap((parent) =>
      Object.values(parent.embeds ?? {}).flatMap((embed) => (embed.resource === resource ? { parent, id: embed.id } : [])),
    )
    .map(({ parent, id }) => {
      const column = fieldOf(parent, id).column;
      return `and not exists (select from ${nameOf(parent.tables[0].table)} p where p."${column}" = m."${key}")`;
    })
    .join(' ');
};

/**
 * Chats that are received after the messages of all their visitor's chats were: those which had ended by then are not asked about again,
 * when a message of theirs is there, or when they show no sign of any. A chat of days that were read before was not there then, and its
 * messages were not either; the days since the newest covered ones are read by each sync.
 */
export async function inheritVisitorFetch(client: Pick<Client, 'query'>, resource: OfChats, rows: readonly Row[]): Promise<void> {
  const { of: chats, chat, visitor, fetchedAt, isExpected } = resource.scope;
  if (!visitor) return;
  const { rows: candidates } = await client.query<{ chatId: number; hasSome: boolean; wasAway: boolean } & Row>(
    `select c.chat_id as "chatId",
       exists (
         select from ${nameOf(resource.tables[0].table)} m where m."${fieldOf(resource, chat).column}" = c.chat_id ${CAME_ALONE(resource)}
       ) as "hasSome",
       exists (
         select from chatrhub_sync.coverage g
         where g.resource = $2 and g.scope = '' and (c.created_at at time zone 'UTC')::date >= g.covered_from
           and ((c.created_at at time zone 'UTC')::date < g.covered_until or g.covered_until = newest.day)
       ) as "wasAway",
       ${attributesOf(chats, 'c')}
     from chatrhub.chats c join chatrhub_sync.visitor_fetches v on v.visitor_id = c.visitor_id and v.resource = $3,
       (select max(covered_until) as day from chatrhub_sync.coverage where resource = $2 and scope = '') newest
     where c.chat_id = any($1) and not c.is_inferred and c.is_ended and ${SURELY_OVER_AT('c.')} < v.asked_at
       and not exists (select from chatrhub_sync.chat_fetches f where f.chat_id = c.chat_id and f.resource = $3)`,
    [rows.map(({ id }) => id), chats.name, resource.name],
  );
  const adopted = candidates
    .filter(({ hasSome, wasAway, ...row }) => hasSome || !(wasAway || isExpected?.(row)))
    .map(({ chatId }) => chatId);
  if (adopted.length === 0) return;
  const adopting = `
    insert into chatrhub_sync.chat_fetches (resource, chat_id, asked_at, is_ended, duration_seconds)
    select $2::chatrhub_raw.resource, c.chat_id, v.asked_at, c.is_ended, c.duration_seconds
    from chatrhub.chats c join chatrhub_sync.visitor_fetches v on v.visitor_id = c.visitor_id and v.resource = $2 where c.chat_id = any($1)
    on conflict do nothing returning chat_id, asked_at`;
  await client.query(
    fetchedAt
      ? `with adopted as (${adopting}) update chatrhub.chats c set ${fetchedAt} = a.asked_at from adopted a where a.chat_id = c.chat_id`
      : adopting,
    [adopted, resource.name],
  );
}

/**
 * Forgets that chats were fetched of which an answer of this run has brought no message, as such answers leave some out: they are wanted
 * again. `ofVisitors`: just answers for a visitor do. What is to be asked about a second time stays so.
 */
export async function forgetSilent({ pool }: Database, resource: OfChats, runId: number, { ofVisitors = true } = {}): Promise<void> {
  const { chat, fetchedAt } = resource.scope;
  await pool.query(
    `with forgotten as (
       delete from chatrhub_sync.chat_fetches f using chatrhub.chats c, chatrhub_sync.runs r
       where f.resource = $1 and c.chat_id = f.chat_id and r.run_id = $2 and f.asked_at >= r.started_at and f.empty_looks = 0
         and (not $3 or exists (
           select from chatrhub_sync.visitor_fetches v where v.resource = $1 and v.visitor_id = c.visitor_id and v.asked_at = f.asked_at
         ))
         and not exists (
           select from ${nameOf(resource.tables[0].table)} m where m."${fieldOf(resource, chat).column}" = c.chat_id ${CAME_ALONE(resource)}
         )
       returning f.chat_id, c.visitor_id
     ), of_visitors as (
       delete from chatrhub_sync.visitor_fetches where resource = $1 and visitor_id in (select visitor_id from forgotten)
     )
     ${fetchedAt ? `update chatrhub.chats set ${fetchedAt} = null where chat_id in (select chat_id from forgotten)` : 'select from forgotten'}`,
    [resource.name, runId, ofVisitors],
  );
}

/**
 * Forgets what a user name has brought that turns out to be the name of several visitors, in the transaction that loads one of them: the
 * messages may be another's, and are wanted again, by chat.
 */
export async function forgetSharedNames(
  client: Pick<Client, 'query'>,
  { name, scope: { visitor, fetchedAt } }: OfChats,
  rows: readonly Row[],
): Promise<void> {
  const names = rows.flatMap(({ xmpp_username: of }) => (typeof of === 'string' && of !== '' ? [of.toLowerCase()] : []));
  if (!visitor || names.length === 0) return;
  await client.query(
    `with named as materialized (
       select visitor_id, lower(xmpp_username) as name from chatrhub_private.visitor_contacts where lower(xmpp_username) = any($2)
     ), shared as (
       delete from chatrhub_sync.visitor_fetches g using named v
       where g.resource = $1 and v.visitor_id = g.visitor_id and exists (
         select from named o where o.name = v.name and o.visitor_id <> v.visitor_id
       ) returning g.visitor_id
     ), forgotten as (
       delete from chatrhub_sync.chat_fetches f using chatrhub.chats c
       where f.resource = $1 and c.chat_id = f.chat_id and c.visitor_id in (select visitor_id from shared) returning f.chat_id
     )
     ${fetchedAt ? `update chatrhub.chats set ${fetchedAt} = null where chat_id in (select chat_id from forgotten)` : 'select from forgotten'}`,
    [name, names],
  );
}
