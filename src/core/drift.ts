import type { Batch } from './record.ts';
import { fieldsOf, type Resource } from './resource.ts';
import { cleanText } from './sanitise.ts';

/** Names of attributes come from the source: no more of them are counted, and none is longer. */
const MOST = { names: 100, length: 200 };

const declared = new WeakMap<Resource, ReadonlySet<string>>();

function declaredBy(resource: Resource): ReadonlySet<string> {
  const { idAgain, derive = {}, embeds = {} } = resource;
  const names =
    declared.get(resource) ??
    new Set([
      ...fieldsOf(resource).map(({ key }) => key),
      ...Object.keys(derive),
      ...Object.keys(embeds),
      'id',
      ...(idAgain ? [idAgain] : []),
    ]);
  declared.set(resource, names);
  return names;
}

/** How many records of a batch carry attributes that no column takes, by name. They are kept in the raw versions. */
export function countUndeclared({ resource, raw }: Pick<Batch, 'resource' | 'raw'>): Map<string, number> {
  const names = declaredBy(resource);
  const counts = new Map<string, number>();
  for (const attributes of raw)
    for (const key in attributes) {
      if (names.has(key) || attributes[key] === undefined) continue;
      const name = cleanText(key.slice(0, MOST.length));
      if (counts.has(name) || counts.size < MOST.names) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  return counts;
}
