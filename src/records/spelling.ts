import { isOurs, type Resource, type Row } from './resource.ts';
import { declaredBy } from './shape.ts';

/* Sources that do not keep to the documented names of attributes: `createDt`, `create-dt` and `CREATE_DT` are `create_dt`. */

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const spellings = new WeakMap<Resource, ReadonlyMap<string, string>>();

/** The documented names of a resource's attributes, by what all their spellings have in common. */
function spellingsOf(resource: Resource): ReadonlyMap<string, string> {
  const known = spellings.get(resource);
  if (known) return known;
  const documented = [...declaredBy(resource)].filter((name) => !isOurs(name));
  const found = new Map(documented.map((name) => [plain(name), name]));
  spellings.set(resource, found);
  return found;
}

/** A record's attributes under their documented names. What is there under two spellings stays so. */
export function respell(attributes: Row, resource: Resource): Row {
  const declared = declaredBy(resource);
  let respelled: Row | undefined;
  for (const name of Object.keys(attributes)) {
    const documented = declared.has(name) ? undefined : spellingsOf(resource).get(plain(name));
    if (documented === undefined || Object.hasOwn(respelled ?? attributes, documented)) continue;
    respelled ??= { ...attributes };
    respelled[documented] = attributes[name];
    delete respelled[name];
  }
  return respelled ?? attributes;
}
