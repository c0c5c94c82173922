import type { ApiClient } from '../api/client.ts';
import type { Limit } from '../core/budget.ts';
import { ASKING_ORDER, type Planned } from '../core/plan.ts';
import type { Privacy } from '../core/privacy.ts';
import type { Resource } from '../core/resource.ts';
import { readClientId } from '../db/agents.ts';
import type { Database } from '../db/database.ts';
import { pruneRequests, type RateScope } from '../db/ledger.ts';
import { takeLock } from '../db/lock.ts';
import { finishRun, type RunStatus, startRun } from '../db/runs.ts';
import { explain, LockedError, StoppedError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { resources } from '../resources/index.ts';
import { createAsker } from './asker.ts';
import { askList, readListState } from './lists.ts';
import { type RunReport, reportRun } from './report.ts';
import { askAll, SourceDownError } from './round.ts';
import { planStage } from './stage.ts';

export type SyncOptions = {
  database: Database;
  client: ApiClient;
  logger: Logger;
  now: () => Date;
  /** Stops the run: no new request, what is under way is committed. */
  signal: AbortSignal;
  /** Names of resources; all when undefined. */
  only: readonly string[] | undefined;
  maxDurationMs: number;
  startDate: string | undefined;
  lookbackDays: number;
  limits: readonly Limit[];
  rateScope: RateScope;
  privacy: Privacy;
  /** How often a line tells how far the run is. */
  progressEveryMs?: number;
};

/** Requests under way at once; the budget is what limits, this only hides their latency. */
const CONCURRENCY = 4;

/** One incremental run over all resources. Throws `LockedError` when another sync is running; every other end is in the report. */
export async function sync(options: SyncOptions): Promise<RunReport> {
  const { database, client, logger, now, signal, only, maxDurationMs, limits, progressEveryMs = 60_000 } = options;
  const lock = await takeLock(database, 'sync');
  if (!lock) throw new LockedError('another sync is running on this database; wait for it, or stop it');
  const progress = { resource: '', left: 0 };
  const ticker = setInterval(() => logger.info(progress, 'under way'), progressEveryMs);
  try {
    const { runId } = await startRun(database, 'sync');
    logger.info({ run_id: runId }, 'sync started');
    const patience = { signal, until: performance.now() + maxDurationMs };
    const asker = createAsker({
      client,
      database,
      runId,
      lane: 'sync',
      patience,
      now,
      clientId: await readClientId(database),
      privacy: options.privacy,
    });
    const chosen = ASKING_ORDER.filter((name) => only?.includes(name) ?? true).map((name) =>
      resources.find((r) => r.name === name),
    ) as Resource[];
    const errors: { resource: string; error: string }[] = [];
    const backlog: Record<string, number> = Object.fromEntries(chosen.map(({ name }) => [name, 0]));
    const lists = await readListState(database);
    const health = { silent: 0 };
    const askOne = async (planned: Planned): Promise<void> => {
      const { pages } = planned.resource;
      if (!pages) return void (await asker.ask(planned));
      const news = await askList(planned, pages.parameter, asker, lists, database);
      if (news) logger.info({ parameter: pages.parameter, means: news }, 'found out how the API continues its lists');
    };
    let end: unknown;
    for (const resource of chosen) {
      const planned = await planStage(resource, { ...options, now: now() });
      if (end !== undefined) {
        backlog[resource.name] = planned.length;
        continue;
      }
      // Pages follow one another, and lists of one resource too: what moves from the first to the second is met in both.
      progress.resource = resource.name;
      const onLeft = (left: number) => {
        progress.left = left;
      };
      const round = await askAll(planned, askOne, { concurrency: resource.pages ? 1 : CONCURRENCY, health, onLeft });
      backlog[resource.name] = round.left;
      end = round.end;
      errors.push(...round.failures.map((error) => ({ resource: resource.name, error: explain(error) })));
      for (const error of round.failures) logger.error({ resource: resource.name, err: error }, 'request failed');
      logger.info({ resource: resource.name, done: planned.length - round.left, ...asker.outcomes.get(resource.name) }, 'resource done');
    }
    if (end !== undefined && !(end instanceof StoppedError)) errors.push({ resource: 'all', error: explain(end) });
    const status = statusOf({ end, errors, backlog, hasRows: asker.outcomes.size > 0 });
    const run = await finishRun(database, runId, status, errors[0]?.error ?? null, {
      errors,
      backlog,
      resources: Object.fromEntries(asker.outcomes),
    });
    logger.info(
      { run_id: runId, status, requests: run.requests, inserted: run.rowsInserted, updated: run.rowsUpdated, backlog },
      'sync ended',
    );
    await pruneRequests(database, limits);
    return await reportRun(database, run, { outcomes: asker.outcomes, backlog, errors, ...options });
  } finally {
    clearInterval(ticker);
    await lock.release();
  }
}

function statusOf({ end, errors, backlog, hasRows }: Parts): RunStatus {
  if (end instanceof StoppedError && end.reason === 'signal') return 'interrupted';
  const isWhole = end === undefined || end instanceof StoppedError || end instanceof SourceDownError;
  if (!isWhole || (errors.length > 0 && !hasRows)) return 'failed';
  if (errors.length > 0) return 'partial';
  return Object.values(backlog).some((left) => left > 0) ? 'incomplete' : 'complete';
}

type Parts = { end: unknown; errors: readonly object[]; backlog: Record<string, number>; hasRows: boolean };
