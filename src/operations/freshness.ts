import { type Resource, WEEKLY_DAYS } from '../records/resource.ts';
import { longestGapSeconds, type Timetable } from '../schedule/slots.ts';
import type { Day } from '../time/period.ts';

/** When syncs are due, and how long one may take. */
export type Expectation = { timetable: Timetable; maxDurationMs: number };

const DAY_S = 86_400;
/** What a sync may be late: it has just begun, waits for another one, or clocks were set. */
const LATE_S = 3_600;
/** What a weekly list may be late besides: it is read with what the budget has left over. */
const WEEKLY_LATE_S = DAY_S;

/**
 * Within how many seconds after it was read a resource is to be read again, by the syncs of a timetable from a day on: by how often it is
 * read, as the timetable is looked through once for all of them.
 */
export function expectedWithin({ timetable, maxDurationMs }: Expectation, from: Day): (every: Resource['every']) => number {
  const bySync = longestGapSeconds(timetable, from) + maxDurationMs / 1_000 + LATE_S;
  return (every) => Math.ceil(bySync + (every === 'week' ? WEEKLY_DAYS * DAY_S + WEEKLY_LATE_S : 0));
}
