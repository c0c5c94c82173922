import type { View } from '../../records/view.ts';
import { businessSecondsBetween } from '../business-time.ts';
import { calendar, LOCAL, localColumns, localDate, localHour, secondsBetween } from '../local-time.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';
import { SENDER_TYPE } from './exchanges.ts';

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

/** SQL: the metrics of each chat of `bi_exchanges`. From the visitor's first message on, they have a turn's number. */
export const messageMetrics = `
  sums as (
  select chat_id,
    sum(message_count)::integer as message_count,
    sum(visitor_message_count)::integer as visitor_message_count,
    (count(*) filter (where responder_type = 'agent'))::integer as agent_message_count,
    (count(*) filter (where responder_type = 'bot'))::integer as bot_message_count,
    min(first_message_at) as first_message_at,
    max(last_message_at) as last_message_at,
    max(last_sender_type) as last_sender_type,
    min(started_at) as first_visitor_message_at,
    min(answered_at) filter (where is_first_response) as first_response_at,
    min(started_at) filter (where is_first_response) as asked_last_at,
    min(answered_at) filter (where responder_type = 'bot' and turn_sequence > 0) as first_bot_response_at
  from bi_exchanges group by chat_id
), metrics as (
  select *,
    ${secondsBetween('first_visitor_message_at', 'first_response_at')} as first_response_seconds,
    ${businessSecondsBetween('first_visitor_message_at', 'first_response_at')} as first_response_business_seconds,
    ${secondsBetween('coalesce(asked_last_at, first_visitor_message_at)', 'first_response_at')} as person_wait_seconds,
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
select t.chat_id, t.turn_sequence, t.started_at,
  t.date_day, ${localHour('t.started_at')} as hour_of_day, ${calendar('t.date_day')}, t.visitor_message_count, t.answered_at,
  ${secondsBetween('t.started_at', 't.answered_at')} as response_seconds,
  t.responder_type, case when t.answered_at is not null then t.answering_agent_id end as responder_agent_id, r.full_name as responder_name,
  e.agent_id, e.group_id, e.group_name, t.is_counted
from ${STORE}.response_turns t
-- There always is one: but a left join is left out where nothing of the chat is asked for.
left join chatrhub_bi.chats_enriched e on e.chat_id = t.chat_id
left join chatrhub.agents r on r.agent_id = t.answering_agent_id and t.answered_at is not null`,
  stored: {
    unit: 'chats',
    key: ['chat_id', 'turn_sequence'],
    indexes: ['(date_day)'],
    sql: `
select x.chat_id, x.started_at, x.answered_at, coalesce(x.responder_agent_id, e.agent_id) as answering_agent_id, ${localDate('x.started_at')} as date_day,
  x.turn_sequence, x.visitor_message_count, e.is_counted, x.responder_type
from bi_exchanges x join ${STORE}.chats_enriched e on e.chat_id = x.chat_id
where x.visitor_message_count > 0`,
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
