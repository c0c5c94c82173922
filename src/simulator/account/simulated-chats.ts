import { FEEDBACK, TAGS } from './phrases.ts';
import type { Random } from './random.ts';
import type { MessageDraft } from './simulated-messages.ts';
import type { TaskDraft } from './simulated-tasks.ts';
import { addSeconds, DAY, HOUR, MINUTE, secondsBetween } from './time.ts';
import { type Audit, auditedChange, type Change, createdAudit, SYSTEM_ACCOUNT, type Timeline } from './timeline.ts';

type Rating = 1 | 2 | 3;

export type Chat = Audit & {
  readonly id: number;
  /** Null when two agents talk to each other; then `toAgentId` is the second one. */
  readonly visitorId: number | null;
  readonly agentId: number;
  readonly toAgentId: number | null;
  readonly transferredToAgentId: number | null;
  readonly groupId: number | null;
  readonly tag: string | null;
  readonly endedReason: 'offline' | 'no_reply' | 'inactive' | null;
  readonly isEnded: boolean;
  readonly isMissed: boolean | null;
  readonly isBeatOut: boolean;
  readonly isBillable: boolean;
  readonly isFeedbackRequested: boolean;
  /** Seconds. */
  readonly responseDelay: number | null;
  /** Seconds. */
  readonly duration: number | null;
  readonly overallRating: Rating | null;
  readonly friendlyRating: Rating | null;
  readonly responsiveRating: Rating | null;
  readonly knowledgeRating: Rating | null;
  /** Mean of the given ratings as a percentage of the best, to two decimals. */
  readonly averageRating: number | null;
  readonly feedback: string | null;
  readonly isTerminated: boolean;
};

/** A chat before its number is known, with all that happened in it. */
export type ChatDraft = {
  readonly timeline: Timeline<Omit<Chat, 'id'>>;
  readonly messages: readonly MessageDraft[];
  readonly tasks: readonly TaskDraft[];
};

/** A chat that begins at `createdAt`: open, unanswered, unrated. `by` started it. */
export function openChat(
  createdAt: Date,
  by: number,
  facts: Pick<Chat, 'visitorId' | 'agentId' | 'groupId'> & Partial<Chat>,
): Omit<Chat, 'id'> {
  return {
    toAgentId: null,
    transferredToAgentId: null,
    tag: null,
    endedReason: null,
    isEnded: false,
    isMissed: null,
    isBeatOut: false,
    isBillable: false,
    isFeedbackRequested: false,
    responseDelay: null,
    duration: null,
    overallRating: null,
    friendlyRating: null,
    responsiveRating: null,
    knowledgeRating: null,
    averageRating: null,
    feedback: null,
    isTerminated: false,
    ...facts,
    ...createdAudit(createdAt, by),
  };
}

/** The end of a served chat begun at `createdAt`: mostly right after the last word, sometimes hours later for want of a reply. */
export function endOfChat(random: Random, createdAt: Date, lastAt: Date, by: number): Change<Chat> {
  const endedReason = random.pick([null, null, null, 'inactive', 'no_reply'] as const);
  const pause = endedReason === null ? random.int(1, 120) : random.int(10 * MINUTE, random.chance(0.2) ? 36 * HOUR : HOUR);
  const at = addSeconds(lastAt, pause);
  return auditedChange<Chat>(at, by, { isEnded: true, endedReason, duration: secondsBetween(createdAt, at) });
}

/** What comes after the end: a tag, the question for feedback, ratings up to days later, another tag days later. */
export function aftermath(random: Random, endedAt: Date, agentId: number): Change<Chat>[] {
  const changes: Change<Chat>[] = [];
  if (random.chance(0.6)) changes.push(auditedChange<Chat>(addSeconds(endedAt, random.int(0, 300)), agentId, { tag: random.pick(TAGS) }));
  if (random.chance(0.5)) {
    const askedAt = addSeconds(endedAt, random.int(0, 60));
    changes.push(auditedChange<Chat>(askedAt, SYSTEM_ACCOUNT, { isFeedbackRequested: true }));
    if (random.chance(0.5))
      changes.push(
        auditedChange<Chat>(addSeconds(askedAt, random.int(MINUTE, random.chance(0.3) ? 5 * DAY : HOUR)), SYSTEM_ACCOUNT, ratings(random)),
      );
  }
  if (random.chance(0.1))
    changes.push(auditedChange<Chat>(addSeconds(endedAt, random.int(DAY, 6 * DAY)), agentId, { tag: random.pick(TAGS) }));
  return changes;
}

/** What a visitor says of a chat. */
export function ratings(random: Random): Partial<Chat> {
  const rate = () => random.pick([1, 2, 3, 3, 3, 3] as const);
  const given = {
    overallRating: rate(),
    friendlyRating: random.chance(0.9) ? rate() : null,
    responsiveRating: random.chance(0.9) ? rate() : null,
    knowledgeRating: random.chance(0.8) ? rate() : null,
  };
  const marks = Object.values(given).filter((mark) => mark !== null);
  const share = marks.reduce((sum: number, mark) => sum + mark, 0) / (3 * marks.length);
  return { ...given, averageRating: Math.round(share * 10_000) / 100, feedback: random.pick(FEEDBACK) };
}
