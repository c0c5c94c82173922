import pg from 'pg';
import type { Client } from '../connection/database.ts';
import { type CopyColumn, copyRows } from './copy-rows.ts';

/** A temporary table of a session for rows on their way: its name, quoted, and its columns as `create table` has them. */
export type Stage = { name: string; columns: readonly Omit<CopyColumn, 'key'>[] };

/** So many deleted rows may lie in a stage before it is cut, which takes as long as to load some hundred. */
const MOST_DELETED = 5_000;
const deleted = new WeakMap<Client, Map<string, number>>();

/** SQL that makes a staging table where it is missing. */
export const createStage = ({ name, columns }: Stage): string =>
  `create temporary table if not exists ${name} (${columns.map(({ column, sqlType }) => `${pg.escapeIdentifier(column)} ${sqlType}`).join(', ')})`;

/**
 * Does work on rows in a staging table, in the transaction of `client`: it holds them and no others, and nothing before and afterwards.
 * `columns` are those that the rows have. (`on commit delete rows` would have PostgreSQL cut the files of all of a session's stages at
 * each commit, whichever was used: 5 ms for sixteen of them.)
 */
export async function withStaged<T>(
  client: Client,
  { stage, columns, rows }: { stage: Stage; columns: readonly CopyColumn[]; rows: Iterable<Record<string, unknown>> },
  work: () => Promise<T>,
): Promise<T> {
  await client.query(createStage(stage));
  const names = columns.map(({ column }) => pg.escapeIdentifier(column)).join(', ');
  const copied = await copyRows(client, `copy ${stage.name} (${names}) from stdin (format binary)`, columns, rows);
  const result = await work();
  await empty(client, stage.name, copied);
  return result;
}

async function empty(client: Client, stage: string, rows: number): Promise<void> {
  const counts = deleted.get(client) ?? new Map<string, number>();
  const lying = (counts.get(stage) ?? 0) + rows;
  await client.query(lying > MOST_DELETED ? `truncate ${stage}` : `delete from ${stage}`);
  counts.set(stage, lying > MOST_DELETED ? 0 : lying);
  deleted.set(client, counts);
}
