import type { Database } from '../warehouse/connection/database.ts';
import { readFact, rememberFact } from './facts.store.ts';
import type { Filter } from './list-filter.ts';

const factOf = (resource: string): string => `${resource}.filter_by`;

/** By which moment of a record the list of a resource tells days, as far as an answer has shown it. */
export async function readFilter(database: Database, resource: string): Promise<Filter['by'] | undefined> {
  const fact = await readFact(database, factOf(resource));
  return fact === 'change' || fact === 'creation' ? fact : undefined;
}

/** Remembers what an answer has shown, where that is news. */
export async function rememberFilter(database: Database, resource: string, { by, evidence }: Filter): Promise<void> {
  if (by !== (await readFilter(database, resource))) await rememberFact(database, factOf(resource), by, evidence);
}
