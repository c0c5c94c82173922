import { markChatsFetched, type OfChats } from '../../evidence/chat-fetches.store.ts';
import { aboutChat } from '../../evidence/claims.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import type { About } from '../../evidence/doubts.ts';
import type { MessagesVerdict, OtherLook } from '../../evidence/judge/judge-messages.ts';
import { countReceived, type Received } from '../../evidence/received.ts';
import { sourceNow } from '../../evidence/sightings.ts';
import { forgetSilent, markVisitorFetched } from '../../evidence/visitor-fetches.store.ts';
import { ApiError } from '../../source/api-error.ts';
import type { MessagesOf, PlannedRequest } from '../../source/request-plan.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import type { Settle } from '../commit-response.ts';
import type { FetchContext } from './fetch-context.ts';
import { fetchAllPages } from './fetch-pages.ts';
import type { CommittedResponse } from './fetcher.ts';
import { lookAgain } from './look-again.ts';
import {
  readLeavesOut,
  readMessageFacts,
  readNeedsChat,
  rememberAnswered,
  rememberLeavesOut,
  rememberRefused,
  rememberSize,
} from './message-facts.ts';
import { settleMessages } from './settle-messages.ts';

/**
 * Fetches the messages, or what else is asked for by chat, of a chat, or of all chats of a visitor. What an answer for a visitor leaves in
 * doubt is asked for by chat. Returns how many different records came.
 */
export const fetchMessages = async (planned: PlannedRequest, resource: OfChats, of: MessagesOf, context: FetchContext): Promise<number> =>
  (await fetchIds(planned, resource, of, context)).size;

async function fetchIds(planned: PlannedRequest, resource: OfChats, of: MessagesOf, context: FetchContext): Promise<ReadonlySet<unknown>> {
  const { database, runId, now, sightings } = context;
  const way = 'chatId' in of ? 'chat' : 'visitor';
  const facts = await readMessageFacts(database, resource, way);
  const leavesOut = await readLeavesOut(database, resource);
  const wanted = new Set(chatIdsOf(planned.fallback ?? []));
  const at = sourceNow(sightings, now());
  let verdict: MessagesVerdict | undefined;
  const conclude = async (client: Client, received: Received, askedAt: Date, otherLook: OtherLook) => {
    verdict = await settleMessages(client, { resource, of, received, askedAt, at, facts, leavesOut, wanted, otherLook }, context);
  };
  const canLookAgain = way === 'chat' && resource.scope.fewer !== undefined && !resource.pages;
  const settle: Settle = (client, received, askedAt) => conclude(client, received, askedAt, canLookAgain ? 'due' : 'impossible');
  let refusal: ApiError | undefined;
  const isByChat = planned.fallback !== undefined && (await readNeedsChat(database, resource));
  const landed = isByChat
    ? undefined
    : await fetchWhole(planned, resource, of, settle, context).catch((error: unknown) => {
        if (!planned.fallback || !mayKnowChats(error)) throw error;
        refusal = error;
        return undefined;
      });
  if (landed && way === 'visitor') await rememberAnswered(database, resource, planned.redactedUrl);
  if (landed && verdict?.otherWay.length)
    await lookAgain(planned, resource, landed.brought, context, (client, look) => conclude(client, landed.brought, landed.askedAt, look));
  const isInDoubt = ({ messagesOf }: PlannedRequest) =>
    landed === undefined || (messagesOf !== undefined && 'chatId' in messagesOf && verdict?.byChat.includes(messagesOf.chatId));
  const ids = new Set<unknown>(landed?.brought.stored.map(({ id }) => id));
  const size = landed ? countReceived(landed.brought) : 0;
  const again = (planned.fallback ?? [])
    .filter(isInDoubt)
    .map((one, i) => (refusal?.isRetryable && i === 0 ? { ...one, attempts: 1 } : one));
  const fetchEach = async (some: readonly PlannedRequest[]) => {
    for (const one of some) if (one.messagesOf) for (const id of await fetchIds(one, resource, one.messagesOf, context)) ids.add(id);
  };
  // Where a cut is all that is in doubt, the chats that it would have taken messages from tell.
  const telling = again.filter((one) => chatIdsOf([one]).some((chatId) => verdict?.ends.includes(chatId)));
  await fetchEach(telling);
  if (landed && 'visitorId' in of && telling.length > 0 && ids.size === size) {
    const proved = verdict?.byChat.filter((chatId) => !chatIdsOf(telling).includes(chatId)) ?? [];
    await database.transaction(async (client) => {
      await markChatsFetched(client, resource, proved, 'settled', landed.askedAt);
      await markVisitorFetched(client, resource, of.visitorId, landed.askedAt);
    });
  } else await fetchEach(again.filter((one) => !telling.includes(one)));
  const { redactedUrl } = planned;
  if (refusal && refusal.failure !== 'not_found') await rememberRefused(database, resource, `${refusal.message}; its chats were answered`);
  if (size > facts.longest) await rememberSize(database, resource, way, 'longest', size, `${redactedUrl} was answered with so many`);
  if (landed && again.length > 0) {
    const more = ids.size - size;
    if (more > 0 && !verdict?.maybeCut && (await rememberLeavesOut(database, resource, `${redactedUrl}: by chat came ${more} more`))) {
      sightings.leavesOut.add(resource);
      await forgetSilent(database, resource, runId);
    }
    if (more > 0 && verdict?.maybeCut)
      await rememberSize(database, resource, way, 'cap', size, `${redactedUrl}: by chat came ${more} more than these ${size}`);
    if (more === 0 && size > facts.wholeAt)
      await rememberSize(database, resource, way, 'wholeAt', size, `${redactedUrl}: by chat came no more than these ${size}`);
  }
  return ids;
}

/** Statuses besides 500 and more by which a source may refuse to be asked by visitor; a 404 says that it does not know that one. */
const REFUSED: readonly (number | undefined)[] = [400, 403, 404, 405, 422];

/** Whether a source that answers so to a visitor may answer for the chats. */
const mayKnowChats = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.retryAfterMs === undefined && (REFUSED.includes(error.status) || (error.status ?? 0) >= 500);

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

const chatIdsOf = (planned: readonly PlannedRequest[]): number[] =>
  planned.flatMap(({ messagesOf }) => (messagesOf && 'chatId' in messagesOf ? [messagesOf.chatId] : []));
