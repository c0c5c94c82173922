import { groupBy, known } from './bi-oracle-numbers.ts';
import { type Business, createBusiness, type Local } from './bi-oracle-time.ts';
import type { Chat, Message, World } from './bi-world.ts';

type Sender = 'visitor' | 'agent' | 'bot' | 'system';

/** What messages tell of a chat; undefined when they were not fetched. */
type Said = {
  message_count: number;
  visitor_message_count: number;
  agent_message_count: number;
  bot_message_count: number;
  first_message_at: number | null;
  last_message_at: number | null;
  last_sender_type: Sender | null;
  first_response_seconds: number | null;
  first_response_business_seconds: number | null;
  first_bot_response_seconds: number | null;
  person_wait_seconds: number | null;
  is_answered_in_60s: boolean | null;
};

/** A chat with all that is found out about it. */
export type Found = Chat & {
  isCounted: boolean;
  day: string | null;
  endedAt: number | null;
  activeUntil: number | null;
  activeSeconds: number | null;
  isLeftOpen: boolean | null;
  isAnswerable: boolean;
  said: Said | undefined;
  outcome: string | null;
  nextChatAt: number | null;
  sequence: number | null;
  isResolvedByBot: boolean | null;
};

const HOUR = 3_600_000;

export const inOrder = (a: { created_at: number; message_id: number }, b: { created_at: number; message_id: number }): number =>
  a.created_at - b.created_at || a.message_id - b.message_id;

/** Who wrote a message. */
export function senderOf({ from_visitor_id: visitor, from_agent_id: agentId }: Message, { agents }: World): Sender {
  if (visitor !== null) return 'visitor';
  if (agentId === null) return 'system';
  return agents.find((agent) => agent.agent_id === agentId)?.is_bot ? 'bot' : 'agent';
}

/** The messages of a chat that were delivered, one after the other. */
export function deliveredOf(chat: Chat, world: World): Message[] {
  if (chat.messages_synced_at === null) return [];
  const own = world.messages.filter((message) => message.chat_id === chat.chat_id);
  return own.filter(({ is_admin, is_interruption_blocked }) => is_admin !== true && is_interruption_blocked !== true).sort(inOrder);
}

function saidIn(chat: Chat, world: World, business: Business): Said | undefined {
  if (chat.messages_synced_at === null) return undefined;
  const messages = deliveredOf(chat, world);
  const counted = { visitor: 0, agent: 0, bot: 0, system: 0 };
  let visitorAt: number | null = null;
  let agentAt: number | null = null;
  let botAt: number | null = null;
  // Whom the visitor has asked since a bot last wrote, and whom when a person first answered.
  let asked: number | null = null;
  let wantedAt: number | null = null;
  for (const message of messages) {
    const sender = senderOf(message, world);
    counted[sender] += 1;
    if (sender === 'bot') asked = null;
    if (sender === 'visitor' && asked === null) asked = message.created_at;
    if (sender === 'agent' && visitorAt !== null && agentAt === null) wantedAt = asked ?? visitorAt;
    if (sender === 'visitor' && visitorAt === null) visitorAt = message.created_at;
    if (sender === 'agent' && visitorAt !== null && agentAt === null) agentAt = message.created_at;
    if (sender === 'bot' && visitorAt !== null && botAt === null) botAt = message.created_at;
  }
  const last = messages.at(-1);
  const secondsTo = (at: number | null) => (at === null || visitorAt === null ? null : (at - visitorAt) / 1_000);
  return {
    message_count: messages.length,
    visitor_message_count: counted.visitor,
    agent_message_count: counted.agent,
    bot_message_count: counted.bot,
    first_message_at: messages[0]?.created_at ?? null,
    last_message_at: last?.created_at ?? null,
    last_sender_type: last ? senderOf(last, world) : null,
    first_response_seconds: secondsTo(agentAt),
    first_response_business_seconds: agentAt === null || visitorAt === null ? null : business.secondsBetween(visitorAt, agentAt),
    first_bot_response_seconds: secondsTo(botAt),
    person_wait_seconds: agentAt === null || wantedAt === null ? null : (agentAt - wantedAt) / 1_000,
    is_answered_in_60s: visitorAt === null ? null : agentAt !== null && agentAt - visitorAt <= 60_000,
  };
}

function outcomeOf(chat: Chat, said: Said | undefined, { agents }: World): string | null {
  if (!said) return null;
  const isPerson = (id: number | null) => id !== null && agents.find((agent) => agent.agent_id === id)?.is_bot !== true;
  if (said.bot_message_count === 0) return said.agent_message_count === 0 ? 'no_reply' : 'human_only';
  if (said.visitor_message_count === 0) return 'no_visitor_message';
  if (said.agent_message_count > 0 || isPerson(chat.transferred_to_agent_id)) return 'handed_off';
  if (chat.is_missed === true) return 'missed_after_bot';
  return chat.is_ended === true ? 'contained' : 'open';
}

/** All chats, with what is found out about them. */
export function findChats(world: World, local: Local): Found[] {
  const horizon = Math.max(...known(world.chats.map((chat) => chat.created_at)));
  const business = createBusiness(world, local);
  const found: Found[] = world.chats.map((chat) => {
    const said = saidIn(chat, world, business);
    const byDuration = chat.created_at === null || chat.duration_seconds === null ? null : chat.created_at + 1_000 * chat.duration_seconds;
    const endedAt = chat.is_ended === true ? (byDuration ?? said?.last_message_at ?? null) : null;
    const lastAt = said?.last_message_at ?? null;
    const ends = known([endedAt, lastAt === null ? null : lastAt + 300_000]);
    const activeUntil = ends.length === 0 ? null : Math.min(...ends);
    const outcome = outcomeOf(chat, said, world);
    return {
      ...chat,
      activeUntil,
      activeSeconds: activeUntil === null || chat.created_at === null ? null : Math.max(0, (activeUntil - chat.created_at) / 1_000),
      isLeftOpen: endedAt === null || lastAt === null ? null : endedAt - lastAt > 4 * HOUR,
      isAnswerable: (said?.visitor_message_count ?? 0) > 0 && outcome !== 'contained',
      isCounted: chat.visitor_id !== null && chat.is_beat_out !== true && chat.is_terminated !== true,
      day: chat.created_at === null ? null : local.dayOf(chat.created_at),
      endedAt,
      said,
      outcome,
      nextChatAt: null,
      sequence: null,
      isResolvedByBot: null,
    };
  });
  for (const chats of groupBy(
    found.filter((chat) => chat.isCounted),
    (chat) => String(chat.visitor_id),
  ).values()) {
    chats.sort((a, b) => (a.created_at ?? 0) - (b.created_at ?? 0) || a.chat_id - b.chat_id);
    for (const [i, chat] of chats.entries()) {
      chat.sequence = i + 1;
      chat.nextChatAt = chats[i + 1]?.created_at ?? null;
    }
  }
  for (const chat of found) {
    if (!['contained', 'handed_off', 'missed_after_bot'].includes(chat.outcome ?? '')) continue;
    const end = chat.endedAt ?? chat.created_at ?? 0;
    if (horizon - end < 24 * HOUR) continue;
    const isBack = chat.nextChatAt !== null && chat.nextChatAt - end <= 24 * HOUR;
    chat.isResolvedByBot = chat.outcome === 'contained' && chat.overall_rating !== 1 && !isBack;
  }
  return found;
}
