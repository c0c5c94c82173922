import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import { NO_LOSS } from '../evidence/doubt-summary.ts';
import type { Logger } from '../logger.ts';
import { readStatus, type Status } from '../operations/status.store.ts';
import { plainText } from '../plain-text.ts';
import { hasSchemas } from '../warehouse/schema/migrate.ts';
import { formatDoubts } from './doubt-lines.ts';
import { openWarehouse } from './open-warehouse.ts';
import { print, printJson } from './print.ts';
import { formatSeconds, formatTable } from './text-table.ts';

/** `chatrhub-sync status`: what the last runs did, how fresh each resource is, what is left and in doubt, how the budget stands. */
export async function statusCommand(config: Config, logger: Logger, { json }: { json: boolean }, signal: AbortSignal): Promise<void> {
  const { database, psql } = await openWarehouse(config, logger, signal);
  try {
    if (!(await hasSchemas(database.pool))) throw new UsageError('there is nothing in this database yet: run chatrhub-sync sync');
    const status = await readStatus(database, { limits: config.CHATRHUB_RATE_LIMITS, rateScope: config.CHATRHUB_RATE_SCOPE });
    if (json) printJson(status);
    else print(describeStatus(status, psql));
  } finally {
    await database.close();
  }
}

type Rows = Record<string, unknown>[];

const titled = (title: string, rows: Rows): string[] => [title, formatTable(rows)];
/** What is there only when something is wrong. */
const titledIfAny = (title: string, rows: Rows): string[] => (rows.length > 0 ? titled(title, rows) : []);

/** How the copy stands, for a person. */
export function describeStatus(status: Status, psql: string | undefined): string {
  const doubts = formatDoubts(status);
  return [
    ...titled('Last runs, in UTC', runRows(status)),
    ...status.runs.slice(0, 1).flatMap(({ error }) => (error ? [`  last error: ${plainText(error)}`] : [])),
    ...(status.runs.length > 0 && doubts.length === 0 ? [`  ${NO_LOSS}`] : []),
    ...titled('\nResources', resourceRows(status)),
    ...titled(`\nNewest records, in ${status.reporting_time_zone}`, newestRows(status)),
    ...(doubts.length > 0 ? ['\nIn doubt', ...doubts] : []),
    ...titled('\nBudget', budgetRows(status)),
    ...budgetNotes(status),
    ...titledIfAny('\nDays that are not whole (chatrhub-sync reconcile --repair looks for what is missing)', differenceRows(status)),
    ...titledIfAny('\nAttributes without a column (kept in chatrhub_raw)', undeclaredRows(status)),
    ...titledIfAny('\nAttributes that appeared, disappeared or changed their type (last 30 days)', driftRows(status)),
    ...titledIfAny('\nRejected (chatrhub_sync.rejected_records)', rejectedRows(status)),
    ...(psql ? [`\n${psql}`] : []),
  ].join('\n');
}

const runRows = ({ runs }: Status): Rows =>
  runs.map(({ run_id, command, status, started_at, requests, rows_inserted, rows_updated, rows_rejected }) => ({
    run: run_id,
    command,
    status,
    started: new Date(started_at),
    sent: requests,
    inserted: rows_inserted,
    updated: rows_updated,
    rejected: rows_rejected,
  }));

const resourceRows = ({ resources }: Status): Rows =>
  Object.entries(resources).map(([resource, { rows, freshness, freshness_seconds, backlog }]) => ({
    resource,
    rows,
    state: freshness,
    'last read': freshness_seconds === null ? 'never' : `${formatSeconds(freshness_seconds)} ago`,
    left: backlog,
  }));

const newestRows = ({ resources }: Status): Rows =>
  Object.entries(resources).map(([resource, { reaches_until_text }]) => ({ resource, 'newest record': reaches_until_text }));

const budgetRows = ({ budget }: Status): Rows =>
  budget.map(({ limit, window, used, free_at }) => ({
    window,
    limit,
    used,
    free: Math.max(0, limit - used),
    'free again': free_at ?? 'now',
  }));

const budgetNotes = ({ blocked_until, blocked_reason, foreign_use: { refused, last_refused_at } }: Status): string[] => [
  ...(blocked_until ? [`  paused until ${blocked_until}: ${blocked_reason}`] : []),
  ...(refused > 0 ? [`  refused in the last day: ${refused}, the last at ${last_refused_at}: somebody else uses the key`] : []),
];

const differenceRows = ({ differences }: Status): Rows =>
  differences.map(({ source_total, warehouse_total, ...days }) => ({ ...days, 'at the source': source_total, here: warehouse_total }));

const undeclaredRows = ({ undeclared }: Status): Rows =>
  Object.entries(undeclared).flatMap(([resource, counts]) =>
    Object.entries(counts).map(([attribute, records]) => ({ resource, attribute, records })),
  );

const driftRows = ({ drift }: Status): Rows =>
  drift.map(({ resource, via, attribute, change, was, became, share, seen_at }) => ({
    seen: new Date(seen_at),
    resource: via === resource ? resource : `${resource} in ${via}`,
    attribute,
    change,
    was: was ?? '',
    became: became ?? '',
    share: `${Math.round(100 * share)}%`,
  }));

const rejectedRows = ({ rejected }: Status): Rows =>
  rejected.map(({ resource, attribute, reason, count }) => ({ resource, attribute: attribute ?? 'whole record', reason, count }));
