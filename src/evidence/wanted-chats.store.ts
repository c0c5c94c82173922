import { WEEKLY_DAYS } from '../records/resource.ts';
import type { Wanted } from '../source/request-plan.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { ENDED_AT } from './chat-end.ts';
import { FETCHED_AT, IS_DONE, type OfChats } from './chat-fetches.store.ts';
import { readFact, rememberFact } from './facts.store.ts';
import { LATE_MS } from './judge/judge-messages.ts';

/* Which chats want their messages, or what else is asked for by chat. This is about chats, so their table is named. */

/**
 * Which chats are looked at: created from `from` until `until`, those without a date included when there is no end; `byChange`: changed
 * then, where the source lists chats by their changes. `open`: chats that are still open want their messages again, when they were created
 * since `from` or have not been asked for since they left the `lookbackDays`; but no chat twice since `since`. A last message may follow the
 * end of chats that ended after `overAt`: those are not looked at a second time yet, nor, with `waits`, a first time, as this run is soon
 * followed by others. `anew`: all of them want their messages.
 */
export type MessageBacklogFilter = {
  from: Date;
  until?: Date;
  byChange?: boolean;
  open?: { from: Date; lookbackDays: number };
  since?: Date | undefined;
  overAt?: Date | undefined;
  waits?: boolean;
  anew?: boolean;
};

/** What has ended by then is surely over: no message follows. */
export const surelyOverAt = (now: Date): Date => new Date(now.getTime() - LATE_MS);

const IS_JUST_OVER = `coalesce(c.is_ended and ${ENDED_AT('c.')} > $7, false)`;

const AT = `case when $8 then coalesce(c.updated_at, c.created_at) else c.created_at end`;

/**
 * Chats whose messages are to be asked for: never fetched whole; ended or longer than when they were fetched; still open; not settled by
 * an earlier run. Stubs have none of their own. They are all in the backlog, unless `anew`.
 */
const WANTED = (resource: OfChats, { anew }: Pick<MessageBacklogFilter, 'anew'>): string => `
  from ${anew ? '' : 'chatrhub_sync.chat_backlog b join '}chatrhub.chats c ${anew ? '' : 'on c.chat_id = b.chat_id'}
  left join chatrhub_sync.chat_fetches f on f.chat_id = c.chat_id and f.resource = $10
  where not c.is_inferred
    and (${AT} >= $1 and ($2::timestamptz is null or ${AT} < $2) or c.created_at is null and $2::timestamptz is null)
    and (
      f.chat_id is null and not ($9 and ${IS_JUST_OVER})
      or $6 or f.is_settled and ${FETCHED_AT(resource)} is null
      or not f.is_settled and ($5::timestamptz is null or f.asked_at < $5) and not (${FETCHED_AT(resource)} is not null and ${IS_JUST_OVER})
      or f.is_settled and case
        when c.is_ended then (f.is_ended, f.duration_seconds) is distinct from (c.is_ended, c.duration_seconds)
        else f.asked_at < $5 and (c.created_at >= $3 or f.asked_at < c.created_at + $4 * interval '1 day')
      end
    )`;

const isDone = (resource: OfChats): string =>
  `exists (select from chatrhub_sync.chat_fetches f where f.resource = '${resource.name}' and f.chat_id = c.chat_id and ${IS_DONE(resource)})`;

/** The fact that says when all chats were last looked at. */
const LOOKED_AT_ALL = 'chat_backlog.all_chats';

/**
 * Takes the chats out of the backlog that are done. It waits for those who add to it at this moment, and they for it. Once a week all chats
 * are looked at: a restored backup, or whoever switches triggers off, may have left some out, and a run must not be complete without them.
 */
export async function refreshChatBacklog(database: Database, resources: readonly OfChats[]): Promise<void> {
  const isOpen = `not c.is_inferred and not (${resources.map(isDone).join(' and ')})`;
  const isDue = (await readFact(database, LOOKED_AT_ALL, WEEKLY_DAYS)) === undefined;
  await database.transaction(async (client) => {
    await client.query('lock table chatrhub_sync.chat_backlog in share row exclusive mode');
    await client.query(
      `delete from chatrhub_sync.chat_backlog b where not exists (select from chatrhub.chats c where c.chat_id = b.chat_id and ${isOpen})`,
    );
    if (isDue)
      await client.query(
        `insert into chatrhub_sync.chat_backlog (chat_id) select c.chat_id from chatrhub.chats c where ${isOpen} on conflict do nothing`,
      );
  });
  if (isDue) await rememberFact(database, LOOKED_AT_ALL, 'looked at', 'all chats were compared with how their messages were fetched');
}

const parametersOf = ({ name }: OfChats, { from, until, byChange, open, since, overAt, waits, anew }: MessageBacklogFilter): unknown[] => [
  from,
  until ?? null,
  open?.from ?? null,
  open?.lookbackDays ?? null,
  since ?? null,
  anew ?? false,
  overAt ?? null,
  byChange ?? false,
  waits ?? false,
  name,
];

/** Whether a chat can be asked for with others of its visitor: an earlier answer for the visitor did not leave it in doubt. */
const BY_VISITOR = (resource: OfChats): string => `(f.chat_id is null or f.is_settled or ${FETCHED_AT(resource)} is not null)`;

/** SQL for the user name that asks for all chats of a visitor: one that is this visitor's alone. */
const USERNAME = (visitorId: string): string => `(
  select v.xmpp_username from chatrhub_private.visitor_contacts v where v.visitor_id = ${visitorId} and v.xmpp_username <> ''
    and not exists (
      select from chatrhub_private.visitor_contacts o where lower(o.xmpp_username) = lower(v.xmpp_username) and o.visitor_id <> v.visitor_id
    ))`;

/**
 * The newest `limit` chats whose messages are wanted. What an earlier answer left in doubt is asked for by itself, and so are all of
 * them when `byChat`.
 */
export async function findChatsNeedingMessages(
  database: Database,
  resource: OfChats,
  looking: MessageBacklogFilter,
  limit: number,
  byChat = false,
): Promise<Wanted[]> {
  const { rows } = await database.pool.query<Wanted>(
    `with wanted as materialized (
       select c.chat_id, c.created_at, case when not $12 and ${BY_VISITOR(resource)} then c.visitor_id end as visitor_id ${WANTED(resource, looking)}
     )
     select chat_id as "chatId", visitor_id as "visitorId", ${USERNAME('w.visitor_id')} as "visitorUsername",
       (case when visitor_id is null then 1 else count(*) over (partition by visitor_id) end)::int as "ofVisitor"
     from wanted w order by created_at desc nulls last, chat_id desc limit $11`,
    [...parametersOf(resource, looking), limit, byChat || !resource.scope.visitor],
  );
  return rows;
}

/** How many chats want their messages, and how many requests that takes. */
export async function countChatsWanted(
  database: Database,
  resource: OfChats,
  looking: MessageBacklogFilter,
): Promise<{ chats: number; requests: number }> {
  const { rows } = await database.pool.query<{ chats: number; requests: number }>(
    `select count(*)::int as chats, (count(*) filter (where username is null) + count(distinct visitor_id) filter (where username is not null))::int as requests
     from (
       select c.visitor_id, case when $11 and ${BY_VISITOR(resource)} then ${USERNAME('c.visitor_id')} end as username ${WANTED(resource, looking)}
     ) w`,
    [...parametersOf(resource, looking), resource.scope.visitor !== undefined],
  );
  return rows[0] ?? { chats: 0, requests: 0 };
}
