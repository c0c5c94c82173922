import type { Account } from '../src/simulator/account/account.ts';
import type { Chat } from '../src/simulator/account/simulated-chats.ts';
import { NO_ODDITIES } from '../src/simulator/api/oddities.ts';
import type { Simulator } from '../src/simulator/api/simulator-server.ts';

/** How many requests, by resource. */
export type Requests = Record<string, number>;

/** Days of an account, as moments. */
export type Moments = { from: Date; until: Date };

/** Follows what is asked of a simulated account, to say what is left to ask: from the account and its requests alone. */
export type Watcher = {
  /** The requests since this was last called. All of them belong to the account's present moment. */
  take(): Requests;
  /** The chats of some days whose messages were never read, or not since they ended. */
  unsettled(moments: Moments): Chat[];
};

const DAY_MS = 86_400_000;

export function createWatcher(account: Account, { requests }: Simulator): Watcher {
  const settled = new Set<number>();
  let seen = 0;

  function noteMessages(query: URLSearchParams): void {
    const { chats, visitors } = account.asOf();
    const [chatId, username] = [query.get('chat_id'), query.get('visitor_username')];
    for (const { id, visitorId, isEnded } of chats.values()) {
      const isAsked = username === null ? id === Number(chatId) : visitors.get(visitorId ?? 0)?.xmppUsername === username;
      if (isAsked && isEnded) settled.add(id);
    }
  }

  return {
    take() {
      const made: Requests = {};
      for (const { path } of requests.slice(seen)) {
        const { pathname, searchParams } = new URL(path, 'http://simulator');
        const resource = pathname.split(/[/.]/)[1]?.replace('q_tasks', 'tasks') ?? '';
        made[resource] = (made[resource] ?? 0) + 1;
        if (resource === 'messages') noteMessages(searchParams);
      }
      seen = requests.length;
      return made;
    },
    unsettled: ({ from, until }) =>
      [...account.asOf().chats.values()].filter(({ id, createdAt }) => createdAt >= from && createdAt < until && !settled.has(id)),
  };
}

/** The messages of chats: one request for each visitor, one for each chat between agents. */
export const leastMessages = (chats: readonly Chat[]): number =>
  new Set(chats.map(({ id, visitorId }) => (visitorId === null ? `chat ${id}` : `visitor ${visitorId}`))).size;

/**
 * The pages of the four task lists, all of them. Of lists that were read before, at the moment `readAt`, all of the open tasks, and of
 * those that are done the pages which hold what came into the list since, and its end.
 */
export function leastTasks(account: Account, readAt?: Date): number {
  const doneBefore = new Set(
    readAt ? [...account.asOf(readAt).tasks.values()].flatMap(({ id, isComplete }) => (isComplete ? [id] : [])) : [],
  );
  const tasks = [...account.asOf().tasks.values()];
  const pagesOf = (type: string, done: boolean): number => {
    const list = tasks.filter((task) => task.type === type && task.isComplete === done);
    let [pages, until] = [0, 0];
    for (const [place, { id }] of list.entries()) {
      const isWanted = !done || !doneBefore.has(id) || place === list.length - 1;
      if (!isWanted || place < until) continue;
      pages += 1;
      until = place + NO_ODDITIES.taskPageSize;
    }
    return Math.max(1, pages);
  };
  return ['operational', 'machine_learning'].flatMap((type) => [pagesOf(type, false), pagesOf(type, true)]).reduce((a, b) => a + b);
}

/**
 * The activity of agents: as many answers as it takes to hold all their snapshots at `perAnswer` of them, one for each agent at least.
 * Nobody knows beforehand who has none: then one for each of those as well.
 */
export function leastActivity(account: Account, { from, until }: Moments, options: { perAnswer: number; isFirst: boolean }): number {
  const now = account.asOf();
  const counts = [...now.agents.keys()].map((id) => now.activitiesOf(id, from, until).length);
  const least = options.isFirst ? 1 : 0;
  return counts.map((count) => Math.max(count > 0 ? 1 : least, Math.ceil(count / options.perAnswer))).reduce((a, b) => a + b, 0);
}

/** A request for each chat, for each day, and for each day of each agent that has any activity. */
export function oneByOne(account: Account, { from, until }: Moments, chats: readonly Chat[], days: number): Requests {
  const now = account.asOf();
  const agents = [...now.agents.keys()].filter((id) => now.activitiesOf(id, from, until).length > 0).length;
  return { chats: days, agent_activities: agents * Math.ceil((until.getTime() - from.getTime()) / DAY_MS), messages: chats.length };
}

export const total = (requests: Requests): number => Object.values(requests).reduce((sum, count) => sum + count, 0);
