import type { Batch, Rejected } from '../core/record.ts';
import { keyOf } from '../core/row.ts';
import type { Client } from '../db/database.ts';
import { addOutcomes, loadBatch, type Outcome } from '../db/load.ts';
import { keepVersions } from '../db/raw.ts';
import { isRefusal } from '../db/trouble.ts';
import { sqlState } from '../errors.ts';

/** What became of a batch, and which of its records the database refused. */
export type Pieces = { outcome: Outcome; rejects: Rejected[] };

/**
 * Loads a batch of which the database refuses something that no column's type tells (a check that somebody added, a text too long for an
 * index): in halves, until the records are alone that it refuses. The others are loaded.
 */
export async function loadInPieces(client: Client, batch: Batch, askedAt: Date, touch: boolean): Promise<Pieces> {
  await client.query('savepoint piece');
  try {
    const outcome = await loadBatch(client, batch, askedAt, touch);
    await keepVersions(client, batch, askedAt);
    await client.query('release savepoint piece');
    return { outcome, rejects: [] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('rollback to savepoint piece');
    const [row] = batch.rows;
    if (batch.rows.length === 1 && row) {
      const rejected = batch.rejected + 1;
      const reason = `the database refused it (${sqlState(error)})`;
      const reject = { resource: batch.resource.name, recordKey: keyOf(row, batch.resource), attribute: null, reason, value: null };
      return { outcome: { fetched: rejected, inserted: 0, updated: 0, unchanged: 0, rejected }, rejects: [reject] };
    }
    const [one, other] = halvesOf(batch);
    const first = await loadInPieces(client, one, askedAt, touch);
    const second = await loadInPieces(client, other, askedAt, touch);
    return { outcome: addOutcomes(first.outcome, second.outcome), rejects: [...first.rejects, ...second.rejects] };
  }
}

/** A batch as two, the first of which has what was rejected. */
export function halvesOf(batch: Batch): [Batch, Batch] {
  const middle = Math.ceil(batch.rows.length / 2);
  return [
    { ...batch, rows: batch.rows.slice(0, middle), raw: batch.raw.slice(0, middle) },
    { ...batch, rows: batch.rows.slice(middle), raw: batch.raw.slice(middle), rejected: 0 },
  ];
}
