import type { Resource } from './resource.ts';
import { textOf } from './row.ts';

/** The name of a type: `chats`, `chat`, `Chat` and `App\\Models\\Chat` are one. */
const typeName = (type: string): string =>
  (type.split(/[\\/:.]/).at(-1) ?? '')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .replace(/(model|resource|record|entity|dto)s?$/, '')
    .replace(/ies$/, 'y')
    .replace(/s$/, '');

/** Why a record of this type is none of a resource; undefined when it may be one. */
export function typeProblem(type: unknown, resource: Resource): string | undefined {
  if (type === undefined || type === null || type === '' || type === resource.type || type === resource.name) return undefined;
  const given = typeName(String(type));
  return given === typeName(resource.type) || given === typeName(resource.name)
    ? undefined
    : `is of type ${textOf(type)}, not ${resource.type}`;
}
