import { UsageError } from '../../errors.ts';
import { addDays, type Day, daysIn, earlier, later, type Period, startOf } from '../../time/period.ts';

/** How much one column or point of a chart holds. */
export type Step = 'day' | 'week' | 'month';

/**
 * The days of one column or point. `start`: its first day, also where the period has only some of its days (`isCut`). `partDays`: how
 * many of the days are not whole.
 */
export type Bucket = Period & { start: Day; isCut: boolean; partDays: number };

/** The first and the last day with a chat, and the days that are over and whose chats were all read. */
export type DataDays = { first: Day; last: Day; whole: ReadonlySet<Day> };

export type ReportPeriod = Period & {
  days: number;
  step: Step;
  buckets: readonly Bucket[];
  whole: ReadonlySet<Day>;
  /** As many days before, the same weekdays; only where they all have data, as anything else would compare with holes. */
  before: Period | undefined;
};

/** Whole weeks, so that a period and the one before it have the same weekdays. */
const DAYS = 28;
const WEEK = 7;
/** Columns that one can still distinguish on a phone. */
const MOST = { day: 62, week: 427 };

/**
 * The days to report on: those asked for (both included), else the last 28 that are whole; where none is, the last 28 that have data.
 * Throws `UsageError` when no data can be in them.
 */
export function choosePeriod({ from, to }: { from: Day | undefined; to: Day | undefined }, data: DataDays): ReportPeriod {
  const whole = [...data.whole].sort();
  const [firstWhole = data.first, lastWhole = data.last] = [whole[0], whole.at(-1)];
  const isWhole = to === undefined && (from === undefined || from <= lastWhole);
  const last = to ?? (isWhole ? lastWhole : data.last);
  const usual = addDays(last, 1 - DAYS);
  if (from !== undefined && from > last)
    throw new UsageError(`--from ${from} is later than ${to ? `--to ${to}` : `the last day, ${last}`}`);
  if (last < data.first || (from ?? usual) > data.last)
    throw new UsageError(
      `there are no chats from ${from ?? usual} to ${last}: those of this warehouse are from ${data.first} to ${data.last}`,
    );
  const first = from ?? later(usual, isWhole ? firstWhole : data.first);
  const period = { from: first, until: addDays(last, 1), whole: data.whole };
  const days = daysIn(period);
  const step = days <= MOST.day ? 'day' : days <= MOST.week ? 'week' : 'month';
  const before = [Math.ceil(days / WEEK) * WEEK, days]
    .map((shift) => ({ from: addDays(first, -shift), until: addDays(first, days - shift) }))
    .find((candidate) => candidate.from >= data.first);
  return { ...period, days, step, buckets: bucketsOf(period, step), before };
}

/** Whether two periods begin on the same weekday. */
export const hasSameWeekdays = (one: Period, other: Period): boolean => startOf(one.from).getUTCDay() === startOf(other.from).getUTCDay();

/** How many days are not whole, of a period and of the one that it is compared with. */
export const partsOf = ({ before, whole, ...days }: ReportPeriod): { now: number; before: number } => ({
  now: partDaysOf(days, whole),
  before: before ? partDaysOf(before, whole) : 0,
});

/** How many days of a period are not over, or were not read whole. */
function partDaysOf({ from, until }: Period, whole: ReadonlySet<Day>): number {
  return Array.from({ length: daysIn({ from, until }) }, (_, i) => addDays(from, i)).filter((day) => !whole.has(day)).length;
}

/** The buckets that a period has a part of, oldest first. */
export function bucketsOf({ from, until, whole }: Pick<ReportPeriod, 'from' | 'until' | 'whole'>, step: Step): Bucket[] {
  const buckets: Bucket[] = [];
  for (let day = from; day < until; ) {
    const start = startOfBucket(day, step);
    const next = nextStart(start, step);
    const days = { from: day, until: earlier(next, until) };
    buckets.push({ start, ...days, isCut: day > start || next > until, partDays: partDaysOf(days, whole) });
    day = next;
  }
  return buckets;
}

/** Whether a bucket cannot be compared with its neighbours. */
export const isPart = ({ isCut, partDays }: Bucket): boolean => isCut || partDays > 0;

function startOfBucket(day: Day, step: Step): Day {
  if (step === 'month') return `${day.slice(0, 7)}-01`;
  return step === 'week' ? addDays(day, -((startOf(day).getUTCDay() + 6) % 7)) : day;
}

function nextStart(start: Day, step: Step): Day {
  if (step === 'month') return startOfBucket(addDays(start, 31), step);
  return addDays(start, step === 'week' ? 7 : 1);
}

/** SQL: the first day of the bucket of a day, as `Bucket` has it. */
export const bucketStart = (day: string, step: Step): string => `date_trunc('${step}', ${day}::timestamp)::date`;
