import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationError, UsageError } from '../errors.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import { classifyError } from '../warehouse/connection/error-class.ts';
import type { Work } from '../warehouse/connection/own-work.ts';
import type { Heartbeat } from './run-scheduler.ts';
import { watchForStall } from './stall-detection.ts';

export type Preparation = {
  /** Brings the database to where syncs can begin. Takes hours where a migration does, or another process has one under way. */
  prepare(): Promise<unknown>;
  /** What the server does for `prepare`, read on a session of its own. Rejects while the database does not answer. */
  readWork(): Promise<Work>;
  heartbeat: Heartbeat;
  logger: Logger;
  /** Ends the waiting for a database that is away. */
  signal: AbortSignal;
  /** Nothing moves for so long: it throws `StalledError`. */
  quietMs: number;
  clock?: Clock;
};

/** Milliseconds of a clock that never goes back, and waiting by it. */
type Clock = { now(): number; wait(ms: number, signal: AbortSignal): Promise<void> };
const CLOCK: Clock = { now: () => performance.now(), wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}) };

const LOOK_EVERY_MS = 5_000;
const LONGEST_PAUSE_MS = 30_000;
const PREPARING = 'bringing schemas and views up to date';

/**
 * Prepares the database, as soon as it can be reached. Meanwhile the heart beats for as long as the server works for it, so that no
 * supervisor ends a migration for being long; where the server does nothing for it any more, nothing moves. Throws what waiting does not mend.
 */
export async function untilReady(options: Preparation): Promise<void> {
  const { heartbeat, quietMs } = options;
  const over = new AbortController();
  const stalled = watchForStall(() => `look ${heartbeat.ticks}`, { quietMs, signal: over.signal });
  void watchWork(options, over.signal);
  try {
    await Promise.race([keepTrying(options), stalled]);
  } finally {
    over.abort();
    heartbeat.preparing = undefined;
  }
}

async function keepTrying({ prepare, heartbeat, logger, signal, clock = CLOCK }: Preparation): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    heartbeat.preparing = PREPARING;
    try {
      await prepare();
      heartbeat.trouble = undefined;
      return;
    } catch (error) {
      if (error instanceof MigrationError || error instanceof UsageError || classifyError(error)?.is === 'settings') throw error;
      if (!heartbeat.trouble) logEvent(logger, 'schedule_waiting', { err: error });
      heartbeat.trouble = { since: heartbeat.trouble?.since ?? new Date(), reason: 'the database cannot be reached' };
      beat(heartbeat, clock);
      await clock.wait(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** tries), signal);
    }
  }
}

async function watchWork({ readWork, heartbeat, clock = CLOCK }: Preparation, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.wait(LOOK_EVERY_MS, signal);
    const work = await readWork().catch(() => undefined);
    if (signal.aborted) return;
    // A database that does not answer is waited for, which a restart would not help.
    if (work === undefined) heartbeat.preparing = 'waiting for the database';
    else if (work.isUnderWay) {
      heartbeat.trouble = undefined;
      heartbeat.preparing = work.isAnothers ? 'waiting for another process, which brings schemas or views up to date' : PREPARING;
    } else continue;
    beat(heartbeat, clock);
  }
}

function beat(heartbeat: Heartbeat, { now }: Clock): void {
  heartbeat.lookedAt = now();
  heartbeat.ticks += 1;
}
