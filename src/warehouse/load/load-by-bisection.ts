import { sqlState } from '../../errors.ts';
import type { Batch, Rejected } from '../../records/answer.ts';
import { keyOf } from '../../records/row.ts';
import type { Client } from '../connection/database.ts';
import { isRefusal } from '../connection/error-class.ts';
import { addOutcomes, type Loaded } from './load.ts';

/** The outcome of a batch, and which of its records the database refused, with the code of the last refusal. */
export type Bisected = { outcome: Loaded; rejects: Rejected[]; code?: string };

/** When so many records were refused one by one, whatever is refused with others is refused as a whole: the fault is not a record's. */
const MOST_ALONE = 50;

/**
 * Loads a batch of which the database refuses something that no column's type tells (a check that somebody added, a text too long for an
 * index): in halves, until the records are alone that it refuses. The others are loaded.
 */
export async function loadByBisection(
  client: Client,
  batch: Batch,
  load: (batch: Batch) => Promise<Loaded>,
  alone = { count: 0 },
): Promise<Bisected> {
  await client.query('savepoint piece');
  try {
    const outcome = await load(batch);
    await client.query('release savepoint piece');
    return { outcome, rejects: [] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('rollback to savepoint piece');
    const code = sqlState(error) ?? 'unknown';
    if (batch.rows.length === 1 || alone.count >= MOST_ALONE) {
      alone.count += 1;
      const rejected = batch.rejected + batch.rows.length;
      const reason = `the database refused it (${code})`;
      const rejects = batch.rows.map((row) => {
        return { resource: batch.resource.name, recordKey: keyOf(row, batch.resource), attribute: null, reason, value: null };
      });
      return { outcome: { fetched: rejected, inserted: 0, updated: 0, unchanged: 0, rejected }, rejects, code };
    }
    const [one, other] = halvesOf(batch);
    const first = await loadByBisection(client, one, load, alone);
    const second = await loadByBisection(client, other, load, alone);
    return {
      outcome: addOutcomes(first.outcome, second.outcome),
      rejects: [...first.rejects, ...second.rejects],
      code: second.code ?? first.code ?? code,
    };
  }
}

/** A batch as two, the first of which has what was rejected. */
export function halvesOf(batch: Batch): [Batch, Batch] {
  const middle = Math.ceil(batch.rows.length / 2);
  const part = (from: number, until?: number) => ({
    ...batch,
    rows: batch.rows.slice(from, until),
    raw: batch.raw.slice(from, until),
    carriedAt: batch.carriedAt.slice(from, until),
  });
  return [part(0, middle), { ...part(middle), rejected: 0 }];
}
