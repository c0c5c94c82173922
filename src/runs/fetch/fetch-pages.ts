import { noteGone } from '../../evidence/absence.store.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import type { About, Doubt } from '../../evidence/doubts.ts';
import { rememberFact } from '../../evidence/facts.store.ts';
import { judgeAnswer } from '../../evidence/judge/judge-answer.ts';
import { judgePages } from '../../evidence/judge/judge-pages.ts';
import type { Received } from '../../evidence/received.ts';
import { reach } from '../../failpoint.ts';
import { readKnownList } from '../../source/known-list.ts';
import { type Page, pageOf, readPages } from '../../source/pages.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { FetchContext } from './fetch-context.ts';
import { AFTER, isDone, type Pages, whatMoved } from './list-state.ts';
import { forgetPages, readPagesKept, rememberList, rememberLook } from './lists.store.ts';

/**
 * Asks for a list that comes in pages, to its end; of a list whose records are done with just what came into it, save once a week. A
 * reading that was broken off is gone on with.
 * Returns how many records came.
 */
export async function fetchPages(planned: PlannedRequest, pages: Pages, context: FetchContext): Promise<number> {
  const { fetch, database, runId, logger } = context;
  const { resource } = planned;
  const state = await context.listState();
  const about: About = { resource: resource.name, claim: planned.redactedUrl, subject: `list ${Object.values(planned.query).join(', ')}` };
  const doubts: Doubt[] = [];
  let isUsable = true;
  let received = 0;
  let askedAt: Date | undefined;
  let announced: Received['hints']['total'];
  const askFor = async (after: number, isKept: boolean): Promise<Page> => {
    const query = { ...planned.query, [pages.parameter]: String(after) };
    const redactedUrl = `${planned.path}?${new URLSearchParams(query)}`;
    const answer = await fetch({ ...planned, query, redactedUrl, ...(isKept && { page: { list: planned.redactedUrl, after } }) });
    const { hints, ...page } = answer.brought;
    // Pages go on by `after`: what an answer says of the rest is looked at when the list has ended.
    const verdict = judgeAnswer(about, { ...page, hints: hints.failed ? { failed: hints.failed } : {} });
    doubts.push(...verdict.doubts);
    isUsable &&= verdict.isUsable;
    announced = hints.total ?? announced;
    received += answer.received;
    askedAt = answer.askedAt;
    return pageOf(answer);
  };

  const type = planned.query.task_type ?? '';
  const news = isDone(planned, pages) ? whatMoved(planned, type, state) : undefined;
  if (news && (await readKnownList((after) => askFor(after, false), news)).isProven) {
    if (isUsable) await rememberLook(database, planned.redactedUrl, state.startedAt);
    await storeJudgement(database.pool, runId, [about.claim], doubts);
    return received;
  }

  const seen = new Set<number>();
  const kept = await readPagesKept(database, planned.redactedUrl);
  const page = async (after: number): Promise<Page> => {
    const found = kept.get(after) ?? (await askFor(after, true));
    for (const id of found.ids) seen.add(id);
    return found;
  };
  const before = state.pageSize.largest;
  const read = await readPages(page, state);
  const { reading, order } = read;
  state.reading = reading;
  const { largest } = state.pageSize;
  const evidence = { read, known: seen.size, ofOthers: before, announced };
  const verdict = judgePages(about, evidence);
  await storeJudgement(database.pool, runId, [about.claim], [...doubts, ...verdict.doubts]);
  // A page that is larger than all before it is that of another list for the lists read earlier.
  for (const earlier of largest > before ? state.unended : [])
    if (judgePages(earlier.about, { ...earlier.evidence, ofOthers: largest }).isWhole)
      await storeJudgement(database.pool, runId, [earlier.about.claim], []);
  // A list that was not read to its end says nothing of what left it, and is read whole again.
  if (!isUsable || !verdict.isWhole) {
    if (isUsable) state.unended.push({ about, evidence });
    await forgetPages(database, planned.redactedUrl);
    return received;
  }
  if (!isDone(planned, pages)) state.open.set(type, seen);
  const expected = [...(news?.moved ?? []), ...(state.recent.get(planned.redactedUrl)?.missing ?? [])];
  // What left the open list after the first pages of a broken reading were read may be on one of those: it is looked for again.
  const missing = kept.size > 0 ? [] : expected.filter((id) => !seen.has(id));
  // What an earlier run has read is as old as that.
  const begun = [...kept.values()].map(({ askedAt }) => askedAt.getTime());
  const lookedAt = new Date(Math.min(state.startedAt.getTime(), ...begun));
  reach('list');
  await rememberList(database, planned.redactedUrl, { idOrder: order ?? null, pageSize: state.pageSize.largest, missing, lookedAt });
  const at = askedAt;
  if (at && missing.length > 0) await database.transaction((client) => noteGone(client, planned.resource, missing, at));
  const shown = `${planned.redactedUrl}: a page asked for by ${reading} continued the one before it`;
  if (reading !== undefined && (await rememberFact(database, AFTER, reading, shown)))
    logger.info({ parameter: pages.parameter, means: reading }, 'found out how the API continues its lists');
  return received;
}
