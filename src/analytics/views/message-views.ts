import type { View } from '../../records/view.ts';
import { businessSecondsBetween } from '../business-time.ts';
import { LOCAL, localColumns, localDate, secondsBetween } from '../local-time.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';

const SENDER_TYPE = `case when m.from_visitor_id is not null then 'visitor' when a.is_bot then 'bot' when m.from_agent_id is not null then 'agent' else 'system' end`;

/**
 * SQL: what was said in the chats whose messages were fetched whole. A part of a chat's messages, such as the one that a task embeds, would
 * make it look unanswered. Times have whole seconds, so the message number decides between two of the same second.
 */
const deliveredIn = (messages: string): string => `
  select m.chat_id, m.message_id, m.created_at, m.from_agent_id, ${SENDER_TYPE} as sender_type
  from ${messages}
  join chatrhub.chats c on c.chat_id = m.chat_id and c.messages_synced_at is not null
  left join chatrhub.agents a on a.agent_id = m.from_agent_id
  where m.is_admin is not true and m.is_interruption_blocked is not true and m.created_at is not null`;

const IN_ORDER = 'partition by chat_id order by created_at, message_id rows between unbounded preceding and current row';

/** What is known of each chat's messages, here and in chats_enriched: counts, which are 0 of nothing, and what is null of nothing. */
export const MESSAGE_COUNTS = ['message_count', 'visitor_message_count', 'agent_message_count', 'bot_message_count'] as const;
export const MESSAGE_METRICS = [
  'first_message_at',
  'last_message_at',
  'last_sender_type',
  'first_response_seconds',
  'first_response_business_seconds',
  'first_bot_response_seconds',
  'person_wait_seconds',
  'is_answered_in_60s',
] as const;

/** SQL: the metrics of each chat of `bi_chats` whose messages are loaded and of which any was delivered: common tables, the last is `metrics`. */
export const messageMetrics = `
  delivered as (${deliveredIn('bi_chats join chatrhub.messages m on m.chat_id = bi_chats.chat_id')}
), ordered as (
  select chat_id, message_id, created_at, sender_type,
    count(*) filter (where sender_type = 'visitor') over said as visitor_messages_so_far,
    count(*) filter (where sender_type = 'bot') over said as bot_messages_so_far,
    lead(message_id) over said is null as is_last
  from delivered window said as (${IN_ORDER})
), responses as (
  select *, sender_type = 'agent' and visitor_messages_so_far > 0 as is_response,
    min(created_at) filter (where sender_type = 'visitor' and bot_messages_so_far > 0) over since_bot as asked_after_bot_at
  from ordered
  window since_bot as (partition by chat_id, bot_messages_so_far order by created_at, message_id rows between unbounded preceding and current row)
), sums as (
  select chat_id,
    count(*)::integer as message_count,
    (count(*) filter (where sender_type = 'visitor'))::integer as visitor_message_count,
    (count(*) filter (where sender_type = 'agent'))::integer as agent_message_count,
    (count(*) filter (where sender_type = 'bot'))::integer as bot_message_count,
    min(created_at) as first_message_at,
    max(created_at) as last_message_at,
    max(sender_type) filter (where is_last) as last_sender_type,
    min(created_at) filter (where sender_type = 'visitor') as first_visitor_message_at,
    min(created_at) filter (where is_response) as first_response_at,
    (array_agg(asked_after_bot_at order by created_at, message_id) filter (where is_response))[1] as asked_after_bot_at,
    min(created_at) filter (where sender_type = 'bot' and visitor_messages_so_far > 0) as first_bot_response_at
  from responses group by chat_id
), metrics as (
  select *,
    ${secondsBetween('first_visitor_message_at', 'first_response_at')} as first_response_seconds,
    ${businessSecondsBetween('first_visitor_message_at', 'first_response_at')} as first_response_business_seconds,
    ${secondsBetween('coalesce(asked_after_bot_at, first_visitor_message_at)', 'first_response_at')} as person_wait_seconds,
    ${secondsBetween('first_visitor_message_at', 'first_bot_response_at')} as first_bot_response_seconds,
    case when visitor_message_count > 0
      then coalesce(first_response_at - first_visitor_message_at <= interval '60 seconds', false) end as is_answered_in_60s
  from sums
)`;

/** What is stored of a chat's messages, and not shown by chats_enriched. */
export const MESSAGE_MOMENTS = ['first_visitor_message_at', 'first_response_at', 'first_bot_response_at'] as const;

export const chatMessageMetrics: View = {
  schema: 'chatrhub_bi',
  name: 'chat_message_metrics',
  sql: `
select chat_id, ${[...MESSAGE_COUNTS, ...MESSAGE_METRICS, ...MESSAGE_MOMENTS].join(', ')}
from ${STORE}.chats_enriched where message_count > 0`,
  about:
    'What the delivered messages of a chat tell: one row per chat whose messages were fetched and that has any. Administrative messages and those held back by an interruption are left out.',
  notes: {
    ...describeColumns('chat_id', ...MESSAGE_COUNTS, ...MESSAGE_METRICS),
    first_visitor_message_at: 'When the visitor first wrote: the clock of the first response starts here.',
    first_response_at: 'When a person first wrote after the visitor did; null when nobody did.',
    first_bot_response_at: 'When a bot first wrote after the visitor did; null when none did.',
  },
};

