import { aboutChat } from '../../evidence/claims.ts';
import { readCoverage } from '../../evidence/coverage.store.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import { doubt } from '../../evidence/doubts.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import { judgeMessages, type MessagesVerdict } from '../../evidence/judge/judge-messages.ts';
import {
  markMessagesFetched,
  markVisitorFetched,
  readAskedChats,
  readUnknownChats,
  unsettleMessages,
} from '../../evidence/message-fetches.store.ts';
import { countReceived, type Received } from '../../evidence/received.ts';
import { sourceNow } from '../../evidence/sightings.ts';
import type { Row } from '../../records/resource.ts';
import chats from '../../resources/chats.ts';
import { ApiError } from '../../source/api-error.ts';
import type { MessagesOf, PlannedRequest } from '../../source/request-plan.ts';
import { startOf } from '../../time/period.ts';
import type { Client, Database } from '../../warehouse/connection/database.ts';
import type { FetchContext } from './fetch-context.ts';

/**
 * Facts: how many messages one answer has at most; up to how many an answer was found to be whole; how many the longest had; what asking by
 * visitor brings.
 */
const CAP = 'messages.cap';
const WHOLE_AT = 'messages.whole_at';
const LONGEST = 'messages.longest';
const BY_VISITOR = 'messages.by_visitor';

/** Whether messages that are asked for by visitor do not say of which chat they are, so that they are asked for by chat. */
export const readNeedsChat = async (database: Database): Promise<boolean> =>
  (await readFact(database, BY_VISITOR, FACT_DAYS)) !== undefined;

/**
 * Fetches the messages of a chat, or of all chats of a visitor. What an answer for a visitor leaves in doubt is asked for by chat. Returns
 * how many different messages came.
 */
export const fetchMessages = async (planned: PlannedRequest, of: MessagesOf, context: FetchContext): Promise<number> =>
  (await fetchIds(planned, of, context)).size;

async function fetchIds(planned: PlannedRequest, of: MessagesOf, context: FetchContext): Promise<ReadonlySet<unknown>> {
  const { fetch, database, runId, now, sightings } = context;
  const by = 'visitorId' in of ? 'visitor' : 'chat';
  const cap = numberOf(await readFact(database, CAP, FACT_DAYS));
  const wholeAt = numberOf(await readFact(database, WHOLE_AT, FACT_DAYS)) ?? 0;
  const longest = numberOf(await readFact(database, LONGEST, FACT_DAYS)) ?? 0;
  const at = sourceNow(sightings, now());
  const id = 'visitorId' in of ? of.visitorId : of.chatId;
  const wanted = new Set(
    (planned.fallback ?? []).flatMap(({ messagesOf }) => (messagesOf && 'chatId' in messagesOf ? [messagesOf.chatId] : [])),
  );
  let verdict: MessagesVerdict | undefined;
  const settle = async (client: Client, received: Received, askedAt: Date) => {
    const asked = await readAskedChats(client, chats, of, countByChat(received.stored));
    const strays = by === 'visitor' ? await countStrays(context, client, received) : 0;
    const others = new Map([...sightings.sizes[by]].filter(([other]) => other !== id));
    verdict = judgeMessages({ by, received, chats: asked, at, cap, wholeAt, longest, sizes: [...others.values()], strays });
    const { byChat, doubts } = verdict;
    const planned = byChat.filter((chatId) => wanted.has(chatId));
    const size = countReceived(received);
    sightings.sizes[by].set(id, size);
    // Chats that were settled at the same size before it was seen twice are as much in doubt.
    if (by === 'chat' && verdict.maybeCut) await doubtAlike(client, runId, others, size);
    const claims = asked.filter(({ chatId }) => !byChat.includes(chatId)).map(({ chatId }) => aboutChat(chatId).claim);
    for (const kind of ['settled', 'late', 'empty'] as const) await markMessagesFetched(client, verdict[kind], kind, askedAt);
    await markMessagesFetched(client, planned, 'byChat', askedAt);
    await storeJudgement(client, runId, claims, doubts);
    if ('visitorId' in of && byChat.length === 0 && doubts.length === 0) await markVisitorFetched(client, of.visitorId, askedAt);
  };
  const landed = await fetch(planned, settle).catch((error: unknown) => {
    if (error instanceof ApiError && error.failure === 'not_found' && planned.fallback) return undefined;
    throw error;
  });
  const isInDoubt = ({ messagesOf }: PlannedRequest) =>
    landed === undefined || (messagesOf !== undefined && 'chatId' in messagesOf && verdict?.byChat.includes(messagesOf.chatId));
  const ids = new Set<unknown>(landed?.brought.stored.map(({ id }) => id));
  const size = landed ? countReceived(landed.brought) : 0;
  const again = (planned.fallback ?? []).filter(isInDoubt);
  const fetchEach = async (some: readonly PlannedRequest[]) => {
    for (const one of some) if (one.messagesOf) for (const id of await fetchIds(one, one.messagesOf, context)) ids.add(id);
  };
  // A cut takes the oldest or the newest: where it is all that is in doubt, the chats at both ends tell.
  const ends = landed && verdict?.isCutAtMost && again.length > 2 ? [...again.slice(0, 1), ...again.slice(-1)] : again;
  await fetchEach(ends);
  const rest = again.filter((one) => !ends.includes(one));
  if (landed && verdict?.isCutAtMost && 'visitorId' in of && ids.size === size) {
    const proved = verdict.byChat.filter((chatId) => !chatIdsOf(ends).includes(chatId));
    await database.transaction(async (client) => {
      await markMessagesFetched(client, proved, 'settled', landed.askedAt);
      await markVisitorFetched(client, of.visitorId, landed.askedAt);
    });
  } else await fetchEach(rest);
  if (size > longest) await rememberFact(database, LONGEST, String(size), `${planned.redactedUrl} was answered with so many`);
  if (landed && again.length > 0) await learn(database, planned.redactedUrl, { size, more: ids.size - size, wholeAt, ...verdict });
  return ids;
}

