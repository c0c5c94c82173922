import { addDays, type Day, daysIn, earlier, later, type Period, subtract } from '../../time/period.ts';

/**
 * What is known of the days of a range, in order. `came`: those of the records that came; `lacking`: those of records that are known and did
 * not come; `read`: days that were read before.
 */
export type RangeEvidence = { days: Period; came: readonly Day[]; lacking: readonly Day[]; read: readonly Period[] };

/** So many days may be without a record where others have some. */
const QUIET_DAYS = 2;

/**
 * The days to ask for by themselves, as a list and its report may both be of fewer days than were asked for, without a word: those at an
 * end of the range without any record that came, where known ones lack, or which nobody has read and which are more than the quiet ones.
 */
export function daysToAskAlone({ days, came, lacking, read }: RangeEvidence): Period[] {
  if (daysIn(days) < 2) return [];
  const [first, last] = [came[0], came.at(-1)];
  if (first === undefined || last === undefined) return lacking.length > 0 ? [partOf(days, lacking)] : [];
  const most = Math.max(QUIET_DAYS, longestGap(came));
  const ends = [
    { from: days.from, until: earlier(first, days.until) },
    { from: later(addDays(last, 1), days.from), until: days.until },
  ];
  return ends.flatMap((end) => {
    const known = lacking.filter((day) => day >= end.from && day < end.until);
    if (known.length > 0) return [partOf(days, known)];
    const unread = daysIn(end) > 0 ? subtract(end, read) : [];
    return unread.reduce((sum, part) => sum + daysIn(part), 0) > most ? [end] : [];
  });
}

/** From the first of some days to the last; the last alone where that is the whole range, as asking for it again would show nothing. */
function partOf(range: Period, days: readonly Day[]): Period {
  const [first = range.from, last = range.from] = [days[0], days.at(-1)];
  const until = addDays(last, 1);
  return first > range.from || until < range.until ? { from: first, until } : { from: last, until };
}

/** The most days without a record between two that have some. */
const longestGap = (came: readonly Day[]): number =>
  came.slice(1).reduce((most, day, i) => Math.max(most, daysIn({ from: came[i] ?? day, until: day }) - 1), 0);

/**
 * How many days an answer is of, at least, when others than those that came are at `hidden`: one less than from the kept end of the range to
 * the farthest record, as the last of them may be a part of a day.
 */
export function longestShown({ days, came }: RangeEvidence, hidden: Period): number {
  const [first, last] = [came[0], came.at(-1)];
  if (first === undefined || last === undefined) return Math.max(1, Math.floor(daysIn(days) / 2));
  const shown = hidden.from > last ? { from: days.from, until: addDays(last, 1) } : { from: first, until: days.until };
  return Math.max(1, daysIn(shown) - 1);
}
