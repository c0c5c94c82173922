import type { Lane } from '../budget/limits.ts';
import type { Deadline } from '../budget/permits.ts';
import { explain } from '../errors.ts';
import { logEvent } from '../events.ts';
import { noSightings, noteLatest, noteShown, type Sightings, sourceNow } from '../evidence/sightings.ts';
import type { Resource } from '../records/resource.ts';
import type { PlannedRequest } from '../source/request-plan.ts';
import { readSnapshot } from '../warehouse/connection/database.ts';
import { type BatchResult, sendBatch } from './fetch/batch.ts';
import { fetchClaim } from './fetch/fetch-claim.ts';
import type { FetchContext } from './fetch/fetch-context.ts';
import { createFetcher, type Fetcher } from './fetch/fetcher.ts';
import { type ListState, readListState } from './fetch/list-state.ts';
import { readKnown } from './known-source.ts';
import type { Progress } from './progress.ts';
import type { RunOptions } from './run-options.ts';

/** What a run holds from its first request to its last. */
export type RunSession = Pick<RunOptions, 'database' | 'logger' | 'signal'> & {
  runId: number;
  progress: Progress;
  deadline: Deadline;
  fetcher: Fetcher;
  sightings: Sightings;
  /** Requests that failed. */
  errors: { resource: string; error: string }[];
  /** For requests that were planned when `snapshot` was what one could see. */
  contextAt(snapshot: string): FetchContext;
  /** Makes planned requests, and notes how far the run is and which of them failed. */
  send(planned: readonly PlannedRequest[], snapshot: string, concurrency: number, failedBefore?: ReadonlySet<string>): Promise<BatchResult>;
};

/** Begins to ask: what earlier runs have learned of the source is known from the first request on. */
export async function openSession(runId: number, lane: Lane, options: RunOptions & { progress: Progress }): Promise<RunSession> {
  const { database, client, progress, logger, now, signal, maxDurationMs } = options;
  const deadline = { signal, until: maxDurationMs === undefined ? undefined : performance.now() + maxDurationMs };
  const sightings = noSightings();
  const errors: RunSession['errors'] = [];
  const health = { silent: 0 };
  const lists = new Map<Resource, Promise<ListState>>();

  const { refusedRanges, ...known } = await readKnown(database);

  const fetcher = createFetcher({
    ...known,
    ...{ client, database, runId, lane, patience: deadline },
    privacy: options.privacy,
    onParsed: (answer) => noteLatest(sightings, answer),
    onLanded: (answer) => noteShown(sightings, answer, sourceNow(sightings, now())),
    latestMoment: () => (sourceNow(sightings, now()) > now() ? undefined : now()),
  });

  const contextAt = (snapshot: string): FetchContext => ({
    ...{ database, runId, lane, now, logger, sightings, refusedRanges },
    isSilent: () => health.silent > 0,
    requestContext: ({ claimKey }) => ({ client, database, runId, lane, patience: deadline, claimKey, snapshot }),
    again: async () => contextAt(await readSnapshot(database)),
    listState(resource) {
      const state = lists.get(resource) ?? readListState(database, resource, now());
      lists.set(resource, state);
      return state;
    },
    async fetch(planned, settle, onPage) {
      const answer = await fetcher.fetch(planned, snapshot, settle, onPage);
      progress.requests += 1;
      progress.rows += answer.received;
      return answer;
    },
  });

  const send: RunSession['send'] = async (planned, snapshot, concurrency, failedBefore = new Set()) => {
    const context = contextAt(snapshot);
    const fetch = async (request: PlannedRequest): Promise<number> => {
      const received = await fetchClaim(request, context);
      const { name } = request.resource;
      progress.left[name] = Math.max(0, (progress.left[name] ?? 0) - 1);
      return received;
    };
    const batch = await sendBatch(planned, fetch, { concurrency, health, failedBefore });
    for (const { planned: failed, error } of batch.failed) {
      errors.push({ resource: failed.resource.name, error: explain(error) });
      logEvent(logger, 'request_failed', { resource: failed.resource.name, err: error });
    }
    return batch;
  };

  return { database, logger, signal, runId, progress, deadline, fetcher, sightings, errors, contextAt, send };
}
