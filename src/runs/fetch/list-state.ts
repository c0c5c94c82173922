import type { About } from '../../evidence/doubts.ts';
import { readFact } from '../../evidence/facts.store.ts';
import type { PagesEvidence } from '../../evidence/judge/judge-pages.ts';
import { type Resource, WEEKLY_DAYS } from '../../records/resource.ts';
import type { CursorMode, PageSize } from '../../source/pages.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { countKnownTasks, type KnownTask, type KnownTasks, type ListRecord, readKnownTasks, readRecentLists } from './lists.store.ts';

/** How lists are continued, as far as it is known, the largest page of this run, and what was known when it began. */
export type ListState = {
  startedAt: Date;
  reading: CursorMode | undefined;
  pageSize: PageSize;
  recent: ReadonlyMap<string, ListRecord>;
  known: ReadonlyMap<string, KnownTasks>;
  /** The ids that this run met in open lists which it read to their end, by type. */
  open: Map<string, ReadonlySet<number>>;
  /** Lists of this run whose end was not reached: a larger page of another list shows that theirs were no full ones. */
  unended: { about: About; evidence: PagesEvidence }[];
};

/** The fact that tells how `after` is read. */
export const AFTER = 'q_tasks.after';

/** What earlier runs found out, and is known before this one asks for the first list. */
export async function readListState(database: Database, startedAt: Date): Promise<ListState> {
  const recent = await readRecentLists(database, WEEKLY_DAYS);
  return {
    startedAt,
    reading: (await readFact(database, AFTER)) as CursorMode | undefined,
    pageSize: { largest: 0, remembered: Math.max(0, ...[...recent.values()].map(({ pageSize }) => pageSize)) },
    recent,
    known: await readKnownTasks(database),
    open: new Map(),
    unended: [],
  };
}

export type Pages = NonNullable<Resource['pages']>;

export const isDone = ({ query }: Pick<PlannedRequest, 'query'>, { done }: Pages): boolean =>
  Object.entries(done).every(([name, value]) => query[name] === value);

/** What is created while lists are read can be missed in one and met in none: the next run looks for it. The clocks may differ too. */
const OVERLAP_MS = 3_600_000;

/**
 * What to look for in a list of done tasks: those that have left the open list since it was last read, and new ones. Undefined when it
 * is to be read whole: a week has passed, or too little is known of it.
 */
export function whatMoved({ redactedUrl }: PlannedRequest, type: string, { reading, recent, known: before, open }: ListState) {
  const [record, known, stillOpen] = [recent.get(redactedUrl), before.get(type), open.get(type)];
  if (!reading || reading === 'page' || !record?.idOrder || !known || !stillOpen) return undefined;
  const gone = new Set(record.missing);
  const wasThere = ({ createdAt }: KnownTask) => createdAt !== null && createdAt.getTime() < record.lookedAt.getTime() - OVERLAP_MS;
  const idsOf = (tasks: readonly KnownTask[]) => tasks.map(({ id }) => id);
  return {
    reading,
    order: record.idOrder,
    pageSize: record.pageSize,
    known: idsOf(known.done),
    moved: idsOf(known.open).filter((id) => !stillOpen.has(id) && !gone.has(id)),
    newest: [known.open, known.done].reduce((newest, tasks) => Math.max(newest, tasks.findLast(wasThere)?.id ?? 0), 0),
  };
}

/** How many requests a plan takes: a list takes as many as it has pages, as far as they are known, or one where just news are read. */
export async function countRequests(database: Database, planned: readonly PlannedRequest[]): Promise<number> {
  if (!planned.some(({ resource }) => resource.pages)) return planned.length;
  const [known, recent] = [await countKnownTasks(database), await readRecentLists(database, WEEKLY_DAYS)];
  return planned.reduce((sum, { redactedUrl, query, resource: { pages } }) => {
    const ofDone = pages !== undefined && isDone({ query }, pages);
    const { pageSize = 0, idOrder } = recent.get(redactedUrl) ?? {};
    const length = known.get(query.task_type ?? '')?.[ofDone ? 'done' : 'open'] ?? 0;
    // Of a list that was never read nobody knows the length; that it ends takes a second request to see.
    return sum + (pageSize === 0 ? 2 : ofDone && idOrder ? 1 : Math.floor(length / pageSize) + 1);
  }, 0);
}
