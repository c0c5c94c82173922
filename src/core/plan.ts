import { addDays, type Day, dayOf, daysIn, halve, type Period } from './period.ts';
import type { Resource, Row } from './resource.ts';

/** A request to make, and what it is good for once its rows are in. */
export type Planned = {
  resource: Resource;
  path: string;
  query: Record<string, string>;
  /** Stands for path and query where they are written down: without anything personal. */
  label: string;
  /** Attributes its records may leave out, as the path says them. */
  defaults: Row;
  /** Days it asks for, and the scope they belong to in `coverage`. */
  days?: { period: Period; scope: string };
  messagesOf?: MessagesOf;
  /** What to ask for instead when the source does not know this. */
  orElse?: Planned[];
};

/** Whose messages an answer holds, whole. */
export type MessagesOf = { chatId: number } | { visitorId: number };

/** Order of asking: what matters most first, what changes little with what is left over. */
export const ASKING_ORDER = ['agents', 'groups', 'chats', 'tasks', 'agent_activities', 'messages', 'agent_groups', 'visitors'] as const;

/** Days after which a weekly list is asked for again: half a day short of a week, or a run that comes minutes earlier would skip it. */
export const WEEKLY_DAYS = 6.5;

type Options = { parameters?: Record<string, string>; agentId?: number; period?: Period };

/** A request for a resource: the whole list, some days of it, that of one agent, or with parameters of its own. */
export function planRequest(resource: Resource, { parameters = {}, agentId, period }: Options = {}): Planned {
  const { scope, window } = resource;
  const ofAgent = scope.over === 'agents' && agentId !== undefined ? { [scope.parameter]: agentId } : {};
  const path = Object.entries(ofAgent).reduce((filled, [name, id]) => filled.replace(`{${name}}`, String(id)), resource.path);
  const query = { ...resource.query, ...parameters, ...(window && period ? windowQuery(window, period) : {}) };
  const days = period && {
    period,
    scope: Object.entries(ofAgent)
      .map(([name, id]) => `${name}=${id}`)
      .join(),
  };
  return { resource, path, query, label: labelOf(path, query), defaults: ofAgent, ...(days ? { days } : {}) };
}

/**
 * The only place where days become parameters. Whether the last day is included and whose midnight begins it is not documented
 * (L738, L123), so a day more is asked for on either side; rows have keys, so what comes twice does no harm.
 */
function windowQuery(window: { from: string; until: string }, { from, until }: Period): Record<string, string> {
  return { [window.from]: addDays(from, -1), [window.until]: addDays(until, 1) };
}

/** The two halves of a request that asked for too much at once; undefined when it is for one day, or not for days. */
export function planHalves(planned: Planned): [Planned, Planned] | undefined {
  if (!planned.days || daysIn(planned.days.period) < 2) return undefined;
  const again = (period: Period): Planned => {
    const agentId = Number(Object.values(planned.defaults)[0]);
    return planRequest(planned.resource, { period, ...(Number.isNaN(agentId) ? {} : { agentId }) });
  };
  const [older, newer] = halve(planned.days.period);
  return [again(newer), again(older)];
}

/**
 * Days a sync reads of all chats: the lookback, or since the last covered day when that is longer ago; on an empty warehouse from
 * `startDate`. Through today.
 */
export function planLookback(
  covered: readonly Period[],
  { now, startDate, lookbackDays }: { now: Date; startDate: Day | undefined; lookbackDays: number },
): Period {
  const today = dayOf(now);
  const until = addDays(today, 1);
  const [first, last] = [covered[0], covered.at(-1)];
  if (!first || !last) return { from: earlier(startDate ?? addDays(today, -30), today), until };
  const lookback = addDays(today, -lookbackDays);
  const from = earlier(lookback, last.until);
  return { from: from < first.from ? first.from : from, until };
}

const earlier = (a: Day, b: Day): Day => (a < b ? a : b);

/** Days of activity that an agent lacks: from where it left off, again from the day that was not over then. */
export function planSince(covered: readonly Period[], startDate: Day, now: Date): Period {
  const today = dayOf(now);
  return { from: earlier(covered.at(-1)?.until ?? startDate, today), until: addDays(today, 1) };
}

/** A chat whose messages are wanted; the user name, when known, asks for all chats of its visitor at once. */
export type Wanted = { chatId: number; visitorId: number | null; visitorUsername: string | null };

/** One request per visitor when two or more of his chats want their messages, else one per chat; in the order of the chats. */
export function planMessages(resource: Resource, wanted: readonly Wanted[]): Planned[] {
  if (resource.scope.over !== 'chats') throw new TypeError(`${resource.name} is not asked for by chat`);
  const { chat, visitor } = resource.scope;
  const perVisitor = new Map<number, number>();
  for (const { visitorId } of wanted) if (visitorId !== null) perVisitor.set(visitorId, (perVisitor.get(visitorId) ?? 0) + 1);
  const planned = new Map<string, Planned>();
  for (const { chatId, visitorId, visitorUsername } of wanted) {
    const ofChat = planRequest(resource, { parameters: { [chat]: String(chatId) } });
    const one: Planned = { ...ofChat, defaults: { chat_id: chatId }, messagesOf: { chatId } };
    if (visitorId === null || !visitorUsername || (perVisitor.get(visitorId) ?? 0) < 2) {
      planned.set(one.label, one);
      continue;
    }
    const label = labelOf(resource.path, { ...resource.query, visitor_id: String(visitorId) });
    const ofVisitor = planned.get(label) ?? planRequest(resource, { parameters: { [visitor]: visitorUsername } });
    planned.set(label, { ...ofVisitor, label, messagesOf: { visitorId }, orElse: [...(ofVisitor.orElse ?? []), one] });
  }
  return [...planned.values()];
}

function labelOf(path: string, query: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters ? `${path}?${parameters}` : path;
}
