import { parseAnswer } from '../records/parse-answer.ts';
import { type Privacy, pseudonymiseRaw, pseudonymiseText } from '../records/pseudonyms.ts';
import type { Resource, Row } from '../records/resource.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { dropPrivate, lockVersions, readKeys, rewriteVersions } from '../warehouse/load/rewrite-versions.ts';
import { pseudonymiseRejects } from './protect-rejects.store.ts';

/** So many records' versions are rewritten in one transaction, while those who load wait. */
const BATCH = 2_000;

/**
 * Does to the stored versions of a resource what PII_MODE does to what is received: all of them, also those of the past. What is hidden
 * already stays as it is: nothing brings it back, and a hash is not hashed again. Returns how many versions changed.
 */
export async function pseudonymiseVersions(database: Database, resource: Resource, privacy: Privacy, signal: AbortSignal): Promise<number> {
  if (privacy.mode === 'keep' || resource.keepsVersions === false) return 0;
  let changed = 0;
  for (let after = ''; !signal.aborted; ) {
    const batch = await database.transaction(async (client) => {
      await lockVersions(client);
      const keys = await readKeys(client, resource, after, BATCH);
      const rewritten = await rewriteVersions(client, resource, keys, ({ attributes }) => protectVersion(attributes, resource, privacy));
      return { rewritten, last: keys.length < BATCH ? undefined : keys.at(-1) };
    });
    changed += batch.rewritten;
    if (batch.last === undefined) break;
    after = batch.last;
  }
  return changed;
}

/** What is left to do when the rows were made of protected versions: what no version says any more, and what was rejected. */
export async function pseudonymiseRest(database: Database, resources: readonly Resource[], privacy: Privacy): Promise<void> {
  if (privacy.mode === 'keep') return;
  if (privacy.mode === 'drop') for (const resource of resources) await dropPrivate(database, resource);
  const names = resources.map(({ name }) => name);
  await database.transaction((client) =>
    pseudonymiseRejects(client, names, (value) => pseudonymiseText(value, { ...privacy, isStored: true }) as string | null),
  );
}

function protectVersion(attributes: Row, resource: Resource, privacy: Privacy): Row {
  const own = parseAnswer({ data: [{ type: resource.type, attributes }] }, resource, { isStored: true, privacy }).batches.at(-1);
  // What cannot be read any more is hidden by its names alone.
  return own?.raw[0] ?? pseudonymiseRaw(attributes, { row: {}, unfit: new Set() }, resource, { ...privacy, isStored: true });
}
