import { KINDS, mergeShape, noShape, type Shape } from '../records/shape.ts';

/** An attribute of which the source sends values that do not fit: `refused` of the `received` ones of a run so far. */
export type Unread = { attribute: string; refused: number; received: number };

/** Fewer values that do not fit may be slips of some records; where none could be read, two are enough. */
const FEWEST = 3;
const FEWEST_OF_ALL = 2;
/** Where a larger share than this is rejected, of records or of values, what the source sends is not understood. */
export const MOST_REFUSED = 0.1;

/**
 * The attribute of an answer's records whose values cannot be read. One value that does not fit its column is rejected, and the rest is
 * loaded. Where that happens to more than a tenth of those in this answer and those before it (`seen`), the source writes the attribute in
 * a way that is not known, and the column lacks what it says. One that is in doubt for that (`doubted`) stays so where a single value of it
 * does not fit.
 */
export function findUnread(shape: Shape, seen: Shape = noShape(), doubted: ReadonlySet<unknown> = new Set()): Unread | undefined {
  const all = noShape();
  for (const part of [seen, shape]) mergeShape(all, part);
  for (const [attribute, { unfit }] of shape.attributes) {
    const trait = all.attributes.get(attribute);
    if (unfit === 0 || !trait) continue;
    const received = KINDS.reduce((sum, kind) => sum + trait[kind], 0);
    const fewest = doubted.has(attribute) ? 1 : trait.unfit === received ? FEWEST_OF_ALL : FEWEST;
    if (trait.unfit >= fewest && trait.unfit > received * MOST_REFUSED) return { attribute, refused: trait.unfit, received };
  }
  return undefined;
}
