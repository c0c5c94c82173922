import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Privacy } from '../../src/records/pseudonyms.ts';
import type { Resource } from '../../src/records/resource.ts';
import agents from '../../src/resources/agents.ts';
import type { Client } from '../../src/warehouse/connection/database.ts';
import { loadBatch } from '../../src/warehouse/load/load.ts';
import { keepVersions } from '../../src/warehouse/load/versions.ts';

export type Taking = { askedAt: Date; resource?: Resource; privacy?: Privacy; touch?: boolean; clientId?: number };

/** Takes the records of an answer, of agents unless it says otherwise, as a run does: rows and versions, in the transaction of `client`. */
export async function takeRecords(
  client: Client,
  data: unknown[],
  { askedAt, resource = agents, privacy = { mode: 'keep' }, touch = false, clientId = 1 }: Taking,
): Promise<void> {
  const { batches } = parseAnswer({ data }, resource, { clientId, privacy });
  for (const batch of batches) await loadBatch(client, batch, askedAt, touch);
  for (const batch of batches) await keepVersions(client, batch, askedAt);
}
