import { OPENINGS } from './conversations.ts';
import { COLLEAGUE_LINES } from './phrases.ts';
import type { Random } from './random.ts';
import { aftermath, type Chat, type ChatDraft, endOfChat, openChat } from './simulated-chats.ts';
import { converse, say } from './simulated-messages.ts';
import { operationalTask } from './simulated-tasks.ts';
import { addSeconds, secondsBetween } from './time.ts';
import { auditedChange, type Change, SYSTEM_ACCOUNT } from './timeline.ts';

/** Who can take part, by number: working people, bots, groups. */
export type Cast = { readonly people: readonly number[]; readonly bots: readonly number[]; readonly groups: readonly number[] };

/** Two agents talk to each other: no visitor, no group, nothing to bill. */
export function colleaguesChat(random: Random, at: Date, { people }: Cast): ChatDraft[] {
  const agentId = random.pick(people);
  const toAgentId = random.pick(people.filter((id) => id !== agentId));
  const sides = [{ agentId }, { agentId: toAgentId }];
  const messages = Array.from({ length: random.int(1, 4) }, (_, turn) =>
    say(addSeconds(at, turn * 20), sides[turn % 2] ?? null, sides[(turn + 1) % 2] ?? null, random.pick(COLLEAGUE_LINES)),
  );
  const end = endOfChat(random, at, addSeconds(at, 80), agentId);
  return [draft(openChat(at, agentId, { visitorId: null, agentId, toAgentId, groupId: null }), [end], { messages })];
}

/** A visitor comes and nobody answers. */
export function missedChat(random: Random, at: Date, visitorId: number, { people, groups }: Cast): ChatDraft[] {
  const missedAt = addSeconds(at, random.int(60, 300));
  const endedReason = random.pick(['offline', 'no_reply'] as const);
  const agentId = random.pick(people);
  const messages = random.chance(0.4) ? [say(at, { visitorId }, { agentId }, random.pick(OPENINGS).text)] : [];
  const missed = auditedChange<Chat>(missedAt, SYSTEM_ACCOUNT, { isMissed: true, isEnded: true, endedReason });
  return [draft(openChat(at, SYSTEM_ACCOUNT, { visitorId, agentId, groupId: groupOf(random, groups) }), [missed], { messages })];
}

/**
 * A visitor is served, by a bot or a person, and may be handed on. When all agents were called, the ones that
 * another beat to it have a row of their own: same visitor, same second, no messages.
 */
export function servedChat(random: Random, at: Date, cutOff: Date, visitorId: number, { people, bots, groups }: Cast): ChatDraft[] {
  const isBot = random.chance(0.3);
  const agentId = random.pick(isBot ? bots : people);
  const others = people.filter((id) => id !== agentId);
  const groupId = groupOf(random, groups);
  const transferTo = random.chance(isBot ? 0.3 : 0.08) ? random.pick(others) : null;
  const talk = converse(random, {
    startedAt: at,
    cutOff,
    visitorId,
    agent: { id: agentId, isBot },
    delay: isBot ? random.int(0, 4) : random.int(3, 240),
    transferTo,
    people,
  });
  const answered = auditedChange<Chat>(talk.repliedAt, agentId, {
    responseDelay: secondsBetween(at, talk.repliedAt),
    isBillable: true,
    isMissed: random.chance(0.7) ? false : null,
  });
  const transferred =
    talk.transferredAt === null ? [] : [auditedChange<Chat>(talk.transferredAt, agentId, { transferredToAgentId: transferTo })];
  const end = endOfChat(random, at, talk.lastAt, agentId);
  const tasks = isBot && random.chance(0.5) ? [operationalTask(random, talk.repliedAt, people)] : [];
  const winner = draft(
    openChat(at, SYSTEM_ACCOUNT, { visitorId, agentId, groupId }),
    [answered, ...transferred, end, ...aftermath(random, end.at, agentId)],
    {
      messages: talk.messages,
      tasks,
    },
  );
  const losers = isBot || !random.chance(0.15) ? [] : others.slice(0, random.int(1, 2));
  const beaten = auditedChange<Chat>(talk.repliedAt, agentId, { isBeatOut: true, isEnded: true });
  return [winner, ...losers.map((id) => draft(openChat(at, SYSTEM_ACCOUNT, { visitorId, agentId: id, groupId }), [beaten]))];
}

function draft(
  first: Omit<Chat, 'id'>,
  changes: Change<Chat>[],
  { messages = [], tasks = [] }: Partial<Omit<ChatDraft, 'timeline'>> = {},
): ChatDraft {
  return { timeline: { first, changes: changes.toSorted((a, b) => a.at.getTime() - b.at.getTime()) }, messages, tasks };
}

function groupOf(random: Random, groups: readonly number[]): number | null {
  return random.chance(0.6) ? random.pick(groups) : null;
}
