import pg from 'pg';
import type { Client } from '../connection/database.ts';
import { type CopyColumn, copyRows } from './copy-rows.ts';

/** A temporary table of a session for rows on their way: its name, quoted, and its columns as `create table` has them. */
export type Stage = { name: string; columns: readonly Omit<CopyColumn, 'key'>[] };

/** So many deleted rows may lie in a stage before it is cut, which takes as long as to load some hundred. */
const MOST_DELETED = 5_000;
const loaded = new WeakMap<Client, Map<string, number>>();

/** SQL that makes a staging table where it is missing. */
export const createStage = ({ name, columns }: Stage): string =>
  `create temporary table if not exists ${name} (${columns.map(({ column, sqlType }) => `${pg.escapeIdentifier(column)} ${sqlType}`).join(', ')})`;

/**
 * Does work on rows in a staging table, in the transaction of `client`: it holds them and no others. `columns` are those that the rows
 * have. Rows stay in it until the next ones come. (`on commit delete rows` would have PostgreSQL cut the files of all of a session's
 * stages at each commit, whichever was used: 5 ms for sixteen of them.)
 */
export async function withStaged<T>(
  client: Client,
  { stage, columns, rows }: { stage: Stage; columns: readonly CopyColumn[]; rows: Iterable<Record<string, unknown>> },
  work: () => Promise<T>,
): Promise<T> {
  const counts = loaded.get(client) ?? new Map<string, number>();
  const lying = counts.get(stage.name) ?? 0;
  const isCut = lying > MOST_DELETED;
  const names = columns.map(({ column }) => pg.escapeIdentifier(column)).join(', ');
  const empty = `${createStage(stage)}; ${isCut ? 'truncate' : 'delete from'} ${stage.name}`;
  // In one message: a small batch takes as long as the server is away.
  const copied = await copyRows(client, `${empty}; copy ${stage.name} (${names}) from stdin (format binary)`, columns, rows);
  counts.set(stage.name, (isCut ? 0 : lying) + copied);
  loaded.set(client, counts);
  return work();
}
