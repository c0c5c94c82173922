import { resolve } from 'node:path';
import { catalogue } from '../analytics/catalogue.ts';
import { updateViews } from '../analytics/update-views.ts';
import type { Config } from '../config.ts';
import { eraseReturned } from '../erasure/erase.ts';
import { explain } from '../errors.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import { createDatabase, type Database, type DatabaseOptions } from '../warehouse/connection/database.ts';
import { hasSchemas, migrate, migrationsFolder } from '../warehouse/schema/migrate.ts';
import { applyReportingSettings, type ReportingSettings } from '../warehouse/schema/reporting-settings.ts';

/**
 * The database, and the line a person pastes to look at it, where it is the embedded one. `beside` opens it once more, for who has other
 * needs; its caller closes it.
 */
export type Warehouse = { database: Database; psql: string | undefined; beside(options: DatabaseOptions): Database };

/**
 * Opens the database of the settings, or starts the embedded one, which is started again whenever it is away: nobody else would. Waiting
 * for it is logged, and ended by `signal`.
 */
export async function openWarehouse(
  { DATABASE_URL, CHATRHUB_DATA_DIR }: Pick<Config, 'DATABASE_URL' | 'CHATRHUB_DATA_DIR'>,
  logger: Logger,
  signal?: AbortSignal,
  more: Pick<DatabaseOptions, 'max' | 'patience' | 'onSession'> = {},
): Promise<Warehouse> {
  const sayIsAway = sayAway(logger);
  const at = (url: string, psql: string | undefined, onAway: (error: unknown) => void): Warehouse => ({
    database: createDatabase(url, { signal, onAway, ...more }),
    psql,
    beside: (options) => createDatabase(url, options),
  });
  if (DATABASE_URL) return at(DATABASE_URL, undefined, sayIsAway);
  const { startEmbedded } = await import('../embedded/embedded-postgres.ts');
  const start = () => startEmbedded({ dataDir: resolve(CHATRHUB_DATA_DIR) });
  const { url, psql } = await start();
  const startAgain = startingAgain(start, url, logger);
  return at(url, psql, (error) => {
    sayIsAway(error);
    void startAgain();
  });
}

/** Starts the server of `url` again, once at a time; what keeps it from that is logged. */
function startingAgain(start: () => Promise<{ url: string }>, url: string, logger: Logger): () => Promise<void> {
  let isStarting = false;
  return async () => {
    if (isStarting) return;
    isStarting = true;
    try {
      const server = await start();
      if (server.url !== url) logEvent(logger, 'database_moved');
    } catch (error) {
      logEvent(logger, 'database_not_restarted', { reason: explain(error) });
    }
    isStarting = false;
  };
}

const SAY_EVERY_MS = 10_000;

/** Says that the database is away, and why, at once and every ten seconds. */
function sayAway(logger: Logger): (error: unknown) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    logEvent(logger, 'database_wait', { reason: explain(error) });
  };
}

/** What chatrhub_bi counts by, as the settings say. */
export const reportingOf = ({ REPORTING_TIMEZONE, BUSINESS_HOURS }: Config): ReportingSettings => ({
  timeZone: REPORTING_TIMEZONE,
  businessHours: BUSINESS_HOURS,
});

/**
 * Brings the schemas up to date, erases those again who had been erased and came back with a backup, and the views. With `reporting` these
 * count by it from now on; without it they keep what they count by. Returns the names of the migrations that were applied, and what is
 * counted otherwise now. What was done, and what could not be, is logged.
 */
export async function migrateWarehouse(
  database: Database,
  logger: Logger,
  reporting?: ReportingSettings,
): Promise<{ applied: string[]; changes: string[] }> {
  // What counted nothing yet does not change how it counts.
  const isNew = !(await hasSchemas(database.pool));
  const applied = await migrate(database, catalogue, migrationsFolder, (event, note) => logEvent(logger, event, { note }));
  if (applied.length > 0) logEvent(logger, 'schemas_migrated', { applied });
  await eraseReturned(database, logger);
  const changed = reporting ? await applyReportingSettings(database, reporting) : [];
  const changes = isNew ? [] : changed;
  for (const note of changes) logEvent(logger, 'reporting_changed', { note });
  await updateViews(database, logger);
  return { applied, changes };
}
