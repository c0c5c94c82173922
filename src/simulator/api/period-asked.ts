import type { Oddities } from './oddities.ts';

/** Whether a text is a real day, YYYY-MM-DD. */
export function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const DAY_MS = 86_400_000;

/** The moments [from, until) that two dates of a request mean. */
export function periodOf(
  startDay: string,
  endDay: string,
  { endDate, dateZoneHours }: Pick<Oddities, 'endDate' | 'dateZoneHours'>,
): { from: Date; until: Date } {
  const midnight = (day: string, daysLater: number) =>
    new Date(Date.parse(`${day}T00:00:00Z`) + (daysLater * 24 - dateZoneHours) * 3_600_000);
  return { from: midnight(startDay, 0), until: midnight(endDay, endDate === 'inclusive' ? 1 : 0) };
}

/** What is left of a period where a source answers for fewer days than it is asked for. */
export function shortened(
  { from, until }: { from: Date; until: Date },
  { chatDays, chatDaysKept }: Pick<Oddities, 'chatDays' | 'chatDaysKept'>,
): { from: Date; until: Date } {
  const ms = Math.min(chatDays * DAY_MS, until.getTime() - from.getTime());
  return chatDaysKept === 'newest' ? { from: new Date(until.getTime() - ms), until } : { from, until: new Date(from.getTime() + ms) };
}

/** Whether a source that has these limits refuses the days of a request: there are too many, or some have not begun, as it means them. */
export function isRefused(startDay: string, endDay: string, now: Date, oddities: Oddities): boolean {
  const days = (Date.parse(endDay) - Date.parse(startDay)) / DAY_MS + 1;
  return (
    days > oddities.longestRange || (oddities.refusesFuture && periodOf(endDay, endDay, oddities).until.getTime() - DAY_MS > now.getTime())
  );
}
