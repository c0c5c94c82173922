import type { View } from '../../records/view.ts';
import { CALENDAR, calendar, dayLength, LOCAL, localColumns, localHourStart, secondsBetween } from '../local-time.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';
import { isOddSnapshot } from './quality-checks.ts';

/** Snapshots come every five minutes, and stand for the time until the next one, no longer. */
const STEP = "interval '300 seconds'";
/** One that comes later than this was not the next. */
const GAP = "interval '450 seconds'";

/** SQL: for how long each snapshot stands, and what of the one before it is known; of some that are alike, where the last is at `last`. */
const coveredBy = (last: string): string => `least(lead(snapshot_at) over agent, ${last} + ${STEP}) as covered_until, status,
    coalesce(snapshot_at - lag(${last}) over agent > ${GAP}, false) as is_after_gap,
    lag(snapshot_at) over agent is null as is_first, status is distinct from lag(status) over agent as is_other_status`;

const IS_SPAN_START = '(is_first or is_after_gap or is_other_status)';

/**
 * SQL: the snapshots of the days that are computed. Those of an agent's local hour are one row where they are alike: of one status, one every
 * five minutes, none that fails a check of data_quality. `piece`: the how-many-th span of its day it is part of, 0 for the one before: with
 * each day the snapshots next to it are read. Hours first, as putting millions of snapshots in order takes twice the time.
 */
export const snapshotsOfDays = `
select agent_id, date_day, of_day.*
from bi_days d
cross join chatrhub.agents a
cross join lateral (
  with hours as (
    select ${localHourStart('snapshot_at')} as hour, min(status) as status, min(snapshot_at) as snapshot_at, max(snapshot_at) as last_at,
      count(*) as snapshot_count,
      min(status) = max(status) and not bool_or(${isOddSnapshot}) and max(snapshot_at) - min(snapshot_at) = (count(*) - 1) * ${STEP} as is_alike
    from chatrhub.agent_activities where agent_id = a.agent_id and snapshot_at >= d.starts_at and snapshot_at < d.ends_at group by 1
  ), near as (
    select hour, status, snapshot_at, last_at, snapshot_count from hours where is_alike
    union all
    select h.hour, s.status, s.snapshot_at, s.snapshot_at, 1 from hours h join chatrhub.agent_activities s
      on s.agent_id = a.agent_id and s.snapshot_at >= h.snapshot_at and s.snapshot_at <= h.last_at where not h.is_alike
    union all
    (select null, status, snapshot_at, snapshot_at, 0 from chatrhub.agent_activities
     where agent_id = a.agent_id and snapshot_at < d.starts_at order by snapshot_at desc limit 1)
    union all
    (select null, status, snapshot_at, snapshot_at, 0 from chatrhub.agent_activities
     where agent_id = a.agent_id and snapshot_at >= d.ends_at order by snapshot_at limit 1)
  ), covered as (
    select hour, snapshot_at, snapshot_count, ${coveredBy('last_at')} from near window agent as (order by snapshot_at)
  )
  select *, ${secondsBetween('snapshot_at', 'covered_until')} as covered_seconds,
    count(*) filter (where ${IS_SPAN_START}) over (order by snapshot_at rows unbounded preceding) as piece
  from covered where hour is not null
) of_day
where d.has_snapshots`;

export const agentStatusIntervals: View = {
  schema: 'chatrhub_bi',
  name: 'agent_status_intervals',
  sql: `
select agent_id, snapshot_at, ${localColumns('snapshot_at')}, status, covered_until,
  ${secondsBetween('snapshot_at', 'covered_until')} as covered_seconds, is_after_gap,
  ${IS_SPAN_START} as is_span_start
from (
  select agent_id, snapshot_at, ${coveredBy('snapshot_at')}
  from chatrhub.agent_activities window agent as (partition by agent_id order by snapshot_at)
) snapshots`,
  about: 'The time that each status snapshot stands for: one row per snapshot. Weigh by covered_seconds, never count snapshots.',
  notes: {
    ...describeColumns('agent_id', ...LOCAL),
    snapshot_at: { like: 'agent_activities.snapshot_at' },
    date_day: 'Local day of the snapshot: all of its time belongs to it.',
    status: { like: 'agent_activities.status' },
    covered_until: 'Until when the snapshot stands: the next one of the agent, or 300 seconds later, whichever is earlier.',
    covered_seconds: 'Seconds from the snapshot until then.',
    is_after_gap:
      'True when the snapshot before it is more than 450 seconds away: nothing is known of the time between. False for the first.',
    is_span_start: 'True when a span of agent_status_spans begins here: the status is another one, or nothing is known of the time before.',
  },
};

