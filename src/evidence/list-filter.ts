import type { Row } from '../records/resource.ts';
import { addDays, type Day, startOf, ZONES_MS } from '../time/period.ts';

/** By which moment of a record a list tells the days that it is asked for, and what shows it. */
export type Filter = { by: 'creation' | 'change'; evidence: string };

/**
 * Those of the records of an answer that are of the days `from` to `last` of some time zone: by whatever moment a list tells its days, it lies
 * between the creation and the last change. One that does not say when it was made is of any days, and where no record says when it
 * changed, that may have been on any day since.
 */
export function rowsOfDays(rows: readonly Row[], from: Day, last: Day): Row[] {
  const begin = new Date(startOf(from).getTime() - ZONES_MS.first);
  const end = new Date(startOf(addDays(last, 1)).getTime() + ZONES_MS.last);
  const isDated = saysChanges(rows);
  return rows.filter(({ create_dt: created, updt_dt: changed }) => {
    if (!(created instanceof Date)) return true;
    return created < end && (created >= begin || !isDated || (changed instanceof Date && changed >= begin));
  });
}

const saysChanges = (rows: readonly Row[]): boolean => rows.some(({ updt_dt: changed }) => changed instanceof Date);

/**
 * By what a list has told the days `from` to `last`: by creation when a record changed outside of them, by change when a record was made
 * outside of them. Undefined when its records show neither. A day more on either side is left for time zones, and for `last` itself.
 * Records of a source that never says when they changed show the second by themselves: one that was made before these days is listed.
 */
export function filterOf(rows: readonly Row[], from: Day, last: Day): Filter | undefined {
  if (!from || !last) return undefined;
  const [begin, end] = [startOf(addDays(from, -1)), startOf(addDays(last, 2))];
  const isInside = (at: unknown): boolean => at instanceof Date && at >= begin && at < end;
  const isOutside = (at: unknown): boolean => at instanceof Date && !isInside(at);
  const changed = rows.find((row) => isOutside(row.create_dt) && isInside(row.updt_dt));
  if (changed) return { by: 'change', evidence: `record ${changed.id} was created outside these days, and changed within them` };
  const earlier = saysChanges(rows) ? undefined : rows.find(({ create_dt: at }) => at instanceof Date && at < begin);
  if (earlier) return { by: 'change', evidence: `record ${earlier.id} was created before these days, and no record says when it changed` };
  const made = rows.find((row) => isInside(row.create_dt) && isOutside(row.updt_dt));
  return made && { by: 'creation', evidence: `record ${made.id} was created within these days, and changed outside them` };
}
