import { RunAbortedError } from '../errors.ts';
import { isOfChats, type OfChats } from '../evidence/chat-fetches.store.ts';
import { readCoverage, readRowsPerDay } from '../evidence/coverage.store.ts';
import { readSettledVisitors } from '../evidence/visitor-fetches.store.ts';
import { parseAnswer } from '../records/parse-answer.ts';
import type { Resource, Row } from '../records/resource.ts';
import { firstDay, planRequest, planWindow, SURELY_OVER_MS } from '../source/request-plan.ts';
import { addDays, type Day, dayOf, daysIn, merge, type Period, startOf, subtract } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { readFirstDay } from '../warehouse/run-log.ts';
import { createBackfillPlanner } from './backfill.ts';
import { countComparisons } from './check-history.ts';
import { datesOf, fetchReportedTotal, type RequestContext, readEndIncluded } from './fetch/reported-total.ts';
import { type KnownAgent, type OfAgents, readAgents } from './known-agents.store.ts';
import { readKnown } from './known-records.store.ts';
import { type Count, chosenResources, type Planner } from './planner.ts';
import { reported } from './reported-resource.ts';
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
  const agentsOf = knownOrAsked(asking);
  const work = createSyncPlanner({ database, now, since, startedAt: now, lookbackDays, agentsOf });
  const covered = (await readCoverage(database, reported.name)).get('') ?? [];
  const unread = subtract({ from: since, until: addDays(dayOf(now), 1) }, covered);
  const estimated = await estimate(asking, work, only, { unread, total: await askTotal(asking, unread, only) });
  return addReports(estimated, await countComparisons(database, merge([...covered, ...unread]), addDays(dayOf(now), -lookbackDays)));
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
  const agentsOf = knownOrAsked(asking);
  const covered = refresh ? [] : ((await readCoverage(database, reported.name)).get('') ?? []);
  const unread = subtract(range, covered);
  const hull = hullOf(unread);
  const total = await askTotal(asking, unread, only);
  const near = hull && (await readRowsPerDay(database, reported, hull.until));
  const rowsPerDay = near ?? (hull && total !== undefined ? total / daysIn(hull) : undefined);
  const work = createBackfillPlanner({ database, range, refresh, anew: refresh, agentsOf, rowsPerDay });
  const estimated = await estimate(asking, work, only, { unread, total });
  // It asks for the report too, when nothing else tells how many records a day has.
  return addReports(estimated, hull && near === undefined ? 1 : 0);
}

const addReports = (estimated: Estimate, reports: number): Estimate => {
  const { [reported.name]: count } = estimated;
  return count ? { ...estimated, [reported.name]: { ...count, requests: count.requests + reports } } : estimated;
};

/** Days that were not read yet, and how many records the source reports for them. */
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
  const { database } = requestContext;
  const isNeeded = chosenResources(only).some((resource) => resource === reported || isOfReported(resource));
  if (!hull || !isNeeded) return undefined;
  const dates = datesOf(reported, hull, await readEndIncluded(database, reported));
  return unlessLate(fetchReportedTotal(requestContext, reported, dates), asking);
}

/** Whether a resource is asked for by the records that the report counts. */
const isOfReported = (resource: Resource): resource is OfChats => isOfChats(resource) && resource.scope.of === reported;

async function estimate(asking: Asking, work: Planner, only: readonly string[] | undefined, days: Unread): Promise<Estimate> {
  const counts = new Map<Resource, Count>();
  for (const resource of chosenResources(only)) counts.set(resource, await work.countRequests(resource, []));
  const ofReported = [...counts].flatMap(([resource, count]) => (isOfReported(resource) ? [{ resource, count }] : []));
  const sample = ofReported.length > 0 ? await readSample(asking, days) : undefined;
  for (const { resource, count } of ofReported) {
    const { requests, oneByOne } = sample ? await countUnread(asking, resource, days, sample) : { requests: 0, oneByOne: 0 };
    counts.set(resource, { requests: count.requests + requests, oneByOne: count.oneByOne + oneByOne });
  }
  return Object.fromEntries([...counts].map(([{ name }, count]) => [name, count]));
}

/** The agents of the warehouse; those of the source, asked for once, while there are none. */
function knownOrAsked(asking: Asking): (database: Database, resource: OfAgents) => Promise<KnownAgent[]> {
  const { requestContext } = asking;
  const asked = new Map<Resource, Promise<KnownAgent[]>>();
  const ask = async (agents: Resource): Promise<KnownAgent[]> => {
    const rows = (await unlessLate(askRows(requestContext, agents), asking))?.get(agents) ?? [];
    return rows.map(({ id, is_bot, trmnt_ind, create_dt }) => ({
      agentId: Number(id),
      isBot: is_bot === true,
      isTerminated: trmnt_ind === true,
      newestAt: null,
      createdAt: create_dt instanceof Date ? create_dt : null,
    }));
  };
  return async (database, resource) => {
    const known = await readAgents(database, resource);
    if (known.length > 0) return known;
    const agents = resource.scope.of;
    const asking = asked.get(agents) ?? ask(agents);
    asked.set(agents, asking);
    return asking;
  };
}

/** The newest records of days that were not read yet, with what is embedded in them; nothing where they cannot be asked for soon. */
type Sample = { hull: Period; window: Period; known: ReadonlySet<number>; rows: Map<Resource, Row[]> | undefined };

async function readSample(asking: Asking, { unread, total }: Unread): Promise<Sample | undefined> {
  const { requestContext } = asking;
  const hull = hullOf(unread);
  if (!hull || total === 0) return undefined;
  const known = new Set(await readKnown(requestContext.database, reported, startOf(hull.from), startOf(hull.until)));
  const window = planWindow({ days: unread, rowsPerDay: (total ?? 0) / daysIn(hull) }) ?? hull;
  return { hull, window, known, rows: await unlessLate(askRows(requestContext, reported, window), asking) };
}

/** Requests for messages of chats that were not read yet: their number is reported, how they fall on visitors is seen from the newest. */
async function countUnread(
  { requestContext }: Asking,
  resource: OfChats,
  { unread, total }: Unread,
  { hull, window, known, rows }: Sample,
): Promise<Count> {
  const fresh = total === undefined ? undefined : Math.max(0, total - known.size);
  // Of visitors nothing is known then: each chat has its own at most.
  if (!rows) return { requests: fresh ?? 0, oneByOne: fresh ?? 0 };
  const embedded = [...rows].find(([{ identifiers }]) => identifiers)?.[1] ?? [];
  const visitors = new Map((resource.scope.visitor ? embedded : []).map((visitor) => [visitor.id, visitor]));
  const settledAt = await readSettledVisitors(requestContext.database, resource, [...visitors.keys()].map(Number));
  const sample = (rows.get(reported) ?? []).filter(
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
  // Who came for the first time within the range, and before the sample, is counted in the first chat.
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
