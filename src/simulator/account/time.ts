/** The invented company's clock is six hours behind UTC, all year: its days and business hours are local ones. */
const ZONE_HOURS = -6;

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The moment `seconds` later, cut to a whole second: the API knows no fractions. */
export function addSeconds(date: Date, seconds: number): Date {
  return new Date(Math.floor(date.getTime() / 1000 + seconds) * 1000);
}

/** Number of the local day a moment lies in, counted from 1970-01-01. */
export function localDay(date: Date): number {
  return Math.floor((date.getTime() / 1000 + ZONE_HOURS * HOUR) / DAY);
}

/** First moment of a local day. */
export function startOfLocalDay(day: number): Date {
  return addSeconds(new Date(0), day * DAY - ZONE_HOURS * HOUR);
}

/** Saturday or Sunday, by number of the local day. */
export function isWeekend(day: number): boolean {
  // 1970-01-01 was a Thursday.
  return [0, 6].includes((day + 4) % 7);
}

/** Seconds between two moments. */
export function secondsBetween(from: Date, until: Date): number {
  return (until.getTime() - from.getTime()) / 1000;
}
