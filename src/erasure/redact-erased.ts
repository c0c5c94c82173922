import { createHmac } from 'node:crypto';
import { fieldsOf, isOurs, type Resource, type Row } from '../records/resource.ts';

/** What was erased, as it is kept: the keyed hash of what tells it. `key` is in hexadecimal. */
export type Erasure = { key: string; hash: string };

/** `kind`: the resource of a record whose number is hashed, or the attribute whose value is. */
export const hashErased = (kind: string, value: unknown, key: string): string =>
  createHmac('sha256', Buffer.from(key, 'hex')).update(`${kind} ${value}`).digest('hex');

/** The two halves of an HMAC-SHA-256, for whom only has SHA-256: `sha256(outer || sha256(inner || text))`. */
export function hmacPads(key: string): { inner: Buffer; outer: Buffer } {
  const block = Buffer.concat([Buffer.from(key, 'hex'), Buffer.alloc(64)], 64);
  return { inner: block.map((byte) => byte ^ 0x36) as Buffer, outer: block.map((byte) => byte ^ 0x5c) as Buffer };
}

/** Tells what was erased. */
export type Erased = { has(kind: string, value: unknown): boolean };

/** From what is kept of the erasures, which usually have one key. */
export function createErased(erasures: readonly Erasure[]): Erased {
  const hashes = new Set(erasures.map(({ hash }) => hash));
  const keys = [...new Set(erasures.map(({ key }) => key))];
  return {
    has: (kind, value) => value !== null && value !== undefined && keys.some((key) => hashes.has(hashErased(kind, value, key))),
  };
}

/**
 * A record of an erased person: its row without what is personal, as if the source had not said it, and its attributes likewise.
 * Nobody knows what is in an attribute that is not declared or did not fit. What was computed from all that stays, unless it is personal
 * itself: statistics need it, and nothing is left to compute it from.
 */
export function redactErased({ row, raw }: { row: Row; raw: Row }, resource: Resource): { row: Row; raw: Row } {
  const open = fieldsOf(resource).filter(({ key, table, isKey }) => (table === 0 || isKey) && !resource.erasedToo?.includes(key));
  const said = open.filter(({ key }) => row[key] !== undefined);
  return {
    row: { ...row, ...Object.fromEntries(personalKeys(resource).map((key) => [key, undefined])) },
    raw: Object.fromEntries(said.flatMap(({ key }) => (Object.hasOwn(raw, key) || isOurs(key) ? [[key, raw[key] ?? row[key]]] : []))),
  };
}

/** The keys of what goes when a visitor is erased: all of the private tables, and what the resource names. */
export const personalKeys = (resource: Resource): string[] =>
  fieldsOf(resource).flatMap(({ key, table, isKey }) => ((table > 0 && !isKey) || resource.erasedToo?.includes(key) ? [key] : []));
