import type { View } from '../records/view.ts';
import { dayStart, days, localDate, secondsBetween, ZONE } from './local-time.ts';
import { STORE } from './stored-views.ts';

/** SQL: the first or the last snapshot; found agent by agent, as their key begins with the agent. */
export const endOfSnapshots = (which: 'min' | 'max'): string =>
  `(select ${which}(ends.at) from chatrhub.agents a
     cross join lateral (select ${which}(snapshot_at) as at from chatrhub.agent_activities where agent_id = a.agent_id) ends)`;

/** SQL: the first and the last local day of which there are chats or snapshots. */
export const dataDays = `
  select ${localDate(`least((select min(created_at) from chatrhub.chats), ${endOfSnapshots('min')})`)} as first_day,
    ${localDate(`greatest((select max(created_at) from chatrhub.chats), ${endOfSnapshots('max')})`)} as last_day`;

/** SQL: when the hours that begin on a local day open and close, in the columns of `hours`; holidays have none. */
const opening = (minute: string): string => `((date_day::timestamp + ${minute} * interval '1 minute') at time zone ${ZONE})`;

/** SQL: the hours of each local day of `days`: a row each, none of holidays, all day where no hours are set. */
export const openingHours = `
  select date_day, ${opening('opens_minute')} as opens_at, ${opening('closes_minute')} as closes_at
  from days join (
    select day_of_week, opens_minute, closes_minute from chatrhub_bi.business_hours
    union all
    select day_of_week, 0, 1440 from generate_series(1, 7) as day_of_week where not exists (select from chatrhub_bi.business_hours)
  ) week on week.day_of_week = extract(isodow from date_day)
  where not exists (select from chatrhub_bi.holidays h where h.date_day = days.date_day)`;

/** A call can be answered days after the last chat began: but not after the last run read it. */
const LAST_DAY = `greatest(last_day, ${localDate('(select max(started_at) from chatrhub_sync.runs)')}) + 1`;

export const businessSpans: View = {
  schema: STORE,
  name: 'business_spans',
  sql: '',
  stored: {
    unit: 'settings',
    key: ['started_at'],
    sql: `
with days as (
  select ${days('first_day - 1', LAST_DAY)}::date as date_day from (${dataDays}) data
), spans as (
  select unnest(range_agg(tstzrange(opens_at, closes_at))) as span from (${openingHours}) hours where opens_at < closes_at
)
select lower(span) as started_at, upper(span) as ended_at,
  ${secondsBetween('lower(span)', 'upper(span)')} as business_seconds,
  coalesce(sum(${secondsBetween('lower(span)', 'upper(span)')})
    over (order by span rows between unbounded preceding and 1 preceding), 0) as business_seconds_before
from spans`,
  },
  about:
    'Business hours as stretches of time, by BUSINESS_HOURS and the holidays: one row per stretch. Hours that follow one another without a break are one.',
  notes: {
    started_at: 'When the stretch begins.',
    ended_at: 'When it ends, exclusive.',
    business_seconds: 'Seconds from its beginning to its end.',
    business_seconds_before: 'Seconds of all stretches before it, to tell the business time between two moments. Not additive.',
  },
};

/** SQL: a column of all stretches as an array, which is made once a query. */
const ofSpans = (column: string): string => `(select array_agg(${column} order by started_at) from ${STORE}.business_spans)`;

/** SQL: the same of the last stretch that began by a moment, found by halves; null where none did. A subquery a moment takes far longer. */
const spanAt = (moment: string, column: string): string => `(${ofSpans(column)})[width_bucket(${moment}, ${ofSpans('started_at')})]`;

/** SQL: whether a moment is within business hours; null for none. */
export const isInBusinessHours = (moment: string): string =>
  `case when ${moment} is not null then coalesce(${moment} < ${spanAt(moment, 'ended_at')}, false) end`;

/** SQL: business seconds until a moment, from some fixed beginning. */
const secondsUntil = (moment: string): string =>
  `coalesce(${spanAt(moment, 'business_seconds_before')}
    + ${secondsBetween(spanAt(moment, 'started_at'), `least(${moment}, ${spanAt(moment, 'ended_at')})`)}, 0)`;

/** SQL: the seconds between two moments that are within business hours; null where one is. */
export const businessSecondsBetween = (from: string, until: string): string =>
  `case when ${from} is not null and ${until} is not null then ${secondsUntil(until)} - ${secondsUntil(from)} end`;

/** SQL: the business seconds of a local day. */
export const businessSecondsOf = (day: string): string => businessSecondsBetween(dayStart(day), dayStart(`${day} + 1`));
