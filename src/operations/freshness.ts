import { lastSlot, type Timetable } from '../schedule/slots.ts';

/** What is known of a resource's freshness: when an answer was last loaded, or when the first run began if none ever was. */
export type Reading = { every: 'run' | 'week'; isWanted: boolean; lastLoadedAt: Date | null; firstRunAt: Date | null };

/** A list that is read weekly may be a day late: it is read with what the budget has left over. */
const WEEK_MS = 8 * 86_400_000;

/**
 * Whether a resource should have been read since it was: by the sync of the last slot that had `patienceMs` to do so. What nothing is
 * wanted of is fresh, and so is an empty warehouse.
 */
export function isStale(
  { every, isWanted, lastLoadedAt, firstRunAt }: Reading,
  timetable: Timetable,
  now: Date,
  patienceMs: number,
): boolean {
  const since = lastLoadedAt ?? firstRunAt;
  const due = lastSlot(timetable, new Date(now.getTime() - patienceMs));
  if (!since || !due || !isWanted) return false;
  return since.getTime() < due.getTime() - (every === 'week' ? WEEK_MS : 0);
}
