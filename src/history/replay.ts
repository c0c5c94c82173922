import { updateViews } from '../analytics/update-views.ts';
import type { RateScope } from '../budget/ledger.store.ts';
import type { Limit } from '../budget/limits.ts';
import { holdErasures } from '../erasure/erasures.store.ts';
import { explain } from '../errors.ts';
import { logEvent } from '../events.ts';
import { readClientId } from '../evidence/account.store.ts';
import { isOfChats, restoreFetchedAt } from '../evidence/chat-fetches.store.ts';
import type { Logger } from '../logger.ts';
import type { Answer } from '../records/answer.ts';
import { parseAnswer } from '../records/parse-answer.ts';
import type { Privacy } from '../records/pseudonyms.ts';
import type { Resource, Row } from '../records/resource.ts';
import { keyOf } from '../records/row.ts';
import { resources } from '../resources/index.ts';
import { type RunReport, reportRun } from '../runs/run-report.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { noOutcome, type Outcome, reloadRows } from '../warehouse/load/load.ts';
import { readHistories, readLatest, type Version } from '../warehouse/load/versions.ts';
import { keepRejected } from '../warehouse/rejected-records.ts';
import { addToRun, finishRun, openRun, type RunStatus } from '../warehouse/run-log.ts';
import { pseudonymiseRest, pseudonymiseVersions } from './protect-versions.ts';

export type ReplayOptions = {
  database: Database;
  logger: Logger;
  /** Stops it between two batches, which are committed each. */
  signal: AbortSignal;
  /** Names of resources; all when undefined. */
  only: readonly string[] | undefined;
  limits: readonly Limit[];
  rateScope: RateScope;
  /** What is hidden of what is stored; it stays as it is when that is not said. */
  privacy?: Privacy;
};

const BATCH = 20_000;
const SAY_EVERY_MS = 60_000;

/**
 * Rebuilds the tables from the latest version of each record, parents first, after all versions were hidden as PII_MODE says; no request
 * is made. Rows that are as their versions say are
 * not written, and none is removed. A sync may run beside it.
 */
export async function replay({
  database,
  logger,
  signal,
  only,
  limits,
  rateScope,
  privacy = { mode: 'keep' },
}: ReplayOptions): Promise<RunReport> {
  const { run, release } = await openRun(database, 'replay', { onlyResources: only ? [...only] : null });
  try {
    logEvent(logger, 'run_started', { command: 'replay', run_id: run.runId });
    const chosen = resources.filter(({ name }) => only?.includes(name) ?? true);
    const outcomes = new Map<string, Outcome>();
    const errors: { resource: string; error: string }[] = [];
    for (const resource of chosen) {
      if (resource.keepsVersions === false) {
        logEvent(logger, 'resource_not_replayed', { resource: resource.name });
        continue;
      }
      if (signal.aborted) break;
      const outcome = noOutcome();
      outcomes.set(resource.name, outcome);
      try {
        const hidden = await pseudonymiseVersions(database, resource, privacy, signal);
        if (hidden > 0) logEvent(logger, 'versions_hidden', { resource: resource.name, versions: hidden, pii_mode: privacy.mode });
        await replayResource(database, resource, { runId: run.runId, outcome, logger, signal });
      } catch (error) {
        errors.push({ resource: resource.name, error: explain(error) });
        logEvent(logger, 'replay_failed', { resource: resource.name, err: error });
      }
      logEvent(logger, 'resource_done', { resource: resource.name, ...outcome });
    }
    if (!signal.aborted) await pseudonymiseRest(database, chosen, privacy);
    const status = statusOf(signal, errors.length, outcomes.size);
    const ended = await finishRun(database, run.runId, status, errors[0]?.error ?? null, {
      errors,
      details: { resources: Object.fromEntries(outcomes) },
    });
    logEvent(logger, 'run_ended', {
      command: 'replay',
      run_id: run.runId,
      status,
      inserted: ended.rowsInserted,
      updated: ended.rowsUpdated,
    });
    errors.push(...(await updateViews(database, logger, signal)));
    return await reportRun(database, ended, { outcomes, backlog: {}, errors, limits, rateScope });
  } finally {
    await release();
  }
}

function statusOf({ aborted }: AbortSignal, failed: number, tried: number): RunStatus {
  if (aborted) return 'interrupted';
  if (failed === 0) return 'complete';
  return failed < tried ? 'partial' : 'failed';
}

type Replaying = { runId: number; outcome: Outcome; logger: Logger; signal: AbortSignal };

async function replayResource(database: Database, resource: Resource, { runId, outcome, logger, signal }: Replaying): Promise<void> {
  let clientId = await readClientId(database);
  let after = '';
  let saidAt = performance.now();
  while (!signal.aborted) {
    const done = await database.transaction(async (client) => {
      // One state of versions and rows: what a sync commits meanwhile is not undone, and what it is writing makes this batch begin again.
      await client.query('set transaction isolation level repeatable read');
      // An erasure waits for this batch, or this batch sees versions that were erased.
      await holdErasures(client);
      const versions = await readLatest(client, resource, after, BATCH);
      const answer = parseVersions(versions, resource, clientId);
      const rejects = answer.rejects.filter(({ attribute }) => attribute === null);
      const batch = await reloadRows(client, resource, await toRows(client, resource, versions, answer), rejects.length);
      await addToRun(client, runId, batch);
      await keepRejected(client, runId, rejects);
      return { batch, last: versions.at(-1)?.recordKey, isLast: versions.length < BATCH, clientId: answer.clientId };
    });
    for (const key of Object.keys(outcome) as (keyof Outcome)[]) outcome[key] += done.batch[key];
    if (done.isLast || done.last === undefined) break;
    after = done.last;
    clientId = done.clientId;
    if (performance.now() - saidAt < SAY_EVERY_MS) continue;
    saidAt = performance.now();
    logEvent(logger, 'run_progress', { resource: resource.name, rows: outcome.fetched });
  }
  for (const child of resources.filter(isOfChats)) if (child.scope.of === resource) await restoreFetchedAt(database, child);
}

const parseVersions = (versions: readonly Version[], resource: Resource, clientId: number | undefined): Answer =>
  parseAnswer(
    versions.map(({ attributes }) => ({ type: resource.type, attributes })),
    resource,
    { clientId, isStored: true },
  );

/** The rows of versions, with the moment each was asked for. A value that does not fit never replaced the one before: that is sought. */
async function toRows(
  client: Client,
  resource: Resource,
  versions: readonly Version[],
  { batches, rejects, clientId }: Answer,
): Promise<Row[]> {
  const rows = batches.at(-1)?.rows ?? [];
  const moments = new Map(versions.map(({ recordKey, firstSeenAt }) => [recordKey, firstSeenAt]));
  const gaps = new Set(rejects.flatMap(({ attribute, recordKey }) => (attribute !== null && recordKey !== null ? [recordKey] : [])));
  const earlier = new Map<string, Row>();
  if (gaps.size > 0) {
    for (const version of await readHistories(client, resource, [...gaps])) {
      const [row] = parseVersions([version], resource, clientId).batches.at(-1)?.rows ?? [];
      earlier.set(version.recordKey, { ...earlier.get(version.recordKey), ...row });
    }
  }
  for (const row of rows) {
    const key = keyOf(row, resource);
    Object.assign(row, earlier.get(key), { askedAt: moments.get(key) });
  }
  return rows;
}
