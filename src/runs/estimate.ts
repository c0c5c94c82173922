import { RunAbortedError } from '../errors.ts';
import { readChatsPerDay, readCoverage } from '../evidence/coverage.store.ts';
import { readSettledVisitors } from '../evidence/message-fetches.store.ts';
import { parseAnswer } from '../records/parse-answer.ts';
import type { Resource, Row } from '../records/resource.ts';
import agentsResource from '../resources/agents.ts';
import chatsResource from '../resources/chats.ts';
import { firstDay, planRequest, planWindow, SURELY_OVER_MS } from '../source/request-plan.ts';
import { addDays, type Day, dayOf, daysIn, merge, type Period, startOf, subtract } from '../time/period.ts';
import { readFirstDay } from '../warehouse/run-log.ts';
import { createBackfillPlanner } from './backfill.ts';
import { countComparisons } from './check-history.ts';
import { datesOf, fetchReportedTotal, type RequestContext, readEndIncluded } from './fetch/reported-total.ts';
import { type KnownAgent, readAgents } from './known-agents.store.ts';
import { readKnownChats } from './known-chats.store.ts';
import { type Count, chosenResources, type Planner } from './planner.ts';
import { createSyncPlanner } from './sync.ts';

/** What a run would take, by resource, in the order of asking. */
export type Estimate = Record<string, Count>;

/** `onUnasked`: called when a question was not asked, as the budget has no room for it for longer than its deadline allows. */
type Options = { requestContext: RequestContext; now: Date; only: readonly string[] | undefined; onUnasked?: (() => void) | undefined };

/** What the next sync would take. Asks the source about days that were not read yet. */
export async function estimateSync({
  requestContext,
  now,
  only,
  startDate,
  lookbackDays,
  onUnasked,
}: Options & { startDate: Day | undefined; lookbackDays: number }): Promise<Estimate> {
  const { database } = requestContext;
  const since = (await readFirstDay(database)) ?? firstDay(startDate, now);
  const asking = { requestContext, onUnasked };
  const agents = await knownOrAsked(asking);
  const work = createSyncPlanner({ database, now, since, startedAt: now, lookbackDays, agentsOf: async () => agents });
  const covered = (await readCoverage(database, chatsResource.name)).get('') ?? [];
  const unread = subtract({ from: since, until: addDays(dayOf(now), 1) }, covered);
  const estimated = await estimate(asking, work, only, { unread, total: await askTotal(asking, unread, only) });
  return withReportsOfChats(
    estimated,
    await countComparisons(database, merge([...covered, ...unread]), addDays(dayOf(now), -lookbackDays)),
  );
}

/** What a backfill would take. Asks the source about days that were not read yet. */
export async function estimateBackfill({
  requestContext,
  only,
  range,
  refresh,
  onUnasked,
}: Options & { range: Period; refresh: boolean }): Promise<Estimate> {
  const { database } = requestContext;
  const asking = { requestContext, onUnasked };
  const agents = await knownOrAsked(asking);
  const covered = refresh ? [] : ((await readCoverage(database, chatsResource.name)).get('') ?? []);
  const unread = subtract(range, covered);
  const hull = hullOf(unread);
  const total = await askTotal(asking, unread, only);
  const near = hull && (await readChatsPerDay(database, hull.until));
  const chatsPerDay = near ?? (hull && total !== undefined ? total / daysIn(hull) : undefined);
  const work = createBackfillPlanner({ database, range, refresh, anew: refresh, agentsOf: async () => agents, chatsPerDay });
  const estimated = await estimate(asking, work, only, { unread, total });
  // It asks for the report too, when nothing else tells how many chats a day has.
  return withReportsOfChats(estimated, hull && near === undefined ? 1 : 0);
}

const withReportsOfChats = (estimated: Estimate, reports: number): Estimate => {
  const { chats } = estimated;
  return chats ? { ...estimated, chats: { ...chats, requests: chats.requests + reports } } : estimated;
};

/** Days that were not read yet, and how many chats the source reports for them. */
type Unread = { unread: readonly Period[]; total: number | undefined };

/** From the first day to the last of several periods. */
function hullOf(periods: readonly Period[]): Period | undefined {
  const [oldest, newest] = [periods[0], periods.at(-1)];
  return oldest && newest && { from: oldest.from, until: newest.until };
}

type Asking = Pick<Options, 'requestContext' | 'onUnasked'>;

/** The answer to a question; undefined when it cannot be asked soon: an estimate is not worth hours of waiting. */
const unlessLate = <T>(answer: Promise<T>, { onUnasked }: Asking): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (!(error instanceof RunAbortedError) || error.reason !== 'duration') throw error;
    onUnasked?.();
    return undefined;
  });

async function askTotal(asking: Asking, unread: readonly Period[], only: readonly string[] | undefined): Promise<number | undefined> {
  const { requestContext } = asking;
  const hull = hullOf(unread);
  const isNeeded = only?.some((name) => name === 'chats' || name === 'messages') ?? true;
  return hull && isNeeded
    ? unlessLate(fetchReportedTotal(requestContext, datesOf(hull, await readEndIncluded(requestContext.database))), asking)
    : undefined;
}

