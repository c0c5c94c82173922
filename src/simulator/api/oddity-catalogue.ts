import { NO_ODDITIES, type Oddities } from './oddities.ts';
import { ACCOUNT_SWITCHES } from './oddity-catalogue-account.ts';
import { DAY_SWITCHES } from './oddity-catalogue-days.ts';
import { LIST_SWITCHES } from './oddity-catalogue-lists.ts';
import { SHAPE_SWITCHES } from './oddity-catalogue-shape.ts';
import type { Switch, Variant } from './oddity-variant.ts';

/** All that a source can be odd in, so that pairs and triples of it can be drawn. */
export const SWITCHES: readonly Switch[] = [...SHAPE_SWITCHES, ...LIST_SWITCHES, ...DAY_SWITCHES, ...ACCOUNT_SWITCHES];

/** Whether a variant holds in a run, counted from 0. */
export const isHeld = ({ from = 0, until = Number.POSITIVE_INFINITY }: Variant, run: number): boolean => run >= from && run < until;

/** The oddities of several variants in one run, counted from 0; lists of several are joined, of two that contradict the later one holds. */
export function odditiesOf(variants: readonly Variant[], run: number): Oddities {
  const held = variants.filter((variant) => isHeld(variant, run)).map(({ set = {} }) => set);
  return Object.assign({}, NO_ODDITIES, ...variants.map(({ steady }) => steady), ...held, {
    cuts: Object.assign({}, ...held.map(({ cuts }) => cuts)),
    complaints: Object.assign({}, ...held.map(({ complaints }) => complaints)),
    lacks: held.flatMap(({ lacks = [] }) => lacks),
  });
}
