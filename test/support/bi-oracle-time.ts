import type { World } from './bi-world.ts';

/** Days and hours of a time zone, found by asking Intl for the local time of one moment after the other. Moments are milliseconds. */
export type Local = {
  /** `2025-03-30`. */
  dayOf(at: number): string;
  hourOf(at: number): number;
  /** `2025-03-30 02:15:00`. */
  wallOf(at: number): string;
  /** The first moment of a day. */
  startOf(day: string): number;
  /** The first moment of the hour that a moment is in: of those with the same local hour and the same offset, one after the other. */
  hourStartOf(at: number): number;
};

const QUARTER = 15 * 60_000;

export function createLocal(zone: string): Local {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' });
  const walls = new Map<number, string>();
  const wallOf = (at: number): string => {
    const known = walls.get(at);
    if (known !== undefined) return known;
    const wall = format.format(at);
    walls.set(at, wall);
    return wall;
  };
  const starts = new Map<string, number>();
  const dayOf = (at: number) => wallOf(at).slice(0, 10);
  const offsetOf = (at: number) => Date.parse(`${wallOf(at).replace(' ', 'T')}Z`) - at;
  return {
    dayOf,
    wallOf,
    hourOf: (at) => Number(wallOf(at).slice(11, 13)),
    startOf(day) {
      const known = starts.get(day);
      if (known !== undefined) return known;
      let at = Date.parse(`${day}T00:00:00Z`) - 16 * 3_600_000;
      while (dayOf(at) < day) at += QUARTER;
      starts.set(day, at);
      return at;
    },
    hourStartOf(at) {
      const isSame = (other: number) => wallOf(other).slice(0, 13) === wallOf(at).slice(0, 13) && offsetOf(other) === offsetOf(at);
      let start = at - (at % QUARTER);
      while (isSame(start - QUARTER)) start -= QUARTER;
      return start;
    },
  };
}

/** The day after so many days. */
export const plusDays = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);

/** Every day from one to another, both included. */
export function eachDay(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = plusDays(day, 1)) days.push(day);
  return days;
}

/** Week, month and day of the week of a day, as views show them. */
export function calendarOf(day: string): { week_start: string; month_start: string; day_of_week: number } {
  const weekday = ((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;
  return { week_start: plusDays(day, 1 - weekday), month_start: `${day.slice(0, 8)}01`, day_of_week: weekday };
}

/** What every view with a moment has of it in local time. */
export const localOf = (at: number | null, local: Local) =>
  at === null
    ? { date_day: null, hour_of_day: null, day_of_week: null, week_start: null, month_start: null }
    : { date_day: local.dayOf(at), hour_of_day: local.hourOf(at), ...calendarOf(local.dayOf(at)) };

/** Business hours of a world, minute by minute. */
export type Business = { isWithin(at: number): boolean; secondsBetween(from: number, until: number): number };

const MINUTE = 60_000;

export function createBusiness({ hours, holidays }: World, local: Local): Business {
  const always = [1, 2, 3, 4, 5, 6, 7].map((day) => [day, 0, 1_440] as const);
  const within = (hours.length === 0 ? always : hours).map(([day, opens, closes]) => ({ day, opens, closes }));
  const isOpen = (day: string, minute: number): boolean =>
    !holidays.includes(day) && within.some((of) => of.day === calendarOf(day).day_of_week && minute >= of.opens && minute < of.closes);
  const known = new Map<number, boolean>();
  const isWithin = (at: number): boolean => {
    const start = at - (at % MINUTE);
    const found = known.get(start);
    if (found !== undefined) return found;
    const [day, time] = local.wallOf(start).split(' ') as [string, string];
    const minute = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
    const is = isOpen(day, minute) || isOpen(plusDays(day, -1), minute + 1_440);
    known.set(start, is);
    return is;
  };
  return {
    isWithin,
    secondsBetween(from, until) {
      let ms = 0;
      for (let at = from; at < until; ) {
        const next = Math.min(at - (at % MINUTE) + MINUTE, until);
        if (isWithin(at)) ms += next - at;
        at = next;
      }
      return ms / 1_000;
    },
  };
}

/** By how many hours the days of the source are ahead of UTC, in the worlds that are compared. */
export const AHEAD_HOURS = 2;

/** Whether each second of a local day was read, or of all days before `until`. */
export function isWhole(day: string, { covered, readAt }: World, local: Local, until = plusDays(day, 1)): boolean {
  const momentOf = (of: string) => Date.parse(`${of}T00:00:00Z`) - AHEAD_HOURS * 3_600_000;
  const ends = covered.map((days) => momentOf(days.until));
  const isRead = (at: number): boolean =>
    covered.some((days) => at >= momentOf(days.from) && at < momentOf(days.until)) || (at >= Math.max(...ends) && at < readAt);
  for (let at = local.startOf(day); at < local.startOf(until); at += MINUTE) if (!isRead(at)) return false;
  return true;
}
