import type { View } from '../../records/view.ts';
import { isInBusinessHours } from '../business-time.ts';
import { calendar, LOCAL, localDate, localHour, monthOf, secondsAfter } from '../local-time.ts';
import { type ChatCount, measure } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';
import { MESSAGE_COUNTS, MESSAGE_METRICS, MESSAGE_MOMENTS, messageMetrics } from './message-views.ts';

/** Columns of chatrhub.chats that are passed on. */
const PASSED_ON = [
  'chat_id',
  'client_id',
  'visitor_id',
  'agent_id',
  'to_agent_id',
  'transferred_to_agent_id',
  'group_id',
  'chat_type',
  'tag',
  'ended_reason',
  'created_at',
  'is_ended',
  'is_missed',
  'is_beat_out',
  'is_billable',
  'is_feedback_requested',
  'has_feedback',
  'is_terminated',
  'is_inferred',
  'response_delay_seconds',
  'duration_seconds',
] as const;

/** Of three steps each. BI tools do not know the type that they have there. */
const RATINGS = ['overall_rating', 'friendly_rating', 'responsive_rating', 'knowledge_rating'] as const;

/**
 * What is stored of a chat as it is, and which other rows are computed again with it. Its messages are fetched again and again while it is
 * open: that alone changes nothing.
 */
export const OF_CHATS = [...PASSED_ON, ...RATINGS, 'average_rating_score', 'messages_synced_at is null'];

/** Columns of the visitor that are passed on. */
const OF_VISITOR = ['channel', 'country', 'state', 'city', 'referrer_host'] as const;

/** Counts as 0/1 columns, because PostgreSQL cannot sum a boolean. */
const MEASURES = [
  'offered_chat_count',
  'chat_count',
  'missed_chat_count',
  'served_chat_count',
  'rated_chat_count',
  'great_chat_count',
  'transferred_chat_count',
  'answerable_chat_count',
  'answered_in_60s_count',
  'left_open_chat_count',
] as const satisfies readonly ChatCount[];

/** SQL: somebody who writes is busy with a chat for so long after its last message; a chat that ends later than the other was left open. */
const REPLY_TIME = "interval '5 minutes'";
const FORGOTTEN_AFTER = "interval '4 hours'";

/** SQL: what counts as one chat. */
export const isCounted = (chat: string): string =>
  `(${chat}.chat_type = 'visitor' and ${chat}.is_beat_out is not true and ${chat}.is_terminated is not true)`;

/** What is known of a chat by the other counted ones of its visitor. `cohort_month`: the local month of the first of them. */
export const OF_SEQUENCE = ['next_chat_at', 'visitor_chat_sequence', 'cohort_month', 'is_first_of_month'] as const;

/** SQL: that, of the counted chats of visitors. */
export const sequencesOf = (visitors: string): string => `
  select chat_id, next_chat_at, visitor_chat_sequence, min(month) over of_visitor as cohort_month,
    month is distinct from lag(month) over of_visitor as is_first_of_month
  from (
    select o.visitor_id, o.chat_id, o.created_at, lead(o.created_at) over of_visitor as next_chat_at,
      (row_number() over of_visitor)::integer as visitor_chat_sequence, ${monthOf(localDate('o.created_at'))} as month
    from (${visitors}) visitors join chatrhub.chats o on o.visitor_id = visitors.visitor_id
    where ${isCounted('o')} and o.created_at is not null
    window of_visitor as (partition by o.visitor_id order by o.created_at, o.chat_id)
  ) counted
  window of_visitor as (partition by visitor_id order by created_at, chat_id)`;

const isOneOf = (name: string): string => `'${name}'`;
/** Outcomes of chats with a bot that ended one way or the other. */
export const DECIDED = ['contained', 'handed_off', 'missed_after_bot'].map(isOneOf).join(', ');

/** SQL: the end of what is known: the newest chat, when the store was refreshed. */
export const HORIZON = `(select horizon_at from ${STORE}.state)`;

/** SQL: the day on which a chat was left, by which it is looked up: a third of the bytes that the moments would take. */
export const leftOn = (moment: string): string => `((${moment} at time zone 'UTC')::date)`;

/** SQL: of the stored chat `e`, whether there was time to return since it was left. */
export const isReturnKnown = `e.left_at <= ${HORIZON} - interval '24 hours'`;

/** SQL: that its visitor did not return within a day. */
const isLeftForGood = (chat: string): string => `coalesce(${chat}.next_chat_at > ${chat}.left_at + interval '24 hours', true)`;

