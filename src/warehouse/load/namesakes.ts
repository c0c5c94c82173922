import type { Answer, Batch, Rejected } from '../../records/answer.ts';
import { fieldOf, type Resource, type Row } from '../../records/resource.ts';
import { isAnother, keyOf } from '../../records/row.ts';
import type { Client } from '../connection/database.ts';
import { statementName } from '../connection/statement-name.ts';
import { nameOf } from './merge.ts';

/**
 * Takes the records out of an answer that have the id of another one which is stored, in the transaction of `client`, and rejects them. The
 * documentation does not say that an id is of one record in the whole account: where each chat counts its own, records would replace one another.
 */
export async function rejectNamesakes(client: Client, answer: Answer): Promise<Answer> {
  const rejects: Rejected[] = [];
  const batches: Batch[] = [];
  for (const batch of answer.batches) {
    const { resource, rows } = batch;
    const stored = await readStored(client, resource, rows);
    const kept: number[] = [];
    for (const [i, row] of rows.entries()) {
      const other = stored.get(row.id);
      if (other && isAnother(row, other, resource)) rejects.push(rejectedOf(row, resource));
      else kept.push(i);
    }
    batches.push(kept.length === rows.length ? batch : only(batch, kept));
  }
  return rejects.length === 0 ? answer : { ...answer, batches, rejects: [...answer.rejects, ...rejects] };
}

/** What is stored under the ids of some records, by id; not where both have the same of what no record changes: then they are one. */
async function readStored(client: Client, resource: Resource, rows: readonly Row[]): Promise<Map<unknown, Row>> {
  const { constant } = resource;
  if (constant === undefined || rows.length === 0) return new Map();
  const [id, column, createdAt] = ['id', constant, 'create_dt'].map((attribute) => `"${fieldOf(resource, attribute).column}"`);
  const { rows: found } = await client.query<{ id: number; constant: unknown; createdAt: Date | null }>({
    name: statementName(`namesakes_${resource.name}`),
    text: `select t.${id} as id, t.${column} as constant, t.${createdAt} as "createdAt"
     from unnest($1::bigint[], $2::text[]) x (id, constant) join ${nameOf(resource.tables[0].table)} t on t.${id} = x.id
     where not coalesce(t.${column}::text = x.constant, false)`,
    values: [rows.map((row) => row.id), rows.map((row) => row[constant] ?? null)],
  });
  return new Map(found.map((stored) => [stored.id, { [constant]: stored.constant, create_dt: stored.createdAt }]));
}

/** A batch with some of its records; the others are rejected. */
function only(batch: Batch, kept: readonly number[]): Batch {
  const of = <T>(all: readonly T[]): T[] => kept.flatMap((i) => (i < all.length ? [all[i] as T] : []));
  const rejected = batch.rejected + batch.rows.length - kept.length;
  return { ...batch, rows: of(batch.rows), raw: of(batch.raw), carriedAt: of(batch.carriedAt), rejected };
}

/** Whose it is and when it was made tell apart what has one id. */
const rejectedOf = (row: Row, resource: Resource): Rejected => ({
  resource: resource.name,
  recordKey: keyOf(row, resource),
  attribute: null,
  reason: 'has the id of another record that is stored',
  value: JSON.stringify({ [resource.constant ?? '']: row[resource.constant ?? ''], create_dt: row.create_dt }),
  of: row,
});
