import { UsageError } from '../../errors.ts';
import { addDays, type Day, daysIn, earlier, later, type Period, startOf } from '../../time/period.ts';

/** How much one column or point of a chart holds. */
export type Step = 'day' | 'week' | 'month';

/** The days of one column or point. `start`: its first day, also where the period has only some of its days (`isCut`). */
export type Bucket = Period & { start: Day; isCut: boolean };

export type ReportPeriod = Period & {
  days: number;
  step: Step;
  buckets: readonly Bucket[];
  /** As many days just before; only where they all have data, as anything else would compare with holes. */
  before: Period | undefined;
};

const DAYS = 30;
/** Columns that can still be told apart on a phone. */
const MOST = { day: 62, week: 427 };

/**
 * The days to report on: those asked for (both included), else the last thirty that have data. `data`: the first and the last day with a
 * chat. Throws `UsageError` when no data can be in them.
 */
export function choosePeriod({ from, to }: { from: Day | undefined; to: Day | undefined }, data: { first: Day; last: Day }): ReportPeriod {
  const last = to ?? data.last;
  const thirty = addDays(last, 1 - DAYS);
  if (from !== undefined && from > last)
    throw new UsageError(`--from ${from} is later than ${to ? `--to ${to}` : `the last day, ${last}`}`);
  if (last < data.first || (from ?? thirty) > data.last)
    throw new UsageError(
      `there are no chats from ${from ?? thirty} to ${last}: those of this warehouse are from ${data.first} to ${data.last}`,
    );
  const first = from ?? later(thirty, data.first);
  const period = { from: first, until: addDays(last, 1) };
  const days = daysIn(period);
  const before = { from: addDays(first, -days), until: first };
  const step = days <= MOST.day ? 'day' : days <= MOST.week ? 'week' : 'month';
  return { ...period, days, step, buckets: bucketsOf(period, step), before: before.from >= data.first ? before : undefined };
}

/** The buckets that a period has a part of, oldest first. */
export function bucketsOf({ from, until }: Period, step: Step): Bucket[] {
  const buckets: Bucket[] = [];
  for (let day = from; day < until; ) {
    const start = startOfBucket(day, step);
    const next = nextStart(start, step);
    buckets.push({ start, from: day, until: earlier(next, until), isCut: day > start || next > until });
    day = next;
  }
  return buckets;
}

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
