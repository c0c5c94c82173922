import { sql } from 'drizzle-orm';
import { boolean, index, type PgColumn, pgSchema, timestamp } from 'drizzle-orm/pg-core';
import { RESOURCE_NAMES } from '../resource-names.ts';

/** Normalised tables, for analysts: no contact details, no free text. */
export const chatrhub = pgSchema('chatrhub');
/** Contact details and free text: one row for each parent row, under the same key. */
export const chatrhubPrivate = pgSchema('chatrhub_private');

/** Every version of every record, as it came; for us, not for analysts. */
export const chatrhubRaw = pgSchema('chatrhub_raw');

/** The names of all resources, in four bytes each: for tables of as many rows as there are records. */
export const resourceName = chatrhubRaw.enum('resource', RESOURCE_NAMES);

/** What the schemas hold, in the words of their comments. */
export const schemaNotes = {
  chatrhub: 'The ChatrHub account, normalised: one row per record, without contact details and free text.',
  chatrhub_bi: 'Views for analysts: what counts is defined here once. chatrhub_bi.data_dictionary explains every column.',
  chatrhub_bi_store: 'What the heavy views of chatrhub_bi were computed to. Read the views: this is theirs.',
  chatrhub_private: 'Contact details and free text: one row for each row of the table of the same key in chatrhub.',
  chatrhub_raw: 'Every distinct version of every record as received, without secrets: what the tables are rebuilt from.',
  chatrhub_sync: 'How the copy is made: runs, requests, what is covered, what was rejected.',
};

/** A moment. The API sends whole seconds with an offset. */
export const instant = (name: string) => timestamp(name, { withTimezone: true });

/** Every table has it. It is the moment of asking, so that of two processes the one that asked later wins. */
export const tracked = { syncedAt: instant('synced_at').notNull() };
export const trackedNotes = {
  syncedAt: 'When the sync last changed this row: the moment it asked for the answer that brought the change.',
};

/** Tables that others refer to may hold stubs. */
export const stub = { isInferred: boolean('is_inferred').notNull().default(false) };
export const stubNotes = {
  isInferred: 'True for a stub: another record refers to this one, which itself was not received yet.',
};

/** Tables whose records the source lists completely. */
export const listed = { sourceMissingSince: instant('source_missing_since') };
export const listedNotes = {
  sourceMissingSince: 'Since when the source no longer lists this record; null while it does.',
};

/** An index of the stubs of a large table: they are few, and counted every night. */
export const stubsIndexed = (table: string, key: PgColumn) => index(`${table}_stubs_idx`).on(key).where(sql`is_inferred`);

/** Most of these columns are null in many rows, which nobody looks for by it. */
const whereKnown = (column: PgColumn) => sql.raw(`"${column.name}" is not null`);

/** An index for each foreign key that the primary key does not begin with. */
export const indexed = (table: string, columns: readonly PgColumn[]) =>
  columns.map((column) => index(`${table}_${column.name}_idx`).on(column).where(whereKnown(column)));

/** SQL: the day of a moment, by which rows that hold copies are indexed. */
export const copyDay = (moment: string): string => `((${moment} at time zone 'UTC')::date)`;

/**
 * The same for a column whose record comes as a copy: with the day on which these rows changed, so that a later copy is found without
 * reading all there are. The moment itself would be another for each row, and take six times the bytes.
 */
export const copiesIndexed = (table: string, column: PgColumn, changedAt: string) =>
  index(`${table}_${column.name}_idx`)
    .on(column, sql.raw(copyDay(changedAt)))
    .where(whereKnown(column));
