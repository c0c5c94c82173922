import { readListAttributes } from '../drift/drift.store.ts';
import { readClientId } from '../evidence/account.store.ts';
import { FACT_DAYS, readFactsNamed } from '../evidence/facts.store.ts';
import type { NothingForm } from '../records/envelope.ts';
import type { Database } from '../warehouse/connection/database.ts';
import type { FetcherOptions } from './fetch/fetcher.ts';

/** What earlier runs know of the source that asking needs: the account, how it says "nothing", and what its lists hold. */
export async function readKnown(database: Database): Promise<Pick<FetcherOptions, 'clientId' | 'forms' | 'listed'>> {
  const forms = await readFactsNamed(database, '.nothing', FACT_DAYS);
  return {
    clientId: await readClientId(database),
    forms: new Map([...forms].map(([name, value]) => [name, new Set(value.split(', ') as NothingForm[])])),
    listed: await readListAttributes(database),
  };
}
