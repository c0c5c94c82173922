import { KINDS, type Kind, type Shape } from '../records/shape.ts';
import type { drift } from '../warehouse/schema/evidence-tables.ts';

/** An attribute as earlier runs know it: of how many `records` since it was first met it was `present` in how many, and as what. */
export type KnownAttribute = { attribute: string; kinds: Kind[]; records: number; present: number; isGone: boolean };

/** An attribute that appeared, disappeared, or is of another type. `share`: of the records that have it so, for one that disappeared, of those that had it. */
export type Change = {
  attribute: string;
  change: (typeof drift.$inferSelect)['change'];
  was: string | null;
  became: string | null;
  share: number;
};

/** An attribute that not all records have has gone when so many in a row without it are less likely than this. */
const UNLIKELY = 0.001;

/**
 * How records differ from what earlier runs saw of the same resource in the same answers: embedded copies may hold less than a list,
 * and a list less than a single record. Of what was never seen before, nothing differs.
 */
export function findDrift(known: readonly KnownAttribute[], { records, attributes }: Shape): Change[] {
  if (known.length === 0 || records === 0) return [];
  const byName = new Map(known.map((attribute) => [attribute.attribute, attribute]));
  const changes: Change[] = [];
  for (const [attribute, trait] of attributes) {
    const before = byName.get(attribute);
    const kinds = KINDS.filter((kind) => trait[kind] > 0);
    const became = kinds.join(' or ') || null;
    if (!before || before.isGone) {
      changes.push({ attribute, change: 'new', was: null, became, share: trait.count / records });
      continue;
    }
    const others = kinds.filter((kind) => !before.kinds.includes(kind));
    if (before.kinds.length === 0 || others.length === 0) continue;
    const share = others.reduce((sum, kind) => sum + trait[kind], 0) / records;
    changes.push({ attribute, change: 'retyped', was: before.kinds.join(' or '), became: others.join(' or '), share });
  }
  for (const { attribute, kinds, isGone, ...before } of known) {
    const share = before.present / before.records;
    if (isGone || attributes.has(attribute) || (1 - share) ** records >= UNLIKELY) continue;
    changes.push({ attribute, change: 'vanished', was: kinds.join(' or ') || null, became: null, share });
  }
  return changes;
}

/** What is known of the attributes once records were seen that differ so: one that is new, or is back, is counted from now on. */
export function knownAfter(known: readonly KnownAttribute[], { records, attributes }: Shape, changes: readonly Change[]): KnownAttribute[] {
  const vanished = new Set(changes.flatMap(({ attribute, change }) => (change === 'vanished' ? [attribute] : [])));
  const unmet = known
    .filter(({ attribute }) => !attributes.has(attribute))
    .map((before) => ({ ...before, records: before.records + records, isGone: before.isGone || vanished.has(before.attribute) }));
  const met = [...attributes].map(([attribute, trait]) => {
    const before = known.find((one) => one.attribute === attribute && !one.isGone);
    return {
      attribute,
      kinds: KINDS.filter((kind) => trait[kind] > 0 || before?.kinds.includes(kind)),
      records: (before?.records ?? 0) + records,
      present: (before?.present ?? 0) + trait.count,
      isGone: false,
    };
  });
  return [...unmet, ...met];
}
