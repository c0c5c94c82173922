import { explain } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { catalogue } from './catalogue.ts';
import { type Refreshed, refreshViews } from './refresh.store.ts';

/**
 * Brings the materialised views up to date with the data, where something changed. That they cannot be is no failure of the data: it is
 * logged and returned, and tried again after the next run.
 */
export async function updateViews(
  database: Database,
  logger: Logger,
  signal?: AbortSignal,
): Promise<{ resource: string; error: string }[]> {
  const { done, failed } = await refreshViews(database, catalogue.views, signal).catch((error: unknown): Refreshed => {
    return { done: [], failed: [{ view: 'chatrhub_bi', error: explain(error) }] };
  });
  if (done.length > 0) logger.info({ ms: Object.fromEntries(done.map(({ view, ms }) => [view, ms])) }, 'views refreshed');
  for (const { view, error } of failed)
    logger.error({ view, error }, 'the view could not be refreshed and shows the data as they were before; the data themselves are loaded');
  return failed.map(({ view, error }) => ({ resource: view, error: `not refreshed: ${error}` }));
}