/** SQL: of the same, whether the bot alone settled it; null where it cannot be known. */
export const isResolvedByBot = `case when e.bot_outcome in (${DECIDED}) and ${isReturnKnown}
    then e.bot_outcome = 'contained' and e.overall_rating is distinct from 1 and ${isLeftForGood('e')}
  end`;

/** What is computed of a chat itself and stored. */
const COMPUTED = ['is_bot', 'is_counted', 'has_messages_loaded', 'is_left_open', 'bot_outcome', 'ended_at', 'active_until_at'] as const;

/** Columns of a stored chat that its days are counted of. */
const COUNTED = [
  ...PASSED_ON,
  'channel',
  ...RATINGS,
  'average_rating_score',
  ...MESSAGE_COUNTS,
  ...MESSAGE_METRICS,
  ...COMPUTED,
  'cohort_month',
  'is_first_of_month',
  'date_day',
  'hour_of_day',
  'until_day',
  'left_at',
];

/**
 * SQL: what of a stored chat tells whether its days are to be counted again. Of the next chat it is only whether it came within a day: else
 * each visitor who returns would touch a day of long ago.
 */
export const ofDays = (chat: string): string => [...COUNTED.map((name) => `${chat}.${name}`), isLeftForGood(chat)].join(', ');

/** SQL: what of it tells when it keeps its agent busy. */
export const ofTimes = (chat: string): string =>
  ['agent_id', 'is_bot', 'is_counted', 'is_missed', 'created_at', 'active_until_at', 'ended_at']
    .map((name) => `${chat}.${name}`)
    .join(', ');

