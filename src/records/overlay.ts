import type { Resource, Row } from './resource.ts';
import { computedFromNulls } from './row.ts';

/**
 * A record as the row it becomes, and as its attributes are kept; of a copy, when the record that holds it was last changed.
 */
export type Taken = { row: Row; raw: Row; carriedAt?: Date | undefined };

/**
 * Two records with one key in one answer: what the later change says lies over what the earlier one said. Of two copies without a later
 * change, the one in the record that changed later wins, and its nulls replace nothing, nor does what is computed of them.
 */
export function overlay(known: Taken, next: Taken, resource: Resource, isOwn: boolean): Taken {
  const later = changedAt(next) - changedAt(known) || (isOwn ? 0 : carried(next) - carried(known));
  const [below, above] = later < 0 ? [next, known] : [known, next];
  const isStrict = isOwn || changedAt(above) > changedAt(below);
  const computed = isStrict ? [] : computedFromNulls(resource, above.row);
  const saysNothing = (key: string, value: unknown): boolean => !isStrict && (value === null || computed.includes(key));
  const said = (record: Row, under: Row): Row =>
    Object.fromEntries(
      Object.entries(record).filter(([key, value]) => value !== undefined && (!saysNothing(key, value) || under[key] === undefined)),
    );
  return {
    row: { ...below.row, ...said(above.row, below.row) },
    raw: { ...below.raw, ...said(above.raw, below.raw) },
    carriedAt: above.carriedAt,
  };
}

/** Milliseconds; -1 where a record does not say, which is before everything. */
const changedAt = ({ row }: Taken): number => (row.updt_dt instanceof Date ? row.updt_dt.getTime() : -1);
const carried = ({ carriedAt }: Taken): number => carriedAt?.getTime() ?? -1;
