import { BOT_WAITS, IMPATIENT, OPENINGS, turnOf } from './conversations.ts';
import { INTENTS } from './phrases.ts';
import type { Random } from './random.ts';
import { machineLearningTask, type TaskDraft } from './simulated-tasks.ts';
import { addSeconds, DAY, HOUR } from './time.ts';
import type { Timeline } from './timeline.ts';

export type Party = { readonly agentId: number } | { readonly visitorId: number };

/** An intent a person gave a message, and who it was. */
type IntentLabel = { readonly intentId: string; readonly agentId: number };

/** Messages carry no trace of their changes, though the labels come later. */
export type Message = {
  readonly id: number;
  readonly chatId: number;
  /** Null when the system speaks. */
  readonly from: Party | null;
  readonly to: Party | null;
  readonly isAdmin: boolean;
  readonly isInterruptionBlocked: boolean;
  readonly body: string;
  readonly intentId: string | null;
  readonly intentProbability: number | null;
  /** At most five. */
  readonly labels: readonly IntentLabel[];
  readonly finalIntentId: string | null;
  readonly createdAt: Date;
};

type Unnumbered = Omit<Message, 'id' | 'chatId'>;

/** A message before its number is known, with the task it raised. */
export type MessageDraft = { readonly timeline: Timeline<Unnumbered>; readonly task?: TaskDraft };

/** One message; `extra` says what is special about it. */
export function say(createdAt: Date, from: Party | null, to: Party | null, body: string, extra: Partial<Unnumbered> = {}): MessageDraft {
  const plain = { isAdmin: false, isInterruptionBlocked: false, intentId: null, intentProbability: null, labels: [], finalIntentId: null };
  return { timeline: { first: { createdAt, from, to, body, ...plain, ...extra }, changes: [] } };
}

export type Conversation = {
  readonly messages: readonly MessageDraft[];
  readonly repliedAt: Date;
  readonly transferredAt: Date | null;
  readonly lastAt: Date;
};

/**
 * What a visitor and an agent say to each other from `startedAt` on, the first reply after `delay` seconds.
 * Half-way `transferTo` takes over. Nothing but the first exchange is said after `cutOff`.
 */
export function converse(
  random: Random,
  options: {
    startedAt: Date;
    cutOff: Date;
    visitorId: number;
    agent: { id: number; isBot: boolean };
    delay: number;
    transferTo: number | null;
    people: readonly number[];
  },
): Conversation {
  const { startedAt, cutOff, delay, transferTo, people } = options;
  const visitor = { visitorId: options.visitorId };
  const exchanges = random.int(1, 7);
  const messages: MessageDraft[] = [];
  const repliedAt = addSeconds(startedAt, delay);
  let agent = options.agent;
  let transferredAt: Date | null = null;
  let at = startedAt;
  let opening = OPENINGS[0] as (typeof OPENINGS)[number];
  for (let turn = 0; turn < exchanges && (turn === 0 || at < cutOff); turn++) {
    if (transferTo !== null && turn === Math.ceil(exchanges / 2)) {
      transferredAt = at;
      agent = { id: transferTo, isBot: false };
      messages.push(say(at, null, { agentId: transferTo }, `Chat transferred to ${transferTo}`, { isAdmin: true }));
    }
    // One draw for each text, whatever is said: the account of a seed does not change with the words.
    const visitorSays = () => {
      const drawn = random.pick(OPENINGS);
      if (turn === 0) opening = drawn;
      return turnOf(opening, turn, exchanges).visitor;
    };
    messages.push(ask(random, at, visitor, agent, people, visitorSays));
    // Impatient people send two in the same second.
    if (random.chance(0.2)) messages.push(ask(random, at, visitor, agent, people, () => random.pick(IMPATIENT)));
    if (agent.isBot && random.chance(0.15))
      messages.push(say(at, { agentId: agent.id }, visitor, random.pick(BOT_WAITS), { isInterruptionBlocked: true }));
    at = turn === 0 ? repliedAt : addSeconds(at, random.int(0, agent.isBot ? 4 : 90));
    random.next();
    messages.push(say(at, { agentId: agent.id }, visitor, turnOf(opening, turn, exchanges)[agent.isBot ? 'bot' : 'person']));
    at = addSeconds(at, random.int(0, 75));
  }
  messages.push(say(at, null, { agentId: agent.id }, 'Visitor left the page', { isAdmin: true }));
  return { messages, repliedAt, transferredAt, lastAt: at };
}

/** A visitor's message; to a bot it carries the intent the assistant saw in it, and a doubtful one may raise a task. */
function ask(
  random: Random,
  at: Date,
  visitor: Party,
  agent: { id: number; isBot: boolean },
  people: readonly number[],
  body: () => string,
): MessageDraft {
  const to = { agentId: agent.id };
  if (!agent.isBot) return say(at, visitor, to, body());
  const intentProbability = random.int(2000, 10_000) / 10_000;
  const draft = say(at, visitor, to, body(), { intentId: random.pick(INTENTS), intentProbability });
  if (intentProbability > 0.6 || random.chance(0.3)) return draft;
  const by = random.pick(people);
  const intentId = random.pick(INTENTS.filter((intent) => intent !== ''));
  const resolvedAt = random.chance(0.75) ? addSeconds(at, random.int(HOUR, 4 * DAY)) : null;
  if (resolvedAt !== null) {
    const doubt = random.chance(0.3) ? [{ intentId: random.pick(INTENTS.slice(0, 3)), agentId: random.pick(people) }] : [];
    draft.timeline.changes.push({ at: resolvedAt, set: { labels: [...doubt, { intentId, agentId: by }], finalIntentId: intentId } });
  }
  return { ...draft, task: machineLearningTask(random, { at, assignedTo: random.pick(people), resolvedAt, by, intentId }) };
}
