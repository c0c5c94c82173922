import { setTimeout as sleep } from 'node:timers/promises';
import type { RateScope } from '../budget/ledger.store.ts';
import type { Lane, Limit } from '../budget/limits.ts';
import { AlreadyClaimedError, explain, RunAbortedError } from '../errors.ts';
import { concludeLists } from '../evidence/conclude-lists.ts';
import { noSightings, noteLatest, noteShown, sourceNow } from '../evidence/sightings.ts';
import type { Logger } from '../logger.ts';
import type { Privacy } from '../records/pseudonyms.ts';
import type { Resource } from '../records/resource.ts';
import { ApiError } from '../source/api-error.ts';
import type { ApiClient } from '../source/client.ts';
import type { PlannedRequest } from '../source/request-plan.ts';
import { type Database, readSnapshot } from '../warehouse/connection/database.ts';
import { classifyError } from '../warehouse/connection/error-class.ts';
import { noOutcome } from '../warehouse/load/load.ts';
import { finishRun, type LiveRun, noteProgress } from '../warehouse/run-log.ts';
import { readEta } from './eta.ts';
import { sendBatch } from './fetch/batch.ts';
import { fetchClaim } from './fetch/fetch-claim.ts';
import type { FetchContext } from './fetch/fetch-context.ts';
import { createFetcher } from './fetch/fetcher.ts';
import { type ListState, readListState } from './fetch/list-state.ts';
import { finish } from './finish-run.ts';
import { readKnown } from './known-source.ts';
import { type Asked, chosenResources, countFailed, type Planner } from './planner.ts';
import { createProgress, describeProgress, type Progress, type ProgressView, watchProgress } from './progress.ts';
import type { RunReport } from './run-report.ts';

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
export async function executeRun({ run }: LiveRun, lane: Lane, work: Planner, options: RunOptions): Promise<RunReport> {
  const { database, client, logger, now, signal, only, maxDurationMs } = options;
  const { runId, command } = run;
  const progress = options.progress ?? createProgress();
  const watch = options.watch ?? { everyMs: 60_000, show: (view) => logger.info(describeProgress(view), 'under way') };
  const note = { everyMs: NOTE_EVERY_MS, show: (view: ProgressView) => noteProgress(database, runId, describeProgress(view)) };
  const watching = [watch, note].map((watcher) =>
    watchProgress(progress, watcher, (left) => readEta(database, { ...options, lane }, left)),
  );
  try {
    logger.info({ run_id: runId }, `${command} started`);
    const patience = { signal, until: maxDurationMs === undefined ? undefined : performance.now() + maxDurationMs };
    const sightings = noSightings();
    const known = await readKnown(database);
    const fetcher = createFetcher({
      ...known,
      ...{ client, database, runId, lane, patience },
      privacy: options.privacy,
      onParsed: (answer) => noteLatest(sightings, answer),
      onLanded: (answer) => noteShown(sightings, answer, sourceNow(sightings, now())),
      latestMoment: () => (sourceNow(sightings, now()) > now() ? undefined : now()),
    });
    const chosen = chosenResources(only);
    const errors: { resource: string; error: string }[] = [];
    let lists: ListState | undefined;
    const health = { silent: 0 };
    let snapshot = '';

    const context: FetchContext = {
      database,
      runId,
      now,
      logger,
      sightings,
      requestContext: ({ claimKey }) => ({ client, database, runId, lane, patience, claimKey, snapshot }),
      lookAgain: async () => {
        snapshot = await readSnapshot(database);
      },
      listState: async () => {
        lists ??= await readListState(database, now());
        return lists;
      },
      async fetch(planned, settle, onPage) {
        const answer = await fetcher.fetch(planned, snapshot, settle, onPage);
        progress.requests += 1;
        progress.rows += answer.received;
        return answer;
      },
    };
    const fetch = async (planned: PlannedRequest): Promise<number> => {
      const received = await fetchClaim(planned, context);
      const { name } = planned.resource;
      progress.left[name] = Math.max(0, (progress.left[name] ?? 0) - 1);
      return received;
    };
    const noteError = ({ name }: Resource, error: Error) => {
      errors.push({ resource: name, error: explain(error) });
      logger.error({ resource: name, err: error }, 'request failed');
    };
    const pause = () => sleep(TAKEN_PAUSE_MS, undefined, { signal }).catch(() => {});

    /** All requests of a resource, and of what they lead to. Returns what ends the run, if anything does. */
    const doResource = async (resource: Resource): Promise<unknown> => {
      const asked: Asked[] = [];
      for (;;) {
        snapshot = await readSnapshot(database);
        const planned = await work.nextRequests(resource, asked, { snapshot, patience }).catch(orReason);
        if (planned instanceof AlreadyClaimedError) {
          await pause();
          continue;
        }
        if (planned instanceof Error) return planned;
        // Pages follow one another, and lists of one resource too: what moves from the first to the second is met in both.
        const round = await sendBatch(planned, fetch, { concurrency: resource.pages ? 1 : CONCURRENCY, health });
        asked.push(...round.answered, ...round.failed.map((failure) => ({ ...failure, received: undefined })));
        for (const { error } of round.failed) noteError(resource, error);
        const isOver = planned.length === 0 || round.hasGivenUp || round.end !== undefined;
        const failed = countFailed(asked);
        progress.left[resource.name] = failed + (await work.countRequests(resource, asked)).requests;
        if (isOver) {
          const done = asked.length - failed;
          logger.info({ resource: resource.name, done, ...fetcher.outcomes.get(resource.name) }, 'resource done');
          return round.end;
        }
        if (round.taken === planned.length) await pause();
      }
    };

    let end: unknown;
    let isNews = true;
    for (const [i, resource] of chosen.entries()) {
      // What was loaded decides what the others need.
      if (isNews) for (const later of chosen.slice(i)) progress.left[later.name] = (await work.countRequests(later, [])).requests;
      if (end !== undefined) break;
      progress.resource = resource.name;
      // Whom the list of agents lacks is asked about as one who left.
      if (resource.scope.over === 'agents') await concludeLists(database, runId, sightings);
      end = await doResource(resource);
      const { inserted, updated } = fetcher.outcomes.get(resource.name) ?? noOutcome();
      isNews = inserted + updated > 0;
    }
    const fetchAll = async (planned: readonly PlannedRequest[]) => {
      const round = await sendBatch(planned, fetch, { concurrency: 1, health });
      for (const { planned: failed, error } of round.failed) noteError(failed.resource, error);
      return round;
    };
    end ??= await work.afterwards?.(context, { chosen, fetchAll }).catch(orReason);
    // The run cannot be ended there either: the next one marks it.
    if (classifyError(end)?.is === 'away') throw end;
    const backlog = Object.fromEntries(chosen.map(({ name }) => [name, progress.left[name] ?? 0]));
    return await finish({ ...options, run, fetcher, sightings, chosen, days: work.days, backlog, errors, end });
  } catch (error) {
    // What keeps the work from being planned; a database that is away takes no note of it.
    if (classifyError(error)?.is !== 'away') await finishRun(database, runId, 'failed', explain(error), {}).catch(() => {});
    throw error;
  } finally {
    for (const { end } of watching) await end();
  }
}

/** Why work cannot be planned, where that takes a request. */
function orReason(error: unknown): RunAbortedError | AlreadyClaimedError | ApiError {
  if (error instanceof RunAbortedError || error instanceof AlreadyClaimedError || error instanceof ApiError) return error;
  throw error;
}
