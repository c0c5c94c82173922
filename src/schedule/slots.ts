import { addDays, type Day, dayOf, startOf } from '../time/period.ts';

/**
 * When something is due, as a clock on the wall of `timeZone` shows it: on which days, and at which times of them, in seconds since
 * midnight, ascending. `isHourly`: in every hour of these days.
 */
export type Timetable = { timeZone: string; isDay(day: Day): boolean; times: readonly number[]; isHourly: boolean };

/** The rarest day there is: the 29th of February, which 2100 lacks, on one day of the week. */
const LONGEST_DAYS = 41 * 366;
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** The last slot that is not after `now`; undefined when there was none in forty years. */
export function lastSlot(timetable: Timetable, now: Date): Date | undefined {
  let day = addDays(wallDay(timetable, now), 1);
  for (let tries = 0; tries < LONGEST_DAYS; tries++, day = addDays(day, -1)) {
    if (!timetable.isDay(day)) continue;
    const found = sequences(timetable, day).flatMap(({ at, count }) => {
      const later = firstIndex(count, (i) => at(i) > now.getTime());
      return later > 0 ? [at(later - 1)] : [];
    });
    if (found.length > 0) return new Date(Math.max(...found));
  }
  return undefined;
}

/** The first slot after `now`; undefined when there is none in forty years. */
export function nextSlot(timetable: Timetable, now: Date): Date | undefined {
  let day = addDays(wallDay(timetable, now), -1);
  for (let tries = 0; tries < LONGEST_DAYS; tries++, day = addDays(day, 1)) {
    if (!timetable.isDay(day)) continue;
    const found = sequences(timetable, day).flatMap(({ at, count }) => {
      const later = firstIndex(count, (i) => at(i) > now.getTime());
      return later < count ? [at(later)] : [];
    });
    if (found.length > 0) return new Date(Math.min(...found));
  }
  return undefined;
}

/** The slots between two moments, both excluded: the first ones, `most` at most. */
export function slotsBetween(timetable: Timetable, from: Date, until: Date, most: number): Date[] {
  const slots: Date[] = [];
  for (let slot = nextSlot(timetable, from); slot && slot < until && slots.length < most; slot = nextSlot(timetable, slot))
    slots.push(slot);
  return slots;
}

/** Longer pauses of a timetable are not looked for. */
const PAUSE_DAYS = 366;

/** The longest time between two slots from a day on, in seconds, as if clocks were never set; that of `PAUSE_DAYS` where it is longer. */
export function longestGapSeconds({ isDay, times }: Timetable, from: Day): number {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const inside = times.slice(1).map((time, i) => time - (times[i] ?? time));
  let [longest, pause, isBegun] = [0, 0, false];
  for (let days = 0; days < 2 * PAUSE_DAYS && pause < PAUSE_DAYS; days++) {
    pause += 1;
    if (!isDay(addDays(from, days))) continue;
    if (isBegun) longest = Math.max(longest, pause);
    [isBegun, pause] = [true, 0];
  }
  return Math.max(Math.max(longest, pause) * (DAY_MS / 1_000) + first - last, ...inside);
}

const wallDay = ({ timeZone }: Timetable, now: Date): Day => dayOf(new Date(wallOf(timeZone, now.getTime())));

/**
 * The slots of a day, in ascending order. When clocks are set back the first of two equal times counts, so that a nightly runs once; what
 * is due in every hour is due in the repeated one as well.
 */
function sequences({ timeZone, times, isHourly }: Timetable, day: Day): { at(index: number): number; count: number }[] {
  const at = (pick: 'first' | 'last') => (index: number) =>
    instantsOf(timeZone, startOf(day).getTime() + (times[index] ?? 0) * SECOND_MS)[pick];
  return (isHourly ? (['first', 'last'] as const) : (['first'] as const)).map((pick) => ({ at: at(pick), count: times.length }));
}

/** How many leading indexes of 0 to `count` - 1 are not; what is stays so. */
function firstIndex(count: number, is: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * When the clock on the wall shows a time (as milliseconds of UTC): twice when it is set back in between; and never when it is set
 * forward, for which the moment stands that it is set.
 */
function instantsOf(timeZone: string, wall: number): { first: number; last: number } {
  // Whatever the offset, the day before is before a change of this day, and the day after is after it.
  const [before, after] = [wall - DAY_MS, wall + DAY_MS].map((instant) => wallOf(timeZone, instant) - instant) as [number, number];
  const shown = [wall - before, wall - after].filter((instant) => wallOf(timeZone, instant) === wall);
  if (shown.length > 0) return { first: Math.min(...shown), last: Math.max(...shown) };
  const [from, until] = [wall - after, wall - before];
  const seconds = firstIndex((until - from) / SECOND_MS, (i) => wallOf(timeZone, from + i * SECOND_MS) > wall);
  return { first: from + seconds * SECOND_MS, last: from + seconds * SECOND_MS };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clock on the wall shows at an instant, as milliseconds of UTC; whole seconds. */
function wallOf(timeZone: string, instant: number): number {
  let format = formats.get(timeZone);
  if (!format) {
    // The form of this locale is that of ISO 8601, with a space for the T.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(timeZone, format);
  }
  return Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}
