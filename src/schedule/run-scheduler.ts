import { setTimeout as sleep } from 'node:timers/promises';
import { AlreadyClaimedError, explain, LockedError } from '../errors.ts';
import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import { createProgress, type Progress } from '../runs/progress.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { nextAction } from './next-action.ts';
import { type DueSlot, readSlot, readSlotBefore, skipSlot } from './slots.store.ts';
import { lastSlot, nextSlot, slotsBetween, type Timetable } from './slots.ts';
import { watchForStall } from './stall-detection.ts';

/** How a schedule stands; it writes it, whoever shows it reads it. Moments of `performance.now()` in milliseconds. */
export type Heartbeat = {
  /** When it last looked whether a slot is due, or saw the server work for what comes before; and how often it has. */
  lookedAt: number;
  ticks: number;
  /** Why it cannot look, and since when. */
  trouble: { since: Date; reason: string } | undefined;
  /** What is done before the first look, such as a migration. */
  preparing: string | undefined;
  /** How far the sync of this process is. */
  progress: Progress | undefined;
};

/** The heartbeat of a scheduler that begins. */
export const createHeartbeat = (): Heartbeat => ({
  lookedAt: performance.now(),
  ticks: 0,
  trouble: undefined,
  preparing: undefined,
  progress: undefined,
});

export type SchedulerOptions = {
  database: Database;
  timetable: Timetable;
  logger: Logger;
  now: () => Date;
  /** Ends it: the sync under way stops first. */
  signal: AbortSignal;
  heartbeat: Heartbeat;
  /** Makes the sync of a slot. */
  sync(slot: DueSlot, progress: Progress): Promise<unknown>;
  /** Done after each look. */
  alsoDo?(): void;
  /** Nothing moves for so long: it throws `StalledError`. */
  quietMs: number;
  pace?: Pace;
};

/**
 * How soon to look again at a slot that is under way; and at the clock, however far the next slot is, as it may be set, and the machine
 * may sleep.
 */
type Pace = { laterMs: number; longestMs: number };
const PACE: Pace = { laterMs: 1_000, longestMs: 30_000 };
/** So many missed slots are noted at most. */
const MOST_MISSED = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Syncs at each slot of a timetable until it is stopped. Any number of processes may do so on one database: each slot is one run's. Only
 * the last slot is looked at, so what was missed is caught up once. A database that is away is waited for.
 */
export async function runScheduler(options: SchedulerOptions): Promise<void> {
  const { heartbeat, quietMs } = options;
  const over = new AbortController();
  const mark = () => {
    const { progress, ticks } = heartbeat;
    if (!progress) return `look ${ticks}`;
    if (progress.waiting && progress.waiting.until.getTime() > Date.now()) return undefined;
    return JSON.stringify({ ...progress, waiting: undefined });
  };
  try {
    await Promise.race([keep(options), watchForStall(mark, { quietMs, signal: over.signal })]);
  } finally {
    over.abort();
  }
}

async function keep(options: SchedulerOptions): Promise<void> {
  const { logger, now, signal, heartbeat, alsoDo, pace: { laterMs, longestMs } = PACE } = options;
  const slots = watchSlots(options);
  while (!signal.aborted) {
    let sleepMs = laterMs;
    try {
      sleepMs = await slots.look();
      alsoDo?.();
      if (heartbeat.trouble) logEvent(logger, 'schedule_resumed', { since: heartbeat.trouble.since.toISOString() });
      heartbeat.trouble = undefined;
    } catch (error) {
      if (heartbeat.trouble?.reason !== explain(error)) logEvent(logger, 'schedule_waiting', { err: error });
      heartbeat.trouble = { since: heartbeat.trouble?.since ?? now(), reason: explain(error) };
    }
    heartbeat.lookedAt = performance.now();
    heartbeat.ticks += 1;
    await sleep(Math.min(sleepMs, longestMs), undefined, { signal }).catch(() => {});
  }
  await slots.ended();
}

/** Begins the syncs of slots that are due, one at a time. `ended`: when the one under way has. */
function watchSlots({ database, timetable, logger, now, signal, heartbeat, sync, pace: { laterMs } = PACE }: SchedulerOptions) {
  let running: Promise<void> | undefined;
  let done: number | undefined;
  let failures = 0;
  let pauseUntil = 0;

  async function run(slot: DueSlot): Promise<void> {
    const progress = createProgress();
    heartbeat.progress = progress;
    try {
      await sync(slot, progress);
      failures = 0;
    } catch (error) {
      // Another process was quicker; a sync of some resources is waited for.
      if (error instanceof AlreadyClaimedError || error instanceof LockedError) return;
      failures += 1;
      pauseUntil = performance.now() + Math.min(LONGEST_PAUSE_MS, laterMs * 2 ** failures);
      logEvent(logger, 'scheduled_sync_failed', { err: error, slot: slot.at.toISOString() });
    } finally {
      heartbeat.progress = undefined;
      running = undefined;
    }
  }

  /** Looks at the last slot, and begins its sync if it is due. How long until there is something to look at again. */
  async function look(): Promise<number> {
    const time = now();
    const slot = lastSlot(timetable, time);
    const nextMs = (nextSlot(timetable, time)?.getTime() ?? Number.POSITIVE_INFINITY) - time.getTime();
    if (!slot || slot.getTime() === done) return nextMs;
    const state = await readSlot(database, slot);
    const due = nextAction(state, time);
    if (due === 'done') {
      done = slot.getTime();
      return nextMs;
    }
    if (due === 'later' || performance.now() < pauseUntil) return laterMs;
    const before = await readSlotBefore(database, slot);
    const missed = before ? slotsBetween(timetable, before, slot, MOST_MISSED) : [];
    const other = await skipSlot(database, { at: slot, missed });
    if (other) {
      logEvent(logger, 'slot_skipped', { slot: slot.toISOString(), run_id: other.runId, is_running: other.isAlive });
    } else if (!running && !signal.aborted) {
      const lateSeconds = Math.round((time.getTime() - slot.getTime()) / 1_000);
      logEvent(logger, 'slot_due', { slot: slot.toISOString(), late_seconds: lateSeconds, missed: missed.length });
      running = run({ at: slot, missed, expectedOwner: state?.runId });
    }
    return laterMs;
  }

  return { look, ended: () => running };
}
