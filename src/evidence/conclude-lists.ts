import type { Resource } from '../records/resource.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { canBeMissing, markUnlisted, readLacking } from './absence.store.ts';
import { claimOfList } from './claims.ts';
import { readOpenDoubts, storeJudgement } from './doubts.store.ts';
import type { About } from './doubts.ts';
import { readFact, rememberFact } from './facts.store.ts';
import { judgeList } from './judge/judge-list.ts';
import { countReceived } from './received.ts';
import { countShownBeside, type SeenList, type Sightings } from './sightings.ts';

/**
 * Judges the lists that a run has read, now that it has seen the records that hold copies too: what a whole list lacks is gone from the
 * source, and what contradicts a list is in doubt. A list is judged again when the run has seen more that it lacks.
 */
export async function concludeLists(database: Database, runId: number, sightings: Sightings): Promise<void> {
  for (const [resource, list] of sightings.lists) {
    const shown = countShownBeside(sightings, resource, list);
    if (canBeMissing(resource) && list.judged?.shown !== shown) await concludeList(database, runId, resource, list, shown);
  }
}

async function concludeList(database: Database, runId: number, resource: Resource, list: SeenList, shown: number): Promise<void> {
  const about: About = { resource: resource.name, claim: claimOfList(resource), subject: 'the list' };
  const previous = list.judged ? list.judged.previous : await readSize(database, resource);
  const wasDoubted = (await readOpenDoubts(database)).some(
    ({ claim, reason, firstRunId }) => claim === about.claim && reason === 'list_lacks_much' && firstRunId < runId,
  );
  const keys = [...list.keys];
  await database.transaction(async (client) => {
    const { listed, known, expected } = await readLacking(client, resource, keys, list.askedAt);
    const { isWhole, doubts } = judgeList(about, {
      received: list.received,
      lacking: { listed, known, shown },
      expected,
      previous,
      wasDoubted,
    });
    if (isWhole && listed > 0) await markUnlisted(client, resource, keys, list.askedAt);
    await storeJudgement(client, runId, [about.claim], doubts);
  });
  list.judged = { shown, previous };
  const size = countReceived(list.received);
  if (size !== previous) await rememberFact(database, sizeFact(resource), String(size), `the list of ${resource.name} had ${size} records`);
}

/** The fact that tells how many records the list of a resource had. */
const sizeFact = ({ name }: Resource): string => `${name}.list_size`;

async function readSize(database: Database, resource: Resource): Promise<number | undefined> {
  const size = await readFact(database, sizeFact(resource));
  return size === undefined ? undefined : Number(size);
}
