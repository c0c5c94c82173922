/** SQL: who wrote the message `m`. Few agents are bots: they are looked up once. */
export const SENDER_TYPE = `case when m.from_visitor_id is not null then 'visitor'
    when m.from_agent_id = any(array(select agent_id from chatrhub.agents where is_bot)) then 'bot'
    when m.from_agent_id is not null then 'agent' else 'system' end`;

/**
 * SQL: what was said in the chats of `bi_chats` whose messages were fetched whole: one row per message of the team, with what was said since
 * the one before, and one for what was said after the last. A part of a chat's messages, such as the one that a task embeds, would make it
 * look unanswered. Times have whole seconds, so the message number decides between two of the same second. `turn_sequence`: in how many of
 * them the visitor wrote so far.
 */
export const exchangesOfChats = `
with delivered as (
  select m.chat_id, m.message_id, m.created_at, m.from_agent_id, ${SENDER_TYPE} as sender_type
  from bi_chats join chatrhub.messages m on m.chat_id = bi_chats.chat_id
  join chatrhub.chats c on c.chat_id = m.chat_id and c.messages_synced_at is not null
  where m.is_admin is not true and m.is_interruption_blocked is not true and m.created_at is not null
), ordered as (
  select *, sender_type in ('agent', 'bot') as is_team, count(*) filter (where sender_type in ('agent', 'bot')) over said as team_messages_so_far,
    count(*) filter (where sender_type = 'visitor') over said as visitor_messages_so_far, lead(message_id) over said is null as is_last
  from delivered window said as (partition by chat_id order by created_at, message_id rows unbounded preceding)
), exchanges as (
  select chat_id, team_messages_so_far - is_team::int as team_messages_before,
    min(created_at) as first_message_at,
    max(created_at) as last_message_at,
    min(created_at) filter (where sender_type = 'visitor') as started_at,
    max(created_at) filter (where is_team) as answered_at,
    max(from_agent_id) filter (where is_team) as responder_agent_id,
    count(*)::integer as message_count,
    (count(*) filter (where sender_type = 'visitor'))::integer as visitor_message_count,
    max(sender_type) filter (where is_team) as responder_type,
    bool_or(sender_type = 'agent' and visitor_messages_so_far > 0) as is_response,
    -- In order, as hashing millions of them takes twice the time.
    (array_agg(sender_type order by is_last) filter (where is_last))[1] as last_sender_type
  from ordered group by chat_id, team_messages_so_far - is_team::int
)
select chat_id, first_message_at, last_message_at, started_at, answered_at, responder_agent_id, message_count, visitor_message_count,
  (count(started_at) over so_far)::integer as turn_sequence, responder_type, last_sender_type,
  is_response and count(*) filter (where is_response) over so_far = 1 as is_first_response
from exchanges window so_far as (partition by chat_id order by team_messages_before rows unbounded preceding)`;
