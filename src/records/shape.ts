import { fieldsOf, type Resource } from './resource.ts';
import { cleanText } from './sanitise.ts';

/** Types of JSON, save null. */
export const KINDS = ['text', 'number', 'boolean', 'list', 'object'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * In how many records an attribute was, and in how many as which type of JSON; null is of none. `unfit`: how many values do not fit the
 * column.
 */
type Trait = { count: number; unfit: number } & Record<Kind, number>;

/** What records looked like: how many there were, and the attributes they had. Secrets are not among them. */
export type Shape = { records: number; attributes: Map<string, Trait> };

/** What the records of a resource looked like in the answers of another, or of its own, and how many came: `via` is the one that was asked for. */
export type SeenShape = { resource: Resource; via: Resource; shape: Shape; came: number };

/** Names of attributes come from the source: no more of them are counted, and none is longer. */
const MOST = { names: 200, length: 200 };

/** The shape of no records. */
export const noShape = (): Shape => ({ records: 0, attributes: new Map() });

/** Adds a record's attributes to a shape. */
export function addToShape(shape: Shape, attributes: object): void {
  shape.records += 1;
  for (const key of Object.keys(attributes)) {
    const trait = traitOf(shape, key);
    if (!trait) continue;
    const value = (attributes as Record<string, unknown>)[key];
    trait.count += 1;
    if (value !== null && value !== undefined) trait[kindOf(value)] += 1;
  }
}

/** Notes that a value of an attribute does not fit its column. */
export function noteUnfit(shape: Shape, attribute: string): void {
  const trait = traitOf(shape, attribute);
  if (trait) trait.unfit += 1;
}

/** Adds what other records looked like. */
export function mergeShape(shape: Shape, { records, attributes }: Shape): void {
  shape.records += records;
  for (const [name, other] of attributes) {
    const trait = traitOf(shape, name);
    if (trait) for (const key of ['count', 'unfit', ...KINDS] as const) trait[key] += other[key];
  }
}

/** Adds what the records of an answer looked like to what was seen so far. `via`: the resource that was asked for. */
export function noteShape(seen: SeenShape[], { resource, shape, came }: Omit<SeenShape, 'via'>, via: Resource): void {
  if (came === 0) return;
  let same = seen.find((other) => other.resource === resource && other.via === via);
  if (!same) {
    same = { resource, via, shape: noShape(), came: 0 };
    seen.push(same);
  }
  mergeShape(same.shape, shape);
  same.came += came;
}

function traitOf({ attributes }: Shape, key: string): Trait | undefined {
  const known = attributes.get(key);
  if (known) return known;
  const name = cleanText(key.slice(0, MOST.length));
  const trait = attributes.get(name);
  if (trait || attributes.size >= MOST.names) return trait;
  const fresh = { count: 0, unfit: 0, text: 0, number: 0, boolean: 0, list: 0, object: 0 };
  attributes.set(name, fresh);
  return fresh;
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'object') return Array.isArray(value) ? 'list' : 'object';
  return typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'boolean';
}

const declared = new WeakMap<Resource, ReadonlySet<string>>();

/** The attributes that have a column, or are taken otherwise. */
export function declaredBy(resource: Resource): ReadonlySet<string> {
  const { idAgain, ignores = [], derive = {}, embeds = {} } = resource;
  const names =
    declared.get(resource) ??
    new Set([
      ...fieldsOf(resource).map(({ key }) => key),
      ...Object.keys(derive),
      ...Object.keys(embeds),
      'id',
      ...ignores,
      ...(idAgain ? [idAgain] : []),
    ]);
  declared.set(resource, names);
  return names;
}

/** In how many records attributes are that no column takes, by name. They are kept in the raw versions. */
export const undeclaredIn = (shape: Shape, resource: Resource): Record<string, number> =>
  Object.fromEntries([...shape.attributes].filter(([name]) => !declaredBy(resource).has(name)).map(([name, { count }]) => [name, count]));
