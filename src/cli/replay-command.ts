import type { Config } from '../config.ts';
import { logEvent } from '../events.ts';
import { replay } from '../history/replay.ts';
import type { Logger } from '../logger.ts';
import type { RunReport } from '../runs/run-report.ts';
import { migrateWarehouse, openWarehouse } from './open-warehouse.ts';
import { print, printJson } from './print.ts';
import { describeRun, privacyOf } from './run-command.ts';

/** `chatrhub-sync replay`: rebuilds the tables from the versions that are kept; makes no request, needs no key. */
export async function replayCommand(
  config: Config,
  logger: Logger,
  { only, json }: { only: readonly string[] | undefined; json: boolean },
  signal: AbortSignal,
): Promise<RunReport> {
  const { database, psql } = await openWarehouse(config, logger, signal);
  try {
    await migrateWarehouse(database, logger);
    const report = await replay({
      database,
      logger,
      signal,
      only,
      limits: config.CHATRHUB_RATE_LIMITS,
      rateScope: config.CHATRHUB_RATE_SCOPE,
      privacy: privacyOf(config),
    });
    if (json) printJson(report);
    else print(describeRun(report));
    if (psql) logEvent(logger, 'database_login', { psql });
    return report;
  } finally {
    await database.close();
  }
}
