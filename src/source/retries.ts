import { setTimeout as sleep } from 'node:timers/promises';
import { askedWaitMs, backoffMs, LONGEST_WAIT_MS, refusedMs } from '../budget/back-off.ts';
import type { Ledger, Limit } from '../budget/limits.ts';
import type { Deadline } from '../budget/permits.ts';
import { RunAbortedError } from '../errors.ts';
import { ApiError } from './api-error.ts';

/** How often a request was tried in vain, and how often it may be. */
export type Tries = { failed: number; refused: number; most: number };

export type RetryOptions = {
  ledger: Ledger;
  limits: readonly Limit[];
  random?: () => number;
  onRetry?: (error: ApiError, waitMs: number) => void;
};

/** Of what the longest window allows, so much may be spent on further attempts: a failing source is not to use up the day. */
const RETRY_SHARE = 0.1;

/**
 * Decides about requests that failed, for the time of a run: waits until one may be sent once more, or throws its error when it may not. A
 * 429 makes all processes wait.
 */
export function createRetries({
  ledger,
  limits,
  random = Math.random,
  onRetry = () => {},
}: RetryOptions): (error: ApiError, headers: Headers | undefined, tries: Tries, patience: Deadline) => Promise<void> {
  const windowsMs = limits.map(({ windowMs }) => windowMs);
  const longest = limits.reduce<Limit | undefined>((most, limit) => (most && most.windowMs > limit.windowMs ? most : limit), undefined);
  let retriesLeft = longest ? Math.ceil(longest.count * RETRY_SHARE) : Number.POSITIVE_INFINITY;
  return async (error, headers, tries, patience) => {
    const asked = askedWaitMs(headers?.get('retry-after') ?? null, headers?.get('date') ?? null, new Date());
    if (error.failure === 'rate_limited') {
      // Somebody else uses the key. All processes pause, and the request is repeated: no fault of its own.
      tries.refused += 1;
      const waitMs = Math.min(refusedMs(asked, tries.refused, windowsMs), LONGEST_WAIT_MS);
      onRetry(error, waitMs);
      await ledger.pauseAll(waitMs, 'the source answered 429');
      // No window of a budget is that long: the source is closed.
      if (asked !== undefined && asked > LONGEST_WAIT_MS + 1_000 && !fits(asked, patience)) throw closedUntil(error, asked);
      return;
    }
    if (asked !== undefined && error.isRetryable && !fits(asked, patience)) throw closedUntil(error, asked);
    tries.failed += 1;
    if (!error.isRetryable || tries.failed >= tries.most || retriesLeft === 0) throw error;
    retriesLeft -= 1;
    const waitMs = asked ?? backoffMs(tries.failed, random());
    onRetry(error, waitMs);
    await pause(waitMs, patience);
  };
}

/** So long a run without an end of its own waits for a source that asks for it. */
const LONGEST_PAUSE_MS = 6 * 3_600_000;

const fits = (ms: number, { until }: Deadline): boolean => (until === undefined ? ms <= LONGEST_PAUSE_MS : performance.now() + ms <= until);

/** A source that asks to wait for longer than this run can has failed. */
function closedUntil({ failure, path, status }: ApiError, ms: number): ApiError {
  const until = new Date(Date.now() + ms).toISOString().slice(0, 16).replace('T', ' ');
  const what = `the source answers ${status ?? 'nothing'} and asks to wait until ${until} UTC, which is longer than this run lasts`;
  return new ApiError(failure === 'rate_limited' ? 'server' : failure, path, what, {
    status,
    retryAfterMs: ms,
  });
}

async function pause(ms: number, { signal, until }: Deadline): Promise<void> {
  if (until !== undefined && performance.now() + ms > until) throw new RunAbortedError('duration');
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => {
    throw new RunAbortedError('signal');
  });
}
