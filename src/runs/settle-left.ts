import { markGone, saysChanges } from '../evidence/absence.store.ts';
import { readCoverage } from '../evidence/coverage.store.ts';
import { readOpenDoubts } from '../evidence/doubts.store.ts';
import type { LeftDays } from '../evidence/sightings.ts';
import type { Reported } from '../evidence/totals.store.ts';
import { type PlannedRequest, planRequest } from '../source/request-plan.ts';
import { addDays, type Day, dayOf, earlier, later, overlap, type Period, subtract } from '../time/period.ts';
import type { BatchResult } from './fetch/batch.ts';
import type { FetchContext } from './fetch/fetch-context.ts';

/** `until`: where the days behind the lookback end; `read`: those of them that this run has read again. `fetchAll` makes requests. */
type Left = {
  resource: Reported;
  until: Day;
  read: readonly Period[];
  startedAt: Date;
  fetchAll(planned: readonly PlannedRequest[]): Promise<Pick<BatchResult, 'end'>>;
};

/**
 * Where a list tells days by the last change, a record that is no longer listed on its day is gone, or has changed since and is listed on a
 * later one. The days since the run began are read once more for that: when they and all later days are proved, and none has it, it is
 * gone. Otherwise it stays among what is left. Where no record says when it changed, one answer for all days since shows who is gone.
 * Returns what ends the run, if anything does.
 */
export async function settleLeft(context: FetchContext, { resource, fetchAll, startedAt, until, read }: Left): Promise<unknown> {
  const { database, sightings, now } = context;
  if (sightings.left.length === 0) return undefined;
  const isDated = await saysChanges(database.pool, resource);
  const yesterday = addDays(dayOf(startedAt), -1);
  const from = isDated ? yesterday : sightings.left.map(({ days }) => days.from).reduce(earlier, yesterday);
  const newest = { from, until: addDays(dayOf(now()), 1) };
  const before = sightings.proved.get(resource)?.length ?? 0;
  const { end } = await fetchAll([planRequest(resource, { period: newest })]);
  const proved = sightings.proved.get(resource) ?? [];
  if (end !== undefined || proved.length === before) return end;
  if (!isDated) {
    const isShown = ({ days }: LeftDays): boolean =>
      proved.some((one) => subtract({ from: days.from, until: newest.until }, [one]).length === 0);
    sightings.left = sightings.left.filter((left) => !isShown(left));
    return undefined;
  }
  const covered = (await readCoverage(database, resource.name)).get('') ?? [];
  const isReadAgain = (days: Period): boolean => subtract(days, read).length === 0;
  const doubted = (await readOpenDoubts(database)).flatMap(({ resource: name, mayBeMissing, reason, days }) =>
    name === resource.name && mayBeMissing && days && !(reason === 'totals_differ' && isReadAgain(days)) ? [days] : [],
  );
  const isWholeFrom = (day: Day): boolean => {
    const old = { from: day, until };
    const recent = { from: later(day, until), until: newest.until };
    return [...subtract(old, covered), ...subtract(recent, proved)].length === 0 && !doubted.some((days) => overlap(days, old));
  };
  const isDecided = ({ isProved, days }: LeftDays): boolean => isProved && isWholeFrom(days.from);
  for (const { keys, askedAt, days } of sightings.left.filter(isDecided)) await markGone(database.pool, resource, keys, askedAt, days);
  sightings.left = sightings.left.filter((left) => !isDecided(left));
  return undefined;
}
