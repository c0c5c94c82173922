import type { OfChats } from '../../evidence/chat-fetches.store.ts';
import type { OtherLook } from '../../evidence/judge/judge-messages.ts';
import { countReceived, moreAnnounced, type Received } from '../../evidence/received.ts';
import { ApiError } from '../../source/api-error.ts';
import { type PlannedRequest, planOtherwise } from '../../source/request-plan.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import type { FetchContext } from './fetch-context.ts';
import { rememberSize } from './message-facts.ts';

/**
 * Asks for a chat in the way that leaves some messages out, and concludes from it. One that the first look lacks proves that this was cut.
 * Fewer, all of them known, prove that it was not: others would have taken the places of those left out. A source that does not know this
 * way tells nothing.
 */
export async function lookAgain(
  planned: PlannedRequest,
  resource: OfChats,
  first: Received,
  context: FetchContext,
  conclude: (client: Client, look: OtherLook) => Promise<void>,
): Promise<void> {
  const { database } = context;
  const other = planOtherwise(planned, resource.scope.fewer ?? {});
  const size = countReceived(first);
  let look = 'same' as OtherLook;
  const settle = async (client: Client, received: Received) => {
    look = compareLooks(first, received);
    await conclude(client, look);
  };
  await context.fetch(other, settle).catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.isRetryable || error.isOfAll) throw error;
    await database.transaction((client) => conclude(client, look));
  });
  if (look === 'more')
    await rememberSize(database, resource, 'chat', 'cap', size, `${other.redactedUrl} brought others than these ${size}`);
  if (look === 'fewer')
    await rememberSize(database, resource, 'chat', 'wholeAt', size, `${other.redactedUrl} brought no others than these ${size}`);
}

function compareLooks(first: Received, second: Received): OtherLook {
  const known = new Set(first.stored.map(({ id }) => id));
  if (second.stored.some(({ id }) => !known.has(id))) return 'more';
  const isUsable = second.hints.failed === undefined && !moreAnnounced(second);
  return isUsable && countReceived(second) < countReceived(first) ? 'fewer' : 'same';
}