export const agentStatusSpans: View = {
  schema: 'chatrhub_bi',
  name: 'agent_status_spans',
  sql: `
with numbered as (
  select *, count(*) filter (where not is_continued) over (partition by agent_id order by started_at rows unbounded preceding) as span
  from ${STORE}.agent_status_pieces
), spans as (
  select agent_id, min(status) as status, min(started_at) as started_at, max(ended_at) as ended_at,
    sum(covered_seconds) as covered_seconds, sum(snapshot_count)::bigint as snapshot_count, bool_or(is_after_gap) as starts_after_gap
  from numbered group by agent_id, span
)
select agent_id, status, started_at, ${localColumns('started_at')}, ended_at, covered_seconds, snapshot_count, starts_after_gap,
  lead(started_at) over (partition by agent_id order by started_at) is null as is_latest
from spans`,
  about:
    'Stretches of time in which an agent had the same status: one row per stretch. A new one begins when the status changes, and after a gap between snapshots.',
  notes: {
    ...describeColumns('agent_id', ...LOCAL),
    status: { like: 'agent_activities.status' },
    started_at: 'Moment of the first snapshot of the span.',
    ended_at: 'Until when the last snapshot of the span stands.',
    covered_seconds: 'Seconds that the snapshots of the span stand for: at most the time from its beginning to its end.',
    snapshot_count: 'Snapshots in the span.',
    starts_after_gap: 'True when nothing is known of the time just before it.',
    is_latest: 'True for the last span of the agent: as far as known it is still running.',
  },
};

/** Spans, cut where local days begin: so that a day is computed by itself. */
export const agentStatusPieces: View = {
  schema: STORE,
  name: 'agent_status_pieces',
  sql: '',
  stored: {
    unit: 'snapshot_days',
    key: ['date_day', 'agent_id', 'started_at'],
    indexes: ['(agent_id, started_at)'],
    sql: `
select date_day, agent_id, min(status) as status, min(snapshot_at) as started_at, max(covered_until) as ended_at,
  sum(covered_seconds) as covered_seconds, sum(snapshot_count)::bigint as snapshot_count, bool_or(is_after_gap) as is_after_gap,
  not bool_or(${IS_SPAN_START}) as is_continued
from bi_snapshots group by date_day, agent_id, piece`,
  },
  about: 'Spans of one status, cut where local days begin: one row per agent, day and stretch.',
  notes: {},
};

const STATUS_SECONDS = ['available', 'unavailable', 'offline'] as const;

export const agentDailyStatus: View = {
  schema: 'chatrhub_bi',
  name: 'agent_daily_status',
  sql: `
select s.agent_id, s.date_day, ${calendar('s.date_day')}, s.available_seconds, s.unavailable_seconds, s.offline_seconds,
  s.observed_seconds - s.available_seconds - s.unavailable_seconds - s.offline_seconds as other_seconds,
  s.observed_seconds, ${dayLength('s.date_day')} - s.observed_seconds as unknown_seconds,
  s.available_seconds + s.unavailable_seconds as online_seconds, s.snapshot_count
from ${STORE}.agent_daily_status s`,
  stored: {
    unit: 'snapshot_days',
    key: ['date_day', 'agent_id'],
    sql: `
select date_day, agent_id,
  ${STATUS_SECONDS.map((status) => `coalesce(sum(covered_seconds) filter (where status = '${status}'), 0) as ${status}_seconds`).join(',\n  ')},
  sum(covered_seconds) as observed_seconds, sum(snapshot_count)::bigint as snapshot_count
from bi_snapshots group by date_day, agent_id`,
  },
  about: 'Time of each agent by status: one row per agent and local day with snapshots.',
  notes: {
    ...describeColumns(
      'agent_id',
      ...CALENDAR,
      'available_seconds',
      'unavailable_seconds',
      'offline_seconds',
      'online_seconds',
      'observed_seconds',
    ),
    other_seconds: 'Seconds with a status that the documentation does not name.',
    unknown_seconds:
      'Length of the local day (82,800 or 90,000 seconds when clocks change) less observed_seconds: there are no snapshots of that time.',
    snapshot_count: 'Snapshots of the day.',
  },
};

/** When agents were online, for other views. */
export const agentOnlineTimes: View = {
  schema: STORE,
  name: 'agent_online_times',
  sql: '',
  stored: {
    unit: 'snapshot_days',
    key: ['date_day', 'agent_id', 'started_at'],
    sql: `
select date_day, agent_id, lower(period) as started_at, upper(period) as ended_at
from (
  select date_day, agent_id, range_agg(tstzrange(snapshot_at, covered_until)) as periods
  from bi_snapshots where status in ('available', 'unavailable') group by date_day, agent_id
) online, unnest(periods) as period`,
  },
  about: 'When agents were available or unavailable: one row per agent, local day, and stretch of time.',
  notes: {},
};
