import {
  markChatsFetched,
  markVisitorFetched,
  type OfChats,
  readAskedChats,
  readUnknownChats,
  unsettleChats,
} from '../../evidence/chat-fetches.store.ts';
import { aboutChat } from '../../evidence/claims.ts';
import { readCoverage } from '../../evidence/coverage.store.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import { type About, doubt } from '../../evidence/doubts.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import { judgeMessages, type MessagesVerdict } from '../../evidence/judge/judge-messages.ts';
import { countReceived, type Received } from '../../evidence/received.ts';
import { type Sightings, sourceNow } from '../../evidence/sightings.ts';
import type { Row } from '../../records/resource.ts';
import { ApiError } from '../../source/api-error.ts';
import type { MessagesOf, PlannedRequest } from '../../source/request-plan.ts';
import { startOf } from '../../time/period.ts';
import type { Client, Database } from '../../warehouse/connection/database.ts';
import type { Settle } from '../commit-response.ts';
import type { FetchContext } from './fetch-context.ts';
import { fetchAllPages } from './fetch-pages.ts';
import type { CommittedResponse } from './fetcher.ts';

/*
 * Facts: how many messages one answer has at most; up to how many an answer was found to be whole; how many the longest had; what asking by
 * visitor brings.
 */
const capFact = ({ name }: OfChats): string => `${name}.cap`;
const wholeAtFact = ({ name }: OfChats): string => `${name}.whole_at`;
const longestFact = ({ name }: OfChats): string => `${name}.longest`;
const byVisitorFact = ({ name }: OfChats): string => `${name}.by_visitor`;

/** Whether messages that are asked for by visitor do not say of which chat they are, so that they are asked for by chat. */
export const readNeedsChat = async (database: Database, resource: OfChats): Promise<boolean> =>
  (await readFact(database, byVisitorFact(resource), FACT_DAYS)) !== undefined;

/**
 * Fetches the messages, or what else is asked for by chat, of a chat, or of all chats of a visitor. What an answer for a visitor leaves in
 * doubt is asked for by chat. Returns how many different records came.
 */
export const fetchMessages = async (planned: PlannedRequest, resource: OfChats, of: MessagesOf, context: FetchContext): Promise<number> =>
  (await fetchIds(planned, resource, of, context)).size;

async function fetchIds(planned: PlannedRequest, resource: OfChats, of: MessagesOf, context: FetchContext): Promise<ReadonlySet<unknown>> {
  const { database, runId, now, sightings } = context;
  const by = 'visitorId' in of ? 'visitor' : 'chat';
  const cap = numberOf(await readFact(database, capFact(resource), FACT_DAYS));
  const wholeAt = numberOf(await readFact(database, wholeAtFact(resource), FACT_DAYS)) ?? 0;
  const longest = numberOf(await readFact(database, longestFact(resource), FACT_DAYS)) ?? 0;
  const at = sourceNow(sightings, now());
  const id = 'visitorId' in of ? of.visitorId : of.chatId;
  const wanted = new Set(
    (planned.fallback ?? []).flatMap(({ messagesOf }) => (messagesOf && 'chatId' in messagesOf ? [messagesOf.chatId] : [])),
  );
  const sizes = sizesOf(sightings, resource, by);
  let verdict: MessagesVerdict | undefined;
  const settle = async (client: Client, received: Received, askedAt: Date) => {
    const asked = await readAskedChats(client, resource, of, countByChat(resource, received.stored));
    const strays = by === 'visitor' ? await countStrays(context, client, resource, received) : 0;
    const others = new Map([...sizes].filter(([other]) => other !== id));
    verdict = judgeMessages({ of: resource, by, received, chats: asked, at, cap, wholeAt, longest, sizes: [...others.values()], strays });
    const { byChat, doubts } = verdict;
    const planned = byChat.filter((chatId) => wanted.has(chatId));
    const size = countReceived(received);
    sizes.set(id, size);
    // Chats that were settled at the same size before it was seen twice are as much in doubt.
    if (by === 'chat' && verdict.maybeCut) await doubtAlike(client, runId, resource, others, size);
    const claims = asked.filter(({ chatId }) => !byChat.includes(chatId)).map(({ chatId }) => aboutChat(resource, chatId).claim);
    for (const kind of ['settled', 'late', 'empty'] as const) await markChatsFetched(client, resource, verdict[kind], kind, askedAt);
    await markChatsFetched(client, resource, planned, 'byChat', askedAt);
    await storeJudgement(client, runId, claims, doubts);
    if ('visitorId' in of && byChat.length === 0 && doubts.length === 0) await markVisitorFetched(client, resource, of.visitorId, askedAt);
  };
  const landed = await fetchWhole(planned, resource, of, settle, context).catch((error: unknown) => {
    if (error instanceof ApiError && error.failure === 'not_found' && planned.fallback) return undefined;
    throw error;
  });
  const isInDoubt = ({ messagesOf }: PlannedRequest) =>
    landed === undefined || (messagesOf !== undefined && 'chatId' in messagesOf && verdict?.byChat.includes(messagesOf.chatId));
  const ids = new Set<unknown>(landed?.brought.stored.map(({ id }) => id));
  const size = landed ? countReceived(landed.brought) : 0;
  const again = (planned.fallback ?? []).filter(isInDoubt);
  const fetchEach = async (some: readonly PlannedRequest[]) => {
    for (const one of some) if (one.messagesOf) for (const id of await fetchIds(one, resource, one.messagesOf, context)) ids.add(id);
  };
  // A cut takes the oldest or the newest: where it is all that is in doubt, the chats at both ends tell.
  const ends = landed && verdict?.isCutAtMost && again.length > 2 ? [...again.slice(0, 1), ...again.slice(-1)] : again;
  await fetchEach(ends);
  const rest = again.filter((one) => !ends.includes(one));
  if (landed && verdict?.isCutAtMost && 'visitorId' in of && ids.size === size) {
    const proved = verdict.byChat.filter((chatId) => !chatIdsOf(ends).includes(chatId));
    await database.transaction(async (client) => {
      await markChatsFetched(client, resource, proved, 'settled', landed.askedAt);
      await markVisitorFetched(client, resource, of.visitorId, landed.askedAt);
    });
  } else await fetchEach(rest);
  if (size > longest) await rememberFact(database, longestFact(resource), String(size), `${planned.redactedUrl} was answered with so many`);
  if (landed && again.length > 0)
    await learn(database, resource, planned.redactedUrl, { size, more: ids.size - size, wholeAt, ...verdict });
  return ids;
}

