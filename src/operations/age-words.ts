import { inWords } from '../time/date-words.ts';

/** `5 min`, `3 h`, `2 days`: one unit, as nobody needs two at a glance. */
export function roughly(seconds: number): string {
  const [count, unit] = (
    [
      [seconds / 86_400, 'day'],
      [seconds / 3_600, 'h'],
      [seconds / 60, 'min'],
    ] as const
  ).find(([amount, name]) => amount >= (name === 'day' ? 2 : 1)) ?? [seconds, 's'];
  const whole = Math.max(0, Math.round(count));
  // They stay together when the line is broken.
  return unit === 'day' ? `${whole}\u00a0days` : `${whole}\u00a0${unit}`;
}

/** `in 3 h`, `5 min ago`, `now`. */
export function relative(time: string, now: Date): string {
  const seconds = (Date.parse(time) - now.getTime()) / 1_000;
  if (Math.abs(seconds) < 2) return 'now';
  return seconds > 0 ? `in ${roughly(seconds)}` : `${roughly(-seconds)} ago`;
}

/** `agent activities`. */
export const resourceWords = (resource: string): string => resource.replaceAll('_', ' ');

/** Day and time in a time zone: `22 Nov, 02:00`. */
export const dayAndTime = (time: string, timeZone: string): string => inWords(new Date(time), timeZone, DAY_AND_TIME);

/** Day with its year, and time, in a time zone: `22 Nov 2026, 14:05`. */
export const moment = (instant: Date, timeZone: string): string => inWords(instant, timeZone, { ...DAY_AND_TIME, year: 'numeric' });

const DAY_AND_TIME = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
