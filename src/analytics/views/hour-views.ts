import type { View } from '../../records/view.ts';
import { endOfSnapshots } from '../business-time.ts';
import { calendar, LOCAL, localHour, localHourStart } from '../local-time.ts';
import { type ChatCount, counts, orZero, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { chatsByDay, STORE } from '../stored-views.ts';

const COUNTS = ['chat_count', 'missed_chat_count', 'offline_chat_count'] as const satisfies readonly ChatCount[];
const SUPPLY = ['observed_agent_count', 'available_agent_count', 'available_agent_hours', 'online_agent_hours'] as const;

export const hourlyDemandVsAvailability: View = {
  schema: 'chatrhub_bi',
  name: 'hourly_demand_vs_availability',
  sql: `
select h.hour_start_at, h.hour_end_at, h.date_day, ${localHour('h.hour_start_at')} as hour_of_day, ${calendar('h.date_day')},
  ${COUNTS.map((name) => `h.${name}`).join(', ')}, ${orZero(SUPPLY, 's')},
  ${share('h.chat_count', 's.available_agent_hours')} as chats_per_available_agent_hour,
  s.hour is null as is_availability_unknown,
  coalesce(s.available_agent_count = 0, false) and h.chat_count > 0 as is_uncovered_demand
from ${STORE}.hourly_demand_vs_availability h
left join ${STORE}.hourly_supply s on s.date_day = h.date_day and s.hour = h.hour`,
  stored: {
    unit: 'days',
    key: ['date_day', 'hour_start_at'],
    indexes: ['(hour_start_at)'],
    sql: `
with days as (select * from bi_days where has_chats
), bounds as (
  select least((select min(created_at) from chatrhub.chats), ${endOfSnapshots('min')}) as first_at,
    greatest((select max(created_at) from chatrhub.chats), ${endOfSnapshots('max')}) as last_at
), hours as (
  select date_day, ${localHourStart('quarter')} as hour, min(quarter) as hour_start_at, max(quarter) + interval '15 minutes' as hour_end_at
  from days, generate_series(starts_at, ends_at - interval '15 minutes', interval '15 minutes') as quarter group by 1, 2
), demand as (
  select ${localHourStart('e.created_at')} as hour, ${counts(COUNTS)} from ${chatsByDay} where e.is_counted group by 1
)
select h.date_day, h.hour, h.hour_start_at, h.hour_end_at, ${orZero(COUNTS, 'd')}
from bounds, hours h left join demand d on d.hour = h.hour
where h.hour_end_at > bounds.first_at and h.hour_start_at <= bounds.last_at`,
  },
  about:
    'Arriving chats and available agents: one row per local hour from the first to the last chat or snapshot, also for hours without any. When clocks go back, two rows have the same local day and hour.',
  notes: {
    ...describeColumns(...LOCAL, ...COUNTS),
    hour_start_at: 'When the hour began.',
    hour_end_at: 'When it ended: half an hour later, or an hour and a half, where clocks change by half an hour.',
    observed_agent_count:
      'Different people (no bots) of whom there are snapshots in that hour, whatever they say: where it is lower than usual, the activity of some is not read yet, and the numbers of the available are too low. Not additive.',
    available_agent_count: 'Different people (no bots) who were seen available in that hour. Not additive.',
    available_agent_hours: 'Hours that people were available, added up: two people for half an hour each are one.',
    online_agent_hours: 'Hours that people were available or unavailable, added up.',
    chats_per_available_agent_hour: 'chat_count / available_agent_hours; null when nobody was available. Not additive.',
    is_availability_unknown: 'True when there is no snapshot in that hour: whether somebody was there is not known.',
    is_uncovered_demand: 'True when chats arrived, there are snapshots, and nobody was available.',
  },
};

/** Who was there, by local hours of which there are snapshots. */
export const hourlySupply: View = {
  schema: STORE,
  name: 'hourly_supply',
  sql: '',
  stored: {
    unit: 'snapshot_days',
    key: ['date_day', 'hour'],
    sql: `
with presence as (
  select date_day, hour, agent_id,
    coalesce(sum(covered_seconds) filter (where status = 'available'), 0) as available_seconds,
    coalesce(sum(covered_seconds) filter (where status in ('available', 'unavailable')), 0) as online_seconds
  from bi_snapshots group by 1, 2, 3
)
select p.date_day, p.hour, count(*) filter (where a.is_bot is not true) as observed_agent_count,
  count(*) filter (where p.available_seconds > 0 and a.is_bot is not true) as available_agent_count,
  coalesce(sum(p.available_seconds) filter (where a.is_bot is not true), 0) / 3600 as available_agent_hours,
  coalesce(sum(p.online_seconds) filter (where a.is_bot is not true), 0) / 3600 as online_agent_hours
from presence p join chatrhub.agents a on a.agent_id = p.agent_id group by p.date_day, p.hour`,
  },
  about: 'People who were there: one row per local hour of which there are snapshots.',
  notes: {},
};
