import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { nextSlot } from '../../src/schedule/slots.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import { createRandom } from '../../src/simulator/account/random.ts';

/** `started`: it keeps its schedule. */
type Killable = { kill(signal: NodeJS.Signals): void; started: Promise<unknown>; ended: Promise<unknown> };

/**
 * What became of the slots: `once`: one run did it, whichever process that was, `takenUp` of them after a run that was killed; `madeUp` for
 * by the run of the next one, as nobody was there; `more`, `lost`: what must not be.
 */
export type SlotFigures = Record<'slots' | 'once' | 'more' | 'lost' | 'madeUp' | 'takenUp' | 'late' | 'kills' | 'bothKilled', number>;

type Options = { pool: pg.Pool; everySeconds: number; forMs: number; seed: number; start: () => Killable };

/**
 * Two schedulers with a slot every few seconds, one of which, and now and then both, is killed at a random moment and started again, for so
 * long; then both are left alone until the last slot is done, and stopped.
 */
export async function killSchedulers({ pool, everySeconds, forMs, seed, start }: Options): Promise<SlotFigures> {
  const random = createRandom('schedulers', seed);
  const timetable = parseTimetable(`*/${everySeconds} * * * * *`, 'UTC');
  const processes = [start(), start()];
  const until = async (isMet: () => Promise<boolean>) => {
    while (!(await isMet())) await sleep(50);
  };
  const isDone = async (slot: Date | undefined) => {
    const { rows } = await pool.query(
      `select from chatrhub_sync.slots s join chatrhub_sync.runs r using (run_id) where s.slot_at >= $1 and r.status = 'complete'`,
      [slot],
    );
    return rows.length > 0;
  };
  await until(() => isDone(new Date(0)).catch(() => false));
  const from = nextSlot(timetable, new Date());
  const end = Date.now() + forMs;
  let [kills, bothKilled] = [0, 0];
  while (Date.now() < end) {
    await sleep(random.int(200, (everySeconds * 1_000 * 2) / 3));
    const isBoth = random.int(1, 5) === 1;
    const victims = isBoth ? [0, 1] : [random.int(0, 1)];
    for (const victim of victims) processes[victim]?.kill(random.int(1, 4) === 1 ? 'SIGTERM' : 'SIGKILL');
    for (const victim of victims) {
      await processes[victim]?.ended;
      processes[victim] = start();
      kills += 1;
    }
    if (isBoth) bothKilled += 1;
    for (const victim of victims) await processes[victim]?.started;
  }
  const last = nextSlot(timetable, new Date());
  await until(() => isDone(last));
  for (const process of processes) {
    process.kill('SIGTERM');
    await process.ended;
  }

  const { rows } = await pool.query<{ slot: Date; skipped: boolean; complete: number; begun: number; late: boolean }>(
    `select s.slot_at as slot, is_skipped as skipped, count(r.run_id) filter (where r.status = 'complete')::int as complete,
       count(r.run_id)::int as begun, extract(epoch from min(r.started_at) - s.slot_at) > 1.5 as late
     from chatrhub_sync.slots s left join chatrhub_sync.runs r on r.slot_at = s.slot_at
     where s.slot_at between $1 and $2 group by s.slot_at, is_skipped`,
    [from, last],
  );
  const expected: number[] = [];
  for (let slot = from; slot && last && slot <= last; slot = nextSlot(timetable, slot)) expected.push(slot.getTime());
  const found = new Map(rows.map((row) => [row.slot.getTime(), row]));
  const made = rows.filter(({ skipped }) => !skipped);
  return {
    slots: expected.length,
    once: made.filter(({ complete }) => complete === 1).length,
    more: made.filter(({ complete }) => complete > 1).length,
    lost: expected.filter((slot) => !found.has(slot)).length + made.filter(({ complete }) => complete === 0).length,
    madeUp: rows.length - made.length,
    takenUp: made.filter(({ begun }) => begun > 1).length,
    late: made.filter(({ late }) => late).length,
    kills,
    bothKilled,
  };
}
