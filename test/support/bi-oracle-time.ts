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