const chatIdsOf = (planned: readonly PlannedRequest[]): number[] =>
  planned.flatMap(({ messagesOf }) => (messagesOf && 'chatId' in messagesOf ? [messagesOf.chatId] : []));

/** Doubts the messages of chats whose answers were as long as one that may be cut. */
async function doubtAlike(client: Client, runId: number, others: ReadonlyMap<number, number>, size: number): Promise<void> {
  const alike = [...others].filter(([, other]) => other === size).map(([chatId]) => chatId);
  await unsettleMessages(client, alike);
  await storeJudgement(
    client,
    runId,
    alike.map((chatId) => aboutChat(chatId).claim),
    alike.map((chatId) => doubt(aboutChat(chatId), 'messages_cut', { received: size })),
  );
}

/** Remembers what asking again by chat has shown of an answer for a visitor. */
async function learn(
  database: Database,
  label: string,
  { size, more, wholeAt, maybeCut }: { size: number; more: number; wholeAt: number; maybeCut?: boolean },
): Promise<void> {
  if (more > 0 && maybeCut) await rememberFact(database, CAP, String(size), `${label}: by chat came ${more} more than these ${size}`);
  if (more === 0 && size > wholeAt)
    await rememberFact(database, WHOLE_AT, String(size), `${label}: by chat came no more than these ${size}`);
}

function countByChat(rows: readonly Row[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { chat_id: id } of rows) if (typeof id === 'number') counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/**
 * How many messages of an answer for a visitor are of no chat, or of one that should be known, as its days were read: then chats were mixed
 * up.
 */
async function countStrays({ database }: FetchContext, client: Client, received: Received): Promise<number> {
  const homeless = received.stored.filter(({ chat_id: id }) => typeof id !== 'number');
  if (homeless.length > 0) {
    await rememberFact(
      database,
      BY_VISITOR,
      'without chat',
      `${homeless.length} messages asked for by visitor do not say of which chat they are`,
    );
    return homeless.length;
  }
  const unknown = await readUnknownChats(client, [...countByChat(received.stored).keys()]);
  if (unknown.size === 0) return 0;
  const covered = (await readCoverage(database, chats.name)).get('') ?? [];
  const isOfCovered = ({ create_dt: at }: Row) =>
    at instanceof Date && covered.some(({ from, until }) => at >= startOf(from) && at < startOf(until));
  return received.stored.filter((row) => unknown.has(Number(row.chat_id)) && isOfCovered(row)).length;
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
