import type { QueryConfig } from 'pg';
import { reach } from '../../failpoint.ts';
import type { Batch } from '../../records/answer.ts';
import { type Field, fieldsOf, type Resource, type Row } from '../../records/resource.ts';
import type { Client } from '../connection/database.ts';
import { statementName } from '../connection/statement-name.ts';
import type { CopyColumn } from './copy-rows.ts';
import { type MergeKind, mergeStatement, STAGED_MOMENT, stageOf, stagingType } from './merge.ts';
import { withStaged } from './stage.ts';

/** The outcomes of the records of one resource: `fetched` is the sum of the others. */
export type Outcome = { fetched: number; inserted: number; updated: number; unchanged: number; rejected: number };

/** `older`: how many of the updated ones say that they changed last before what was stored did. */
export type Loaded = Outcome & { older?: number };

/** The outcome of loading nothing. */
export const noOutcome = (): Outcome => ({ fetched: 0, inserted: 0, updated: 0, unchanged: 0, rejected: 0 });

/** The outcome of two loads. */
export const addOutcomes = (one: Outcome, other: Outcome): Outcome => ({
  fetched: one.fetched + other.fetched,
  inserted: one.inserted + other.inserted,
  updated: one.updated + other.updated,
  unchanged: one.unchanged + other.unchanged,
  rejected: one.rejected + other.rejected,
});

/**
 * Loads the records of a batch, in the transaction of `client`: COPY into a staging table, then one merge that leaves unchanged rows
 * untouched and never replaces what was asked for later than `askedAt`. Records that carry different attributes are merged apart, as
 * an absent attribute must not overwrite the stored value. Rows of kind `filling` replace nothing by null. With `touch` unchanged rows are marked with `askedAt` too.
 */
export function loadBatch(
  client: Client,
  batch: Loadable,
  askedAt: Date,
  touch: boolean,
  kind: MergeKind = batch.isOwn ? 'own' : 'embedded',
): Promise<Loaded> {
  return merge(client, batch, { kind, parameters: [askedAt, touch] });
}

/**
 * Makes the rows of a resource what its latest versions say, in a transaction of `client` that sees one state of both (repeatable read):
 * then no newer row can be overwritten, and one that is being written ends the transaction, to be tried again. Each row says in
 * `askedAt` when its version was asked for. Unchanged rows are left untouched.
 */
export function reloadRows(client: Client, resource: Resource, rows: Row[], rejected: number): Promise<Outcome> {
  return merge(client, { resource, rows, rejected }, { kind: 'stored', parameters: [] });
}

type Loadable = Pick<Batch, 'resource' | 'rows' | 'rejected' | 'isOwn'>;
type Merging = { kind: MergeKind; parameters: unknown[] };

async function merge(client: Client, batch: Omit<Loadable, 'isOwn'>, { kind, parameters }: Merging): Promise<Loaded> {
  const { resource, rows, rejected } = batch;
  const outcome: Loaded = { fetched: rows.length + rejected, inserted: 0, updated: 0, unchanged: rows.length, rejected };
  if (rows.length === 0) return outcome;
  reach('stage');
  for (const { fields, members } of byFields(resource, rows)) {
    const columns: CopyColumn[] = fields.map((field) => ({ ...field, sqlType: stagingType(field.sqlType) }));
    if (kind === 'stored') columns.push(STAGED_MOMENT);
    const statement = { ...mergeOf(resource, fields, kind), values: parameters };
    const { inserted, updated, older } = await withStaged(client, { stage: stageOf(resource), columns, rows: members }, async () => {
      reach('merge');
      const merged = await executeMerge(client, statement);
      // Another process may have been quicker with newer rows: a second time these are not due any more, and the rest was left out.
      if (merged.written < merged.due && (await isLeftOut(client, statement))) throw new LeftOutError();
      return merged;
    });
    outcome.inserted += inserted;
    outcome.updated += updated;
    outcome.unchanged -= inserted + updated;
    if (older > 0) outcome.older = (outcome.older ?? 0) + older;
  }
  return outcome;
}

/** The table lacks rows that were written to it, as when a trigger that somebody added drops them: to be found as refused ones are. */
class LeftOutError extends Error {
  override name = 'LeftOutError';
  override message = 'the database left rows out without a word';
  /** PostgreSQL's own for errors of triggers. */
  readonly code = 'P0001';
}

type Merged = { inserted: number; updated: number; older: number; due: number; written: number };

async function executeMerge(client: Client, statement: QueryConfig): Promise<Merged> {
  const { rows } = await client.query<Merged>(statement);
  return rows[0] ?? { inserted: 0, updated: 0, older: 0, due: 0, written: 0 };
}

async function isLeftOut(client: Client, statement: QueryConfig): Promise<boolean> {
  const { due, written } = await executeMerge(client, statement);
  return written < due;
}

/** Which of all fields its rows carry. */
type Group = { carries: boolean[]; members: Row[] };

/** Rows that carry the same attributes, usually all of them, so that a row is mostly like the one before. */
function byFields(resource: Resource, rows: readonly Row[]): { fields: Field[]; members: Row[] }[] {
  const all = fieldsOf(resource);
  const isLike = (row: Row, { carries }: Group): boolean => all.every(({ key }, i) => (row[key] !== undefined) === carries[i]);
  const groups: Group[] = [];
  let group: Group | undefined;
  for (const row of rows) {
    if (!group || !isLike(row, group)) group = groups.find((other) => isLike(row, other));
    if (!group) {
      group = { carries: all.map(({ key }) => row[key] !== undefined), members: [] };
      groups.push(group);
    }
    group.members.push(row);
  }
  return groups.map(({ carries, members }) => ({ fields: all.filter((_, i) => carries[i]), members }));
}

/** So many merges are kept prepared by each session: where every record lacks other attributes, there are as many as records. */
const MOST_PREPARED = 64;
const prepared = new Map<string, { name: string; text: string }>();

/** The statement that merges such rows, as a session knows it that has made it before. */
function mergeOf(resource: Resource, fields: readonly Field[], kind: MergeKind): { name?: string; text: string } {
  const shape = `${resource.name} ${kind} ${fields.map(({ column }) => column).join()}`;
  const known = prepared.get(shape);
  if (known) return known;
  const text = mergeStatement(resource, fields, kind);
  if (prepared.size >= MOST_PREPARED) return { text };
  const statement = { name: statementName(`merge_${prepared.size}`), text };
  prepared.set(shape, statement);
  return statement;
}
