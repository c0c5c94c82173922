import { readListAttributes } from '../drift/drift.store.ts';
import { readClientId } from '../evidence/account.store.ts';
import { readOpenDoubts } from '../evidence/doubts.store.ts';
import { FACT_DAYS, readFactsNamed } from '../evidence/facts.store.ts';
import type { NothingForm } from '../records/envelope.ts';
import type { Database } from '../warehouse/connection/database.ts';
import type { FetchContext } from './fetch/fetch-context.ts';
import type { FetcherOptions } from './fetch/fetcher.ts';

/**
 * What earlier runs know of the source that asking needs: the account, how it says "nothing", what its lists hold, which of their
 * values cannot be read, and which claims are in doubt as their days were refused.
 */
export async function readKnown(
  database: Database,
): Promise<Pick<FetcherOptions, 'clientId' | 'forms' | 'listed' | 'unread'> & Pick<FetchContext, 'refusedRanges'>> {
  const forms = await readFactsNamed(database, '.nothing', FACT_DAYS);
  const unread = new Map<string, Set<unknown>>();
  const refusedRanges = new Set<string>();
  for (const { resource, claim, reason, details } of await readOpenDoubts(database)) {
    if (reason === 'values_refused') unread.set(resource, (unread.get(resource) ?? new Set()).add(details.attribute));
    if (reason === 'range_refused') refusedRanges.add(claim);
  }
  return {
    refusedRanges,
    clientId: await readClientId(database),
    forms: new Map([...forms].map(([name, value]) => [name, new Set(value.split(', ') as NothingForm[])])),
    listed: await readListAttributes(database),
    unread,
  };
}
