import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Lane, Limit } from '../core/budget.ts';
import type { Planned } from '../core/plan.ts';
import type { Privacy } from '../core/privacy.ts';
import type { Resource } from '../core/resource.ts';
import { readClientId } from '../db/agents.ts';
import { type Database, readSnapshot } from '../db/database.ts';
import { pruneRequests, type RateScope } from '../db/ledger.ts';
import { noOutcome } from '../db/load.ts';
import { finishRun, type LiveRun, noteProgress, type RunStatus, readCounts, wasEmptyBefore } from '../db/runs.ts';
import { troubleOf } from '../db/trouble.ts';
import { explain, StoppedError, TakenError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { findUnaccounted } from './accounting.ts';
import { createAsker, type Landed } from './asker.ts';
import { watchAttributes } from './attributes.ts';
import { askList, type ListState, readListState } from './lists.ts';
import { readOutlook } from './outlook.ts';
import { createProgress, describeProgress, type Progress, type ProgressView, watchProgress } from './progress.ts';
import { type RunReport, reportRun } from './report.ts';
import { askAll, SourceDownError } from './round.ts';
import { updateViews } from './views.ts';
import { askWhole, describeDifference } from './whole.ts';
import { type Asked, chosenResources, countFailed, type Work } from './work.ts';

/** What any run needs. */
export type RunOptions = {
  database: Database;
  client: ApiClient;
  logger: Logger;
  now: () => Date;
  /** Stops the run: no new request, what is under way is committed. */
  signal: AbortSignal;
  /** Names of resources; all when undefined. */
  only: readonly string[] | undefined;
  /** The run stops cleanly when it is used up; it has no end of its own when undefined. */
  maxDurationMs: number | undefined;
  limits: readonly Limit[];
  rateScope: RateScope;
  privacy: Privacy;
  /** The share of the longest window that backfills leave, 0 to 1. */
  reserve: number;
  /** Where it says how far it is. */
  progress?: Progress;
  /** Who is told how far it is, and how often; a line of the log each minute otherwise. */
  watch?: { everyMs: number; show(view: ProgressView): void };
};

/** Requests under way at once; the budget is what limits, this only hides their latency. */
const CONCURRENCY = 4;
/** How often a run notes in the database how far it is. */
const NOTE_EVERY_MS = 5_000;
/** How long to leave work to another run before looking whether it is done. */
const TAKEN_PAUSE_MS = 1_000;

/** Does the work, resource by resource, and ends the run with what became of it. */
export async function doWork({ run }: LiveRun, lane: Lane, work: Work, options: RunOptions): Promise<RunReport> {
  const { database, client, logger, now, signal, only, maxDurationMs, limits } = options;
  const { runId, command } = run;
  const progress = options.progress ?? createProgress();
  const watch = options.watch ?? { everyMs: 60_000, show: (view) => logger.info(describeProgress(view), 'under way') };
  const note = { everyMs: NOTE_EVERY_MS, show: (view: ProgressView) => noteProgress(database, runId, describeProgress(view)) };
  const watching = [watch, note].map((watcher) =>
    watchProgress(progress, watcher, (left) => readOutlook(database, { ...options, lane }, left)),
  );
  try {
    logger.info({ run_id: runId }, `${command} started`);
    const patience = { signal, until: maxDurationMs === undefined ? undefined : performance.now() + maxDurationMs };
    const asker = createAsker({
      client,
      database,
      runId,
      lane,
      patience,
      now,
      clientId: await readClientId(database),
      privacy: options.privacy,
    });
    const chosen = chosenResources(only);
    const errors: { resource: string; error: string }[] = [];
    let lists: ListState | undefined;
    const health = { silent: 0 };
    let snapshot = '';

    const ask = async (planned: Planned) => {
      const answer = await asker.ask(planned, snapshot);
      progress.requests += 1;
      progress.rows += answer.received;
      return answer;
    };
    const askOne = async (planned: Planned): Promise<number> => {
      const { pages, name, isReported } = planned.resource;
      if (pages) lists ??= await readListState(database, now());
      const received =
        pages && lists
          ? await askList(planned, pages, { ask, state: lists, database, logger })
          : isReported
            ? await askReported(planned)
            : (await askTwice(planned)).received;
      progress.left[name] = Math.max(0, (progress.left[name] ?? 0) - 1);
      return received;
    };

    /** An account that has none of something is told from a failure by a second look, unless the list was empty the last time too. */
    const askTwice = async (planned: Planned): Promise<Landed> => {
      const answer = await ask(planned);
      const { name, scope, window } = planned.resource;
      if (answer.own > 0 || scope.over !== 'nothing' || window || (await wasEmptyBefore(database, name))) return answer;
      snapshot = await readSnapshot(database);
      logger.warn({ resource: name }, 'the list is empty: it is asked for once more');
      return ask(planned);
    };

    const askReported = async (planned: Planned): Promise<number> => {
      const source = { client, database, runId, lane, patience, unit: planned.unit, snapshot };
      const { received, differences } = await askWhole(planned, { ask, source, now: now() });
      for (const difference of differences) {
        const error = describeDifference(difference);
        errors.push({ resource: planned.resource.name, error });
        logger.warn({ resource: planned.resource.name }, error);
      }
      return received;
    };
    const pause = () => sleep(TAKEN_PAUSE_MS, undefined, { signal }).catch(() => {});

    /** All requests of a resource, and of what they lead to. Returns what ends the run, if anything does. */
    const doResource = async (resource: Resource): Promise<unknown> => {
      const asked: Asked[] = [];
      for (;;) {
        snapshot = await readSnapshot(database);
        const planned = await work.next(resource, asked, { snapshot, patience }).catch(orReason);
        if (planned instanceof TakenError) {
          await pause();
          continue;
        }
        if (planned instanceof Error) return planned;
        // Pages follow one another, and lists of one resource too: what moves from the first to the second is met in both.
        const round = await askAll(planned, askOne, { concurrency: resource.pages ? 1 : CONCURRENCY, health });
        asked.push(...round.answered, ...round.failed.map((failure) => ({ ...failure, received: undefined })));
        errors.push(...round.failed.map(({ error }) => ({ resource: resource.name, error: explain(error) })));
        for (const { error } of round.failed) logger.error({ resource: resource.name, err: error }, 'request failed');
        const isOver = planned.length === 0 || round.hasGivenUp || round.end !== undefined;
        const failed = countFailed(asked);
        progress.left[resource.name] = failed + (await work.count(resource, asked)).requests;
        if (isOver) {
          const done = asked.length - failed;
          logger.info({ resource: resource.name, done, ...asker.outcomes.get(resource.name) }, 'resource done');
          return round.end;
        }
        if (round.taken === planned.length) await pause();
      }
    };

    let end: unknown;
    let isNews = true;
    for (const [i, resource] of chosen.entries()) {
      // What was loaded decides what the others need.
      if (isNews) for (const later of chosen.slice(i)) progress.left[later.name] = (await work.count(later, [])).requests;
      if (end !== undefined) break;
      progress.resource = resource.name;
      end = await doResource(resource);
      const { inserted, updated } = asker.outcomes.get(resource.name) ?? noOutcome();
      isNews = inserted + updated > 0;
    }
    // The run cannot be ended there either: the next one marks it.
    if (troubleOf(end)?.is === 'away') throw end;
    const { undeclared, drift } = await watchAttributes(database, runId, asker.shapes, logger);
    errors.push(...findUnaccounted(asker.shapes, asker.outcomes, await readCounts(database, runId)));
    if (end !== undefined && !(end instanceof StoppedError)) {
      logger.error({ err: end }, 'nothing more could be done');
      errors.push({ resource: 'all', error: describeEnd(end) });
    }
    const backlog = Object.fromEntries(chosen.map(({ name }) => [name, progress.left[name] ?? 0]));
    const status = statusOf({ end, errors, backlog, hasRows: asker.outcomes.size > 0 });
    const ended = await finishRun(database, runId, status, errors[0]?.error ?? null, {
      errors,
      backlog,
      resources: Object.fromEntries(asker.outcomes),
      undeclared,
      drift,
    });
    logger.info(
      { run_id: runId, status: ended.status, requests: ended.requests, inserted: ended.rowsInserted, updated: ended.rowsUpdated, backlog },
      `${command} ended`,
    );
    await pruneRequests(database, limits);
    errors.push(...(await updateViews(database, logger, signal)));
    return await reportRun(database, ended, { outcomes: asker.outcomes, backlog, errors, ...options });
  } catch (error) {
    // What keeps the work from being planned; a database that is away takes no note of it.
    if (troubleOf(error)?.is !== 'away') await finishRun(database, runId, 'failed', explain(error), {}).catch(() => {});
    throw error;
  } finally {
    for (const { end } of watching) await end();
  }
}

/** What ended the run, and what a person can do about it. */
function describeEnd(end: unknown): string {
  const advice = troubleOf(end)?.advice;
  return advice ? `${explain(end)} - ${advice}` : explain(end);
}

/** Why work cannot be planned, where that takes a request. */
function orReason(error: unknown): StoppedError | TakenError | ApiError {
  if (error instanceof StoppedError || error instanceof TakenError || error instanceof ApiError) return error;
  throw error;
}

function statusOf({ end, errors, backlog, hasRows }: Parts): RunStatus {
  if (end instanceof StoppedError && end.reason === 'signal') return 'interrupted';
  const isWhole = end === undefined || end instanceof StoppedError || end instanceof SourceDownError;
  if (!isWhole || (errors.length > 0 && !hasRows)) return 'failed';
  if (errors.length > 0) return 'partial';
  return Object.values(backlog).some((left) => left > 0) ? 'incomplete' : 'complete';
}

type Parts = { end: unknown; errors: readonly object[]; backlog: Record<string, number>; hasRows: boolean };
