import type { SlotState } from './slots.store.ts';

/** How a slot of the schedule stands: the run that has it, whether it lives, how often it failed, when it ended. */
export type SlotStanding = Omit<SlotState, 'runId'>;

/** What is to be done about a slot: sync now, look again later, or nothing any more. */
export type NextAction = 'now' | 'later' | 'done';

/** A failed sync is tried again, each time after a longer pause: what failed may be a database that was restarted. */
const MOST_TRIES = 3;
const PAUSE_MS = 10 * 60_000;

/** Whether the last slot is due. What was interrupted is taken up at once; what ended, however incomplete, is not. */
export function nextAction(standing: SlotStanding | undefined, now: Date): NextAction {
  if (!standing) return 'now';
  const { status, isAlive, failures, finishedAt } = standing;
  if (status === 'running') return isAlive ? 'later' : 'now';
  if (status === 'interrupted') return 'now';
  if (status !== 'failed' || failures >= MOST_TRIES) return 'done';
  return now.getTime() - (finishedAt?.getTime() ?? 0) >= failures * PAUSE_MS ? 'now' : 'later';
}
