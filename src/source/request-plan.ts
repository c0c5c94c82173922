import type { Resource, Row } from '../records/resource.ts';
import { addDays, type Day, dayOf, daysIn, earlier, halve, later, merge, type Period, subtract } from '../time/period.ts';

/** A request to make, and what it is good for once its rows are in. */
export type PlannedRequest = {
  resource: Resource;
  path: string;
  query: Record<string, string>;
  /** Stands for path and query where they are written down: without anything personal. */
  redactedUrl: string;
  /** The piece of work it belongs to: no two runs do the same one at once. */
  claimKey: string;
  /** Attributes its records may leave out, as the path says them. */
  defaults: Row;
  /** Days it asks for, and the scope they belong to in `coverage`. */
  days?: { period: Period; scope: string };
  messagesOf?: MessagesOf;
  /** The list that it is a page of, when that is read from end to end, and after what. */
  page?: { list: string; after: number };
  /**
   * Of days with rows on a grid: whether none are to be expected, before which day there are none, whether the days before are covered, and
   * the moment of the newest row that is stored.
   */
  grid?: { isIdle: boolean; begins: Day | undefined; isContinued: boolean; newestAt: Date | null };
  /** How often it is tried at most, where that is less than usual. */
  attempts?: number;
  /** What to ask for instead when the source does not know this. */
  fallback?: PlannedRequest[];
};

/** A chat is surely over so long after it ended: the clocks of source and database differ by less, and its duration may be counted late. */
export const SURELY_OVER_MS = 3_600_000;

/** Whose messages an answer holds, whole. */
export type MessagesOf = { chatId: number } | { visitorId: number };

/** Days that an empty warehouse's first sync reads, when no start is set. */
const FIRST_DAYS = 30;

type Options = { parameters?: Record<string, string>; agentId?: number | undefined; period?: Period };

/** A request for a resource: the whole list, some days of it, that of one agent, or with parameters of its own. */
export function planRequest(resource: Resource, { parameters = {}, agentId, period }: Options = {}): PlannedRequest {
  const { window } = resource;
  const ofAgent = scopeOf(resource, agentId);
  const path = Object.entries(ofAgent).reduce((filled, [name, id]) => filled.replace(`{${name}}`, String(id)), resource.path);
  const query = { ...resource.query, ...parameters, ...(window && period ? windowQuery(window, period) : {}) };
  const redactedUrl = redactedUrlOf(path, query);
  const days = period && { period, scope: scopeName(resource, agentId) };
  return {
    resource,
    path,
    query,
    redactedUrl,
    claimKey: days ? `${resource.name} ${days.scope}` : redactedUrl,
    defaults: ofAgent,
    ...(days && { days }),
  };
}

const scopeOf = ({ scope }: Resource, agentId: number | undefined): Record<string, number> =>
  scope.over === 'eachAgent' && agentId !== undefined ? { [scope.parameter]: agentId } : {};

/** What a resource's days are counted for in `coverage`: `''` for all of it, else the agent. */
export const scopeName = (resource: Resource, agentId?: number): string =>
  Object.entries(scopeOf(resource, agentId))
    .map(([name, id]) => `${name}=${id}`)
    .join();

/**
 * The only place where days become parameters. Whether the last day is included and whose midnight begins it is not documented
 * (L738, L123), so a day more is asked for on either side; rows have keys, so what comes twice does no harm.
 */
function windowQuery(window: { from: string; until: string }, { from, until }: Period): Record<string, string> {
  return { [window.from]: addDays(from, -MARGIN_DAYS), [window.until]: addDays(until, MARGIN_DAYS) };
}
/** So many days more are asked for on either side. */
export const MARGIN_DAYS = 1;

/** A part of a request for days: days of the source and filters as parameters. What it covers is known when all parts are there. */
export function planDates(
  { resource, path, defaults, claimKey }: Pick<PlannedRequest, 'resource' | 'path' | 'defaults' | 'claimKey'>,
  dates: Record<string, string>,
): PlannedRequest {
  const query = { ...resource.query, ...dates };
  return { resource, path, query, redactedUrl: redactedUrlOf(path, query), claimKey, defaults };
}

/** The two halves of a request that asked for too much at once; undefined when it is for one day, or not for days. */
export function planHalves(planned: PlannedRequest): [PlannedRequest, PlannedRequest] | undefined {
  if (!planned.days || daysIn(planned.days.period) < 2) return undefined;
  const [older, newer] = halve(planned.days.period);
  return [planPart(planned, newer), planPart(planned, older)];
}

/** The last day of a request for several, and the days before it; undefined when it is for one day, or not for days. */
export function planLastDay(planned: PlannedRequest): [PlannedRequest, PlannedRequest] | undefined {
  if (!planned.days || daysIn(planned.days.period) < 2) return undefined;
  const { from, until } = planned.days.period;
  const last = addDays(until, -1);
  return [planPart(planned, { from: last, until }), planPart(planned, { from, until: last })];
}

/** A part of a request for days, which claims these. */
export function planPart(planned: PlannedRequest, period: Period): PlannedRequest {
  const agentId = Number(Object.values(planned.defaults)[0]);
  const part = planRequest(planned.resource, { period, ...(Number.isNaN(agentId) ? {} : { agentId }) });
  return { ...part, claimKey: planned.claimKey, ...(planned.grid && { grid: { ...planned.grid, isContinued: false } }) };
}

/** The first day of an empty warehouse's first sync. */
export const firstDay = (startDate: Day | undefined, now: Date): Day => earlier(startDate ?? addDays(dayOf(now), -FIRST_DAYS), dayOf(now));

