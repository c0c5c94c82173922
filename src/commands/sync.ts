import type { Config } from '../config.ts';
import type { Privacy } from '../core/privacy.ts';
import type { Logger } from '../logger.ts';
import type { RunReport } from '../sync/report.ts';
import { sync } from '../sync/sync.ts';
import { connectSource } from './source.ts';
import { formatSeconds, formatTable } from './table.ts';
import { migrateWarehouse, openWarehouse } from './warehouse.ts';

export type SyncFlags = { only: readonly string[] | undefined; maxDuration: number | undefined; json: boolean };

/** `chatrhub-sync sync`: brings the schemas up to date and makes one incremental run. */
export async function syncCommand(
  config: Config,
  logger: Logger,
  { only, maxDuration, json }: SyncFlags,
  signal: AbortSignal,
): Promise<RunReport> {
  const { database, psql } = await openWarehouse(config);
  try {
    const applied = await migrateWarehouse(database);
    if (applied.length > 0) logger.info({ applied }, 'schemas brought up to date');
    const limits = config.CHATRHUB_RATE_LIMITS;
    const client = connectSource(database, logger, {
      baseUrl: config.CHATRHUB_API_URL,
      apiKey: config.apiKey ?? '',
      limits,
      rateScope: config.CHATRHUB_RATE_SCOPE,
      timeoutMs: config.CHATRHUB_REQUEST_TIMEOUT,
    });
    const report = await sync({
      database,
      client,
      logger,
      now: () => new Date(),
      signal,
      only,
      maxDurationMs: maxDuration ?? config.SYNC_MAX_DURATION,
      startDate: config.SYNC_START_DATE,
      lookbackDays: config.SYNC_LOOKBACK_DAYS,
      limits,
      rateScope: config.CHATRHUB_RATE_SCOPE,
      privacy: privacyOf(config),
    });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${describeRun(report)}\n`);
    if (psql) logger.info(`look at it with: ${psql}`);
    return report;
  } finally {
    await database.close();
  }
}

function privacyOf({ PII_MODE: mode, PII_HASH_KEY: key = '' }: Config): Privacy {
  return mode === 'hash' ? { mode, key } : { mode };
}

/** A finished run, for a person. */
export function describeRun({ run_id, status, started_at, finished_at, requests, resources, backlog, budget, errors }: RunReport): string {
  const seconds = (Date.parse(finished_at ?? started_at) - Date.parse(started_at)) / 1_000;
  return [
    `run ${run_id}: ${status} after ${formatSeconds(seconds)} and ${requests} requests`,
    formatTable(Object.entries(resources).map(([resource, outcome]) => ({ resource, ...outcome, left: backlog[resource] ?? 0 }))),
    ...budget.map(
      ({ limit, window, used, free_at }) => `  budget: ${used} of ${limit}/${window} used${free_at ? `, free again at ${free_at}` : ''}`,
    ),
    ...errors.map(({ resource, error }) => `  ${resource} failed: ${error}`),
  ].join('\n');
}
