import type { View } from '../../records/view.ts';
import { peopleNeeded } from '../erlang.ts';
import { calendar, LOCAL, localHour, secondsBetween } from '../local-time.ts';
import { orZero, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';

/** SQL: clocks that go back by half an hour make an hour and a half of one. */
const LONGEST_HOUR = "interval '2 hours'";

export const teamLoadHourly: View = {
  schema: 'chatrhub_bi',
  name: 'team_load_hourly',
  sql: `
select l.hour_start_at, l.date_day, ${localHour('l.hour_start_at')} as hour_of_day, ${calendar('l.date_day')},
  l.chat_seconds, ${share('l.chat_seconds', 'l.hour_seconds')} as average_chats_at_once,
  l.peak_chat_count, l.chat_start_count, l.median_active_seconds, l.offered_load, h.available_agent_count, h.is_availability_unknown,
  l.needed_agent_count, l.needed_agent_count > h.available_agent_count and not h.is_availability_unknown as is_short_of_people
from ${STORE}.team_load_hourly l join chatrhub_bi.hourly_demand_vs_availability h on h.hour_start_at = l.hour_start_at`,
  stored: {
    unit: 'busy_days',
    key: ['date_day', 'hour_start_at'],
    sql: `
with chats as (
  select date_day, started_at, active_until_at as ended_at from bi_busy where is_of_people and active_until_at > started_at
), pieces as (
  -- From each chat to its few hours: the other way round, each hour would be held against all chats.
  select h.date_day, h.hour_start_at, greatest(c.started_at, h.hour_start_at) as started_at, least(c.ended_at, h.hour_end_at) as ended_at,
    case when c.started_at >= h.hour_start_at then ${secondsBetween('c.started_at', 'c.ended_at')} end as seconds_of_begun
  from chats c cross join lateral (
    select date_day, hour_start_at, hour_end_at from ${STORE}.hourly_demand_vs_availability
    where date_day = c.date_day and hour_start_at > c.started_at - ${LONGEST_HOUR} and hour_start_at < c.ended_at and hour_end_at > c.started_at offset 0
  ) h
), starts as (
  select hour_start_at, count(seconds_of_begun) as chat_start_count,
    percentile_cont(0.5) within group (order by seconds_of_begun) as median_active_seconds
  from pieces group by hour_start_at
), moments as (
  select hour_start_at, sum(change) over (partition by hour_start_at order by at, change) as chats_at_once
  from (
    select hour_start_at, started_at as at, 1 as change from pieces union all select hour_start_at, ended_at, -1 from pieces
  ) changes
), peaks as (
  select hour_start_at, max(chats_at_once) as peak_chat_count from moments group by hour_start_at
), sums as (
  select hour_start_at, sum(${secondsBetween('started_at', 'ended_at')}) as chat_seconds from pieces group by hour_start_at
), measured as (
  select h.date_day, h.hour_start_at, ${secondsBetween('h.hour_start_at', 'h.hour_end_at')} as hour_seconds, ${orZero(['chat_start_count'], 's')}, s.median_active_seconds,
    coalesce(p.peak_chat_count, 0)::bigint as peak_chat_count, coalesce(c.chat_seconds, 0) as chat_seconds
  from ${STORE}.hourly_demand_vs_availability h
  left join starts s on s.hour_start_at = h.hour_start_at
  left join peaks p on p.hour_start_at = h.hour_start_at
  left join sums c on c.hour_start_at = h.hour_start_at
  where h.date_day in (select date_day from bi_days where is_busy)
), loaded as (
  select *, coalesce(chat_start_count * median_active_seconds / hour_seconds, 0) as offered_load from measured
)
select date_day, hour_start_at, hour_seconds, chat_seconds, peak_chat_count, chat_start_count, median_active_seconds, offered_load,
  ${peopleNeeded('offered_load')} as needed_agent_count
from loaded`,
  },
  about:
    'How much work people had, and how many it takes: one row per local hour, the same as hourly_demand_vs_availability. Of chats it takes the counted ones of people that were not missed, each until its active_until_at.',
  notes: {
    ...describeColumns(...LOCAL),
    hour_start_at: 'When the hour began.',
    chat_seconds: 'Seconds of chats within the hour, added up: two at once count twice.',
    average_chats_at_once: 'Chats that people had at once, on average over the hour: chat_seconds / length of the hour. Not additive.',
    peak_chat_count: 'The most chats that people had at once within the hour. Not additive.',
    chat_start_count: 'Chats that began in the hour.',
    median_active_seconds: 'Median seconds that these took. Not additive.',
    offered_load:
      'Work that began in the hour, in erlangs: chat_start_count x median_active_seconds / length of the hour. One erlang keeps one person busy who has one chat at a time. Not additive.',
    available_agent_count: 'Different people (no bots) who were seen available in that hour. Not additive.',
    is_availability_unknown: 'True when there is no snapshot in that hour: whether somebody was there is not known.',
    needed_agent_count:
      'People it takes so that at most one visitor in ten waits, at that load (Erlang C). It assumes one chat at a time for each person, visitors who come by chance and wait until somebody is free, and a load that lasts the hour. People who have several chats at once need fewer. 501 stands for more than 500. Not additive.',
    is_short_of_people: 'True when it takes more people than were available; false while availability is unknown.',
  },
};
