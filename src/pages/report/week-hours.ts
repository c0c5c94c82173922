import type { Client } from '../../warehouse/connection/database.ts';
import { WEEKDAYS } from './heat.ts';
import { KNOWN_DAYS } from './report-figures.ts';
import { IN_SCOPE, type Scope, scopeValues } from './scope.ts';

/**
 * What is known of an hour of the week, over all weeks of a period. `all_hours`: those of days of which something is known; hours without
 * snapshots are in `unknown_hours`. `began_chat_count` is of the scope, everything else of the whole team.
 */
export type WeekHour = {
  day_of_week: number;
  hour_of_day: number;
  all_hours: number;
  began_chat_count: number;
  hours: number;
  unknown_hours: number;
  chat_count: number;
  unknown_chat_count: number;
  missed_chat_count: number;
  uncovered_hours: number;
  uncovered_chat_count: number;
  available_agent_hours: number;
  average_chats_at_once: number;
  peak_chat_count: number;
  needed_agent_count: number | null;
  available_agent_count: number | null;
  short_hours: number;
};

/** Reads demand, availability and load of each hour of the week. */
export async function readWeek(client: Client, scope: Scope): Promise<WeekHour[]> {
  const { rows } = await client.query<WeekHour>(
    `select h.*, coalesce(began.chat_count, 0)::double precision as began_chat_count from (
       select h.day_of_week, h.hour_of_day,
         count(*) as all_hours,
         count(*) filter (where not h.is_availability_unknown) as hours,
         count(*) filter (where h.is_availability_unknown) as unknown_hours,
         coalesce(sum(h.chat_count) filter (where not h.is_availability_unknown), 0)::double precision as chat_count,
         coalesce(sum(h.chat_count) filter (where h.is_availability_unknown), 0)::double precision as unknown_chat_count,
         sum(h.missed_chat_count)::double precision as missed_chat_count,
         count(*) filter (where h.is_uncovered_demand) as uncovered_hours,
         coalesce(sum(h.chat_count) filter (where h.is_uncovered_demand), 0)::double precision as uncovered_chat_count,
         coalesce(sum(h.available_agent_hours), 0)::double precision as available_agent_hours,
         avg(l.average_chats_at_once) as average_chats_at_once,
         max(l.peak_chat_count) as peak_chat_count,
         avg(l.needed_agent_count) filter (where not l.is_availability_unknown)::double precision as needed_agent_count,
         avg(l.available_agent_count) filter (where not l.is_availability_unknown)::double precision as available_agent_count,
         count(*) filter (where l.is_short_of_people) as short_hours
       from chatrhub_bi.hourly_demand_vs_availability h
       join chatrhub_bi.team_load_hourly l on l.hour_start_at = h.hour_start_at
       where h.date_day >= $1::date and h.date_day < $2::date and h.date_day in (${KNOWN_DAYS})
       group by h.day_of_week, h.hour_of_day
     ) h
     left join (
       select day_of_week, hour_of_day, count(*) as chat_count from chatrhub_bi.chats_enriched where is_counted and ${IN_SCOPE} group by 1, 2
     ) began on began.day_of_week = h.day_of_week and began.hour_of_day = h.hour_of_day
     order by h.day_of_week, h.hour_of_day`,
    scopeValues(scope),
  );
  return rows;
}

/** The sum of a figure over the hours of a week. */
export const sumOf = (week: readonly WeekHour[], name: keyof WeekHour): number =>
  week.reduce((total, hour) => total + (hour[name] ?? 0), 0);

/** `Mon 09:00–10:00`. */
export const hourName = ({ day_of_week, hour_of_day }: WeekHour): string => {
  const time = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
  return `${WEEKDAYS[day_of_week - 1] ?? ''} ${time(hour_of_day)}–${time((hour_of_day + 1) % 24)}`;
};
