import { createTask, parse } from 'node-cron';
import { startOf } from '../time/period.ts';
import type { Timetable } from './slots.ts';

/**
 * A cron expression of five fields, or six with seconds first, as a timetable. node-cron tells what the expression means; when it is due
 * is computed by `slots.ts`, as node-cron drops what is late and what falls into the hour that clocks skip.
 */
export function parseTimetable(cron: string, timeZone: string): Timetable {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = parse(cron);
  const days = createTask(`0 0 0 ${dayOfMonth.join()} ${month.join()} ${dayOfWeek.join()}`, () => {}, { timezone: 'UTC' });
  const times = hour.flatMap((h) => minute.flatMap((m) => second.map((s) => h * 3_600 + m * 60 + s)));
  return { timeZone, isDay: (day) => days.match(startOf(day)), times: times.sort((a, b) => a - b), isHourly: hour.length === 24 };
}
