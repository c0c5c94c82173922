import { readKnownList } from '../core/known-list.ts';
import { type Page, type PageSize, type Reading, readPages } from '../core/pages.ts';
import { type Planned, WEEKLY_DAYS } from '../core/plan.ts';
import { pageOf } from '../core/record.ts';
import type { Resource } from '../core/resource.ts';
import { noteGone } from '../db/absence.ts';
import type { Database } from '../db/database.ts';
import { readFact, rememberFact } from '../db/facts.ts';
import {
  countKnownTasks,
  type KnownTask,
  type KnownTasks,
  type ListRecord,
  readKnownTasks,
  readPagesKept,
  readRecentLists,
  rememberList,
  rememberLook,
} from '../db/lists.ts';
import { reach } from '../failpoint.ts';
import type { Logger } from '../logger.ts';
import type { Landed } from './asker.ts';

/** How lists are continued, as far as it is known, the largest page of this run, and what was known when it began. */
export type ListState = {
  startedAt: Date;
  reading: Reading | undefined;
  pageSize: PageSize;
  recent: ReadonlyMap<string, ListRecord>;
  known: ReadonlyMap<string, KnownTasks>;
  /** The ids that this run met in open lists which it read to their end, by type. */
  open: Map<string, ReadonlySet<number>>;
};

/** The fact that tells how `after` is read. */
const AFTER = 'q_tasks.after';

/** What earlier runs found out, and is known before this one asks for the first list. */
export async function readListState(database: Database, startedAt: Date): Promise<ListState> {
  const recent = await readRecentLists(database, WEEKLY_DAYS);
  return {
    startedAt,
    reading: (await readFact(database, AFTER)) as Reading | undefined,
    pageSize: { largest: 0, remembered: Math.max(0, ...[...recent.values()].map(({ pageSize }) => pageSize)) },
    recent,
    known: await readKnownTasks(database),
    open: new Map(),
  };
}

type Asking = {
  /** Asks for one page and loads it. */
  ask: (planned: Planned) => Promise<Landed>;
  state: ListState;
  database: Database;
  logger: Logger;
};

/**
 * Asks for a list that comes in pages, to its end; of a list whose records are done with just what came into it, save once a week. A
 * reading that was broken off is gone on with.
 * Returns how many records came.
 */
export async function askList(planned: Planned, pages: Pages, { ask, state, database, logger }: Asking): Promise<number> {
  let received = 0;
  let askedAt: Date | undefined;
  const askFor = async (after: number, isKept: boolean): Promise<Page> => {
    const query = { ...planned.query, [pages.parameter]: String(after) };
    const label = `${planned.path}?${new URLSearchParams(query)}`;
    const answer = await ask({ ...planned, query, label, ...(isKept && { page: { list: planned.label, after } }) });
    received += answer.received;
    askedAt = answer.askedAt;
    return pageOf(answer);
  };

  const type = planned.query.task_type ?? '';
  const news = isDone(planned, pages) ? whatMoved(planned, type, state) : undefined;
  if (news && (await readKnownList((after) => askFor(after, false), news)).isProven) {
    await rememberLook(database, planned.label, state.startedAt);
    return received;
  }

  const seen = new Set<number>();
  const kept = await readPagesKept(database, planned.label);
  const page = async (after: number): Promise<Page> => {
    const found = kept.get(after) ?? (await askFor(after, true));
    for (const id of found.ids) seen.add(id);
    return found;
  };
  const { reading, order } = await readPages(page, state);
  state.reading = reading;
  if (!isDone(planned, pages)) state.open.set(type, seen);
  const expected = [...(news?.moved ?? []), ...(state.recent.get(planned.label)?.missing ?? [])];
  // What left the open list after the first pages of a broken reading were read may be on one of those: it is looked for again.
  const missing = kept.size > 0 ? [] : expected.filter((id) => !seen.has(id));
  // What an earlier run has read is as old as that.
  const begun = [...kept.values()].map(({ askedAt }) => askedAt.getTime());
  const lookedAt = new Date(Math.min(state.startedAt.getTime(), ...begun));
  reach('list');
  await rememberList(database, planned.label, { idOrder: order ?? null, pageSize: state.pageSize.largest, missing, lookedAt });
  const at = askedAt;
  if (at && missing.length > 0) await database.transaction((client) => noteGone(client, planned.resource, missing, at));
  const evidence = `${planned.label}: a page asked for by ${reading} continued the one before it`;
  if (reading !== undefined && (await rememberFact(database, AFTER, reading, evidence)))
    logger.info({ parameter: pages.parameter, means: reading }, 'found out how the API continues its lists');
  return received;
}

type Pages = NonNullable<Resource['pages']>;

const isDone = ({ query }: Pick<Planned, 'query'>, { done }: Pages): boolean =>
  Object.entries(done).every(([name, value]) => query[name] === value);

/** What is created while lists are read can be missed in one and met in none: the next run looks for it. The clocks may differ too. */
const OVERLAP_MS = 3_600_000;

/**
 * What to look for in a list of done tasks: those that have left the open list since it was last read, and new ones. Undefined when it
 * is to be read whole: a week has passed, or too little is known of it.
 */
function whatMoved({ label }: Planned, type: string, { reading, recent, known: before, open }: ListState) {
  const [record, known, stillOpen] = [recent.get(label), before.get(type), open.get(type)];
  if (!reading || !record?.idOrder || !known || !stillOpen) return undefined;
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
export async function countRequests(database: Database, planned: readonly Planned[]): Promise<number> {
  if (!planned.some(({ resource }) => resource.pages)) return planned.length;
  const [known, recent] = [await countKnownTasks(database), await readRecentLists(database, WEEKLY_DAYS)];
  return planned.reduce((sum, { label, query, resource: { pages } }) => {
    const ofDone = pages !== undefined && isDone({ query }, pages);
    const { pageSize = 0, idOrder } = recent.get(label) ?? {};
    const length = known.get(query.task_type ?? '')?.[ofDone ? 'done' : 'open'] ?? 0;
    // Of a list that was never read nobody knows the length; that it ends takes a second request to see.
    return sum + (pageSize === 0 ? 2 : ofDone && idOrder ? 1 : Math.floor(length / pageSize) + 1);
  }, 0);
}
