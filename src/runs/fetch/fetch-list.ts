import { logEvent } from '../../events.ts';
import { type ListScope, markUnlisted, readLacking } from '../../evidence/absence.store.ts';
import { claimOfList } from '../../evidence/claims.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import { type About, doubt } from '../../evidence/doubts.ts';
import { judgeScopedList } from '../../evidence/judge/judge-list.ts';
import { countReceived } from '../../evidence/received.ts';
import { keyOf } from '../../records/row.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import { wasEmptyBefore } from '../../warehouse/loaded-requests.ts';
import type { Settle } from '../commit-response.ts';
import type { FetchContext } from './fetch-context.ts';

/**
 * Fetches a list that comes whole: everything there is of a resource, which the run judges when it has seen the records that hold copies
 * (`concludeLists`), or what belongs to one parent, which is judged at once. An empty list is looked at once more when something was known.
 * Returns how many records came.
 */
export async function fetchList(planned: PlannedRequest, context: FetchContext): Promise<number> {
  const { resource, defaults } = planned;
  const { database, runId, sightings, logger, now } = context;
  const [attribute, id] = Object.entries(defaults)[0] ?? [];
  const scope: ListScope | undefined = attribute === undefined ? undefined : { attribute, id: Number(id) };
  const subject = scope ? `${attribute?.replace('_id', '')} ${scope.id}` : 'the list';
  const about: About = { resource: resource.name, claim: claimOfList(resource, defaults), subject };
  // What is loaded is not asked for again for a week: until it is judged it is in doubt, as this run may not live to do it.
  const doubtUntilJudged: Settle = async (client) => {
    if (resource.every === 'week') await storeJudgement(client, runId, [], [doubt(about, 'unfinished')]);
  };
  let known = 0;
  const look = (looks: number, { fetch }: FetchContext) => {
    const settle: Settle = async (client, received, askedAt) => {
      if (!scope) return doubtUntilJudged(client, received, askedAt);
      const keys = received.stored.map((row) => keyOf(row, resource));
      const { listed, expected } = await readLacking(client, resource, keys, askedAt, scope);
      known = expected;
      const { isWhole, doubts } = judgeScopedList(about, received, looks, expected);
      if (isWhole && listed > 0) await markUnlisted(client, resource, keys, askedAt, scope);
      await storeJudgement(client, runId, [about.claim], doubts);
    };
    return fetch(planned, settle, doubtUntilJudged);
  };
  let landed = await look(1, context);
  // A whole list that was empty the last time too is no news.
  const isNews = scope ? known > 0 : !(await wasEmptyBefore(database, resource.name));
  if (countReceived(landed.brought) === 0 && isNews) {
    logEvent(logger, 'empty_list_checked', { resource: resource.name });
    landed = await look(2, await context.again());
  }
  if (!scope) {
    const keys = new Set(landed.brought.stored.map((row) => keyOf(row, resource)));
    sightings.lists.set(resource, { received: landed.brought, keys, askedAt: landed.askedAt, readAt: now() });
  }
  return landed.received;
}
