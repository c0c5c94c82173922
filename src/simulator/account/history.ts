import { arrivals } from './arrivals.ts';
import { type Cast, colleaguesChat, missedChat, servedChat } from './contacts.ts';
import { changeOldChats } from './late.ts';
import { createRandom, type Random } from './random.ts';
import { stir } from './restless.ts';
import { type Agent, changeAgents, createAgents, dismiss } from './simulated-agents.ts';
import type { Chat, ChatDraft } from './simulated-chats.ts';
import { type AgentGroup, changeGroups, createGroups, type Group, linkAgents } from './simulated-groups.ts';
import type { Message } from './simulated-messages.ts';
import type { Task } from './simulated-tasks.ts';
import { createVisitor, revisit, type Visitor } from './simulated-visitors.ts';
import { addSeconds, localDay, MINUTE, startOfLocalDay } from './time.ts';
import type { Timeline } from './timeline.ts';

export type HistorySettings = {
  readonly seed: string | number;
  readonly agents: number;
  /** Chats a day, on average. */
  readonly chatsPerDay: number;
  /** Nothing but agents and groups is older. */
  readonly startedAt: Date;
  /** The account's birth moment: somebody came in the minutes before. */
  readonly bornAt: Date;
  /** Links change, and records are deleted and restored. */
  readonly isRestless: boolean;
  /** Old chats change. */
  readonly isLate: boolean;
  /** An agent leaves so many days after the birth moment. */
  readonly leavesAfter: number | undefined;
};

/** Everything that ever happens, as far as `reach` was asked to look ahead; each list in the order of time and number. */
export type History = {
  readonly agents: readonly Timeline<Agent>[];
  readonly groups: readonly Timeline<Group>[];
  readonly agentGroups: readonly Timeline<AgentGroup>[];
  readonly visitors: readonly Timeline<Visitor>[];
  readonly chats: readonly Timeline<Chat>[];
  readonly messages: ReadonlyMap<number, Timeline<Message>>;
  /** The messages of each chat. */
  readonly messagesOf: ReadonlyMap<number, readonly Timeline<Message>[]>;
  readonly tasks: readonly Timeline<Task>[];
  /** Makes up all days until the one of `t`; a day depends on the seed and the days before it only. */
  reach(t: Date): void;
};

/** Numbers that go up, with gaps, from an odd place; the gaps depend on the random numbers given. */
function sequence(start: number, widestStep: number): (random: Random) => number {
  let last = start - 1;
  return (random) => {
    last += random.int(1, widestStep);
    return last;
  };
}

/** The invented account's past and future. */
export function createHistory(settings: HistorySettings): History {
  const { seed, agents: agentCount, chatsPerDay, startedAt, bornAt, isRestless, isLate, leavesAfter } = settings;
  const agents = createAgents(seed, agentCount, startedAt);
  const groups = createGroups(seed, startedAt);
  const agentGroups = linkAgents(seed, agents, groups, startedAt);
  const visitors: Timeline<Visitor>[] = [];
  const chats: Timeline<Chat>[] = [];
  const messages = new Map<number, Timeline<Message>>();
  const messagesOf = new Map<number, Timeline<Message>[]>();
  const tasks: Timeline<Task>[] = [];
  const numbers = { visitor: sequence(2, 3), chat: sequence(731, 3), message: sequence(20_011, 4), task: sequence(5001, 5) };

  const working = agents.map(({ first }) => first).filter(({ isTerminated }) => !isTerminated);
  const cast: Cast = {
    people: working.filter(({ isBot }) => !isBot).map(({ id }) => id),
    bots: working.filter(({ isBot }) => isBot).map(({ id }) => id),
    groups: groups.filter(({ first }) => !first.isTerminated).map(({ first }) => first.id),
  };

  function greetVisitor(random: Random, at: Date): number {
    if (visitors.length > 0 && random.chance(0.4)) {
      const { first, changes } = random.pick(visitors);
      changes.push(revisit(random, first, at, cast.groups));
      return first.id;
    }
    const id = numbers.visitor(random);
    visitors.push({ first: createVisitor(random, id, visitors.length, at, cast.groups), changes: [] });
    return id;
  }

  function receive(random: Random, at: Date, cutOff: Date): ChatDraft[] {
    if (random.chance(0.04)) return colleaguesChat(random, at, cast);
    const visitorId = greetVisitor(random, at);
    return random.chance(0.1) ? missedChat(random, at, visitorId, cast) : servedChat(random, at, cutOff, visitorId, cast);
  }

  let nextDay = localDay(startedAt);
  function reach(t: Date): void {
    for (; nextDay <= localDay(t); nextDay++) {
      changeAgents(seed, nextDay, agents);
      changeGroups(seed, nextDay, groups);
      const cutOff = addSeconds(startOfLocalDay(nextDay + 1), -5 * MINUTE);
      const drafts = arrivals(seed, nextDay, chatsPerDay, bornAt)
        .filter((at) => at >= startedAt)
        .flatMap((at, index) => receive(createRandom(seed, 'contact', nextDay, index), at, cutOff));
      record({ chats, messages, messagesOf, tasks }, numbers, createRandom(seed, 'numbers', nextDay), drafts);
      if (leavesAfter !== undefined && nextDay === localDay(bornAt) + leavesAfter) dismiss(agents, nextDay);
      if (isLate) changeOldChats(seed, nextDay, chats);
      if (isRestless) stir(seed, nextDay, { agents, groups, agentGroups, chats });
    }
  }

  return { agents, groups, agentGroups, visitors, chats, messages, messagesOf, tasks, reach };
}

type Recorded = {
  chats: Timeline<Chat>[];
  messages: Map<number, Timeline<Message>>;
  messagesOf: Map<number, Timeline<Message>[]>;
  tasks: Timeline<Task>[];
};
type Numbers = Record<'chat' | 'message' | 'task', (random: Random) => number>;

/** Gives chats, what was said in them and the tasks they raised their numbers, in the order of time. */
function record({ chats, messages, messagesOf, tasks }: Recorded, numbers: Numbers, random: Random, drafts: readonly ChatDraft[]): void {
  const numberedChats = inTime(drafts, ({ timeline }) => timeline).map((draft) => ({ ...draft, chatId: numbers.chat(random) }));
  const raised = numberedChats.flatMap((chat) => chat.tasks.map((timeline) => ({ timeline, messageId: null as number | null })));
  for (const { timeline, chatId } of numberedChats) {
    chats.push({ first: { id: chatId, ...timeline.first }, changes: timeline.changes });
    messagesOf.set(chatId, []);
  }
  const said = numberedChats.flatMap((chat) => chat.messages.map((message) => ({ ...message, chatId: chat.chatId })));
  for (const { timeline, chatId, task } of inTime(said, (message) => message.timeline)) {
    const id = numbers.message(random);
    const message = { first: { id, chatId, ...timeline.first }, changes: timeline.changes };
    messages.set(id, message);
    messagesOf.get(chatId)?.push(message);
    if (task) raised.push({ timeline: task, messageId: id });
  }
  for (const { timeline, messageId } of inTime(raised, (task) => task.timeline))
    tasks.push({ first: { id: numbers.task(random), messageId, ...timeline.first }, changes: timeline.changes });
}

function inTime<T>(items: readonly T[], timelineOf: (item: T) => { readonly first: { readonly createdAt: Date } }): T[] {
  const moment = (item: T) => timelineOf(item).first.createdAt.getTime();
  return items.toSorted((a, b) => moment(a) - moment(b));
}
