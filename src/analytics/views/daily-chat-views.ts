import type { View } from '../../records/view.ts';
import { CALENDAR, calendar } from '../local-time.ts';
import { averages, type ChatCount, counts, lengths, orZero, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { chatsByDay, daysWithChats, STORE } from '../stored-views.ts';
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

/** What a day's chats measured that cannot be added up. */
const MEASURED = ['average_response_delay_seconds', 'median_first_response_seconds', 'p90_first_response_seconds', ...LENGTHS] as const;

export const dailyChats: View = {
  schema: 'chatrhub_bi',
  name: 'daily_chats',
  sql: `
select d.date_day, ${calendar('d.date_day')}, ${isWholeDay('d.date_day')} as is_whole_day,
  ${[...COUNTS, 'distinct_visitor_count'].map((name) => `d.${name}`).join(', ')},
  ${share('d.missed_chat_count', 'd.chat_count')} as missed_rate,
  ${share('d.transferred_chat_count', 'd.served_chat_count')} as transfer_rate,
  ${share('d.great_chat_count', 'd.rated_chat_count')} as csat_rate,
  ${share('d.answered_in_60s_count', 'd.answerable_chat_count')} as answered_in_60s_rate,
  ${share('d.chats_with_messages_count', 'd.chat_count')} as message_coverage_rate,
  ${MEASURED.map((name) => `d.${name}`).join(', ')}
from ${STORE}.daily_chats d`,
  stored: {
    unit: 'days',
    key: ['date_day'],
    sql: `
with days as (${daysWithChats}
), chats as (
  select e.date_day,
    ${counts(COUNTS)},
    count(distinct visitor_id) filter (where is_counted) as distinct_visitor_count,
    ${averages},
    ${lengths}
  from ${chatsByDay} group by e.date_day
)
select d.date_day, ${orZero([...COUNTS, 'distinct_visitor_count'], 'c')}, ${MEASURED.map((name) => `c.${name}`).join(', ')}
from days d left join chats c on c.date_day = d.date_day`,
  },
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
select s.date_day, ${calendar('s.date_day')}, s.agent_id, a.full_name as agent_name, a.is_bot is true as is_bot, s.group_id, g.group_name, s.channel,
  ${[...RATINGS, 'overall_rating_sum'].map((name) => `s.${name}::bigint as ${name}`).join(', ')},
  ${share('s.great_chat_count', 's.rated_chat_count')} as csat_rate,
  ${share('s.rated_chat_count', 's.asked_or_rated_chat_count')} as rating_response_rate
from ${STORE}.csat s
left join chatrhub.agents a on a.agent_id = s.agent_id
left join chatrhub.groups g on g.group_id = s.group_id`,
  stored: {
    unit: 'days',
    // Nearly as many rows as chats, where few come: its counts are stored in four bytes.
    key: ['date_day', 'agent_id', 'group_id', 'channel'],
    sql: `
select e.date_day, e.agent_id, e.group_id, e.channel, ${counts(RATINGS, 'integer')},
  coalesce(sum(e.overall_rating), 0)::integer as overall_rating_sum
from ${chatsByDay} where e.is_counted
group by e.date_day, e.agent_id, e.group_id, e.channel`,
  },
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
