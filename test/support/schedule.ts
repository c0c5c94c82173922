import { createLogger } from '../../src/logger.ts';
import { createHeartbeat, type Heartbeat, runScheduler, type SchedulerOptions } from '../../src/schedule/run-scheduler.ts';
import { claimSlot, type DueSlot } from '../../src/schedule/slots.store.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { finishRun, openRun, type RunStatus } from '../../src/warehouse/run-log.ts';

export type Seat = { heartbeat: Heartbeat; stop(): Promise<void>; ended: Promise<void> };

type Options = Partial<Pick<SchedulerOptions, 'now' | 'quietMs' | 'alsoDo'>> & {
  cron?: string;
  database: Database;
  /** What the sync of a slot does while it runs; the status it ends with. */
  work?: (slot: Date, signal: AbortSignal) => Promise<RunStatus>;
};

/** A schedule in this process, whose syncs are real runs that ask nobody for anything. */
export function startSchedule({
  database,
  cron = '0 2 * * *',
  now = () => new Date(),
  quietMs = 60_000,
  work = async () => 'complete',
  ...also
}: Options): Seat {
  const stopping = new AbortController();
  const heartbeat = createHeartbeat();
  const ended = runScheduler({
    ...also,
    database,
    heartbeat,
    now,
    quietMs,
    pace: { laterMs: 20, longestMs: 50 },
    timetable: parseTimetable(cron, 'UTC'),
    logger: createLogger({ level: 'silent', secrets: [], isTerminal: false }),
    signal: stopping.signal,
    sync: (slot) => runSlot(database, slot, () => work(slot.at, stopping.signal)),
  });
  return {
    heartbeat,
    ended,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

/** One run of a slot, as a sync makes it. */
export async function runSlot(database: Database, slot: DueSlot, work: () => Promise<RunStatus>): Promise<void> {
  const { run, release } = await openRun(database, 'sync', { slotAt: slot.at }, (client, runId) => claimSlot(client, slot, runId));
  try {
    await finishRun(database, run.runId, await work(), null);
  } finally {
    await release();
  }
}

/** The slots as they are stored, with how their runs ended. */
export async function readSlots({ pool }: Database): Promise<{ slot: string; status: string; runs: number; isSkipped: boolean }[]> {
  const { rows } = await pool.query(
    `select to_char(slot_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as slot, status, is_skipped as "isSkipped",
       (select count(*) from chatrhub_sync.runs r where r.slot_at = s.run_slot_at)::int as runs
     from (select s.slot_at, is_skipped, status, r.slot_at as run_slot_at from chatrhub_sync.slots s join chatrhub_sync.runs r using (run_id)) s
     order by 1`,
  );
  return rows;
}
