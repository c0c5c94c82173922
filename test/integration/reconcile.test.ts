import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
afterEach(() => bench.close());

const DAYS = 128;
/** The days that are lost, and where they lie, do not depend on when this is run. */
const NOW = new Date('2026-11-22T22:49:00Z');
const first = () => dayOf(bench.account.startedAt);

/** A warehouse that has everything, four months of it. */
async function begin(oddities = {}): Promise<void> {
  bench = await createWorkbench({ seed: 61, agents: 4, days: DAYS, chats: 200, now: NOW }, oddities);
  // Activity is none of its business, and most of the time.
  const only = ['agents', 'groups', 'chats', 'messages', 'visitors'];
  await bench.backfill(first(), { only });
  await bench.sync({ only });
  bench.requestsSince();
}

/** Loses all chats of the source's days, with what hangs on them, as a careless hand would. Their number. */
async function lose(days: readonly string[], ahead = 0): Promise<number> {
  const { pool } = bench.database;
  const lost = `select chat_id from chatrhub.chats where (created_at + $2 * interval '1 hour')::date = any($1::date[])`;
  await pool.query(`delete from chatrhub.tasks where message_id in (select message_id from chatrhub.messages where chat_id in (${lost}))`, [
    days,
    ahead,
  ]);
  await pool.query(`delete from chatrhub.messages where chat_id in (${lost})`, [days, ahead]);
  return (await pool.query(`delete from chatrhub.chats where chat_id in (${lost})`, [days, ahead])).rowCount ?? 0;
}

const busy = async (count: number, ahead = 0): Promise<string[]> => {
  const { rows } = await bench.database.pool.query<{ day: string }>(
    `select (created_at + $2 * interval '1 hour')::date as day, count(*) from chatrhub.chats where created_at < $3::timestamptz - interval '40 days'
     group by 1 order by 2 desc, 1 limit $1`,
    [count, ahead, NOW],
  );
  return rows.map(({ day }) => day).sort();
};

const BOUND = 2 + 2 * Math.log2(DAYS);

describe('reconcile', () => {
  it('proves with one request that nothing is missing', async () => {
    await begin();
    expect(await bench.reconcile()).toMatchObject({ command: 'reconcile', status: 'complete', differences: [] });
    // The report; what its `end_date` means the sync before has found out.
    expect(bench.requestsSince()).toHaveLength(1);
  });

  it.each([
    [1, 'inclusive', 0],
    [3, 'inclusive', 9],
    [2, 'exclusive', -7],
  ] as const)(
    'finds %i lost days in few requests, days being %s and %i hours ahead, and repairs them',
    async (count, endDate, dateZoneHours) => {
      await begin({ endDate, dateZoneHours });
      const days = await busy(count, dateZoneHours);
      const lost = await lose(days, dateZoneHours);
      expect(lost).toBeGreaterThan(count);
      const report = await bench.reconcile();
      expect(report.differences.map(({ from, to }) => [from, to])).toEqual(days.map((day) => [day, day]));
      expect(report.differences.reduce((sum, { source_total, warehouse_total }) => sum + source_total - warehouse_total, 0)).toBe(lost);
      expect(bench.requestsSince().length).toBeLessThanOrEqual(count * BOUND);
      expect(report.requests).toBeLessThanOrEqual(count * BOUND);

      const repaired = await bench.reconcile({ repair: true });
      expect(repaired).toMatchObject({ status: 'complete', errors: [], differences: [] });
      await expectWarehouse(bench, [
        'chatrhub.chats',
        'chatrhub.messages',
        'chatrhub_private.message_bodies',
        'chatrhub_private.chat_feedback',
      ]);
      bench.requestsSince();
      expect(await bench.reconcile()).toMatchObject({ differences: [] });
      expect(bench.requestsSince()).toSatisfy(({ length }: string[]) => length <= 3);
    },
  );

  it('says what is lacking while no day that was read is over', async () => {
    bench = await createWorkbench({ seed: 61, agents: 4, days: 1, chats: 5 });
    await bench.sync({ only: ['chats'], startDate: dayOf(new Date()) });
    await expect(bench.reconcile()).rejects.toThrow('no day that is over was read whole yet');
  });

  it('compares the days it is told to', async () => {
    await begin();
    const [day = ''] = await busy(1);
    await lose([day]);
    expect(await bench.reconcile({ from: addDays(day, 1), to: addDays(day, 19) })).toMatchObject({ differences: [] });
    expect((await bench.reconcile({ from: day, to: day })).differences).toHaveLength(1);
    const { rows } = await bench.database.pool.query(
      'select covered_from from chatrhub_sync.coverage where source_total > warehouse_total',
    );
    expect(rows).toEqual([{ covered_from: day }]);
  });

  it('tells of days that were never read, and leaves them to a backfill or to --repair', async () => {
    bench = await createWorkbench({ seed: 62, agents: 4, days: 40, chats: 200 });
    const only = ['agents', 'groups', 'chats', 'messages', 'visitors'];
    await bench.sync({ only, startDate: addDays(first(), 20) });
    const coverage = async () =>
      (await bench.database.pool.query('select covered_from, covered_until, source_total from chatrhub_sync.coverage')).rows;
    const before = await coverage();
    const unread = (await bench.reconcile({ from: first() })).differences;
    expect(unread.length).toBeGreaterThan(10);
    expect(unread.every(({ from }) => from < addDays(first(), 20))).toBe(true);
    expect(await coverage()).toEqual(before);
    expect(await bench.reconcile({ from: first(), repair: true })).toMatchObject({ status: 'complete', differences: [] });
    await expectWarehouse(bench, ['chatrhub.chats', 'chatrhub.messages']);
    expect(await bench.backfill(first(), { only: ['chats', 'messages'] })).toMatchObject({ requests: 0 });
  });

  it('says so when the source has no report', async () => {
    await begin();
    bench.simulator.fail((path) => path.includes('report'), { status: 403 }, 100);
    await expect(bench.reconcile()).rejects.toThrow('no report');
    const { rows } = await bench.database.pool.query('select status from chatrhub_sync.runs order by run_id desc limit 1');
    expect(rows).toEqual([{ status: 'failed' }]);
  });

  it.each([
    ['500', { status: 500 }],
    ['network', 'reset'],
  ] as const)('names a report that fails (%s), which is no mistake of whoever asks, and keeps that in its run', async (failure, fault) => {
    await begin();
    bench.simulator.fail((path) => path.includes('report'), fault, 100);
    const says = `the source's report of its chats failed (${failure}), so nothing can be compared: try again later`;
    const error: unknown = await bench.reconcile().catch((reason: unknown) => reason);
    expect([String(error), error instanceof UsageError]).toEqual([`FailedReportError: ${says}`, false]);
    const { rows } = await bench.database.pool.query('select status, error from chatrhub_sync.runs order by run_id desc limit 1');
    expect(rows).toEqual([{ status: 'failed', error: says }]);
  });
});