async function estimate(asking: Asking, work: Planner, only: readonly string[] | undefined, days: Unread): Promise<Estimate> {
  const counts = new Map<Resource, Count>();
  for (const resource of chosenResources(only)) counts.set(resource, await work.countRequests(resource, []));
  const messages = [...counts.keys()].find(({ scope }) => scope.over === 'chats');
  const known = messages && counts.get(messages);
  if (messages && known) {
    const fresh = await unreadChats(asking, days);
    counts.set(messages, { requests: known.requests + fresh.requests, oneByOne: known.oneByOne + fresh.oneByOne });
  }
  return Object.fromEntries([...counts].map(([{ name }, count]) => [name, count]));
}

/** The agents of the warehouse; those of the source while there are none. */
async function knownOrAsked(asking: Asking): Promise<KnownAgent[]> {
  const { requestContext } = asking;
  const known = await readAgents(requestContext.database);
  if (known.length > 0) return known;
  const rows = (await unlessLate(askRows(requestContext, agentsResource), asking))?.get(agentsResource) ?? [];
  return rows.map(({ id, is_bot, trmnt_ind, create_dt }) => ({
    agentId: Number(id),
    isBot: is_bot === true,
    isTerminated: trmnt_ind === true,
    hasActivity: false,
    createdAt: create_dt instanceof Date ? create_dt : null,
  }));
}

/** Requests for messages of chats that were not read yet: their number is reported, how they fall on visitors is seen from the newest. */
async function unreadChats(asking: Asking, { unread, total }: Unread): Promise<Count> {
  const { requestContext } = asking;
  const hull = hullOf(unread);
  if (!hull || total === 0) return { requests: 0, oneByOne: 0 };
  const { database } = requestContext;
  const known = new Set(await readKnownChats(database, startOf(hull.from), startOf(hull.until)));
  const fresh = total === undefined ? undefined : Math.max(0, total - known.size);
  const window = planWindow({ days: unread, rowsPerDay: (total ?? 0) / daysIn(hull) }) ?? hull;
  const rows = await unlessLate(askRows(requestContext, chatsResource, window), asking);
  // Of visitors nothing is known then: each chat has its own at most.
  if (!rows) return { requests: fresh ?? 0, oneByOne: fresh ?? 0 };
  const visitors = new Map([...rows].find(([{ name }]) => name === 'visitors')?.[1].map((visitor) => [visitor.id, visitor]));
  const settledAt = await readSettledVisitors(database, [...visitors.keys()].map(Number));
  const sample = (rows.get(chatsResource) ?? []).filter(
    (chat) => isWithin(chat.create_dt, window) && !known.has(Number(chat.id)) && !isSettled(chat, settledAt.get(Number(chat.visitor_id))),
  );
  const isAll = unread.length === 1 && window.from === hull.from && window.until === hull.until;
  return isAll || sample.length === 0
    ? { requests: countUnits(sample, visitors), oneByOne: sample.length }
    : extrapolate(sample, visitors, { total: fresh ?? sample.length, from: hull.from });
}

/** One for each visitor whose user name is known, one for each other chat. */
function countUnits(chats: readonly Row[], visitors: ReadonlyMap<unknown, Row>): number {
  return new Set(chats.map(({ id, visitor_id }) => (visitors.get(visitor_id)?.xmpp_username ? `visitor ${visitor_id}` : `chat ${id}`)))
    .size;
}

/**
 * From the newest chats to all of them, back to the day `from`. Visitors return, the more so the longer the time: so it is not requests
 * that grow with the chats, but visitors who came for the first time, and those who had come before `from` already.
 */
function extrapolate(chats: readonly Row[], visitors: ReadonlyMap<unknown, Row>, { total, from }: { total: number; from: Day }): Count {
  const times = total / chats.length;
  const begun = Math.min(...chats.map(({ create_dt }) => Number(create_dt)));
  const isReturning = ({ visitor_id }: Row) => {
    const firstSeen = visitors.get(visitor_id)?.create_dt;
    return firstSeen instanceof Date && firstSeen.getTime() < begun && firstSeen >= startOf(from);
  };
  // Who came for the first time within the range, and before the sample, is counted where he first came.
  return {
    requests: Math.round(
      countUnits(
        chats.filter((chat) => !isReturning(chat)),
        visitors,
      ) * times,
    ),
    oneByOne: total,
  };
}

const isWithin = (moment: unknown, { from, until }: Period): boolean =>
  !(moment instanceof Date) || (moment >= startOf(from) && moment < startOf(until));

/** Its messages came with those of its visitor's other chats. */
function isSettled({ is_ended, create_dt, duration }: Row, at: Date | undefined): boolean {
  if (!at || is_ended !== true || !(create_dt instanceof Date) || typeof duration !== 'number') return false;
  return create_dt.getTime() + duration * 1_000 + SURELY_OVER_MS < at.getTime();
}

/** The records of an answer that is looked at and not stored, by resource. */
async function askRows(
  { client, runId, lane, patience }: RequestContext,
  resource: Resource,
  period?: Period,
): Promise<Map<Resource, Row[]>> {
  const { path, query, redactedUrl } = planRequest(resource, period ? { period } : {});
  const call = { runId, lane, resource: resource.name, endpoint: resource.path };
  const { content } = await client.get({ path, query, redactedUrl }, call, patience, (document) => parseAnswer(document, resource));
  return new Map(content.batches.map((batch) => [batch.resource, batch.rows]));
}
