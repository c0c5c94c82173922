import { getTableColumns } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { type DescribedTable, isOurs, type Resource } from '../core/resource.ts';
import { histories } from './history.ts';
import { resources } from './index.ts';
import { describedIntents } from './intents.ts';
import { describedAbsences, describedVersions } from './record-versions.ts';
import { schemaNotes } from './schemas.ts';

/** The comment of a schema, of a table, or of a column. */
export type Comment = { schema: string; table?: string; column?: string; isView?: boolean; text: string };

/** What the database says of its schemas, tables and columns: the words of the resource files, their source, whose personal data. */
export const comments: readonly Comment[] = [
  ...Object.entries(schemaNotes).map(([schema, text]) => ({ schema, text })),
  ...resources.flatMap((resource) => resource.tables.flatMap((table) => commentsOf(table, resource))),
  ...commentsOf(describedIntents),
  ...commentsOf(describedVersions),
  ...commentsOf(describedAbsences),
  ...histories.flatMap(({ name, about, notes }) => [
    { schema: 'chatrhub', table: name, isView: true, text: about },
    ...Object.entries(notes).map(([column, text]) => ({ schema: 'chatrhub', table: name, column, text })),
  ]),
];

function commentsOf({ table, about, notes }: DescribedTable, resource?: Resource): Comment[] {
  const { schema = 'public', name } = getTableConfig(table);
  const columns = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const note = notes[key] ?? '';
    const { text, pii } = typeof note === 'string' ? { text: note, pii: undefined } : note;
    const source = resource && !isOurs(key) ? `${resource.type}.${key}` : 'chatrhub-sync';
    return { schema, table: name, column: column.name, text: `${text} [source: ${source}]${pii ? ` [pii: ${pii}]` : ''}` };
  });
  return [{ schema, table: name, text: `${about} [source: ${resource?.type ?? 'chatrhub-sync'}]` }, ...columns];
}
