/*
 * Local days and hours are those of chatrhub_bi.settings, whatever the time zone of the session is. The setting is read once per query: a
 * scalar subquery is a parameter to the planner, where a function would be called for each row.
 */

/** SQL: the time zone whose days are counted. */
export const ZONE = '(select reporting_time_zone from chatrhub_bi.settings)';

/** SQL: the local time of a moment, without a zone. */
const localTime = (moment: string): string => `(${moment} at time zone ${ZONE})`;

/** SQL: the local day of a moment. */
export const localDate = (moment: string): string => `${localTime(moment)}::date`;

/** SQL: the local hour of a moment, 0 to 23. */
export const localHour = (moment: string): string => `extract(hour from ${localTime(moment)})::integer`;

/**
 * SQL: what is the same for all moments of a local hour, and differs between the two hours of the same name when clocks go back. Where
 * clocks change by half an hour it is not the moment at which the hour begins.
 */
export const localHourStart = (moment: string): string => `date_trunc('hour', ${moment}, ${ZONE})`;

/** SQL: the moment at which a local day begins. */
export const dayStart = (day: string): string => `((${day})::timestamp at time zone ${ZONE})`;

/** SQL: the seconds of a local day: 82,800 or 90,000 when clocks change by an hour. */
export const dayLength = (day: string): string => secondsBetween(dayStart(day), dayStart(`${day} + 1`));

/** SQL: every day from one to another, both included. Of timestamps, as series of dates go by the session's time zone. */
export const days = (first: string, last: string): string =>
  `generate_series((${first})::timestamp, (${last})::timestamp, interval '1 day')`;

/** SQL: seconds between two moments, as a number that can be divided. */
export const secondsBetween = (from: string, until: string): string => `extract(epoch from ${until} - ${from})::double precision`;

/** SQL: the same, and 0 where the second moment is before the first. */
export const secondsAfter = (from: string, until: string): string =>
  `case when ${until} <= ${from} then 0 else ${secondsBetween(from, until)} end`;

/** SQL: the first day of the month of a local day. */
export const monthOf = (day: string): string => `date_trunc('month', (${day})::timestamp)::date`;

/** Columns by which local days are grouped, and their words. */
export const CALENDAR = ['date_day', 'day_of_week', 'week_start', 'month_start'] as const;

/** SQL: columns by which days are grouped. */
export const calendar = (day: string): string => `
  extract(isodow from ${day})::integer as day_of_week,
  date_trunc('week', ${day}::timestamp)::date as week_start,
  ${monthOf(day)} as month_start`;

/** What every view with a moment has of it in local time. */
export const LOCAL = ['date_day', 'hour_of_day', 'day_of_week', 'week_start', 'month_start'] as const;

/** SQL: the columns of `LOCAL` for a moment. */
export const localColumns = (moment: string): string => `${localDate(moment)} as date_day,
  ${localHour(moment)} as hour_of_day,
  extract(isodow from ${localTime(moment)})::integer as day_of_week,
  date_trunc('week', ${localTime(moment)})::date as week_start,
  date_trunc('month', ${localTime(moment)})::date as month_start`;
