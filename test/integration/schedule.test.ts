import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StalledError } from '../../src/errors.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { finishRun, openRun } from '../../src/warehouse/run-log.ts';
import { urlOf } from '../support/database.ts';
import { readSlots, runSlot, type Seat, startSchedule } from '../support/schedule.ts';
import { createWarehouse } from '../support/warehouse.ts';

let warehouse: Awaited<ReturnType<typeof createWarehouse>>;
let database: Database;
let seats: Seat[];
beforeEach(async () => {
  warehouse = await createWarehouse();
  ({ database } = warehouse);
  seats = [];
});
afterEach(async () => {
  for (const seat of seats) await seat.stop().catch(() => {});
  await warehouse.close();
});

const start = (options: Omit<Parameters<typeof startSchedule>[0], 'database'>, on = database): Seat => {
  const seat = startSchedule({ ...options, database: on });
  seats.push(seat);
  return seat;
};
/** As often as it takes, on a machine that has other things to do. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 30_000, interval: 20 });
/** Days to come: runs of the tests began before them. */
const at = (time: string) => new Date(`${time}Z`);
const slots = () => readSlots(database);
const runs = async () => (await database.pool.query(`select status, slot_at as slot from chatrhub_sync.runs order by run_id`)).rows;
/** A promise that is resolved from outside. */
function gate(): { open(): void; passed: Promise<void> } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('a slot', () => {
  it('that was missed is caught up once after the start, however many were missed', async () => {
    await runSlot(database, { at: at('2046-11-19T02:00'), missed: [], expectedOwner: undefined }, async () => 'complete');
    const { heartbeat } = start({ now: () => at('2046-11-22T09:30') });
    await poll(slots).toMatchObject([
      { slot: '2046-11-19 02:00', status: 'complete' },
      { slot: '2046-11-20 02:00', isSkipped: true, runs: 1 },
      { slot: '2046-11-21 02:00', isSkipped: true, runs: 1 },
      { slot: '2046-11-22 02:00', status: 'complete', isSkipped: false, runs: 1 },
    ]);
    const seen = heartbeat.ticks;
    await poll(() => heartbeat.ticks).toBeGreaterThan(seen + 2);
    expect(await runs()).toHaveLength(2);
  });

  it('that was done is not done again after a restart', async () => {
    await runSlot(database, { at: at('2046-11-22T02:00'), missed: [], expectedOwner: undefined }, async () => 'incomplete');
    const { heartbeat } = start({ now: () => at('2046-11-22T09:30') });
    await poll(() => heartbeat.ticks).toBe(1);
    expect(await runs()).toHaveLength(1);
  });

  it('is one run when two processes see it', async () => {
    const other = createDatabase(urlOf(database));
    try {
      const work = () => sleep(30, 'complete' as const);
      for (const on of [database, other]) start({ cron: '* * * * * *', work }, on);
      await poll(runs).toHaveLength(3);
    } finally {
      for (const seat of seats.splice(0)) await seat.stop();
      await other.close();
    }
    const made = await runs();
    expect(new Set(made.map(({ slot }) => Number(slot))).size).toBe(made.length);
    expect(made.every(({ status }) => status === 'complete')).toBe(true);
  });

  it('whose process died is taken up again by another', async () => {
    const { run, release } = await openRun(database, 'sync', { slotAt: at('2046-11-22T02:00') });
    await database.pool.query('insert into chatrhub_sync.slots (slot_at, run_id) values ($1, $2)', [at('2046-11-22T02:00'), run.runId]);
    const { heartbeat } = start({ now: () => at('2046-11-22T02:01') });
    await poll(() => heartbeat.ticks).toBe(1);
    expect(await slots()).toMatchObject([{ status: 'running' }]);
    await release();
    await poll(slots).toMatchObject([{ slot: '2046-11-22 02:00', status: 'complete', runs: 2, isSkipped: false }]);
    expect(await runs()).toMatchObject([{ status: 'interrupted' }, { status: 'complete' }]);
  });

  it('that comes while the sync of the one before is under way is skipped, and not made up for', async () => {
    const { open, passed } = gate();
    let time = at('2046-11-22T02:00');
    const { heartbeat } = start({ now: () => time, work: () => passed.then(() => 'complete') });
    await poll(slots).toHaveLength(1);
    time = at('2046-11-23T02:00');
    await poll(slots).toMatchObject([{ isSkipped: false }, { slot: '2046-11-23 02:00', isSkipped: true, status: 'running' }]);
    time = at('2046-11-23T02:30');
    open();
    const seen = heartbeat.ticks;
    await poll(() => heartbeat.ticks).toBeGreaterThan(seen + 1);
    expect(await runs()).toEqual([{ status: 'complete', slot: at('2046-11-22T02:00') }]);
  });

  it('whose sync was broken off, and that nobody took up before the next one came, is made up for by the next', async () => {
    await runSlot(database, { at: at('2046-11-21T02:00'), missed: [], expectedOwner: undefined }, async () => 'interrupted');
    start({ now: () => at('2046-11-22T02:01') });
    await poll(slots).toMatchObject([
      { slot: '2046-11-21 02:00', isSkipped: true, status: 'complete' },
      { slot: '2046-11-22 02:00', isSkipped: false, status: 'complete' },
    ]);
  });

  it('that was skipped for a sync which then died is due again', async () => {
    const { release } = await openRun(database, 'sync');
    start({ now: () => at('2046-11-22T02:01') });
    await poll(slots).toMatchObject([{ isSkipped: true, status: 'running' }]);
    await release();
    await poll(slots).toMatchObject([{ isSkipped: false, status: 'complete', runs: 1 }]);
  });

  it('is made up for by a sync that somebody made by hand since', async () => {
    const { run, release } = await openRun(database, 'sync');
    await finishRun(database, run.runId, 'complete', null);
    await release();
    start({ now: () => new Date(), cron: '0 0 1 1 *' });
    await poll(slots).toMatchObject([{ isSkipped: true, status: 'complete' }]);
    expect(await runs()).toHaveLength(1);
  });

  it('waits for a sync of some resources, which does not make up for it', async () => {
    const { run, release } = await openRun(database, 'sync', { onlyResources: ['agents'] });
    const { heartbeat } = start({ now: () => at('2046-11-22T02:01') });
    await poll(() => heartbeat.ticks).toBeGreaterThan(1);
    expect(await slots()).toEqual([]);
    await finishRun(database, run.runId, 'complete', null);
    await release();
    await poll(slots).toMatchObject([{ isSkipped: false, status: 'complete' }]);
  });

  it('whose sync failed is tried again after a pause, three times in all', async () => {
    let time = new Date();
    const cron = `0 0 ${time.getUTCDate()} ${time.getUTCMonth() + 1} *`;
    start({ cron, now: () => time, work: async () => 'failed' });
    for (let tries = 1; tries <= 3; tries++) {
      await poll(runs).toHaveLength(tries);
      time = new Date(time.getTime() + tries * 11 * 60_000);
    }
    time = new Date(time.getTime() + 3_600_000);
    const seen = seats[0]?.heartbeat.ticks ?? 0;
    await poll(() => seats[0]?.heartbeat.ticks).toBeGreaterThan(seen + 1);
    expect((await runs()).map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
  });
});

describe('a schedule', () => {
  it('that is stopped waits for its sync to stop, and leaves the slot to whoever is there next', async () => {
    const work = (_: Date, signal: AbortSignal) =>
      new Promise<'interrupted'>((resolve) => {
        const stop = () => resolve('interrupted');
        signal.addEventListener('abort', stop);
        // Its row is there before it listens.
        if (signal.aborted) stop();
      });
    const now = () => at('2046-11-22T02:01');
    const seat = start({ now, work });
    await poll(slots).toMatchObject([{ status: 'running' }]);
    await seat.stop();
    expect(await slots()).toMatchObject([{ status: 'interrupted' }]);
    start({ now });
    await poll(slots).toMatchObject([{ status: 'complete', runs: 2 }]);
  });

  it('goes on when the database was away, and says so meanwhile', async () => {
    let time = at('2046-11-22T02:01');
    const { heartbeat } = start({ now: () => time });
    await poll(slots).toMatchObject([{ status: 'complete' }]);
    await database.pool.query('alter schema chatrhub_sync rename to away');
    time = at('2046-11-23T02:01');
    await poll(() => heartbeat.trouble?.reason).toMatch(/chatrhub_sync/);
    await database.pool.query('alter schema away rename to chatrhub_sync');
    await poll(() => heartbeat.trouble).toBeUndefined();
    await poll(slots).toMatchObject([{}, { slot: '2046-11-23 02:00', status: 'complete' }]);
  });

  it('ends with an error when its sync does not move, and nothing is waited for', async () => {
    const { open, passed } = gate();
    const seat = start({ now: () => at('2046-11-22T02:01'), quietMs: 400, work: () => passed.then(() => 'complete') });
    await expect(seat.ended).rejects.toThrow(StalledError);
    open();
    await poll(slots).toMatchObject([{ status: 'complete' }]);
  });

  it('does not take waiting for the budget for that', async () => {
    const { open, passed } = gate();
    const seat = start({ now: () => at('2046-11-22T02:01'), quietMs: 400, work: () => passed.then(() => 'complete') });
    await poll(() => seat.heartbeat.progress).toBeDefined();
    const { progress } = seat.heartbeat;
    if (progress) progress.waiting = { until: new Date(Date.now() + 60_000), reason: '150/hour are used up' };
    await expect(Promise.race([seat.ended, sleep(1_200, 'still there')])).resolves.toBe('still there');
    open();
  });
});