/** The covered ranges that reach into what syncs look after, or up to it: the days from `since` on. What is older is a backfill's. */
const ofSyncs = (covered: readonly Period[], since: Day): Period[] => covered.filter(({ until }) => until >= since);

/**
 * Days a sync reads of all chats: the lookback, as far as days are covered, or since the last covered day when that is longer ago; all
 * since the first sync's first day when none is covered. Through today.
 */
export function planLookback(
  covered: readonly Period[],
  { now, since, lookbackDays }: { now: Date; since: Day; lookbackDays: number },
): Period {
  const today = dayOf(now);
  const [first, last] = [ofSyncs(covered, since)[0], ofSyncs(covered, since).at(-1)];
  const from = first && last ? later(earlier(addDays(today, -lookbackDays), last.until), earlier(since, first.from)) : since;
  return { from: earlier(from, today), until: addDays(today, 1) };
}

/** Days of activity that an agent lacks: from the first that is not covered, again from the day that was not over then. */
export function planSince(covered: readonly Period[], { now, since }: { now: Date; since: Day }): Period {
  const today = dayOf(now);
  const [missing] = subtract({ from: earlier(since, today), until: addDays(today, 1) }, covered);
  return { from: earlier(missing?.from ?? today, today), until: addDays(today, 1) };
}

/** About so many rows come in one answer, so that it stays a few tens of megabytes. */
export const ROWS_PER_ANSWER = 20_000;
/** An older window is at most so many times as long as the newer one before it, however little that one held. */
const GROWTH = 4;

/** What is to be read of one scope, newest first: the days that are missing, and how many rows a day is expected to have. */
export type Missing = { days: readonly Period[]; rowsPerDay: number };

/** The newest of the missing days, as many as one answer should hold; undefined when none is missing. */
export function planWindow({ days, rowsPerDay }: Missing): Period | undefined {
  const newest = days.at(-1);
  if (!newest) return undefined;
  const fitting = Math.max(1, Math.floor(ROWS_PER_ANSWER / rowsPerDay) - 2 * MARGIN_DAYS);
  return fitting >= daysIn(newest) ? newest : { from: addDays(newest.until, -fitting), until: newest.until };
}

/** Rows a day of the next window, after one of `period` brought `received` of them. */
export const rowsPerDayAfter = (period: Period, received: number): number =>
  Math.max(received, ROWS_PER_ANSWER / GROWTH) / (daysIn(period) + 2 * MARGIN_DAYS);

/** How many windows it takes to read what is missing, when one of a period brings `rowsIn(period)` rows. */
export function countWindows({ days, rowsPerDay }: Missing, rowsIn: (period: Period) => number): number {
  let [left, density, windows] = [days, rowsPerDay, 0];
  for (let window = planWindow({ days: left, rowsPerDay: density }); window; window = planWindow({ days: left, rowsPerDay: density })) {
    const asked = window;
    left = left.flatMap((period) => subtract(period, [asked]));
    density = rowsPerDayAfter(asked, rowsIn(asked));
    windows += 1;
  }
  return windows;
}

/** The days of `range` that are neither covered nor have been asked for already. */
export const planMissing = (range: Period, covered: readonly Period[], asked: readonly Period[]): Period[] =>
  subtract(range, merge([...covered, ...asked]));

/**
 * A chat whose messages are wanted; the user name, when known, asks for all chats of its visitor at once, of which `ofVisitor` want
 * theirs.
 */
export type Wanted = { chatId: number; visitorId: number | null; visitorUsername: string | null; ofVisitor: number };

/** One request per visitor when two or more of their chats need messages, else one per chat; in the order of the chats. */
export function planMessages(resource: Resource, wanted: readonly Wanted[]): PlannedRequest[] {
  if (resource.scope.over !== 'eachChat') throw new TypeError(`${resource.name} is not asked for by chat`);
  const { chat, visitor } = resource.scope;
  const planned = new Map<string, PlannedRequest>();
  for (const { chatId, visitorId, visitorUsername, ofVisitor } of wanted) {
    const claimKey = `${resource.name} ${!visitor || visitorId === null ? `chat_id=${chatId}` : `visitor_id=${visitorId}`}`;
    const ofChat = planRequest(resource, { parameters: { [chat]: String(chatId) } });
    const one: PlannedRequest = { ...ofChat, claimKey, defaults: { [chat]: chatId }, messagesOf: { chatId } };
    if (!visitor || visitorId === null || !visitorUsername || ofVisitor < 2) {
      planned.set(one.redactedUrl, one);
      continue;
    }
    const redactedUrl = redactedUrlOf(resource.path, { ...resource.query, visitor_id: String(visitorId) });
    const ofAll = planned.get(redactedUrl) ?? planRequest(resource, { parameters: { [visitor]: visitorUsername } });
    planned.set(redactedUrl, { ...ofAll, redactedUrl, claimKey, messagesOf: { visitorId }, fallback: [...(ofAll.fallback ?? []), one] });
  }
  return [...planned.values()];
}

/** The same request with other parameters, which are not personal. */
export function planOtherwise(planned: PlannedRequest, parameters: Record<string, string>): PlannedRequest {
  const { fallback: _, ...one } = planned;
  const query = { ...planned.query, ...parameters };
  return { ...one, query, redactedUrl: redactedUrlOf(planned.path, query) };
}

function redactedUrlOf(path: string, query: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters ? `${path}?${parameters}` : path;
}
