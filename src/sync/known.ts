import type { NothingForm } from '../core/envelope.ts';
import type { Database } from '../db/database.ts';
import { readListAttributes } from '../db/drift.ts';
import { readClientId } from '../evidence/account.store.ts';
import { FACT_DAYS, readFactsNamed } from '../evidence/facts.store.ts';
import type { AskerOptions } from './asker.ts';

/** What earlier runs know of the source that asking needs: the account, how it says "nothing", and what its lists hold. */
export async function readKnown(database: Database): Promise<Pick<AskerOptions, 'clientId' | 'forms' | 'listed'>> {
  const forms = await readFactsNamed(database, '.nothing', FACT_DAYS);
  return {
    clientId: await readClientId(database),
    forms: new Map([...forms].map(([name, value]) => [name, new Set(value.split(', ') as NothingForm[])])),
    listed: await readListAttributes(database),
  };
}