export const chatsEnriched: View = {
  schema: 'chatrhub_bi',
  name: 'chats_enriched',
  sql: `
select ${PASSED_ON.map((name) => `e.${name}`).join(', ')}, c.messages_synced_at, c.source_missing_since,
  a.full_name as agent_name, e.is_bot, t.full_name as transferred_to_agent_name, g.group_name, ${OF_VISITOR.map((name) => `v.${name}`).join(', ')},
  ${RATINGS.map((name) => `e.${name}::integer as ${name}`).join(', ')}, e.average_rating_score,
  e.date_day, e.hour_of_day, ${calendar('e.date_day')}, e.is_business_hours,
  e.is_counted, e.ended_at, e.active_until_at, e.active_seconds, e.is_left_open, e.has_messages_loaded,
  ${[...MESSAGE_COUNTS, ...MESSAGE_METRICS].map((name) => `e.${name}`).join(', ')},
  case e.overall_rating when 3 then 'great' when 2 then 'ok' when 1 then 'poor' end as rating_label,
  e.bot_outcome,
  ${isReturnKnown} as is_return_known, ${isResolvedByBot} as is_resolved_by_bot,
  e.next_chat_at, e.visitor_chat_sequence,
  case when e.has_messages_loaded then e.is_ended and e.agent_message_count > 0 and e.last_sender_type = 'visitor' end as is_dropped,
  ${MEASURES.map((name) => `(${measure(name)})::int as ${name}`).join(',\n  ')}
from ${STORE}.chats_enriched e
left join (select chat_id as fetched_id, messages_synced_at, source_missing_since from chatrhub.chats) c on c.fetched_id = e.chat_id
left join chatrhub.agents a on a.agent_id = e.agent_id
left join chatrhub.agents t on t.agent_id = e.transferred_to_agent_id
left join chatrhub.groups g on g.group_id = e.group_id
left join chatrhub.visitors v on v.visitor_id = e.visitor_id`,
  stored: {
    unit: 'chats',
    key: ['chat_id'],
    indexes: ['(date_day)', `(${leftOn('left_at')})`, "using gist (daterange(date_day, until_day, '[]')) where until_day > date_day"],
    sql: `
with ${messageMetrics.trim()}, sequences as (
  ${sequencesOf('select distinct c.visitor_id from bi_chats join chatrhub.chats c on c.chat_id = bi_chats.chat_id')}
), joined as (
  select c.*, a.is_bot is true as is_bot, v.channel, ${isCounted('c')} as is_counted,
    c.messages_synced_at is not null as has_messages_loaded,
    ${MESSAGE_COUNTS.map((name) => `case when c.messages_synced_at is not null then coalesce(m.${name}, 0) end as ${name}`).join(',\n    ')},
    ${[...MESSAGE_METRICS, ...MESSAGE_MOMENTS].map((name) => `m.${name}`).join(', ')}, ${OF_SEQUENCE.map((name) => `s.${name}`).join(', ')},
    case when c.is_ended then coalesce(c.created_at + c.duration_seconds * interval '1 second', m.last_message_at) end as ended_at,
    case
      when c.messages_synced_at is null then null
      when coalesce(m.bot_message_count + m.agent_message_count, 0) = 0 then 'no_reply'
      when m.bot_message_count = 0 then 'human_only'
      when m.visitor_message_count = 0 then 'no_visitor_message'
      when m.agent_message_count > 0 or (t.agent_id is not null and t.is_bot is not true) then 'handed_off'
      when c.is_missed then 'missed_after_bot'
      when c.is_ended is not true then 'open'
      else 'contained' end as bot_outcome
  from bi_chats join chatrhub.chats c on c.chat_id = bi_chats.chat_id
  left join chatrhub.agents a on a.agent_id = c.agent_id
  left join chatrhub.agents t on t.agent_id = c.transferred_to_agent_id
  left join chatrhub.visitors v on v.visitor_id = c.visitor_id
  left join metrics m on m.chat_id = c.chat_id
  left join sequences s on s.chat_id = c.chat_id
), ended as (
  select *, least(ended_at, last_message_at + ${REPLY_TIME}) as active_until_at, ended_at - last_message_at > ${FORGOTTEN_AFTER} as is_left_open
  from joined
)
select ${PASSED_ON.join(', ')}, channel, ${RATINGS.join(', ')}, average_rating_score::double precision as average_rating_score,
  ${[...MESSAGE_COUNTS, ...MESSAGE_METRICS, ...MESSAGE_MOMENTS].join(', ')},
  ${[...COMPUTED, ...OF_SEQUENCE].join(', ')},
  ${localDate('created_at')} as date_day, ${localHour('created_at')} as hour_of_day, ${isInBusinessHours('created_at')} as is_business_hours,
  ${secondsAfter('created_at', 'active_until_at')} as active_seconds,
  ${localDate('greatest(created_at, ended_at, active_until_at)')} as until_day, coalesce(ended_at, created_at) as left_at
from ended
-- Whoever reads a month of them finds them side by side.
order by created_at`,
  },
  about:
    'Chats with labels, local times, message metrics and outcomes: one row per chat record, also those that do not count. Use is_counted, or sum chat_count: a contact that was offered to several agents has several rows.',
  notes: {
    ...Object.fromEntries(
      [...PASSED_ON, 'messages_synced_at', 'source_missing_since', ...RATINGS].map((name) => [name, { like: `chats.${name}` }]),
    ),
    ...Object.fromEntries(OF_VISITOR.map((name) => [name, { like: `visitors.${name}` }])),
    ...describeColumns(...MESSAGE_COUNTS, ...MESSAGE_METRICS, 'agent_name', 'is_bot', 'group_name', 'is_counted', ...MEASURES),
    ...describeColumns(...LOCAL),
    average_rating_score: { like: 'chats.average_rating_score' },
    transferred_to_agent_name: { like: 'agents.full_name' },
    date_day: 'Local day on which the chat began: the day it belongs to.',
    is_business_hours: 'True when the chat began within the business hours of chatrhub_bi.calendar.',
    active_until_at:
      'Until when people were busy with the chat: its end, or five minutes after its last delivered message where that is earlier. While messages are not loaded, its end. Null where neither is known.',
    active_seconds: 'Seconds from the beginning until then; chats that are left open count as long as somebody wrote.',
    is_left_open:
      'True when the chat ended more than four hours after its last message: it was left open. Null while it is open, and where no message is known.',
    ended_at:
      'When the chat ended: its beginning and its duration; where the source gives none, its last message. Null while it is open, or unknown.',
    has_messages_loaded: 'True when the messages of this chat were fetched. While it is false, message metrics are null, not 0.',
    rating_label: 'overall_rating in the words of the source: great, ok, poor.',
    bot_outcome:
      'Outcome of the chat: no_reply (nobody wrote), human_only (no bot wrote), no_visitor_message, handed_off (a person wrote, or it was transferred to one), missed_after_bot, open, contained (the bot alone). Null while messages are not loaded.',
    is_return_known:
      'True when the chat ended at least 24 hours before the newest chat that is known: so it is known whether the visitor returned within that time.',
    is_resolved_by_bot:
      'True when the bot alone contained the chat, it was not rated poor, and the visitor had no other counted chat within 24 hours of its end. Null where no bot and visitor met, and while the chat ended less than 24 hours before the newest chat that is known (pending).',
    next_chat_at: 'When the next counted chat of the same visitor began; null when there is none, or this one does not count.',
    visitor_chat_sequence: 'The how-many-th counted chat of its visitor this is, from 1; null when it does not count.',
    is_dropped:
      "True when the chat ended, a person had written, and the last word is the visitor's. Null while messages are not loaded, and where nothing tells whether it ended.",
  },
};
