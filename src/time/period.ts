/** A calendar day, `YYYY-MM-DD`. */
export type Day = string;

/** Days `from` (inclusive) to `until` (exclusive). */
export type Period = { from: Day; until: Day };

const MS_PER_DAY = 86_400_000;
/** A day begins so long before that of UTC in the first time zone, and ends so long after it in the last one. The API does not say whose days its dates are. */
export const ZONES_MS = { first: 14 * 3_600_000, last: 12 * 3_600_000 };

const dayNumber = (day: Day): number => Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY;

/** The UTC day of an instant. */
export function dayOf(instant: Date): Day {
  return instant.toISOString().slice(0, 10);
}

/** A day, `days` later (or earlier, when negative). */
export function addDays(day: Day, days: number): Day {
  return dayOf(new Date((dayNumber(day) + days) * MS_PER_DAY));
}

/** Midnight, in UTC. */
export const startOf = (day: Day): Date => new Date(`${day}T00:00:00Z`);

/** The earlier of two days. */
export const earlier = (a: Day, b: Day): Day => (a < b ? a : b);
/** The later of two days. */
export const later = (a: Day, b: Day): Day => (a > b ? a : b);

/** How many days a period has; 0 when it is empty or runs backwards. */
export function daysIn(period: Period): number {
  return Math.max(0, dayNumber(period.until) - dayNumber(period.from));
}

/** The first day that may not be over everywhere on Earth: all days before it are over in every time zone. */
export function firstUnfinishedDay(now: Date): Day {
  return dayOf(new Date(now.getTime() - ZONES_MS.last));
}

/** `YYYY-MM-DD` of a day that exists, or undefined. */
export function parseDay(text: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && dayOf(instant) === text ? text : undefined;
}

/** The two halves of a period of at least two days. */
export function halve({ from, until }: Period): [Period, Period] {
  const middle = addDays(from, Math.floor(daysIn({ from, until }) / 2));
  return [
    { from, until: middle },
    { from: middle, until },
  ];
}

/** The same days as the fewest periods, oldest first: overlapping and adjacent ones become one. */
export function merge(periods: readonly Period[]): Period[] {
  const merged: Period[] = [];
  for (const period of periods.filter((p) => daysIn(p) > 0).sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = merged.at(-1);
    if (last === undefined || period.from > last.until) merged.push({ ...period });
    else if (period.until > last.until) last.until = period.until;
  }
  return merged;
}

/** What an answer to a request for these days covers: days that are over everywhere. Undefined when none of them is. */
export function coveredBy(period: Period, now: Date): Period | undefined {
  const unfinished = firstUnfinishedDay(now);
  const covered = { from: period.from, until: period.until < unfinished ? period.until : unfinished };
  return daysIn(covered) > 0 ? covered : undefined;
}

/** Whether two periods share a day. */
export const overlap = (one: Period, other: Period): boolean => one.from < other.until && one.until > other.from;

/** The days of `period` that are in none of the others, as the fewest periods, oldest first. */
export function subtract(period: Period, others: readonly Period[]): Period[] {
  const left: Period[] = [];
  let from = period.from;
  for (const other of merge(others)) {
    if (other.until <= from) continue;
    if (other.from >= period.until) break;
    if (other.from > from) left.push({ from, until: other.from });
    from = other.until;
  }
  if (from < period.until) left.push({ from, until: period.until });
  return left;
}
