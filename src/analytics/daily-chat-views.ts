import type { View } from '../records/view.ts';
import { calendar, chatDays, chatsByDay } from './local-time.ts';
import { averages, type ChatCount, counts, orZero, share } from './measures.ts';
import { describeColumns } from './source-words.ts';

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
  'visitor_wrote_chat_count',
  'answered_in_60s_chat_count',
  'chats_with_messages_count',
] as const satisfies readonly ChatCount[];

export const dailyChats: View = {
  schema: 'chatrhub_bi',
  name: 'daily_chats',
  sql: `
with days as (${chatDays}
), chats as (
  select date_day,
    ${counts(COUNTS)},
    count(distinct visitor_id) filter (where is_counted) as visitor_count,
    ${averages},
    avg(duration_seconds) filter (where is_counted and is_ended)::double precision as average_duration_seconds
  from ${chatsByDay} group by date_day
)
select d.date_day, ${calendar('d.date_day')},
  ${orZero([...COUNTS, 'visitor_count'], 'c')},
  ${share('c.missed_chat_count', 'c.chat_count')} as missed_rate,
  ${share('c.transferred_chat_count', 'c.served_chat_count')} as transfer_rate,
  ${share('c.great_chat_count', 'c.rated_chat_count')} as csat_rate,
  ${share('c.answered_in_60s_chat_count', 'c.visitor_wrote_chat_count')} as answered_in_60s_rate,
  ${share('c.chats_with_messages_count', 'c.chat_count')} as message_coverage_rate,
  c.average_response_delay_seconds, c.median_first_response_seconds, c.p90_first_response_seconds, c.average_duration_seconds
from days d left join chats c on c.date_day = d.date_day`,
  about:
    'Chats of each local day: one row per day from the first to the last chat, also for days without any. A chat belongs to the day it began.',
  notes: describeColumns(
    'date_day',
    'week_start',
    'month_start',
    'day_of_week',
    ...COUNTS,
    'visitor_count',
    'missed_rate',
    'transfer_rate',
    'csat_rate',
    'answered_in_60s_rate',
    'message_coverage_rate',
    'average_response_delay_seconds',
    'median_first_response_seconds',
    'p90_first_response_seconds',
    'average_duration_seconds',
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
select date_day, ${calendar('date_day')}, agent_id, agent_name, is_bot, group_id, group_name, channel,
  ${RATINGS.join(', ')}, overall_rating_sum,
  ${share('great_chat_count', 'rated_chat_count')} as csat_rate,
  ${share('rated_chat_count', 'asked_or_rated_chat_count')} as rating_response_rate
from (
  select created_date as date_day, agent_id, agent_name, is_bot, group_id, group_name, channel,
    ${counts(RATINGS)}, coalesce(sum(overall_rating), 0)::bigint as overall_rating_sum
  from chatrhub_bi.chats_enriched where is_counted and created_date is not null
  group by created_date, agent_id, agent_name, is_bot, group_id, group_name, channel
) rated`,
  about:
    'How happy visitors are: one row per local day, agent, group and channel that had counted chats. CSAT is the share of rated chats that were rated great; unrated ones are not in it.',
  notes: describeColumns(
    'date_day',
    'week_start',
    'month_start',
    'day_of_week',
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
