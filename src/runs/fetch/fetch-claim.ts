import { isOfChats } from '../../evidence/chat-fetches.store.ts';
import { isReported } from '../../evidence/totals.store.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { FetchContext } from './fetch-context.ts';
import { fetchList } from './fetch-list.ts';
import { fetchMessages } from './fetch-messages.ts';
import { fetchPages } from './fetch-pages.ts';
import { fetchSpan } from './fetch-span.ts';
import { fetchWindow } from './fetch-window.ts';

/**
 * Fetches what a planned request claims, in as many requests as that takes, and settles it: by pages, by days that a report or a grid
 * proves, by chat, or as a list. Returns how many records came.
 */
export function fetchClaim(planned: PlannedRequest, context: FetchContext): Promise<number> {
  const { resource } = planned;
  if (planned.messagesOf && isOfChats(resource)) return fetchMessages(planned, resource, planned.messagesOf, context);
  if (resource.pages) return fetchPages(planned, resource.pages, context);
  if (isReported(resource)) return fetchWindow(planned, resource, context);
  if (planned.days) return fetchSpan(planned, context);
  return fetchList(planned, context);
}
