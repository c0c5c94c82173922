import { createLedger, type RateScope } from '../budget/ledger.store.ts';
import type { Limit } from '../budget/limits.ts';
import { createPermits } from '../budget/permits.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import type { Fetch } from '../network/fetch-through.ts';
import { resources } from '../resources/index.ts';
import type { Progress } from '../runs/progress.ts';
import { readsOf } from '../source/allow-list.ts';
import { type ApiClient, createClient } from '../source/client.ts';
import type { Database } from '../warehouse/connection/database.ts';

export type SourceOptions = {
  baseUrl: string;
  apiKey: string;
  limits: readonly Limit[];
  rateScope: RateScope;
  /** The share of the longest window that backfills leave, 0 to 1. */
  reserve: number;
  timeoutMs: number;
  /** The way to the source; Node's own when not given. */
  fetch?: Fetch;
};

const MINUTE_MS = 60_000;

/** The client of an account, which asks the ledger for a permit for each request. Waiting is noted in `progress`, and logged once a minute at most. */
export function connectSource(
  database: Database,
  logger: Logger,
  { baseUrl, apiKey, limits, rateScope, reserve, timeoutMs, fetch }: SourceOptions,
  progress?: Progress,
): ApiClient {
  const ledger = createLedger(database, { limits, scope: rateScope, reserve });
  let saidAt = Number.NEGATIVE_INFINITY;
  const onWait = (waitMs: number, reason: string) => {
    const until = new Date(Date.now() + waitMs);
    if (progress) progress.waiting = { until, reason };
    if (performance.now() - saidAt < MINUTE_MS) return;
    saidAt = performance.now();
    logEvent(logger, 'budget_wait', { wait_seconds: Math.ceil(waitMs / 1_000), until: until.toISOString(), reason });
  };
  const permits = createPermits({ ledger, timeoutMs, onWait });
  const onRetry = (error: Error, waitMs: number) =>
    logEvent(logger, 'request_retried', { err: error, wait_seconds: Math.ceil(waitMs / 1_000) });
  const onOddType = (path: string, content_type: string) => logEvent(logger, 'content_type_unexpected', { path, content_type });
  const reads = readsOf(resources);
  return createClient({ baseUrl, apiKey, reads, permits, ledger, limits, onRetry, onOddType, ...(fetch && { fetch }) });
}