/** Asks for all there is of a claim, and settles it with the last of the answers; nothing where it comes in pages whose end is not known. */
async function fetchWhole(
  planned: PlannedRequest,
  resource: OfChats,
  of: MessagesOf,
  settle: Settle,
  context: FetchContext,
): Promise<Pick<CommittedResponse, 'brought' | 'askedAt'> | undefined> {
  if (!resource.pages) return context.fetch(planned, settle);
  const about: About =
    'chatId' in of
      ? aboutChat(resource, of.chatId)
      : { resource: resource.name, claim: planned.claimKey, subject: `visitor ${of.visitorId}` };
  const { brought, askedAt, doubts } = await fetchAllPages(planned, resource.pages, about, context);
  const isWhole = doubts.length === 0;
  await context.database.transaction(async (client) => {
    if (isWhole) await settle(client, brought, askedAt);
    // Chats that are left of a visitor are asked for by themselves.
    else if ('chatId' in of) await storeJudgement(client, context.runId, [about.claim], doubts);
  });
  return isWhole ? { brought, askedAt } : undefined;
}

/** How large the answers of this run were, by the number of the chat or visitor. */
function sizesOf({ sizes }: Sightings, { name }: OfChats, by: 'chat' | 'visitor'): Map<number, number> {
  const known = sizes.get(`${name} by ${by}`) ?? new Map<number, number>();
  sizes.set(`${name} by ${by}`, known);
  return known;
}

const chatIdsOf = (planned: readonly PlannedRequest[]): number[] =>
  planned.flatMap(({ messagesOf }) => (messagesOf && 'chatId' in messagesOf ? [messagesOf.chatId] : []));

/** Doubts the messages of chats whose answers were as long as one that may be cut. */
async function doubtAlike(
  client: Client,
  runId: number,
  resource: OfChats,
  others: ReadonlyMap<number, number>,
  size: number,
): Promise<void> {
  const alike = [...others].filter(([, other]) => other === size).map(([chatId]) => chatId);
  await unsettleChats(client, resource, alike);
  await storeJudgement(
    client,
    runId,
    alike.map((chatId) => aboutChat(resource, chatId).claim),
    alike.map((chatId) => doubt(aboutChat(resource, chatId), 'messages_cut', { received: size })),
  );
}

/** Remembers what asking again by chat has shown of an answer for a visitor. */
async function learn(
  database: Database,
  resource: OfChats,
  label: string,
  { size, more, wholeAt, maybeCut }: { size: number; more: number; wholeAt: number; maybeCut?: boolean },
): Promise<void> {
  if (more > 0 && maybeCut)
    await rememberFact(database, capFact(resource), String(size), `${label}: by chat came ${more} more than these ${size}`);
  if (more === 0 && size > wholeAt)
    await rememberFact(database, wholeAtFact(resource), String(size), `${label}: by chat came no more than these ${size}`);
}

function countByChat({ scope: { chat } }: OfChats, rows: readonly Row[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { [chat]: id } of rows) if (typeof id === 'number') counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/**
 * How many messages of an answer for a visitor are of no chat, or of one that should be known, as its days were read: then chats were mixed
 * up.
 */
async function countStrays({ database }: FetchContext, client: Client, resource: OfChats, received: Received): Promise<number> {
  const { of: chats, chat } = resource.scope;
  const homeless = received.stored.filter(({ [chat]: id }) => typeof id !== 'number');
  if (homeless.length > 0) {
    await rememberFact(
      database,
      byVisitorFact(resource),
      'without chat',
      `${homeless.length} ${resource.name} asked for by visitor do not say of which chat they are`,
    );
    return homeless.length;
  }
  const unknown = await readUnknownChats(client, [...countByChat(resource, received.stored).keys()]);
  if (unknown.size === 0) return 0;
  const covered = (await readCoverage(database, chats.name)).get('') ?? [];
  const isOfCovered = ({ create_dt: at }: Row) =>
    at instanceof Date && covered.some(({ from, until }) => at >= startOf(from) && at < startOf(until));
  return received.stored.filter((row) => unknown.has(Number(row[chat])) && isOfCovered(row)).length;
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
