import { coerce, Unfit } from './coerce.ts';
import { type Privacy, pseudonymiseRaw } from './pseudonyms.ts';
import { fieldsOf, type Resource, type Row } from './resource.ts';
import { cleanText } from './sanitise.ts';

/* One record: as the row it becomes, as its attributes are kept, and what tells it from others. */

const VALUE_LENGTH = 10_000;

/** A value that does not fit its column. */
type Unfitting = { attribute: string; reason: string; value: unknown };
/** The row of a record, and what of it did not fit; `problem`: why there is no row. */
type Coerced = { row: Row; unfit: Unfitting[]; problem?: string };

/** The key of a row as text: `4`, or `4/2018-06-19T13:00:00.000Z`. */
export const keyOf = (row: Row, resource: Resource): string => joinKey(row, resource, (moment) => moment.toISOString());

/** Tells rows of a resource apart as their keys do, in a fraction of the time. */
export const identityOf = (row: Row, resource: Resource): string => joinKey(row, resource, (moment) => moment.getTime());

function joinKey(row: Row, resource: Resource, say: (moment: Date) => string | number): string {
  let text = '';
  // The key's fields come first.
  for (const { key, isKey } of fieldsOf(resource)) {
    if (!isKey) break;
    const value = row[key];
    text += `${text && '/'}${value instanceof Date ? say(value) : value}`;
  }
  return text;
}

/**
 * Whether two records of one key are not the same one, where the key is the source's id: they were made at different times, or, where that is
 * not known of both, differ in what no record changes.
 */
export function isAnother(one: Row, other: Row, resource: Resource): boolean {
  if (fieldsOf(resource)[0]?.key !== 'id') return false;
  const { create_dt: first } = one;
  const { create_dt: second } = other;
  if (first instanceof Date && second instanceof Date) return first.getTime() !== second.getTime();
  const [mine, theirs] = [one, other].map((row) => (resource.constant === undefined ? undefined : row[resource.constant]) ?? undefined);
  return mine !== undefined && theirs !== undefined && mine !== theirs;
}

/** So many attributes of which none can be read are those of something else, or are written in a way that is not known. */
const UNREAD = 3;

/** Whether a row has any of the attributes that its record shows, beside its number and its account, which stand in every one. */
export function saysAnything(shown: Row, row: Row): boolean {
  const names = Object.keys(shown).filter((name) => name !== 'id' && name !== 'client_id');
  return names.length < UNREAD || names.some((name) => row[name] !== undefined && row[name] !== null && row[name] !== '');
}

/**
 * A record's attributes as the row of its resource: a value that does not fit is absent. `isStored`: they are a stored version, with
 * computed columns.
 */
export function toRow(attributes: Row, resource: Resource, { clientId, isStored }: { clientId: number; isStored: boolean }): Coerced {
  const row: Row = {};
  const unfit: Unfitting[] = [];
  for (const { key, sqlType, isRequired, isOurs, isRounded } of fieldsOf(resource)) {
    const held = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    const isAccount = key === 'client_id';
    const value = coerce(held, sqlType, isRounded);
    if (isOurs) {
      if (isStored && held !== undefined && !(value instanceof Unfit)) row[key] = value;
      continue;
    }
    if (value instanceof Unfit) {
      if (isRequired && !isAccount) return { row, unfit, problem: `${key} is ${value.reason}` };
      unfit.push({ attribute: key, reason: value.reason, value: held });
    } else if (value !== null || !isRequired) {
      if (held !== undefined) row[key] = value === '' && resource.emptyIsNull?.includes(key) ? null : value;
    } else if (!isAccount) return { row, unfit, problem: `has no ${key}` };
    if (isAccount) row[key] ??= clientId;
  }
  if (clientId !== 0 && row.client_id !== clientId)
    return { row, unfit, problem: `belongs to account ${row.client_id}, not to ${clientId}` };
  const again = resource.idAgain && attributes[resource.idAgain];
  if (again !== undefined && again !== null && again !== '' && coerce(again, 'bigint') !== row.id) {
    return { row, unfit, problem: `its id is ${row.id}, but its ${resource.idAgain} is ${textOf(again)?.slice(0, 100)}` };
  }
  for (const [key, derive] of Object.entries(resource.derive ?? {})) {
    const value = Object.hasOwn(row, key) ? row[key] : derive(row);
    if (value !== undefined) row[key] = value;
  }
  return { row, unfit };
}

/** The computed columns that say something only by nulls of a record: that it has no e-mail address, where that is left empty. */
export function computedFromNulls({ derive = {} }: Resource, row: Row): string[] {
  const said = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  return Object.entries(derive).flatMap(([key, compute]) => (row[key] !== undefined && compute(said) === undefined ? [key] : []));
}

/** The attributes of an accepted record as they are kept: what was received, and what the row knows besides. */
export function toRaw(attributes: Row, { row, unfit }: Coerced, resource: Resource, privacy: Privacy): Row {
  // Whether the id comes as a number or a text depends on where it was found.
  attributes.id = row.id ?? attributes.id;
  // Account 0 is ours, while nobody has named another.
  if (row.client_id !== 0) attributes.client_id ??= row.client_id;
  // 1e999 is no number that JSON could hold; null would be a statement.
  for (const { attribute, value } of unfit) if (typeof value === 'number' && !Number.isFinite(value)) attributes[attribute] = undefined;
  return pseudonymiseRaw(attributes, { row, unfit: new Set(unfit.map(({ attribute }) => attribute)) }, resource, privacy);
}

/** A value as text that can be stored, cut where it is long; null of nothing. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return cleanText(text.slice(0, VALUE_LENGTH));
}
