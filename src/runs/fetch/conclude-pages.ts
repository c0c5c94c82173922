import { noteGone } from '../../evidence/absence.store.ts';
import { claimOfList } from '../../evidence/claims.ts';
import { readOpenDoubts, storeJudgement } from '../../evidence/doubts.store.ts';
import { judgeEmptyLists } from '../../evidence/judge/judge-pages.ts';
import { WEEKLY_DAYS } from '../../records/resource.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { FetchContext } from './fetch-context.ts';
import type { ListState } from './list-state.ts';
import { readOpenListed } from './lists.store.ts';

const WEEK_MS = WEEKLY_DAYS * 86_400_000;

/**
 * Notes that a list was read to its end, with so many records. Once all lists of its resource were, they are judged together: open records
 * that are known leave one list for another, and not all of them at once.
 */
export async function concludePages(
  { resource, redactedUrl }: PlannedRequest,
  count: number,
  { ended, startedAt }: ListState,
  { database, runId, now }: FetchContext,
): Promise<void> {
  ended.set(redactedUrl, count);
  if (resource.scope.over !== 'combinations' || ended.size < resource.scope.of.length) return;
  const about = { resource: resource.name, claim: claimOfList(resource), subject: 'all lists' };
  const isEmpty = [...ended.values()].every((of) => of === 0);
  const open = isEmpty ? await readOpenListed(database, resource, startedAt) : [];
  const doubted = open.length > 0 ? (await readOpenDoubts(database)).find(({ claim }) => claim === about.claim) : undefined;
  const wasDoubted = doubted !== undefined && doubted.since.getTime() < now().getTime() - WEEK_MS;
  const doubts = judgeEmptyLists(about, open.length, wasDoubted);
  await database.transaction(async (client) => {
    await storeJudgement(client, runId, [about.claim], doubts);
    if (doubts.length === 0 && open.length > 0) await noteGone(client, resource, open, now());
  });
}
