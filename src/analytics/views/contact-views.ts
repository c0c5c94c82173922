import type { View } from '../../records/view.ts';
import { CALENDAR, calendar, LOCAL, monthOf, secondsAfter, secondsBetween } from '../local-time.ts';
import { type ChatCount, counts, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { chatsByDay, STORE } from '../stored-views.ts';
import { isWholeMonth } from '../whole-days.ts';
import { HORIZON } from './chat-views.ts';

/** From its end, or its beginning where that is not known. */
const LEFT_AT = 'coalesce(e.ended_at, e.created_at)';

/** SQL: null until the time is over, also for who returned already: else only those would be in a rate of the last days. */
const isRepeatWithin = (time: string): string =>
  `case when ${LEFT_AT} <= ${HORIZON} - interval '${time}' then coalesce(e.next_chat_at <= ${LEFT_AT} + interval '${time}', false) end`;

export const repeatContacts: View = {
  schema: 'chatrhub_bi',
  name: 'repeat_contacts',
  sql: `
select e.chat_id, e.visitor_id, e.created_at, ${LOCAL.map((name) => `e.${name}`).join(', ')}, e.agent_id, e.agent_name, e.group_id, e.group_name, e.tag,
  e.bot_outcome, e.visitor_chat_sequence, e.next_chat_at,
  (${secondsAfter(LEFT_AT, 'e.next_chat_at')}) / 86400 as days_until_next_chat,
  ${isRepeatWithin('24 hours')} as is_repeat_within_24h,
  ${isRepeatWithin('7 days')} as is_repeat_within_7d
from chatrhub_bi.chats_enriched e where e.is_counted`,
  about:
    'Whether visitors come again: one row per counted chat. The time runs from the end of the chat, or from its beginning where the end is not known.',
  notes: {
    ...describeColumns(...LOCAL, 'agent_id', 'agent_name', 'group_id', 'group_name'),
    chat_id: { like: 'chats.chat_id' },
    visitor_id: { like: 'chats.visitor_id' },
    created_at: { like: 'chats.created_at' },
    tag: { like: 'chats.tag' },
    bot_outcome: 'Outcome of the chat, as in chats_enriched.',
    visitor_chat_sequence: 'The how-many-th counted chat of its visitor this is, from 1.',
    next_chat_at: 'When the next counted chat of the same visitor began; null when there is none so far.',
    days_until_next_chat: 'Days until then, with fractions; 0 where it began before this one ended.',
    is_repeat_within_24h:
      'True when the visitor returned within 24 hours. Null until those are over, as data end with the newest chat, also for one who returned already: so a share of these is right on every day.',
    is_repeat_within_7d: 'True when the visitor returned within 7 days. Null until those are over, as before.',
  },
};

const OF_TAGS = ['chat_count', 'missed_chat_count', 'rated_chat_count', 'great_chat_count'] as const satisfies readonly ChatCount[];

export const tagsDaily: View = {
  schema: 'chatrhub_bi',
  name: 'tags_daily',
  sql: `
select s.date_day, ${calendar('s.date_day')}, s.tag, ${OF_TAGS.map((name) => `s.${name}`).join(', ')},
  ${share('s.great_chat_count', 's.rated_chat_count')} as csat_rate, s.median_first_response_seconds
from ${STORE}.tags_daily s`,
  stored: {
    unit: 'days',
    key: ['date_day', 'tag'],
    sql: `
select e.date_day, e.tag, ${counts(OF_TAGS)},
  percentile_cont(0.5) within group (order by first_response_seconds) as median_first_response_seconds
from ${chatsByDay} where e.is_counted and e.tag <> '' group by e.date_day, e.tag`,
  },
  about: 'What chats were about, by the tags that agents and the AI give: one row per local day and tag of counted chats.',
  notes: {
    ...describeColumns(...CALENDAR, ...OF_TAGS, 'csat_rate', 'median_first_response_seconds'),
    tag: { like: 'chats.tag' },
  },
};

export const visitorCohorts: View = {
  schema: 'chatrhub_bi',
  name: 'visitor_cohorts',
  sql: `
with seen as (
  select cohort_month, ${monthOf('date_day')} as month_start, sum(visitor_count)::bigint as visitor_count, sum(chat_count)::bigint as chat_count
  from ${STORE}.visitor_cohorts group by 1, 2
), cohorts as (
  select cohort_month, visitor_count as cohort_visitor_count from seen where month_start = cohort_month
), months as (
  select c.cohort_month, c.cohort_visitor_count, month::date as month_start,
    ((extract(year from month) - extract(year from c.cohort_month)) * 12 + extract(month from month) - extract(month from c.cohort_month))::integer
      as months_since
  from cohorts c, generate_series(c.cohort_month::timestamp, (select max(month_start) from seen)::timestamp, interval '1 month') as month
)
select m.cohort_month, m.months_since, m.month_start, m.cohort_visitor_count, coalesce(s.visitor_count, 0) as distinct_visitor_count,
  coalesce(s.chat_count, 0) as chat_count, ${share('coalesce(s.visitor_count, 0)', 'm.cohort_visitor_count')} as return_rate,
  ${isWholeMonth('m.month_start')} as is_whole_month
from months m left join seen s on s.cohort_month = m.cohort_month and s.month_start = m.month_start`,
  stored: {
    unit: 'days',
    key: ['date_day', 'cohort_month'],
    sql: `
select e.date_day, e.cohort_month, count(*) filter (where e.is_first_of_month) as visitor_count, count(*) as chat_count
from ${chatsByDay} where e.cohort_month is not null group by e.date_day, e.cohort_month`,
  },
  about:
    'Whether visitors of a month return: one row per month of the first counted chat and month since then, also for months without returning visitors.',
  notes: {
    ...describeColumns('chat_count'),
    cohort_month:
      'First day of the local month in which the visitors had their first counted chat. Of the first month that was read, many are visitors of long before.',
    months_since: 'Months from then: 0 is that month itself.',
    month_start: 'First day of that month.',
    cohort_visitor_count: 'Visitors whose first counted chat was in cohort_month.',
    distinct_visitor_count: 'Those of them with a counted chat in this month. Not additive.',
    return_rate: 'distinct_visitor_count / cohort_visitor_count; 1 for the first month. Not additive.',
    is_whole_month:
      'True when month_start is a month that is over, and its chats were read from its first day on: only such rates are compared.',
  },
};

const DELIVERED = 'm.chat_id = e.chat_id and m.is_admin is not true and m.is_interruption_blocked is not true';

/** SQL: delivered messages of an agent in the chat `e`, and how they are ordered. */
const writtenBy = (agent: string): string =>
  `select m.created_at, m.message_id from chatrhub.messages m where ${DELIVERED} and m.from_visitor_id is null and m.from_agent_id = ${agent}`;

export const transfers: View = {
  schema: 'chatrhub_bi',
  name: 'transfers',
  sql: `
select e.chat_id, e.visitor_id, e.created_at, ${LOCAL.map((name) => `e.${name}`).join(', ')}, e.is_counted, e.group_id, e.group_name,
  e.agent_id as from_agent_id, e.agent_name as from_agent_name, e.is_bot as is_from_bot,
  e.transferred_to_agent_id as to_agent_id, e.transferred_to_agent_name as to_agent_name, t.is_bot is true as is_to_bot,
  s.transferred_at, s.first_response_at, ${secondsBetween('s.asked_at', 's.first_response_at')} as first_response_seconds, e.is_missed, e.overall_rating
from ${STORE}.transfers s
join chatrhub_bi.chats_enriched e on e.chat_id = s.chat_id
join chatrhub.agents t on t.agent_id = e.transferred_to_agent_id`,
  stored: {
    unit: 'chats',
    key: ['chat_id'],
    sql: `
select e.chat_id, l.created_at as transferred_at, coalesce(asked_at, l.created_at) as asked_at, f.created_at as first_response_at
from bi_chats join ${STORE}.chats_enriched e on e.chat_id = bi_chats.chat_id
left join lateral (${writtenBy('e.transferred_to_agent_id')} order by 1, 2 limit 1) f on e.has_messages_loaded
left join lateral (
  ${writtenBy('e.agent_id')} and (m.created_at, m.message_id) < (f.created_at, f.message_id) order by 1 desc, 2 desc limit 1
) l on true
left join lateral (
  select min(m.created_at) as asked_at from chatrhub.messages m
  where ${DELIVERED} and m.from_visitor_id is not null
    and (m.created_at, m.message_id) > (l.created_at, l.message_id) and (m.created_at, m.message_id) < (f.created_at, f.message_id)
) q on true
where e.transferred_to_agent_id is not null`,
  },
  about:
    'Chats that were handed from one agent to another, and how they continued: one row per chat with a transfer. Of several transfers the source tells the last one. Read is_counted with it.',
  notes: {
    ...describeColumns(...LOCAL, 'is_counted', 'group_id', 'group_name'),
    chat_id: { like: 'chats.chat_id' },
    visitor_id: { like: 'chats.visitor_id' },
    created_at: { like: 'chats.created_at' },
    from_agent_id: { like: 'chats.agent_id' },
    from_agent_name: { like: 'agents.full_name' },
    is_from_bot: 'True when a bot handed the chat over.',
    to_agent_id: { like: 'chats.transferred_to_agent_id' },
    to_agent_name: { like: 'agents.full_name' },
    is_to_bot: 'True when it was handed over to a bot.',
    transferred_at:
      'The last delivered message of the giving agent before the receiving one first wrote: the source does not say when the transfer was. Null where either wrote nothing, or messages are not loaded.',
    first_response_at: 'When the receiving agent first wrote; null when that never was, or messages are not loaded.',
    first_response_seconds:
      'Seconds that the visitor waited for that: from their first message after transferred_at, or from transferred_at where they wrote none. Null where one is.',
    is_missed: { like: 'chats.is_missed' },
    overall_rating: { like: 'chats.overall_rating' },
  },
};
