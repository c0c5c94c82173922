import { createTask, parse } from 'node-cron';
import { startOf } from '../time/period.ts';
import type { Timetable } from './slots.ts';

/**
 * A cron expression of five fields, or six with seconds first, as a timetable. node-cron tells what the expression means; when it is due
 * is computed by `slots.ts`, as node-cron drops what is late and what falls into the hour that clocks skip. As in crontab(5), where day of
 * month and day of week are both restricted, either of them is enough; node-cron wants both.
 */
export function parseTimetable(cron: string, timeZone: string): Timetable {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = parse(cron);
  const daysOf = (monthDays: string, weekDays: string) =>
    createTask(`0 0 0 ${monthDays} ${month.join()} ${weekDays}`, () => {}, { timezone: 'UTC' });
  const [monthDays, weekDays] = [dayOfMonth.join(), dayOfWeek.join()];
  const days = isEitherEnough(cron) ? [daysOf(monthDays, '*'), daysOf('*', weekDays)] : [daysOf(monthDays, weekDays)];
  const isEveryDay = dayOfMonth.length === 31 && month.length === 12 && [0, 1, 2, 3, 4, 5, 6].every((day) => dayOfWeek.includes(day));
  const times = hour.flatMap((h) => minute.flatMap((m) => second.map((s) => h * 3_600 + m * 60 + s)));
  return {
    timeZone,
    // Asked of each day of two years, node-cron takes 20 ms.
    isDay: isEveryDay ? () => true : (day) => days.some((each) => each.match(startOf(day))),
    times: times.sort((a, b) => a - b),
    isHourly: hour.length === 24,
  };
}

/** Whether day of month and day of week are both restricted: a field that begins with a star is not. */
function isEitherEnough(cron: string): boolean {
  const [monthDays = '*', , weekDays = '*'] = cron.trim().split(/\s+/).slice(-3);
  return [monthDays, weekDays].every((field) => !/^[*?]/.test(field));
}
