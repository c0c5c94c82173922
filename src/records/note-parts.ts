import { getTableColumns } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { type ColumnNote, type DescribedTable, isOurs, type Pii } from './resource.ts';

/** The comment of a schema, a table or a column; the last two parts are missing for what they do not apply to. */
export type Comment = { schema: string; table?: string; column?: string; kind?: 'view'; text: string };

/** A text with where it comes from, and whose personal data it is about. */
export const tagged = (text: string, source: string, pii?: Pii): string => `${text} [source: ${source}]${pii ? ` [pii: ${pii}]` : ''}`;

/** The comments of a table and its columns. `type`: the API's word for its records; without it all of it is the sync's own. */
export function commentsOf({ table, about, notes }: DescribedTable, type?: string): Comment[] {
  const { schema = 'public', name } = getTableConfig(table);
  const columns = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const { text, pii } = partsOf(notes[key] ?? '');
    return { schema, table: name, column: column.name, text: tagged(text, type && !isOurs(key) ? `${type}.${key}` : 'chatrhub-sync', pii) };
  });
  return [{ schema, table: name, text: tagged(about, type ?? 'chatrhub-sync') }, ...columns];
}

/** A note as its text, and whose personal data it is about. */
export const partsOf = (note: ColumnNote): { text: string; pii?: Pii | undefined } => (typeof note === 'string' ? { text: note } : note);
