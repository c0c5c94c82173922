import { randomBytes } from 'node:crypto';
import { UsageError } from '../errors.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import { parseAnswer } from '../records/parse-answer.ts';
import type { Resource, Row } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { noOutcome } from '../warehouse/load/load.ts';
import { forgetUnusedSets, lockVersions, rewriteVersions } from '../warehouse/load/rewrite-versions.ts';
import { addToRun, finishRun, openRun } from '../warehouse/run-log.ts';
import { emptyPersonal, findMentions, findRecords, readIdentifiers, removeRejects, removeRejectsNaming } from './erasable.store.ts';
import { beginErasure, noteErasures, people, readReturned } from './erasures.store.ts';
import { hashErased, redactErased } from './redact-erased.ts';

/** What there is of a visitor: how many records of each resource, those included that only versions of the past say are theirs. */
export type Belongings = { visitorId: number; records: ReadonlyMap<Resource, readonly number[]> };

/** How many rows were emptied, rewritten or removed, by table. */
export type ErasedRows = Record<string, number>;

/** What belongs to a visitor. Throws `UsageError` when the warehouse knows nobody of that number. */
export async function findBelongings({ pool }: Database, visitorId: number): Promise<Belongings> {
  const records = await findRecords(pool, resources, visitorId, { inVersions: true });
  if ([...records.values()].every((ids) => ids.length === 0))
    throw new UsageError(`there is no visitor ${visitorId} in this warehouse; nothing was erased`);
  return { visitorId, records };
}

/**
 * Erases a person: what is personal in every schema is emptied, in versions too, and what tells the person is kept as a hash, so that
 * whoever loads from then on leaves it out. Chats, messages and tasks stay as what can be counted. All in one transaction, which waits
 * for those who are loading at that moment.
 */
export async function erase(database: Database, { visitorId, records }: Belongings): Promise<{ runId: number; erased: ErasedRows }> {
  const { run, release } = await openRun(database, 'erase');
  try {
    const erased = await database.transaction(async (client) => {
      const rows = await eraseNow(client, visitorId, records);
      const updated = Object.values(rows).reduce((sum, one) => sum + one, 0);
      await addToRun(client, run.runId, { ...noOutcome(), updated });
      return rows;
    });
    await finishRun(database, run.runId, 'complete', null, { details: { erased } });
    return { runId: run.runId, erased };
  } finally {
    await release();
  }
}

/** Erases those again who came back with a restored backup, or in another way that no transaction saw. */
export async function eraseReturned(database: Database, logger: Logger): Promise<void> {
  for (const visitorId of await readReturned(database)) {
    const { erased } = await erase(database, await findBelongings(database, visitorId));
    logEvent(logger, 'person_erased_again', { erased });
  }
}

async function eraseNow(client: Client, visitorId: number, known: Belongings['records']): Promise<ErasedRows> {
  const key = (await beginErasure(client)) ?? randomBytes(32).toString('hex');
  const identifiers = await readIdentifiers(client, people, visitorId);
  const texts = identifiers.map(({ value }) => value);
  const untied = new Map<Resource, number[]>();
  for (const resource of resources) untied.set(resource, await findMentions(client, resource, texts));
  // What was loaded meanwhile has rows: versions of the past need not be read again while others wait.
  const found = await findRecords(client, resources, visitorId, { inVersions: false });
  const names = identifiers.filter(({ attribute }) => attribute === people.belongsTo?.name);
  await noteErasures(client, [
    { key, hash: hashErased(people.name, visitorId, key) },
    ...names.map(({ attribute, value }) => ({ key, hash: hashErased(attribute, value, key) })),
    ...[...untied].flatMap(([{ name }, ids]) => ids.map((id) => ({ key, hash: hashErased(name, id, key) }))),
  ]);
  const erased: ErasedRows = {};
  const count = (table: string, rows: number) => {
    erased[table] = (erased[table] ?? 0) + rows;
  };
  for (const [resource, ids] of found) {
    const all = [...new Set([...ids, ...(known.get(resource) ?? []), ...(untied.get(resource) ?? [])])];
    for (const [table, rows] of Object.entries(await emptyPersonal(client, resource, all))) count(table, rows);
    count('chatrhub_raw.record_versions', await rewriteVersions(client, resource, all.map(String), withheldVersion(resource)));
    count('chatrhub_sync.rejected_records', await removeRejects(client, resource, all));
  }
  await lockVersions(client);
  await forgetUnusedSets(client);
  count('chatrhub_sync.rejected_records', await removeRejectsNaming(client, resources, visitorId, texts));
  return erased;
}

/** A version as that of somebody who was erased; one that cannot be read any more is not kept. */
const withheldVersion =
  (resource: Resource) =>
  ({ attributes }: { attributes: Row }): Row | undefined => {
    const own = parseAnswer({ data: [{ type: resource.type, attributes }] }, resource, { isStored: true }).batches.at(-1);
    const [row, raw] = [own?.rows[0], own?.raw[0]];
    return row && raw && redactErased({ row, raw }, resource).raw;
  };
