import { type Comment, commentsOf, tagged } from '../records/note-parts.ts';
import type { View, ViewNote } from '../records/view.ts';
import { resources } from '../resources/index.ts';
import { describedIntents } from '../resources/tables/intents.ts';
import { describedAbsences, describedAttributeSets, describedVersions, recordVersionsNotes } from '../resources/tables/record-versions.ts';
import { schemaNotes } from '../resources/tables/schemas.ts';
import { biViews } from './index.ts';
import { STORE } from './stored-views.ts';
import { histories } from './views/history-views.ts';

const ofTables: readonly Comment[] = [
  ...resources.flatMap((resource) => resource.tables.flatMap((table) => commentsOf(table, resource.type))),
  ...commentsOf(describedIntents),
  ...commentsOf(describedAttributeSets),
  ...commentsOf(describedVersions),
  ...commentsOf(describedAbsences),
];

/** What columns of tables say of themselves, by `table.column`. */
const saidOfColumns = new Map(ofTables.map(({ table, column, text }) => [`${table}.${column}`, text]));

/** What the database says of its schemas, tables, views and columns: the words beside each, their source, whose personal data. */
export const comments: readonly Comment[] = [
  ...Object.entries(schemaNotes).map(([schema, text]) => ({ schema, text })),
  ...ofTables,
  ...commentsOfView({ schema: 'chatrhub_raw', name: 'record_versions', ...recordVersionsNotes }),
  ...[...histories, ...biViews].flatMap(commentsOfView),
];

function commentsOfView({ schema, name, stored, about, notes }: Omit<View, 'sql'>): Comment[] {
  const shown = schema === STORE ? [] : [{ schema, table: name, kind: 'view' as const, text: textOf(about) }];
  const table = stored ? [{ schema: STORE, table: name, text: textOf(about) }] : [];
  return [
    ...shown,
    ...table,
    ...Object.entries(notes).flatMap(([column, note]) => (schema === STORE ? [] : [{ schema, table: name, column, text: textOf(note) }])),
  ];
}

function textOf(note: ViewNote): string {
  if (typeof note === 'string') return / \[source: /.test(note) ? note : tagged(note, 'chatrhub-sync');
  if ('text' in note) return tagged(note.text, 'chatrhub-sync', note.pii);
  const text = saidOfColumns.get(note.like);
  if (text === undefined) throw new Error(`a view passes on ${note.like}, which is no column of a table`);
  return text;
}
