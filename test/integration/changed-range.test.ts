import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCoverage } from '../../src/evidence/coverage.store.ts';
import { addDays, type Day, dayOf } from '../../src/time/period.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
let first: Day;
beforeEach(async () => {
  bench = await createWorkbench({ seed: 98, agents: 4, days: 16, chats: 30, snapshotMinutes: 5 });
  first = dayOf(bench.account.startedAt);
});
afterEach(() => bench.close());

/** The answers that were loaded, and of which days, without the one more on either side. */
async function loaded(): Promise<{ path: string; days: string[] }[]> {
  const { rows } = await bench.database.pool.query<{ path: string }>(
    'select path from chatrhub_sync.requests where loaded_at is not null order by request_id',
  );
  return rows.map(({ path }) => {
    const [, from, to] = /start_date=([\d-]+)&end_date=([\d-]+)/.exec(path) ?? [];
    const days: string[] = [];
    for (let day = from && addDays(from, 1); day && to && addDays(day, 1) < to; day = addDays(day, 1))
      days.push(`${path.split('?')[0]} ${day}`);
    return { path, days };
  });
}

it('row 98: a backfill whose range changes between two runs, one of them stopped, covers what was asked for, and asks for nothing twice', async () => {
  const stop = new AbortController();
  let asked = 0;
  bench.simulator.fail(
    (path) => {
      asked += Number(path.startsWith('/agent_activities'));
      if (asked === 2) stop.abort();
      return false;
    },
    { status: 500 },
  );
  const stopped = await bench.backfill(addDays(first, 6), { to: addDays(first, 12), signal: stop.signal });
  expect(stopped.status).toBe('interrupted');
  // Begins before the one that was stopped, ends in its midst; then what lies after both; then all there is.
  for (const [from, to] of [
    [2, 8],
    [10, undefined],
    [0, undefined],
  ] as const)
    expect(await bench.backfill(addDays(first, from), to ? { to: addDays(first, to) } : {})).toMatchObject({
      status: 'complete',
      errors: [],
    });
  const requests = await loaded();
  const days = requests.filter(({ path }) => !path.includes('report')).flatMap((request) => request.days);
  expect(days.length).toBeGreaterThan(40);
  expect(days.filter((day, i) => days.indexOf(day) !== i)).toEqual([]);
  const messages = requests.map(({ path }) => path).filter((path) => path.startsWith('/messages'));
  expect(messages.filter((path, i) => messages.indexOf(path) !== i)).toEqual([]);
  for (const covered of [await readCoverage(bench.database, 'chats'), await readCoverage(bench.database, 'agent_activities')])
    for (const periods of covered.values()) expect(periods).toEqual([{ from: first, until: expect.any(String) }]);
  expect(await bench.backfill(first)).toMatchObject({ status: 'complete', requests: 0 });
  await expectWarehouse(bench, ['chatrhub.chats', 'chatrhub.agents', 'chatrhub.tasks', 'chatrhub.visitors']);
});

it("row 98: a SYNC_START_DATE that changes between two syncs stays that of the first one: days before it are a backfill's", async () => {
  const [late, early] = [addDays(first, 8), first];
  const chats = { only: ['chats'], lookbackDays: 4 };
  await bench.sync({ ...chats, startDate: late });
  for (const startDate of [early, addDays(late, 2)]) {
    bench.requestsSince();
    expect(await bench.sync({ ...chats, startDate })).toMatchObject({ status: 'complete', errors: [] });
    const since = addDays(dayOf(bench.account.now()), -5);
    expect(bench.requestsSince().filter((path) => path.startsWith('/chats.json'))).toEqual([
      expect.stringContaining(`start_date=${since}`),
    ]);
  }
  expect((await readCoverage(bench.database, 'chats')).get('')?.[0]?.from).toBe(late);
  expect(await bench.backfill(early, chats)).toMatchObject({ status: 'complete', errors: [] });
  expect((await readCoverage(bench.database, 'chats')).get('')).toEqual([{ from: early, until: expect.any(String) }]);
  await expectWarehouse(bench, ['chatrhub.chats', 'chatrhub.visitors']);
});