export const responseTurns: View = {
  schema: 'chatrhub_bi',
  name: 'response_turns',
  sql: `
select t.chat_id, t.turn_sequence, t.started_at, ${localColumns('t.started_at')}, t.visitor_message_count, t.answered_at,
  ${secondsBetween('t.started_at', 't.answered_at')} as response_seconds,
  t.responder_type, case when t.answered_at is not null then t.answering_agent_id end as responder_agent_id, r.full_name as responder_name,
  e.agent_id, e.group_id, e.group_name, t.is_counted
from ${STORE}.response_turns t
join chatrhub_bi.chats_enriched e on e.chat_id = t.chat_id
left join chatrhub.agents r on r.agent_id = t.answering_agent_id and t.answered_at is not null`,
  stored: {
    unit: 'chats',
    key: ['chat_id', 'turn_sequence'],
    indexes: ['(date_day)'],
    sql: `
with delivered as (${deliveredIn('bi_chats join chatrhub.messages m on m.chat_id = bi_chats.chat_id')}
), ordered as (
  select *, sender_type in ('agent', 'bot') as is_team, count(*) filter (where sender_type in ('agent', 'bot')) over said as team_messages_so_far
  from delivered window said as (${IN_ORDER})
), turns as (
  select chat_id,
    team_messages_so_far - is_team::int as team_messages_before,
    min(created_at) filter (where sender_type = 'visitor') as started_at,
    count(*) filter (where sender_type = 'visitor') as visitor_message_count,
    max(created_at) filter (where is_team) as answered_at,
    max(sender_type) filter (where is_team) as responder_type,
    max(from_agent_id) filter (where is_team) as responder_agent_id
  from ordered group by chat_id, team_messages_so_far - is_team::int
  having count(*) filter (where sender_type = 'visitor') > 0
)
select t.chat_id, t.started_at, t.answered_at, coalesce(t.responder_agent_id, e.agent_id) as answering_agent_id, ${localDate('t.started_at')} as date_day,
  (row_number() over (partition by t.chat_id order by t.team_messages_before))::integer as turn_sequence,
  t.visitor_message_count::integer as visitor_message_count, e.is_counted, t.responder_type
from turns t join ${STORE}.chats_enriched e on e.chat_id = t.chat_id`,
  },
  about:
    'How long visitors wait for each answer: one row per turn of a visitor, an unbroken run of their messages that ends with the next delivered message of the team.',
  notes: {
    ...describeColumns('chat_id', 'group_id', 'group_name', 'is_counted', ...LOCAL),
    agent_id: { like: 'chats.agent_id' },
    turn_sequence: 'Number of the turn within its chat, from 1.',
    started_at: "When the turn's first message was sent: the wait starts here.",
    visitor_message_count: 'Messages of the visitor in this turn.',
    answered_at: 'When the team next wrote; null when it never did.',
    response_seconds: 'Seconds from the first message of the turn to the answer; null when it was never answered, which no average shows.',
    responder_type: 'agent (a person) or bot; null when never answered.',
    responder_agent_id: 'Agent, human or bot, who answered.',
    responder_name: { like: 'agents.full_name' },
  },
};

const timeline = (schema: string, isWithText: boolean): View => ({
  schema,
  name: 'conversation_timeline',
  sql: `
select chat_id, message_sequence, message_id, created_at, ${localColumns('created_at')}, sender_type, agent_id,
  case sender_type when 'visitor' then 'Visitor' when 'system' then 'System' else sender_name end as sender_name,
  ${secondsBetween('chat_created_at', 'created_at')} as seconds_since_start,
  ${secondsBetween('previous_at', 'created_at')} as seconds_since_previous,
  body_length, is_admin, is_interruption_blocked, batch_intent_id, batch_intent_probability${isWithText ? ', body' : ''}
from (
  select m.chat_id, m.message_id, m.created_at, m.from_agent_id as agent_id, a.full_name as sender_name, c.created_at as chat_created_at,
    row_number() over said as message_sequence, lag(m.created_at) over said as previous_at,
    case when m.is_admin then 'system' else ${SENDER_TYPE} end as sender_type,
    m.body_length, m.is_admin, m.is_interruption_blocked, m.batch_intent_id, m.batch_intent_probability${isWithText ? ', b.body' : ''}
  from chatrhub.messages m
  join chatrhub.chats c on c.chat_id = m.chat_id
  left join chatrhub.agents a on a.agent_id = m.from_agent_id${isWithText ? '\n  left join chatrhub_private.message_bodies b on b.message_id = m.message_id' : ''}
  where not m.is_inferred
  window said as (partition by m.chat_id order by m.created_at, m.message_id)
) messages`,
  about: isWithText
    ? 'A conversation with its texts: one row per message. The same as chatrhub_bi.conversation_timeline, which leaves the texts out.'
    : 'A conversation, message by message: one row per message, administrative and held back ones too. The texts are in chatrhub_private.conversation_timeline.',
  notes: {
    ...describeColumns('chat_id'),
    message_sequence: 'Number of the message within its chat, from 1, by time and message number.',
    message_id: { like: 'messages.message_id' },
    ...describeColumns(...LOCAL),
    created_at: { like: 'messages.created_at' },
    sender_type: 'visitor, agent (a person), bot, or system (administrative, or without a sender).',
    agent_id: 'Agent, human or bot, who sent it; null when the visitor did.',
    sender_name: { text: 'Name of the agent, or Visitor, or System.', pii: 'employee' },
    seconds_since_start: 'Seconds since the chat began.',
    seconds_since_previous: 'Seconds since the message before; null for the first.',
    body_length: { like: 'messages.body_length' },
    is_admin: { like: 'messages.is_admin' },
    is_interruption_blocked: { like: 'messages.is_interruption_blocked' },
    batch_intent_id: { like: 'messages.batch_intent_id' },
    batch_intent_probability: { like: 'messages.batch_intent_probability' },
    ...(isWithText ? { body: { like: 'message_bodies.body' } } : {}),
  },
});

export const conversationTimelines: readonly View[] = [timeline('chatrhub_bi', false), timeline('chatrhub_private', true)];
