import { explain } from '../errors.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { catalogue } from './catalogue.ts';
import { type Refreshed, refreshStore } from './store/refresh-store.store.ts';

/**
 * Brings what is stored of the views up to date with the data, where something changed. That it cannot be is no failure of the data: it is
 * logged and returned, and tried again after the next run.
 */
export async function updateViews(
  database: Database,
  logger: Logger,
  signal?: AbortSignal,
): Promise<{ resource: string; error: string }[]> {
  const { done, failed, isRebuild } = await refreshStore(database, catalogue.views, signal, (note) =>
    logEvent(logger, 'lock_wait', { note }),
  ).catch((error: unknown): Refreshed => {
    return { done: [], failed: [{ view: 'chatrhub_bi', error: explain(error) }], isRebuild: false };
  });
  if (done.length > 0)
    logEvent(logger, 'views_refreshed', { is_rebuild: isRebuild, ms: Object.fromEntries(done.map(({ view, ms }) => [view, ms])) });
  for (const { view, error } of failed) logEvent(logger, 'views_outdated', { view, error });
  return failed.map(({ view, error }) => ({ resource: view, error: `not refreshed: ${error}` }));
}
