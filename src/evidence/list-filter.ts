import type { Row } from '../records/resource.ts';
import { addDays, type Day, startOf } from '../time/period.ts';

/** By which moment of a record a list tells the days that it is asked for, and what shows it. */
export type Filter = { by: 'creation' | 'change'; evidence: string };

/**
 * By what a list has told the days `from` to `last`: by creation when a record changed outside of them, by change when a record was made
 * outside of them. Undefined when its records show neither. A day more on either side is left for time zones, and for `last` itself.
 */
export function filterOf(rows: readonly Row[], from: Day, last: Day): Filter | undefined {
  if (!from || !last) return undefined;
  const [begin, end] = [startOf(addDays(from, -1)), startOf(addDays(last, 2))];
  const isInside = (at: unknown): boolean => at instanceof Date && at >= begin && at < end;
  const isOutside = (at: unknown): boolean => at instanceof Date && !isInside(at);
  const changed = rows.find((row) => isOutside(row.create_dt) && isInside(row.updt_dt));
  if (changed) return { by: 'change', evidence: `record ${changed.id} was created outside these days, and changed within them` };
  const made = rows.find((row) => isInside(row.create_dt) && isOutside(row.updt_dt));
  return made && { by: 'creation', evidence: `record ${made.id} was created within these days, and changed outside them` };
}
