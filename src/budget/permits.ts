import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import { AlreadyClaimedError, RunAbortedError } from '../errors.ts';
import { reach } from '../failpoint.ts';
import type { Call, Grant, Ledger } from './limits.ts';

/** How a request waits: until `signal`, and not when it would have to wait beyond `until` (milliseconds of `performance.now()`). */
export type Deadline = { signal?: AbortSignal | undefined; until?: number | undefined; priority?: number };

/** Leave to send, and how much of the request's time is left. */
export type Permit = Grant & { timeLeftMs: number };

/** What one attempt brought, for the ledger; the caller's own result goes along. */
type Attempt<T> = { settled: { status?: number; bytes?: number }; result: () => T };

export type Permits = {
  /** Sends when the budget allows it, and settles. Throws `AlreadyClaimedError` when another run does the same work. */
  acquire<T>(call: Call, deadline: Deadline, send: (permit: Permit) => Promise<Attempt<T>>): Promise<T>;
};

/** A process that was frozen after its grant asks again, as the slot is counted until a deadline that is running. */
const STALE_MS = 2_000;
/** Milliseconds. The monotonic clock stands still while the machine sleeps, the other one may be set: the one that says more is believed. */
type Clocks = readonly (() => number)[];
const CLOCKS: Clocks = [() => performance.now(), () => Date.now()];

/** Other processes may pause or finish meanwhile. */
const LONGEST_SLEEP_MS = 30_000;

/**
 * The way out: p-queue orders and bounds the requests of this process, the ledger, which all processes share, grants each of them.
 * p-queue's own interval is not used: it counts starts instead of answers, forgets them with the process, and its wait cannot be
 * ended by a signal (measured in `docs/architecture.md`).
 */
export function createPermits({
  ledger,
  timeoutMs,
  concurrency = 4,
  onWait = () => {},
  clocks = CLOCKS,
}: {
  ledger: Ledger;
  timeoutMs: number;
  concurrency?: number;
  onWait?: (waitMs: number, reason: string) => void;
  clocks?: Clocks;
}): Permits {
  // One of this process asks the ledger at a time; the others wait in memory.
  const turns = new PQueue({ concurrency: 1 });
  const senders = new PQueue({ concurrency });

  async function acquire(call: Call, { signal, until }: Deadline): Promise<Grant & { elapsedMs: () => number }> {
    for (;;) {
      if (signal?.aborted) throw new RunAbortedError('signal');
      const askedAt = performance.now();
      const started = clocks.map((clock) => clock());
      if (until !== undefined && askedAt > until) throw new RunAbortedError('duration');
      const answer = await ledger.grant(call, timeoutMs);
      if ('requestId' in answer) return { ...answer, elapsedMs: () => Math.max(...clocks.map((clock, i) => clock() - (started[i] ?? 0))) };
      if ('isTaken' in answer) throw new AlreadyClaimedError(`${call.claimKey} is another run's work`);
      if (until !== undefined && askedAt + answer.waitMs > until) throw new RunAbortedError('duration');
      onWait(answer.waitMs, answer.reason);
      await sleep(Math.min(answer.waitMs, LONGEST_SLEEP_MS), undefined, signal ? { signal } : {});
    }
  }

  async function sendOne<T>(call: Call, deadline: Deadline, send: (permit: Permit) => Promise<Attempt<T>>): Promise<T> {
    for (;;) {
      const { elapsedMs: elapsed, ...grant } = await turns.add(() => acquire(call, deadline));
      reach('granted');
      const elapsedMs = elapsed();
      // Frozen or stopped since the grant: it is not sent. `acquire` asks again, or says that it is over.
      if (elapsedMs > STALE_MS || deadline.signal?.aborted) {
        await ledger.settle(grant.requestId, {});
        continue;
      }
      reach('send');
      // Should settling fail, the slot's deadline stands, which is later: safe.
      const attempt = await send({ ...grant, timeLeftMs: Math.max(0, timeoutMs - elapsedMs) });
      reach('received');
      await ledger.settle(grant.requestId, attempt.settled);
      reach('settled');
      return attempt.result();
    }
  }

  return {
    async acquire(call, deadline, send) {
      try {
        // No signal for p-queue: it would drop a request that is under way, whose answer is to be kept.
        return await senders.add(() => sendOne(call, deadline, send), { priority: deadline.priority ?? 0 });
      } catch (error) {
        const isStopped = deadline.signal?.aborted && error instanceof Error && error.name === 'AbortError';
        throw isStopped ? new RunAbortedError('signal') : error;
      }
    },
  };
}
