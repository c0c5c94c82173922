import type { View } from '../../records/view.ts';
import { CALENDAR, calendar, chatsByDay, dayLength, secondsBetween } from '../local-time.ts';
import { averages, type ChatCount, counts, orZero, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';

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

/** What is stored of an agent's day, of chats. */
const STORED = [
  ...COUNTS,
  'estimated_chat_count',
  'transferred_out_chat_count',
  'transferred_in_chat_count',
  'engaged_seconds',
  'assigned_seconds',
  'chat_seconds',
] as const;

/** SQL: the length of the union of times of one day. */
const lengthOf = (ranges: string): string =>
  `coalesce((select sum(${secondsBetween('lower(period)', 'upper(period)')}) from unnest(${ranges}) as period), 0)`;

/**
 * SQL: the parts of chats in which their agent was online, with the day that the online time belongs to, which can reach five minutes into
 * the next one.
 */
const ENGAGED = `
  pieces as (
    select o.agent_id, o.date_day, greatest(b.started_at, o.started_at) as started_at,
      least(b.active_until_at, o.ended_at) as active_until_at, least(b.ended_at, o.ended_at) as ended_at
    from bi_days d
    join ${STORE}.agent_online_times o on o.date_day = d.date_day
    join bi_busy b on b.agent_id = o.agent_id and b.started_at < o.ended_at and o.started_at < b.ended_at
  ), engaged as (
    select agent_id, date_day,
      sum(${secondsBetween('started_at', 'active_until_at')}) filter (where active_until_at > started_at) as chat_seconds,
      range_agg(tstzrange(started_at, active_until_at)) filter (where active_until_at > started_at) as active_ranges,
      range_agg(tstzrange(started_at, ended_at)) as assigned_ranges
    from pieces group by agent_id, date_day
  )`;

export const agentDailyPerformance: View = {
  schema: 'chatrhub_bi',
  name: 'agent_daily_performance',
  sql: `
select m.agent_id, a.full_name as agent_name, a.is_bot is true as is_bot, m.date_day, ${calendar('m.date_day')},
  ${STORED.map((name) => `m.${name}`).join(', ')}, m.average_response_delay_seconds, m.median_first_response_seconds, m.p90_first_response_seconds,
  ${orZero(STATUS_SECONDS, 's')}, coalesce(s.unknown_seconds, ${dayLength('m.date_day')}) as unknown_seconds, s.agent_id is not null as has_status,
  ${share('m.great_chat_count', 'm.rated_chat_count')} as csat_rate,
  ${share('m.missed_chat_count', 'm.chat_count')} as missed_rate,
  ${share('m.transferred_out_chat_count', 'm.served_chat_count')} as transfer_rate,
  ${share('m.answered_in_60s_count', 'm.answerable_chat_count')} as answered_in_60s_rate,
  ${share('m.engaged_seconds', 's.online_seconds')} as occupancy_rate,
  ${share('m.assigned_seconds', 's.online_seconds')} as assigned_rate,
  ${share('m.chat_seconds', 'm.engaged_seconds')} as average_concurrency,
  ${share('s.available_seconds', 's.online_seconds')} as availability_rate
from ${STORE}.agent_daily_performance m
join chatrhub.agents a on a.agent_id = m.agent_id
left join chatrhub_bi.agent_daily_status s on s.agent_id = m.agent_id and s.date_day = m.date_day`,
  stored: {
    unit: 'busy_days',
    key: ['date_day', 'agent_id'],
    sql: `
with days as (select * from bi_days
), chats as (
  select e.agent_id, days.date_day,
    ${counts([...COUNTS, 'transferred_chat_count'])},
    count(*) filter (where is_counted and is_missed is not true and not has_messages_loaded and active_until_at is not null) as estimated_chat_count,
    ${averages}
  from ${chatsByDay} where e.chat_type = 'visitor' and e.agent_id is not null
  group by e.agent_id, days.date_day
), transfers as (
  select e.transferred_to_agent_id as agent_id, days.date_day, count(*) as transferred_in_chat_count
  from ${chatsByDay} where e.is_counted and e.transferred_to_agent_id is not null
  group by e.transferred_to_agent_id, days.date_day
), ${ENGAGED.trim()}, agent_days as (
  select agent_id, date_day from chats union select agent_id, date_day from transfers
  union select s.agent_id, s.date_day from bi_days d join ${STORE}.agent_daily_status s on s.date_day = d.date_day
)
select d.date_day, d.agent_id,
  ${orZero([...COUNTS, 'estimated_chat_count'], 'c')},
  coalesce(c.transferred_chat_count, 0) as transferred_out_chat_count,
  coalesce(t.transferred_in_chat_count, 0) as transferred_in_chat_count,
  c.average_response_delay_seconds, c.median_first_response_seconds, c.p90_first_response_seconds,
  ${lengthOf('e.active_ranges')} as engaged_seconds, ${lengthOf('e.assigned_ranges')} as assigned_seconds,
  coalesce(e.chat_seconds, 0) as chat_seconds
from agent_days d
left join chats c on c.agent_id = d.agent_id and c.date_day = d.date_day
left join transfers t on t.agent_id = d.agent_id and t.date_day = d.date_day
left join engaged e on e.agent_id = d.agent_id and e.date_day = d.date_day`,
  },
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
