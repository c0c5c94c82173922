import { addDays, type Day, type Period } from '../time/period.ts';

/** Days that were received, and the two totals where they differ. */
export type CoveredRange = Period & { isVerified: boolean; isPartial: boolean };

/**
 * How a day stands: `verified` by the source's own report, `complete` as it was read whole, `partial` as the source has more, `missing` as
 * it was to be read and was not.
 */
export type DayState = 'verified' | 'complete' | 'partial' | 'missing';

export type Month = { month: string; days: { day: Day; state: DayState }[] };

/** The months of a period, oldest first, each with all its days of the period. */
export function monthsOf({ from, until }: Period, ranges: readonly CoveredRange[]): Month[] {
  const states = new Map<Day, DayState>();
  for (const { isPartial, isVerified, ...range } of ranges)
    for (let day = range.from > from ? range.from : from; day < range.until && day < until; day = addDays(day, 1))
      states.set(day, isPartial ? 'partial' : isVerified ? 'verified' : 'complete');
  const months: Month[] = [];
  for (let day = from; day < until; day = addDays(day, 1)) {
    const month = day.slice(0, 7);
    if (months.at(-1)?.month !== month) months.push({ month, days: [] });
    months.at(-1)?.days.push({ day, state: states.get(day) ?? 'missing' });
  }
  return months;
}
