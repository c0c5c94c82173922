import { type Activity, activitiesBetween } from './activity.ts';
import type { History } from './history.ts';
import type { Agent } from './simulated-agents.ts';
import type { Chat } from './simulated-chats.ts';
import type { AgentGroup, Group } from './simulated-groups.ts';
import type { Message } from './simulated-messages.ts';
import type { Task } from './simulated-tasks.ts';
import type { Visitor } from './simulated-visitors.ts';
import { addSeconds } from './time.ts';
import { allAsOf, asOf, type Timeline } from './timeline.ts';

/** All of one resource by number, in rising order. */
type ById<T> = ReadonlyMap<number, T>;

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
  /** An agent, a group or a visitor as it was at another moment. */
  agentAt(id: number, at: Date): Agent | undefined;
  groupAt(id: number, at: Date): Group | undefined;
  visitorAt(id: number, at: Date): Visitor | undefined;
  /** Chats that no list has any more, or not for now. */
  deletedChats(): readonly Chat[];
  /** An agent's snapshots in [from, until), as far as they are history: none for bots and agents who had left before. */
  activitiesOf(agentId: number, from?: Date, until?: Date): readonly Activity[];
};

/** Looks at a history as of `t`. `step`: so many seconds are between snapshots of an agent. */
export function createSnapshot(history: History, seed: string | number, startedAt: Date, t: Date, step: number): Snapshot {
  history.reach(t);
  const agents = byId(allAsOf(history.agents, t));
  const at =
    <T extends { readonly id: number; readonly createdAt: Date }>(timelines: readonly Timeline<T>[]) =>
    (id: number, moment: Date): T | undefined => {
      const timeline = timelines.find(({ first }) => first.id === id);
      return timeline && asOf(timeline, moment);
    };
  /** When an agent left, if that was in the time that is known. */
  const leftAt = (id: number) =>
    history.agents.find(({ first }) => first.id === id)?.changes.find(({ at, set }) => set.isTerminated && at <= t)?.at;
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
    agentAt: at(history.agents),
    groupAt: at(history.groups),
    visitorAt: at(history.visitors),
    deletedChats: () =>
      history.chats
        .filter((timeline) => timeline.absences && asOf(timeline, t) === undefined)
        .map(({ first, changes }) => asOf({ first, changes }, t))
        .filter((chat) => chat !== undefined),
    activitiesOf: (agentId, from = startedAt, until = addSeconds(t, 1)) => {
      const agent = agents.get(agentId);
      const lastAt = agent?.isTerminated ? leftAt(agentId) : t;
      if (agent === undefined || agent.isBot || lastAt === undefined) return [];
      const latest = new Date(Math.min(until.getTime(), addSeconds(lastAt, 1).getTime()));
      return activitiesBetween(seed, agentId, new Date(Math.max(from.getTime(), startedAt.getTime())), latest, step);
    },
  };
}

function byId<T extends { readonly id: number }>(records: readonly T[]): ById<T> {
  return new Map(records.map((record) => [record.id, record]));
}
