import type { View } from '../../records/view.ts';
import { CALENDAR, calendar, chatDays, chatsByDay } from '../local-time.ts';
import { averages, type ChatCount, counts, lengths, orZero, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { isWholeDay } from '../whole-days.ts';

const COUNTS = [
  'offered_chat_count',
  'chat_count',
  'missed_chat_count',
  'missed_unknown_chat_count',
  'served_chat_count',
  'offline_chat_count',
  'transferred_chat_count',
  'open_chat_count',
  'rated_chat_count',
  'great_chat_count',
  'first_response_chat_count',
  'answerable_chat_count',
  'answered_in_60s_count',
  'left_open_chat_count',
  'chats_with_messages_count',
] as const satisfies readonly ChatCount[];

const LENGTHS = ['average_duration_seconds', 'median_duration_seconds', 'average_active_seconds', 'median_active_seconds'] as const;

export const dailyChats: View = {
  schema: 'chatrhub_bi',
  name: 'daily_chats',
  sql: `
with days as (${chatDays}
), chats as (
  select days.date_day,
    ${counts(COUNTS)},
    count(distinct visitor_id) filter (where is_counted) as distinct_visitor_count,
    ${averages},
    ${lengths}
  from ${chatsByDay} group by days.date_day
)
select d.date_day, ${calendar('d.date_day')}, ${isWholeDay('d.date_day', ['d.starts_at', 'd.ends_at'])} as is_whole_day,
  ${orZero([...COUNTS, 'distinct_visitor_count'], 'c')},
  ${share('c.missed_chat_count', 'c.chat_count')} as missed_rate,
  ${share('c.transferred_chat_count', 'c.served_chat_count')} as transfer_rate,
  ${share('c.great_chat_count', 'c.rated_chat_count')} as csat_rate,
  ${share('c.answered_in_60s_count', 'c.answerable_chat_count')} as answered_in_60s_rate,
  ${share('c.chats_with_messages_count', 'c.chat_count')} as message_coverage_rate,
  c.average_response_delay_seconds, c.median_first_response_seconds, c.p90_first_response_seconds,
  ${LENGTHS.map((name) => `c.${name}`).join(', ')}
from days d left join chats c on c.date_day = d.date_day`,
  about:
    'Chats of each local day: one row per day from the first to the last chat, also for days without any. A chat belongs to the day it began.',
  notes: describeColumns(
    ...CALENDAR,
    ...COUNTS,
    'distinct_visitor_count',
    'is_whole_day',
    'missed_rate',
    'transfer_rate',
    'csat_rate',
    'answered_in_60s_rate',
    'message_coverage_rate',
    'average_response_delay_seconds',
    'median_first_response_seconds',
    'p90_first_response_seconds',
    ...LENGTHS,
  ),
};

const RATINGS = [
  'chat_count',
  'rated_chat_count',
  'great_chat_count',
  'ok_chat_count',
  'poor_chat_count',
  'asked_or_rated_chat_count',
] as const satisfies readonly ChatCount[];

export const csat: View = {
  schema: 'chatrhub_bi',
  name: 'csat',
  sql: `
select date_day, day_of_week, week_start, month_start, agent_id, agent_name, is_bot, group_id, group_name, channel,
  ${RATINGS.join(', ')}, overall_rating_sum,
  ${share('great_chat_count', 'rated_chat_count')} as csat_rate,
  ${share('rated_chat_count', 'asked_or_rated_chat_count')} as rating_response_rate
from (
  select ${CALENDAR.join(', ')}, agent_id, agent_name, is_bot, group_id, group_name, channel,
    ${counts(RATINGS)}, coalesce(sum(overall_rating), 0)::bigint as overall_rating_sum
  from chatrhub_bi.chats_enriched where is_counted and date_day is not null
  group by ${CALENDAR.join(', ')}, agent_id, agent_name, is_bot, group_id, group_name, channel
) rated`,
  about:
    'How happy visitors are: one row per local day, agent, group and channel that had counted chats. CSAT is the share of rated chats that were rated great; unrated ones are not in it.',
  notes: describeColumns(
    ...CALENDAR,
    'agent_id',
    'agent_name',
    'is_bot',
    'group_id',
    'group_name',
    'channel',
    ...RATINGS,
    'overall_rating_sum',
    'csat_rate',
    'rating_response_rate',
  ),
};
