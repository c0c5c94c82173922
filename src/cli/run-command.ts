import type { Config } from '../config.ts';
import { logEvent } from '../events.ts';
import { countDoubts } from '../evidence/doubt-summary.ts';
import type { Logger } from '../logger.ts';
import { createFetch } from '../network/fetch-through.ts';
import type { Expectation } from '../operations/freshness.ts';
import { type AlertOptions, LAST_MS, sendAlerts } from '../operations/send-alerts.ts';
import { plainText } from '../plain-text.ts';
import type { Privacy } from '../records/pseudonyms.ts';
import { createProgress, type Progress } from '../runs/progress.ts';
import type { RunOptions } from '../runs/run-options.ts';
import type { RunReport } from '../runs/run-report.ts';
import { parseTimetable } from '../schedule/timetable.ts';
import type { Database } from '../warehouse/connection/database.ts';
import type { ReportingSettings } from '../warehouse/schema/reporting-settings.ts';
import { connectSource, type SourceOptions } from './connect-source.ts';
import { formatDoubts } from './doubt-lines.ts';
import { migrateWarehouse, openWarehouse } from './open-warehouse.ts';
import { print, printJson } from './print.ts';
import { startBar } from './progress-bar.ts';
import { formatSeconds, formatTable } from './text-table.ts';

/** `hasBar`: whether the terminal has room for a bar; a line a minute tells how far a run is elsewhere. */
export type RunFlags = { only: readonly string[] | undefined; maxDuration: number | undefined; json: boolean; hasBar?: boolean };

/** How the source is reached, as the settings say. */
export const sourceOptions = (config: Config): SourceOptions => ({
  baseUrl: config.CHATRHUB_API_URL,
  apiKey: config.apiKey ?? '',
  limits: config.CHATRHUB_RATE_LIMITS,
  rateScope: config.CHATRHUB_RATE_SCOPE,
  reserve: config.BACKFILL_RESERVE,
  timeoutMs: config.CHATRHUB_REQUEST_TIMEOUT,
  fetch: createFetch(config),
});

/** What any run needs, as the settings say. */
export function runOptions(
  config: Config,
  { database, logger, signal, progress }: { database: Database; logger: Logger; signal: AbortSignal; progress: Progress },
): Omit<RunOptions, 'only' | 'maxDurationMs'> {
  const client = connectSource(database, logger, sourceOptions(config), progress);
  return {
    database,
    client,
    logger,
    now: () => new Date(),
    signal,
    limits: config.CHATRHUB_RATE_LIMITS,
    rateScope: config.CHATRHUB_RATE_SCOPE,
    reserve: config.BACKFILL_RESERVE,
    privacy: privacyOf(config),
    progress,
  };
}

/** The receiver of alerts, as the settings say. */
export const alertOptions = (config: Config, database: Database, logger: Logger): AlertOptions => ({
  database,
  logger,
  url: config.ALERT_WEBHOOK_URL,
  fetch: createFetch(config),
});

/** When syncs are due, as the settings say. */
export const expectationOf = ({ SYNC_CRON, SYNC_TIMEZONE, SYNC_MAX_DURATION }: Config): Expectation => ({
  timetable: parseTimetable(SYNC_CRON, SYNC_TIMEZONE),
  maxDurationMs: SYNC_MAX_DURATION,
});

/**
 * Runs a command that copies: brings the schemas up to date, shows how far it is (a bar on a terminal, a line a minute elsewhere), and
 * prints its outcome. `again` is the command line that continues where it stopped; `reporting`: what chatrhub_bi counts by from now on.
 */
export async function runCommand<R extends RunReport>(
  config: Config,
  logger: Logger,
  { only, maxDuration, json, hasBar }: RunFlags,
  {
    again,
    signal,
    reporting,
    run,
    describe = describeRun,
  }: {
    again: string;
    signal: AbortSignal;
    reporting?: ReportingSettings;
    run: (options: RunOptions) => Promise<R>;
    describe?: (report: R) => string;
  },
): Promise<R> {
  const { database, psql } = await openWarehouse(config, logger, signal);
  const progress = createProgress();
  const bar = hasBar ? startBar('starting') : undefined;
  try {
    await migrateWarehouse(database, logger, reporting);
    const report = await run({
      ...runOptions(config, { database, logger, signal, progress }),
      only,
      maxDurationMs: maxDuration,
      ...(bar ? { watch: { everyMs: 1_000, show: bar.show } } : {}),
    });
    bar?.end();
    await sendAlerts({ ...alertOptions(config, database, logger), ...(signal.aborted ? { timeoutMs: LAST_MS } : {}) });
    const isOver = !Object.values(report.backlog).some((left) => left > 0) && report.status !== 'interrupted';
    const resume = isOver ? undefined : `chatrhub-sync ${again}`;
    if (json) printJson(report);
    else print([describe(report), ...(resume ? [`What was fetched is committed. To continue: ${resume}`] : [])].join('\n'));
    if (json && resume) logEvent(logger, 'run_resumable', { resume });
    if (psql) logEvent(logger, 'database_login', { psql });
    return report;
  } finally {
    bar?.end();
    await database.close();
  }
}

/** What is hidden of personal data, as the settings say. */
export function privacyOf({ PII_MODE: mode, PII_HASH_KEY: key = '' }: Config): Privacy {
  return mode === 'hash' ? { mode, key } : { mode };
}

/** A finished run, for a person. */
export function describeRun(report: RunReport): string {
  const { run_id, status, started_at, finished_at, requests, resources, backlog, budget, doubts, errors } = report;
  const seconds = (Date.parse(finished_at ?? started_at) - Date.parse(started_at)) / 1_000;
  return [
    `run ${run_id}: ${status} after ${formatSeconds(seconds)} and ${requests} requests`,
    formatTable(Object.entries(resources).map(([resource, outcome]) => ({ resource, ...outcome, left: backlog[resource] ?? 0 }))),
    ...budget.map(
      ({ limit, window, used, free_at }) => `  budget: ${used} of ${limit}/${window} used${free_at ? `, free again at ${free_at}` : ''}`,
    ),
    ...formatDoubts({ doubts, doubt_counts: countDoubts(doubts) }),
    ...errors.map(({ resource, error }) => `  ${resource} failed: ${plainText(error)}`),
  ].join('\n');
}
