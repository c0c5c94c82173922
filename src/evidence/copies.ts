import type { Batch } from '../records/answer.ts';
import type { Resource, Row } from '../records/resource.ts';
import { computedFromNulls } from '../records/row.ts';

/**
 * What is stored of a record of which a copy came: when it last changed; whether its own list has shown it; whether a record that holds
 * another copy, and that changed later than the one which holds this copy, is stored.
 */
export type StoredCopy = { updatedAt: Date | null; isListed: boolean; isOutdated: boolean };

/** Records that changed within so many days hold the newest copies of others. */
export const RECENT_MS = 2 * 86_400_000;

type Part = Pick<Batch, 'rows' | 'raw'>;

/**
 * What counts of copies inside other records. `winning` say more than what is stored; `filling` say nothing newer: they fill in what is
 * not known, and their nulls replace nothing; `refused` are older, and count as unchanged.
 */
export type Resolved = { winning: Part; filling: Part; refused: number };

/**
 * Decides about copies (evidence.md: "Copies inside other records"). A copy wins when its `updt_dt` is strictly larger, or when the record
 * is not stored. One with the same `updt_dt`, or with none where none is stored, leaves alone what the record's own list says (`listSays`),
 * as that list is read in every run.
 */
export function resolveCopies(
  { resource, rows, raw, carriedAt }: Pick<Batch, 'resource' | 'rows' | 'raw' | 'carriedAt'>,
  stored: ReadonlyMap<number, StoredCopy>,
  listSays: ReadonlySet<string>,
): Resolved {
  const resolved: Resolved = { winning: { rows: [], raw: [] }, filling: { rows: [], raw: [] }, refused: 0 };
  const add = (part: Part, row: Row, i: number, attributes: Row | undefined = raw[i]) => {
    part.rows.push(row);
    if (attributes) part.raw.push(attributes);
  };
  for (const [i, row] of rows.entries()) {
    const standing = stored.get(Number(row.id));
    const newness = standing ? changeOf(row) - (standing.updatedAt?.getTime() ?? NEVER) : 1;
    if (!standing || newness > 0) add(resolved.winning, row, i);
    else if (newness < 0 || (standing.isOutdated && carriedAt[i] !== undefined)) resolved.refused += 1;
    else {
      const kept = standing.isListed && isReadEachRun(resource) ? listSays : NOTHING;
      const computed = computedFromNulls(resource, row);
      add(
        resolved.filling,
        { ...without(row, kept, false), ...Object.fromEntries(computed.map((key) => [key, null])) },
        i,
        raw[i] && without(raw[i], new Set([...kept, ...computed]), true),
      );
    }
  }
  return resolved;
}

const NEVER = -1;
const NOTHING: ReadonlySet<string> = new Set();

const isReadEachRun = ({ every, scope }: Resource): boolean => every === 'run' && scope.over === 'nothing';

const changeOf = ({ updt_dt }: Row): number => (updt_dt instanceof Date ? updt_dt.getTime() : NEVER);

/** Identifies a record; every copy has it. */
const KEYS = new Set(['id', 'client_id']);

/** A copy without what its own list says, and without nulls where `dropsNulls`: the table fills those in itself. */
const without = (record: Row, kept: ReadonlySet<string>, dropsNulls: boolean): Row =>
  Object.fromEntries(Object.entries(record).filter(([key, value]) => KEYS.has(key) || !(kept.has(key) || (dropsNulls && value === null))));
