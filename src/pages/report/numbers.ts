import { count, counted } from '../../counted.ts';
import { inWords } from '../../time/date-words.ts';
import { type Day, daysIn, startOf } from '../../time/period.ts';
import type { Bucket, Step } from './report-period.ts';

/** What stands where there is nothing to tell: unknown is not zero. */
export const NONE = '–';

/** What keeps a number and its unit on one line. */
const SPACE = '\u00a0';

/** A share with what it is of. */
export type Share = { part: number; whole: number };

/** `4.2%`, `78%`: as many digits as help; `–` of nothing. */
export function percent({ part, whole }: Share): string {
  if (whole === 0) return NONE;
  const value = (100 * part) / whole;
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })}%`;
}

/** `12 of 288`. */
export const partOf = ({ part, whole }: Share): string => `${count(part)} of ${count(whole)}`;

/** `1.3`, `12`; `–` for null. */
export function decimal(value: number | null): string {
  if (value === null) return NONE;
  const digits = Math.abs(value) < 10 ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `45 s`, `2 min 5 s`, `3 h 20 min`, `4.5 days`; `–` for null. */
export function duration(seconds: number | null): string {
  if (seconds === null) return NONE;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${SPACE}s`;
  if (whole < 3_600) return joined(Math.floor(whole / 60), 'min', whole < 600 ? whole % 60 : 0, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return joined(Math.floor(minutes / 60), 'h', minutes < 600 ? minutes % 60 : 0, 'min');
  return `${decimal(seconds / 86_400)}${SPACE}days`;
}

const joined = (whole: number, unit: string, rest: number, smaller: string): string =>
  [whole, unit, ...(rest === 0 ? [] : [rest, smaller])].join(SPACE);

/** `142`, `7.5`: hours of seconds, without the unit. */
export const hours = (seconds: number): string => decimal(seconds / 3_600);

/** `3 Nov`, or with the year `3 Nov 2026`. */
export const dayName = (day: Day, withYear = false): string =>
  named(day, { day: 'numeric', month: 'short', ...(withYear ? { year: 'numeric' } : {}) });

/** The name of a bucket on an axis: `3 Nov`, `Nov 2026`. */
export const bucketName = ({ start, from }: Bucket, step: Step): string =>
  step === 'month' ? named(start, { month: 'short', year: 'numeric' }) : dayName(from);

/** The same in a line of its own: `Tue 3 Nov 2026`, `week of 2 Nov 2026`, `Nov 2026`; what the period cuts off, or is not whole, is named. */
export function bucketTitle(bucket: Bucket, step: Step): string {
  const { start, from, until, isCut, partDays } = bucket;
  if (step === 'day') return `${named(from, { weekday: 'short' })} ${dayName(from, true)}${partDays > 0 ? ', not whole' : ''}`;
  const cut = isCut ? `, ${counted(daysIn({ from, until }), 'day')} of it` : '';
  const part = partDays > 0 ? `, ${count(partDays)} not whole` : '';
  return `${step === 'week' ? `week of ${dayName(start, true)}` : bucketName(bucket, step)}${cut}${part}`;
}

const named = (day: Day, parts: Intl.DateTimeFormatOptions): string => inWords(startOf(day), 'UTC', parts).replaceAll(' ', SPACE);

/** Whether two shares differ by more than chance explains, once in twenty times (two-proportion z). */
export function isBeyondChance(one: Share, other: Share): boolean {
  const both = { part: one.part + other.part, whole: one.whole + other.whole };
  if (one.whole === 0 || other.whole === 0 || both.part === 0 || both.part === both.whole) return false;
  const rate = both.part / both.whole;
  const error = Math.sqrt(rate * (1 - rate) * (1 / one.whole + 1 / other.whole));
  return Math.abs(one.part / one.whole - other.part / other.whole) > 1.96 * error;
}
