import type { View } from '../../records/view.ts';
import { CALENDAR, calendar, dayLength, secondsBetween } from '../local-time.ts';
import { averages, type ChatCount, counts, orZero, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { chatsByDay, STORE } from '../stored-views.ts';

const COUNTS = [
  'offered_chat_count',
  'beat_out_chat_count',
  'chat_count',
  'missed_chat_count',
  'missed_unknown_chat_count',
  'served_chat_count',
  'rated_chat_count',
  'great_chat_count',
  'ok_chat_count',
  'poor_chat_count',
  'response_delay_chat_count',
  'first_response_chat_count',
  'answerable_chat_count',
  'answered_in_60s_count',
] as const satisfies readonly ChatCount[];

const STATUS_SECONDS = ['available_seconds', 'unavailable_seconds', 'offline_seconds', 'online_seconds', 'observed_seconds'] as const;

/** What is stored of an agent's day: of chats that began on it, and of the time that chats took on it. */
const OF_CHATS = [...COUNTS, 'estimated_chat_count', 'transferred_out_chat_count', 'transferred_in_chat_count'] as const;
const OF_TIME = ['engaged_seconds', 'assigned_seconds', 'chat_seconds'] as const;
const MEASURED = ['average_response_delay_seconds', 'median_first_response_seconds', 'p90_first_response_seconds'] as const;

/** SQL: how long the times of one day are together. */
const lengthOf = (ranges: string): string =>
  `coalesce((select sum(${secondsBetween('lower(period)', 'upper(period)')}) from unnest(${ranges}) as period), 0)`;

export const agentDailyChats: View = {
  schema: STORE,
  name: 'agent_daily_chats',
  sql: '',
  stored: {
    unit: 'days',
    key: ['date_day', 'agent_id'],
    sql: `
with chats as (
  select e.agent_id, e.date_day,
    ${counts([...COUNTS, 'transferred_chat_count'])},
    count(*) filter (where is_counted and is_missed is not true and not has_messages_loaded and active_until_at is not null) as estimated_chat_count,
    ${averages}
  from ${chatsByDay} where e.chat_type = 'visitor' and e.agent_id is not null
  group by e.agent_id, e.date_day
), transfers as (
  select e.transferred_to_agent_id as agent_id, e.date_day, count(*) as transferred_in_chat_count
  from ${chatsByDay} where e.is_counted and e.transferred_to_agent_id is not null
  group by e.transferred_to_agent_id, e.date_day
)
select coalesce(c.date_day, t.date_day) as date_day, coalesce(c.agent_id, t.agent_id) as agent_id,
  ${orZero([...COUNTS, 'estimated_chat_count'], 'c')},
  coalesce(c.transferred_chat_count, 0) as transferred_out_chat_count,
  coalesce(t.transferred_in_chat_count, 0) as transferred_in_chat_count,
  ${MEASURED.map((name) => `c.${name}`).join(', ')}
from chats c full join transfers t on t.agent_id = c.agent_id and t.date_day = c.date_day`,
  },
  about: 'Chats of each agent: one row per agent and local day on which chats of the agent began, or were handed over to the agent.',
  notes: {},
};

/** The parts of chats in which their agent was online, on the day that the online time belongs to. */
export const agentDailyTimes: View = {
  schema: STORE,
  name: 'agent_daily_times',
  sql: '',
  stored: {
    unit: 'busy_days',
    key: ['date_day', 'agent_id'],
    sql: `
with pieces as (
  select o.agent_id, o.date_day, greatest(b.started_at, o.started_at) as started_at,
    least(b.active_until_at, o.ended_at) as active_until_at, least(b.ended_at, o.ended_at) as ended_at
  from bi_busy b
  join ${STORE}.agent_online_times o on o.date_day = b.date_day and o.agent_id = b.agent_id and b.started_at < o.ended_at and o.started_at < b.ended_at
), engaged as (
  select agent_id, date_day,
    sum(${secondsBetween('started_at', 'active_until_at')}) filter (where active_until_at > started_at) as chat_seconds,
    range_agg(tstzrange(started_at, active_until_at)) filter (where active_until_at > started_at) as active_ranges,
    range_agg(tstzrange(started_at, ended_at)) as assigned_ranges
  from pieces group by agent_id, date_day
)
select date_day, agent_id, ${lengthOf('e.active_ranges')} as engaged_seconds, ${lengthOf('e.assigned_ranges')} as assigned_seconds,
  coalesce(e.chat_seconds, 0) as chat_seconds
from engaged e`,
  },
  about: 'How long chats kept agents busy while they were online: one row per agent and local day on which they did.',
  notes: {},
};

export const agentDailyPerformance: View = {
  schema: 'chatrhub_bi',
  name: 'agent_daily_performance',
  sql: `
select d.agent_id, a.full_name as agent_name, a.is_bot is true as is_bot, d.date_day, ${calendar('d.date_day')},
  ${orZero(OF_CHATS, 'c')}, ${orZero(OF_TIME, 't')}, ${MEASURED.map((name) => `c.${name}`).join(', ')},
  ${orZero(STATUS_SECONDS, 's')}, coalesce(s.unknown_seconds, ${dayLength('d.date_day')}) as unknown_seconds, s.agent_id is not null as has_status,
  ${share('c.great_chat_count', 'c.rated_chat_count')} as csat_rate,
  ${share('c.missed_chat_count', 'c.chat_count')} as missed_rate,
  ${share('c.transferred_out_chat_count', 'c.served_chat_count')} as transfer_rate,
  ${share('c.answered_in_60s_count', 'c.answerable_chat_count')} as answered_in_60s_rate,
  ${share('coalesce(t.engaged_seconds, 0)', 's.online_seconds')} as occupancy_rate,
  ${share('coalesce(t.assigned_seconds, 0)', 's.online_seconds')} as assigned_rate,
  ${share('t.chat_seconds', 't.engaged_seconds')} as average_concurrency,
  ${share('s.available_seconds', 's.online_seconds')} as availability_rate
from (
  select agent_id, date_day from ${STORE}.agent_daily_chats union select agent_id, date_day from ${STORE}.agent_daily_status
) d
join chatrhub.agents a on a.agent_id = d.agent_id
left join ${STORE}.agent_daily_chats c on c.agent_id = d.agent_id and c.date_day = d.date_day
left join ${STORE}.agent_daily_times t on t.agent_id = d.agent_id and t.date_day = d.date_day
left join chatrhub_bi.agent_daily_status s on s.agent_id = d.agent_id and s.date_day = d.date_day`,
  about:
    'What each agent did: one row per agent and local day with chats, transfers in, or status. Chats are attributed to the agent they are recorded against. Join no groups to it: an agent in two groups would count twice.',
  notes: {
    ...describeColumns(
      'agent_id',
      ...COUNTS,
      'average_response_delay_seconds',
      'median_first_response_seconds',
      'p90_first_response_seconds',
      ...STATUS_SECONDS,
      'engaged_seconds',
      'assigned_seconds',
      'chat_seconds',
      'estimated_chat_count',
      'agent_name',
      'is_bot',
      ...CALENDAR,
      'csat_rate',
      'missed_rate',
      'answered_in_60s_rate',
      'occupancy_rate',
      'assigned_rate',
      'average_concurrency',
      'availability_rate',
    ),
    transferred_out_chat_count: 'Counted chats of the agent that were transferred to another one.',
    transferred_in_chat_count: 'Counted chats that were transferred to the agent; they are recorded against another one.',
    unknown_seconds: 'Length of the local day less observed_seconds; the whole day where there is no snapshot.',
    has_status: 'True when there are snapshots of the agent on that day.',
    transfer_rate: 'Share of served chats that were transferred: transferred_out_chat_count / served_chat_count. Not additive.',
  },
};

const UTILIZATION = [
  'available_seconds',
  'unavailable_seconds',
  'online_seconds',
  'engaged_seconds',
  'assigned_seconds',
  'chat_seconds',
  'estimated_chat_count',
  'occupancy_rate',
  'assigned_rate',
  'average_concurrency',
  'availability_rate',
] as const;

export const agentUtilization: View = {
  schema: 'chatrhub_bi',
  name: 'agent_utilization',
  sql: `select agent_id, agent_name, is_bot, ${CALENDAR.join(', ')}, ${UTILIZATION.join(', ')}
from chatrhub_bi.agent_daily_performance where has_status`,
  about:
    'How busy agents are while they are online: one row per agent and local day with status. Of chats it takes the counted ones that were not missed, from their beginning to their active_until_at; those without one are left out. "Unavailable" may mean full or switched off: the API cannot tell.',
  notes: describeColumns('agent_id', 'agent_name', 'is_bot', ...CALENDAR, ...UTILIZATION),
};
