import { logEvent } from '../../events.ts';
import { noteGone } from '../../evidence/absence.store.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import type { About, Doubt } from '../../evidence/doubts.ts';
import { rememberFact } from '../../evidence/facts.store.ts';
import { judgeAnswer } from '../../evidence/judge/judge-answer.ts';
import { areStrays, judgePages, type PagesEvidence } from '../../evidence/judge/judge-pages.ts';
import { addPage, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import { reach } from '../../failpoint.ts';
import { readKnownList } from '../../source/known-list.ts';
import { type CursorMode, type ListRead, type Page, pageOf, readPages } from '../../source/pages.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import { concludePages } from './conclude-pages.ts';
import type { FetchContext } from './fetch-context.ts';
import { isDone, kindOf, type ListState, lacksKnown, type Pages, pageSizeFact, readingFact, whatMoved } from './list-state.ts';
import { forgetList, forgetPages, readPagesKept, rememberList, rememberLook } from './lists.store.ts';

type Asking = {
  /** Asks for a page of the list; one that `isKept` is not asked for again should the reading be broken off. */
  askFor(after: number, isKept: boolean): Promise<Page>;
  /** What all pages brought so far, of what is wrong with one of them, and when the first and the last were asked for. */
  read: {
    brought: Received;
    ids: Set<number>;
    received: number;
    doubts: Doubt[];
    isUsable: boolean;
    askedAt: Date | undefined;
    lastAskedAt: Date | undefined;
  };
};

/** Asks for pages of a list, and looks at each. */
function askPages(planned: PlannedRequest, pages: Pages, about: About, { fetch }: FetchContext): Asking {
  const read: Asking['read'] = {
    brought: nothingReceived(),
    ids: new Set(),
    received: 0,
    doubts: [],
    isUsable: true,
    askedAt: undefined,
    lastAskedAt: undefined,
  };
  return {
    read,
    async askFor(after, isKept) {
      const query = { ...planned.query, [pages.parameter]: String(after) };
      const redactedUrl = `${planned.redactedUrl}${planned.redactedUrl.includes('?') ? '&' : '?'}${pages.parameter}=${after}`;
      const answer = await fetch({ ...planned, query, redactedUrl, ...(isKept && { page: { list: planned.redactedUrl, after } }) });
      const { hints, ...part } = answer.brought;
      // Pages go on by `after`: what an answer says of the rest, and whose records came, is judged when the list has ended.
      const verdict = judgeAnswer(about, { ...part, unasked: 0, hints: hints.failed ? { failed: hints.failed } : {} });
      read.doubts.push(...verdict.doubts);
      read.isUsable &&= verdict.isUsable;
      read.brought = addPage(read.brought, answer.brought, planned.resource);
      read.received += answer.received;
      read.askedAt ??= answer.askedAt;
      read.lastAskedAt = answer.askedAt;
      const page = pageOf(answer);
      for (const id of page.ids) read.ids.add(id);
      return page;
    },
  };
}

/** What the answers of a list say of the rest of it, and how many of their records belong into others. */
const saidOf = ({ brought, ids }: Asking['read']): Pick<PagesEvidence, 'announced' | 'more' | 'strays'> => ({
  announced: brought.hints.total,
  more: brought.hints.more,
  strays: ids.size - new Set(brought.stored.map(({ id }) => id)).size,
});

/** Remembers how the source continues its lists. */
async function rememberReading(planned: PlannedRequest, { parameter }: Pages, reading: CursorMode | undefined, context: FetchContext) {
  const shown = `${planned.redactedUrl}: a page asked for by ${reading} continued the one before it`;
  if (reading !== undefined && (await rememberFact(context.database, readingFact(planned.resource), reading, shown)))
    logEvent(context.logger, 'pagination_learned', { parameter, means: reading });
}

/**
 * Asks for all pages of what belongs to one chat. Returns what they brought; without doubts it is all there is. The largest page is
 * remembered, as most of such lists are shorter than one.
 */
export async function fetchAllPages(
  planned: PlannedRequest,
  pages: Pages,
  about: About,
  context: FetchContext,
): Promise<{ brought: Received; askedAt: Date; doubts: Doubt[] }> {
  const state = await context.listState(planned.resource);
  const { askFor, read } = askPages(planned, pages, about, context);
  const { largest: before, remembered = 0 } = state.pageSize;
  const list = await readPages((after) => askFor(after, false), state);
  state.reading = list.reading;
  const { largest } = state.pageSize;
  const evidence = { read: list, known: countReceived(read.brought), ofOthers: before, alike: 0, ...saidOf(read) };
  const verdict = judgePages(about, evidence);
  if (largest > Math.max(before, remembered))
    await rememberFact(context.database, pageSizeFact(planned.resource), String(largest), `${planned.redactedUrl} had a page of so many`);
  await rememberReading(planned, pages, list.reading, context);
  // Each page was looked at by itself: what the last one says of the rest, those before it said too.
  const brought = { ...read.brought, hints: {} };
  return { brought, askedAt: read.askedAt ?? context.now(), doubts: [...read.doubts, ...verdict.doubts] };
}

/** Judges the lists again that ended like this one, or whose pages this one has exceeded: a larger page is that of another list for them. */
async function judgeEarlier(
  { unended, pageSize }: ListState,
  read: ListRead,
  before: number,
  { database, runId }: FetchContext,
): Promise<void> {
  for (const earlier of unended) {
    const { evidence } = earlier;
    if (read.end !== 'reached' && read.lastPage === evidence.read.lastPage) evidence.alike += 1;
    if (pageSize.largest > before) evidence.ofOthers = pageSize.largest;
    const { isWhole, doubts } = judgePages(earlier.about, evidence);
    if (isWhole === earlier.isWhole) continue;
    earlier.isWhole = isWhole;
    await storeJudgement(database.pool, runId, [earlier.about.claim], doubts);
    if (!isWhole) await forgetList(database, earlier.list);
  }
}

/**
 * Asks for a list that comes in pages, to its end; of a list whose records are done with just what was added to it, save once a week. A
 * reading that was interrupted is continued. Returns how many records came.
 */
export async function fetchPages(planned: PlannedRequest, pages: Pages, context: FetchContext): Promise<number> {
  const { database, runId } = context;
  const state = await context.listState(planned.resource);
  const about: About = {
    resource: planned.resource.name,
    claim: planned.redactedUrl,
    subject: `list ${Object.values(planned.query).join(', ')}`,
  };
  const asking = askPages(planned, pages, about, context);
  const { askFor, read: asked } = asking;
  const kind = kindOf(planned, pages);
  const news = isDone(planned, pages) ? whatMoved(planned, kind, state) : undefined;
  if (news && (await readKnownList((after) => askFor(after, false), news)) && !areStrays(saidOf(asked).strays, asked.ids.size)) {
    if (asked.isUsable) await rememberLook(database, planned.redactedUrl, state.startedAt);
    await storeJudgement(database.pool, runId, [about.claim], asked.doubts);
    await concludePages(planned, asked.ids.size, state, context);
    return asked.received;
  }
  const whole = await readWhole(planned, asking, state, context);
  const isEnded = asked.isUsable && whole.read.end === 'reached' && isDone(planned, pages);
  if (isEnded && state.pageSize.remembered && lacksKnown(planned, kind, state, whole.seen)) {
    // What looked like the short last page of a list may have been a full one: pages may have become smaller since an earlier run.
    state.pageSize.remembered = 0;
    await forgetPages(database, planned.redactedUrl);
    let received = asked.received;
    for (const again of [...state.readByMemory, planned]) received += await fetchPages(again, pages, context);
    return received;
  }
  if (await judgeWhole({ planned, about, asked, state }, whole, context)) {
    if (!isDone(planned, pages)) state.open.set(kind, whole.seen);
    if (state.pageSize.remembered) state.readByMemory.push(planned);
    await noteWhole({ planned, asked, state }, whole, news?.moved ?? [], context);
    await rememberReading(planned, pages, whole.read.reading, context);
    await concludePages(planned, whole.seen.size, state, context);
  }
  return asked.received;
}

/** A list that was read from its beginning. `kept`: pages that an earlier run has read; `before`: the largest page until then. */
type Whole = { kept: Awaited<ReturnType<typeof readPagesKept>>; seen: Set<number>; read: ListRead; before: number };

/** Reads a list from its beginning, or from where an earlier run was interrupted. */
async function readWhole(planned: PlannedRequest, { askFor }: Asking, state: ListState, { database }: FetchContext): Promise<Whole> {
  const seen = new Set<number>();
  const kept = await readPagesKept(database, planned.redactedUrl);
  const before = state.pageSize.largest;
  let latest = 0;
  const page = async (after: number): Promise<Page> => {
    const found = kept.get(after) ?? (await askFor(after, true));
    latest = after;
    for (const id of found.ids) seen.add(id);
    return found;
  };
  const read = await readPages(page, state);
  // What a page says of the rest is not kept.
  if (kept.has(latest)) await askFor(latest, false);
  state.reading = read.reading;
  return { kept, seen, read, before };
}

type Listing = { planned: PlannedRequest; asked: Asking['read']; state: ListState };

/** Judges a list that was read from its beginning: whether that was to its end. One that was not is read whole again by the next run. */
async function judgeWhole(
  { planned, about, asked, state }: Listing & { about: About },
  { seen, read, before }: Whole,
  context: FetchContext,
): Promise<boolean> {
  const { database, runId } = context;
  const alike = state.unended.filter(({ evidence }) => evidence.read.lastPage === read.lastPage).length;
  const evidence = { read, known: seen.size, ofOthers: before, alike, ...saidOf(asked) };
  const { isWhole, doubts } = judgePages(about, evidence);
  await storeJudgement(database.pool, runId, [about.claim], [...asked.doubts, ...doubts]);
  await judgeEarlier(state, read, before, context);
  if (asked.isUsable && read.end !== 'reached') state.unended.push({ list: planned.redactedUrl, about, evidence, isWhole });
  if (asked.isUsable && isWhole) return true;
  await forgetPages(database, planned.redactedUrl);
  return false;
}

/** Remembers a whole list, and which of the records that were expected (`moved`, or missing before) are not on it. */
async function noteWhole(
  { planned, asked, state }: Listing,
  { kept, seen, read }: Whole,
  moved: readonly number[],
  { database }: FetchContext,
): Promise<void> {
  const expected = [...moved, ...(state.recent.get(planned.redactedUrl)?.missing ?? [])];
  // What left the open list after the first pages of a broken reading were read may be on one of those: it is looked for again.
  const missing = kept.size > 0 ? [] : expected.filter((id) => !seen.has(id));
  // What an earlier run has read is as old as that.
  const begun = [...kept.values()].map(({ askedAt }) => askedAt.getTime());
  const lookedAt = new Date(Math.min(state.startedAt.getTime(), ...begun));
  reach('list');
  await rememberList(database, planned.redactedUrl, { idOrder: read.order ?? null, pageSize: state.pageSize.largest, missing, lookedAt });
  const { lastAskedAt: at } = asked;
  if (at && missing.length > 0) await database.transaction((client) => noteGone(client, planned.resource, missing, at));
}
