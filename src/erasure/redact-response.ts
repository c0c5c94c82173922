import type { Answer, Batch, Rejected } from '../records/answer.ts';
import { distinctRejects } from '../records/gathering.ts';
import type { Client } from '../warehouse/connection/database.ts';
import { areErased } from './erasures.store.ts';
import { type Erased, redactErased } from './redact-erased.ts';

/** A batch without what is personal of those who were erased; records that others are part of are loaded already. */
export async function redactBatch(client: Client, batch: Batch, erased: Erased): Promise<Batch> {
  const { resource, rows, raw } = batch;
  if (!resource.belongsTo || rows.length === 0) return batch;
  const are = await areErased(client, resource, rows, erased);
  if (!are.includes(true)) return batch;
  const records = rows.map((row, i) => {
    const record = { row, raw: raw[i] ?? {} };
    return are[i] ? redactErased(record, resource) : record;
  });
  return { ...batch, rows: records.map(({ row }) => row), raw: raw.length > 0 ? records.map((record) => record.raw) : raw };
}

/** What an answer's records were rejected for, without values of those who were erased. */
export async function redactRejects(client: Client, { batches, rejects }: Answer, erased: Erased): Promise<Rejected[]> {
  const kept = [...rejects];
  for (const { resource } of batches) {
    const theirs = [...kept.entries()].filter(([, reject]) => reject.resource === resource.name && reject.of !== undefined);
    if (theirs.length === 0) continue;
    const are = await areErased(
      client,
      resource,
      theirs.map(([, { of }]) => of ?? {}),
      erased,
    );
    for (const [i, [place, reject]] of theirs.entries()) if (are[i]) kept[place] = { ...reject, value: null };
  }
  return distinctRejects(kept);
}
