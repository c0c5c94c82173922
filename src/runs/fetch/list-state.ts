import type { About } from '../../evidence/doubts.ts';
import { FACT_DAYS, readFact } from '../../evidence/facts.store.ts';
import type { PagesEvidence } from '../../evidence/judge/judge-pages.ts';
import { type Resource, WEEKLY_DAYS } from '../../records/resource.ts';
import type { CursorMode, PageSize } from '../../source/pages.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { countListed, type ListedRecords, type ListRecord, readListed, readNewestListed, readRecentLists } from './lists.store.ts';

/** How lists are continued, as far as it is known, the largest page of this run, and what was known when it began. */
export type ListState = {
  startedAt: Date;
  reading: CursorMode | undefined;
  pageSize: PageSize;
  recent: ReadonlyMap<string, ListRecord>;
  known: ReadonlyMap<string, ListedRecords>;
  /** Whatever is larger than this id is new, by list of done records. */
  newest: ReadonlyMap<string, number>;
  /** The ids that this run met in open lists which it read to their end, by kind. */
  open: Map<string, ReadonlySet<number>>;
  /** The lists that this run has read to their end, while it believed what earlier runs knew of the size of pages. */
  readByMemory: PlannedRequest[];
  /** The lists that this run has read to their end, and how many records each had, as far as it was read. */
  ended: Map<string, number>;
  /** Lists of this run whose end was not reached, and whether they were held to be whole: the pages of other lists show which were full. */
  unended: { list: string; about: About; evidence: PagesEvidence; isWhole: boolean }[];
};

/** The fact that tells how the parameter which continues a list is read. */
export const readingFact = ({ type }: Resource): string => `${type}.after`;
/** The fact that tells how many records a page of lists that belong to single records has had at most. */
export const pageSizeFact = ({ name }: Resource): string => `${name}.page_size`;

/** What earlier runs found out of the lists of a resource, and is known before this one asks for the first of them. */
export async function readListState(database: Database, resource: Resource, startedAt: Date): Promise<ListState> {
  const recent = await readRecentLists(database, resource, WEEKLY_DAYS);
  const remembered = Number((await readFact(database, pageSizeFact(resource), FACT_DAYS)) ?? 0);
  return {
    startedAt,
    reading: (await readFact(database, readingFact(resource))) as CursorMode | undefined,
    pageSize: { largest: 0, remembered: Math.max(remembered, ...[...recent.values()].map(({ pageSize }) => pageSize)) },
    recent,
    known: await readListed(database, resource),
    newest: await readNewestOfLists(database, resource, recent),
    open: new Map(),
    readByMemory: [],
    ended: new Map(),
    unended: [],
  };
}

/** Of each list of done records, the largest id that the last look through it had surely in reach, as known before this run asks. */
async function readNewestOfLists(database: Database, resource: Resource, recent: ListState['recent']): Promise<Map<string, number>> {
  const newest = new Map<string, number>();
  const { pages } = resource;
  for (const [list, { lookedAt }] of pages ? recent : []) {
    const query = Object.fromEntries(new URLSearchParams(list.slice(list.indexOf('?'))));
    if (!pages || !isDone({ query }, pages)) continue;
    const until = new Date(lookedAt.getTime() - OVERLAP_MS);
    newest.set(list, await readNewestListed(database, resource, kindOf({ query }, pages), until));
  }
  return newest;
}

export type Pages = NonNullable<Resource['pages']>;

/** Whether a list is of records that are done with. */
export const isDone = ({ query }: Pick<PlannedRequest, 'query'>, { done }: Pages): boolean =>
  done !== undefined && Object.entries(done.parameters).every(([name, value]) => query[name] === value);

/** Which open list belongs to a list of done records: both have the same value here. */
export const kindOf = ({ query }: Pick<PlannedRequest, 'query'>, { done }: Pages): string => (done && query[done.kind]) ?? '';

/** What is created while lists are read can be missed in one and met in none: the next run looks for it. The clocks may differ too. */
const OVERLAP_MS = 3_600_000;

/**
 * What to look for in a list of done records: those that have left the open list since it was last read, and new ones. Undefined when it
 * is to be read whole: a week has passed, or too little is known.
 */
export function whatMoved({ redactedUrl }: PlannedRequest, kind: string, { reading, recent, newest, known: before, open }: ListState) {
  const [record, known, stillOpen] = [recent.get(redactedUrl), before.get(kind), open.get(kind)];
  if (!reading || reading === 'page' || !record?.idOrder || !known || !stillOpen) return undefined;
  const gone = new Set(record.missing);
  return {
    reading,
    order: record.idOrder,
    pageSize: record.pageSize,
    known: known.done,
    moved: known.open.filter((id) => !stillOpen.has(id) && !gone.has(id)),
    newest: newest.get(redactedUrl) ?? 0,
  };
}

/**
 * Whether a list of done records lacks one that belongs into it: one that was done before, or has left the open list since. Those that an
 * earlier run has missed are left out. `seen`: the ids that the list has brought.
 */
export function lacksKnown(
  { redactedUrl }: PlannedRequest,
  kind: string,
  { recent, known, open }: ListState,
  seen: ReadonlySet<number>,
): boolean {
  const [before, stillOpen] = [known.get(kind), open.get(kind)];
  const gone = new Set(recent.get(redactedUrl)?.missing);
  const isMissing = (id: number) => !seen.has(id) && !gone.has(id);
  return before?.done.some(isMissing) || before?.open.some((id) => stillOpen?.has(id) === false && isMissing(id)) || false;
}

/**
 * How many requests a plan takes: a list takes as many as it has pages, as far as they are known, or one where just news are read. Done
 * records are counted only where all of them are asked for.
 */
export async function countRequests(database: Database, resource: Resource, planned: readonly PlannedRequest[]): Promise<number> {
  const { pages } = resource;
  if (!pages || planned.length === 0) return planned.length;
  const recent = await readRecentLists(database, resource, WEEKLY_DAYS);
  const lists = planned.map((request) => {
    const { pageSize = 0, idOrder = null } = recent.get(request.redactedUrl) ?? {};
    const ofDone = isDone(request, pages);
    return { kind: kindOf(request, pages), ofDone, pageSize, isNewsOnly: ofDone && idOrder !== null };
  });
  const counted = new Map<boolean, ReadonlyMap<string, number>>();
  for (const { ofDone, pageSize, isNewsOnly } of lists)
    if (pageSize > 0 && !isNewsOnly && !counted.has(ofDone)) counted.set(ofDone, await countListed(database, resource, ofDone));
  return lists.reduce((sum, { kind, ofDone, pageSize, isNewsOnly }) => {
    // Of a list that was never read nobody knows the length; that it ends takes a second request to see.
    if (pageSize === 0) return sum + 2;
    return sum + (isNewsOnly ? 1 : Math.floor((counted.get(ofDone)?.get(kind) ?? 0) / pageSize) + 1);
  }, 0);
}
