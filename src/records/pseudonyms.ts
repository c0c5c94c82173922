import { createHmac } from 'node:crypto';
import { type Field, fieldsOf, type Resource, type Row } from './resource.ts';

/** How personal data are changed on the way to `chatrhub_private`. `isStored`: it is there already, and may be hidden. */
export type Privacy = ({ mode: 'keep' } | { mode: 'hash'; key: string } | { mode: 'drop' }) & { isStored?: boolean };

/**
 * What a stored value looks like that was hashed, as text or as JSON. Who had written just such a value is not hidden any further: it
 * tells as little.
 */
const DIGEST = /^"?[0-9a-f]{64}"?$/;

/**
 * Replaces what would go to the private tables of a resource: by its keyed HMAC-SHA-256, so that equal values stay equal, or by null.
 * What the sync itself needs stays. Computed columns are made before, from the values.
 */
export function pseudonymiseRow(row: Row, resource: Resource, privacy: Privacy): Row {
  if (privacy.mode === 'keep') return row;
  for (const { key, table, isKey, sqlType } of fieldsOf(resource)) {
    if (table === 0 || isKey || row[key] === undefined || resource.keepsPersonal?.includes(key)) continue;
    row[key] = pseudonymiseText(row[key], privacy, sqlType === 'jsonb');
  }
  return row;
}

/**
 * The attributes of a record as its row is protected, which is protected already: what goes to the private tables is what the row
 * holds. Nobody knows what is in an attribute that is not declared, or does not fit: hidden as well, so that it still does not fit. What
 * was computed from all that goes along, as nothing is left to compute it from.
 */
export function pseudonymiseRaw(
  attributes: Row,
  { row, unfit }: { row: Row; unfit: ReadonlySet<string> },
  resource: Resource,
  privacy: Privacy,
): Row {
  if (privacy.mode === 'keep') return attributes;
  const fields = fieldsByKey(resource);
  const kept: [string, unknown][] = [];
  for (const [key, value] of Object.entries(attributes)) {
    const field = fields.get(key);
    const isOpen = field && (field.table === 0 || field.isKey || resource.keepsPersonal?.includes(key));
    if (value === undefined || (unfit.has(key) && privacy.mode === 'drop')) continue;
    if (unfit.has(key)) kept.push([key, field?.sqlType === 'text' ? hideText(value, privacy) : hide(value, privacy)]);
    else if (isOpen || key === resource.idAgain) kept.push([key, value]);
    else kept.push([key, field ? row[key] : hide(value, privacy)]);
  }
  for (const key of Object.keys(resource.derive ?? {})) if (row[key] !== undefined) kept.push([key, row[key]]);
  // fromEntries defines properties, so that a key "__proto__" stays a key.
  return Object.fromEntries(kept);
}

/** For a text column, of a value that is no text: hidden it still is none. */
const hideText = (value: unknown, privacy: Privacy): unknown =>
  privacy.isStored && Array.isArray(value) && value.length === 1 && DIGEST.test(String(value[0])) ? value : [hide(value, privacy)];

const hide = (value: unknown, privacy: Privacy): unknown =>
  pseudonymiseText(value === null || typeof value === 'string' ? value : JSON.stringify(value), privacy);

const fieldCache = new WeakMap<Resource, ReadonlyMap<string, Field>>();

function fieldsByKey(resource: Resource): ReadonlyMap<string, Field> {
  const fields = fieldCache.get(resource) ?? new Map(fieldsOf(resource).map((field) => [field.key, field]));
  fieldCache.set(resource, fields);
  return fields;
}

/** One value: null, or its HMAC in hexadecimal, for jsonb as a JSON string. */
export function pseudonymiseText(value: unknown, privacy: Privacy, isJson = false): unknown {
  if (privacy.mode === 'keep' || value === null || value === '') return value;
  if (privacy.mode === 'drop') return null;
  if (privacy.isStored && DIGEST.test(String(value))) return value;
  const digest = createHmac('sha256', privacy.key).update(String(value)).digest('hex');
  return isJson ? JSON.stringify(digest) : digest;
}
