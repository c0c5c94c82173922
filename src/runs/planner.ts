import type { Deadline } from '../budget/permits.ts';
import type { OfChats } from '../evidence/chat-fetches.store.ts';
import { countChatsWanted, type MessageBacklogFilter } from '../evidence/wanted-chats.store.ts';
import type { Resource } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import type { PlannedRequest } from '../source/request-plan.ts';
import { dayOf, type Period } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import type { HistoryCheck } from './check-history.ts';
import type { FetchContext } from './fetch/fetch-context.ts';
import { isIdle, type KnownAgent } from './known-agents.store.ts';

/** A request that was made in this run, and how many records came; it failed when that is undefined. */
export type Asked = { planned: PlannedRequest; received: number | undefined };

/** What a plan can see, and how long a request that planning needs may wait. */
export type Turn = { snapshot: string; patience: Deadline };

/** What a run has to do. */
export type Planner = {
  /** The days that it looks after; without an end where it has none. */
  days: Partial<Period>;
  /**
   * The next requests of a resource, newest first; none when nothing is left but what this run asked for. Throws `AlreadyClaimedError` when it cannot be known before
   * another run is done with it.
   */
  nextRequests(resource: Resource, asked: readonly Asked[], turn: Turn): Promise<PlannedRequest[]>;
  /** What it has to do with what is left, when all resources are done. Returns what ends the run, if anything does. */
  afterwards?(context: FetchContext, rest: Pick<HistoryCheck, 'chosen' | 'fetchAll'>): Promise<unknown>;
  /** How many requests are left of it, as the warehouse stands. */
  countRequests(resource: Resource, asked: readonly Asked[]): Promise<Count>;
};

/** Requests, and how many it would take to ask for each chat's messages and for each day by itself. */
export type Count = { requests: number; oneByOne: number };

/** The resources that are named, or all, in the order of asking. */
export const chosenResources = (only: readonly string[] | undefined): Resource[] =>
  resources.filter(({ name }) => only?.includes(name) ?? true).sort((a, b) => a.order - b.order);

/** So many chats' messages are planned at a time. */
export const MESSAGES_BATCH = 1_000;

/** How many of these requests failed. */
export const countFailed = (asked: readonly Asked[]): number => asked.filter(({ received }) => received === undefined).length;

/** What the messages of chats take, without those that failed in this run. */
export async function countMessages(
  database: Database,
  resource: OfChats,
  looking: MessageBacklogFilter,
  asked: readonly Asked[],
): Promise<Count> {
  const { requests, chats } = await countChatsWanted(database, resource, looking);
  return { requests: Math.max(0, requests - countFailed(asked)), oneByOne: chats };
}

/** What was not asked for in this run. Days change what is planned for a claim once they are loaded: it is asked for once. */
export function withoutAsked(planned: readonly PlannedRequest[], asked: readonly Asked[]): PlannedRequest[] {
  const keyOf = ({ days, claimKey, redactedUrl }: PlannedRequest): string => (days ? claimKey : redactedUrl);
  const known = new Set(asked.map((request) => keyOf(request.planned)));
  return planned.filter((request) => !known.has(keyOf(request)));
}

/** With a report before each window, where there is one. */
export const withReports = ({ report }: Resource, windows: number): number => (report ? 2 * windows : windows);

/**
 * A request for days of an agent that have rows on a grid, with what is known of that agent. What is asked of an agent of whom nothing is to
 * be expected is a piece of work of its own: so one who became idle is asked about once more.
 */
export function planGrid(planned: PlannedRequest, agent: KnownAgent, covered: readonly Period[]): PlannedRequest {
  const idle = isIdle(agent);
  const from = planned.days?.period.from;
  return {
    ...planned,
    claimKey: idle ? `${planned.claimKey} idle` : planned.claimKey,
    grid: {
      isIdle: idle,
      begins: agent.createdAt ? dayOf(agent.createdAt) : undefined,
      isContinued: covered.some(({ until }) => until === from),
      newestAt: agent.newestAt,
    },
  };
}
