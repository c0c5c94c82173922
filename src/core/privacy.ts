import { createHmac } from 'node:crypto';
import { fieldsOf, type Resource, type Row } from './resource.ts';

/** What becomes of personal data on its way to `chatrhub_private`. */
export type Privacy = { mode: 'keep' } | { mode: 'hash'; key: string } | { mode: 'drop' };

/**
 * Replaces what would go to the private tables of a resource: by its keyed HMAC-SHA-256, so that equal values stay equal, or by null.
 * What the sync itself needs stays. Computed columns are made before, from the values.
 */
export function protectRow(row: Row, resource: Resource, privacy: Privacy): Row {
  if (privacy.mode === 'keep') return row;
  for (const { key, table, isKey, sqlType } of fieldsOf(resource)) {
    if (table === 0 || isKey || row[key] === undefined || resource.keepsPersonal?.includes(key)) continue;
    row[key] = protectText(row[key], privacy, sqlType === 'jsonb');
  }
  return row;
}

/** One value: null, or its HMAC in hexadecimal, for jsonb as a JSON string. */
export function protectText(value: unknown, privacy: Privacy, isJson = false): unknown {
  if (privacy.mode === 'keep' || value === null || value === '') return value;
  if (privacy.mode === 'drop') return null;
  const digest = createHmac('sha256', privacy.key).update(String(value)).digest('hex');
  return isJson ? JSON.stringify(digest) : digest;
}
