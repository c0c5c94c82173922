import { type Activity, activitiesBetween } from './activity.ts';
import type { Agent } from './agents.ts';
import type { Chat } from './chats.ts';
import type { AgentGroup, Group } from './groups.ts';
import type { History } from './history.ts';
import type { Message } from './messages.ts';
import type { Task } from './tasks.ts';
import { addSeconds } from './time.ts';
import { allAsOf, asOf } from './timeline.ts';
import type { Visitor } from './visitors.ts';

/** All of one resource by number, in rising order. */
export type ById<T> = ReadonlyMap<number, T>;

/** The account as it was at one moment. */
export type Snapshot = {
  readonly at: Date;
  readonly agents: ById<Agent>;
  readonly groups: ById<Group>;
  readonly agentGroups: readonly AgentGroup[];
  readonly visitors: ById<Visitor>;
  readonly chats: ById<Chat>;
  readonly tasks: ById<Task>;
  /** A chat's messages, in rising order; none for an unknown chat. */
  messagesOf(chatId: number): readonly Message[];
  messageOf(messageId: number): Message | undefined;
  /** An agent's five-minute snapshots in [from, until), as far as they are history: none for bots and terminated agents. */
  activitiesOf(agentId: number, from?: Date, until?: Date): readonly Activity[];
};

/** Looks at a history as of `t`. */
export function createSnapshot(history: History, seed: string | number, startedAt: Date, t: Date): Snapshot {
  history.reach(t);
  const agents = byId(allAsOf(history.agents, t));
  const isWatched = ({ isBot, isTerminated }: Agent) => !isBot && !isTerminated;
  return {
    at: t,
    agents,
    groups: byId(allAsOf(history.groups, t)),
    agentGroups: allAsOf(history.agentGroups, t),
    visitors: byId(allAsOf(history.visitors, t)),
    chats: byId(allAsOf(history.chats, t)),
    tasks: byId(allAsOf(history.tasks, t)),
    messagesOf: (chatId) => allAsOf(history.messagesOf.get(chatId) ?? [], t),
    messageOf: (messageId) => {
      const timeline = history.messages.get(messageId);
      return timeline && asOf(timeline, t);
    },
    activitiesOf: (agentId, from = startedAt, until = addSeconds(t, 1)) => {
      const agent = agents.get(agentId);
      if (agent === undefined || !isWatched(agent)) return [];
      const latest = new Date(Math.min(until.getTime(), addSeconds(t, 1).getTime()));
      return activitiesBetween(seed, agentId, new Date(Math.max(from.getTime(), startedAt.getTime())), latest);
    },
  };
}

function byId<T extends { readonly id: number }>(records: readonly T[]): ById<T> {
  return new Map(records.map((record) => [record.id, record]));
}
