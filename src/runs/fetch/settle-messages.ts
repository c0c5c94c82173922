import {
  markChatsFetched,
  type OfChats,
  readAskedChats,
  readChatsBeside,
  readChatsOfSize,
  readForeignChats,
  unsettleChats,
} from '../../evidence/chat-fetches.store.ts';
import { aboutChat } from '../../evidence/claims.ts';
import { readCoverage } from '../../evidence/coverage.store.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import { doubt } from '../../evidence/doubts.ts';
import { type AskedChat, isLongest, judgeMessages, type MessagesVerdict, type OtherLook } from '../../evidence/judge/judge-messages.ts';
import { countReceived, type Received } from '../../evidence/received.ts';
import type { Sightings } from '../../evidence/sightings.ts';
import { markVisitorFetched } from '../../evidence/visitor-fetches.store.ts';
import type { Row } from '../../records/resource.ts';
import type { MessagesOf } from '../../source/request-plan.ts';
import { startOf } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import type { FetchContext } from './fetch-context.ts';
import { type MessageFacts, readBringsVisitor, rememberBringsVisitor, rememberNeedsChat } from './message-facts.ts';

/**
 * What an answer with messages is to settle. `askedAt`: when it was asked for, by our clock; `at`: the same by the clock that the source's
 * times are compared with. `wanted`: the chats that can be asked for by themselves.
 */
export type Settling = {
  resource: OfChats;
  of: MessagesOf;
  received: Received;
  askedAt: Date;
  at: Date;
  facts: MessageFacts;
  leavesOut: boolean;
  wanted: ReadonlySet<number>;
  otherLook: OtherLook;
};

/** Judges the messages of the chats that an answer was to bring, and notes what they prove, and leave in doubt, in the transaction that loads them. */
export async function settleMessages(client: Client, settling: Settling, context: FetchContext): Promise<MessagesVerdict> {
  const { resource, of, received, askedAt, at, facts, leavesOut, wanted, otherLook } = settling;
  const { runId, sightings } = context;
  const [by, id] = 'visitorId' in of ? (['visitor', of.visitorId] as const) : (['chat', of.chatId] as const);
  const size = countReceived(received);
  const known = sizesOf(sightings, resource, by);
  const sizes = [...known].filter(([other]) => other !== id).map(([, other]) => other);
  const chats = await readAskedChats(client, resource, of, countByChat(resource, received.stored));
  const strays =
    'visitorId' in of
      ? await countStrays(context, client, resource, of.visitorId, received)
      : await countForeign(context, client, resource, of.chatId, received);
  const evidence = { of: resource, by, received, chats, at, ...facts, sizes, strays, leavesOut, otherLook };
  const isCompared = by === 'chat' && otherLook !== 'due' && size > (facts.cap ?? 0) && isLongest(evidence);
  const alike = isCompared ? (await readChatsOfSize(client, resource, size)).filter((chatId) => chatId !== id) : [];
  const verdict = judgeMessages({ ...evidence, alike: alike.length });
  const { byChat, otherWay, doubts } = verdict;
  known.set(id, size);
  if (verdict.empty.length > 0) sightings.lacksContent.add(resource);
  // Chats that were settled at the same size before it was suspected are as much in doubt.
  if (doubts.some(({ reason }) => reason === 'messages_cut')) await doubtAlike(client, runId, resource, alike, size);
  const pending = [...byChat, ...otherWay];
  const claims = chats.filter(({ chatId }) => !pending.includes(chatId)).map(({ chatId }) => aboutChat(resource, chatId).claim);
  for (const kind of ['settled', 'late', 'empty'] as const) await markChatsFetched(client, resource, verdict[kind], kind, askedAt);
  const planned = byChat.filter((chatId) => wanted.has(chatId));
  await markChatsFetched(client, resource, planned, 'byChat', askedAt);
  await storeJudgement(client, runId, claims, doubts);
  if ('visitorId' in of && byChat.length === 0 && doubts.length === 0) await markVisitorFetched(client, resource, of.visitorId, askedAt);
  return verdict;
}

/** How large the answers of this run were, by the number of the chat or visitor. */
function sizesOf({ sizes }: Sightings, { name }: OfChats, by: 'chat' | 'visitor'): Map<number, number> {
  const known = sizes.get(`${name} by ${by}`) ?? new Map<number, number>();
  sizes.set(`${name} by ${by}`, known);
  return known;
}

/** Doubts the messages of chats whose answers were as long as one that may be cut. */
async function doubtAlike(client: Client, runId: number, resource: OfChats, alike: readonly number[], size: number): Promise<void> {
  await unsettleChats(client, resource, alike);
  await storeJudgement(
    client,
    runId,
    alike.map((chatId) => aboutChat(resource, chatId).claim),
    alike.map((chatId) => doubt(aboutChat(resource, chatId), 'messages_cut', { received: size })),
  );
}

function countByChat({ scope: { chat } }: OfChats, rows: readonly Row[]): Map<number, Pick<AskedChat, 'count' | 'lastAt'>> {
  const came = new Map<number, { count: number; lastAt: Date | undefined }>();
  for (const { [chat]: id, create_dt: at } of rows) {
    if (typeof id !== 'number') continue;
    const { count, lastAt } = came.get(id) ?? { count: 0, lastAt: undefined };
    const isLater = at instanceof Date && (lastAt === undefined || at > lastAt);
    came.set(id, { count: count + 1, lastAt: isLater ? at : lastAt });
  }
  return came;
}

/**
 * How many messages of an answer for a chat are of others, where none is of the chat itself: of other visitors, or of the same one while no
 * answer has shown that the source sends those too.
 */
async function countForeign(
  { database }: FetchContext,
  client: Client,
  resource: OfChats,
  chatId: number,
  received: Received,
): Promise<number> {
  const came = countByChat(resource, received.stored);
  const others = [...came.keys()].filter((id) => id !== chatId);
  if (others.length === 0) return 0;
  const ofSame = await readChatsBeside(client, chatId, others);
  if (came.has(chatId)) {
    if (ofSame.size === others.length) await rememberBringsVisitor(database, resource, came.size);
    return 0;
  }
  const isExcused = ofSame.size === others.length && (await readBringsVisitor(database, resource));
  return isExcused ? 0 : received.stored.length;
}

/**
 * How many messages of an answer for a visitor are of no chat, of another visitor's, or of one that should be known, as its days were read:
 * then chats were mixed up.
 */
async function countStrays(
  { database }: FetchContext,
  client: Client,
  resource: OfChats,
  visitorId: number,
  received: Received,
): Promise<number> {
  const { of: chats, chat } = resource.scope;
  const homeless = received.stored.filter(({ [chat]: id }) => typeof id !== 'number');
  if (homeless.length > 0) {
    await rememberNeedsChat(database, resource, homeless.length);
    return homeless.length;
  }
  const foreign = await readForeignChats(client, visitorId, [...countByChat(resource, received.stored).keys()]);
  if (foreign.size === 0) return 0;
  const covered = (await readCoverage(database, chats.name)).get('') ?? [];
  const isOfCovered = ({ create_dt: at }: Row) =>
    at instanceof Date && covered.some(({ from, until }) => at >= startOf(from) && at < startOf(until));
  return received.stored.filter((row) => {
    const found = foreign.get(Number(row[chat]));
    return found && (found.isKnown || isOfCovered(row));
  }).length;
}
