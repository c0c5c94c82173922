import { setTimeout as sleep } from 'node:timers/promises';
import { AlreadyClaimedError, RunAbortedError } from '../errors.ts';
import { logEvent } from '../events.ts';
import { holdFacts } from '../evidence/facts.store.ts';
import { type Resource, type Scope, WEEKLY_DAYS } from '../records/resource.ts';
import { ApiError } from '../source/api-error.ts';
import type { PlannedRequest } from '../source/request-plan.ts';
import { readSnapshot } from '../warehouse/connection/database.ts';
import { readFailedUnits } from '../warehouse/loaded-requests.ts';
import { type Asked, countFailed, type Planner } from './planner.ts';
import type { RunSession } from './run-session.ts';

/** Requests under way at once; the budget is what limits, this only hides their latency. */
const CONCURRENCY = 4;
/** How long to leave work to another run before looking whether it is done. */
const TAKEN_PAUSE_MS = 1_000;

const PARENTS: ReadonlySet<Scope['over']> = new Set(['eachAgent', 'eachChat']);
const NONE: ReadonlySet<string> = new Set();

const failedLast = (planned: readonly PlannedRequest[], failed: ReadonlySet<string>): PlannedRequest[] =>
  planned.toSorted((a, b) => Number(failed.has(a.claimKey)) - Number(failed.has(b.claimKey)));

/** Makes all requests of a resource, and those they lead to. Returns what ends the run, if anything does. */
export async function fetchResource(resource: Resource, session: RunSession, planner: Planner): Promise<unknown> {
  const { database, logger, signal, runId, deadline, progress, fetcher, send } = session;
  // Some chats or agents that always fail would keep the others from being asked for. Lists have an order of their own.
  const failed = PARENTS.has(resource.scope.over) ? await readFailedUnits(database, resource.name, runId, WEEKLY_DAYS) : NONE;
  const pause = () => sleep(TAKEN_PAUSE_MS, undefined, { signal }).catch(() => {});
  const asked: Asked[] = [];
  const countLeft = async () => {
    progress.left[resource.name] = countFailed(asked) + (await planner.countRequests(resource, asked)).requests;
  };
  for (;;) {
    // Runs of other processes may have found out more of the source meanwhile.
    await holdFacts(database);
    const snapshot = await readSnapshot(database);
    const planned = await planner.nextRequests(resource, asked, { snapshot, patience: deadline }).catch(orReason);
    if (planned instanceof AlreadyClaimedError) {
      await pause();
      continue;
    }
    if (planned instanceof Error) return planned;
    // It was counted before the first requests, which may have led to more.
    if (planned.length > 0 && asked.length > 0) await countLeft();
    // Pages follow one another, and lists of one resource too: what moves from the first to the second is met in both.
    const batch = await send(failedLast(planned, failed), snapshot, resource.pages ? 1 : CONCURRENCY, failed);
    asked.push(...batch.answered, ...batch.failed.map((failure) => ({ ...failure, received: undefined })));
    if (planned.length === 0 || batch.hasGivenUp || batch.end !== undefined) {
      await countLeft();
      const done = asked.length - countFailed(asked);
      logEvent(logger, 'resource_done', { resource: resource.name, done, ...fetcher.outcomes.get(resource.name) });
      return batch.end;
    }
    if (batch.taken === planned.length) await pause();
  }
}

/** Why requests cannot be planned, where that takes a request. */
export function orReason(error: unknown): RunAbortedError | AlreadyClaimedError | ApiError {
  if (error instanceof RunAbortedError || error instanceof AlreadyClaimedError || error instanceof ApiError) return error;
  throw error;
}
