import { setTimeout as sleep } from 'node:timers/promises';
import { classifyError, type ErrorClass } from './error-class.ts';

/** How long to wait for a database that is away, in milliseconds: one that never answered, and one that did. */
type RetryPolicy = { firstMs: number; laterMs: number };

export type RetryPolicyOptions = {
  patience: RetryPolicy;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Told before each wait. */
  onAway?: ((error: unknown, waitMs: number) => void) | undefined;
};

/** So many tries in all; of what is away there is no number, but a time. */
const TRIES: Partial<Record<ErrorClass, number>> = { conflict: 5, slow: 2 };
const LONGEST_PAUSE_MS = 5_000;

/**
 * Returns what does work again that the database kept from being done: while it is away, up to a time; at once after a conflict. The
 * work may have been done all the same, as a connection can break after the commit and before its answer: so it has to be of the kind
 * that may be done twice. Throws the last error.
 */
export function createRetryPolicy({ patience, signal, onAway = () => {} }: RetryPolicyOptions): <T>(work: () => Promise<T>) => Promise<T> {
  let hasAnswered = false;

  return async (work) => {
    const tries = { conflict: 0, slow: 0, unavailable: 0 };
    let until = Number.POSITIVE_INFINITY;
    for (;;) {
      try {
        const result = await work();
        hasAnswered = true;
        return result;
      } catch (error) {
        const is = classifyError(error)?.is;
        if (is === undefined || is === 'settings' || is === 'full') throw error;
        tries[is] += 1;
        if (is !== 'unavailable') {
          if (tries[is] === TRIES[is]) throw error;
          await sleep(tries[is] * (20 + Math.random() * 80));
          continue;
        }
        if (tries.unavailable === 1) until = performance.now() + (hasAnswered ? patience.laterMs : patience.firstMs);
        const waitMs = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** tries.unavailable) * (0.5 + Math.random() / 2);
        if (signal?.aborted || performance.now() + waitMs > until) throw error;
        onAway(error, waitMs);
        await sleep(waitMs, undefined, signal ? { signal } : {}).catch(() => {
          throw error;
        });
      }
    }
  };
}
