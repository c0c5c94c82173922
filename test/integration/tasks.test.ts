import { afterEach, describe, expect, it } from 'vitest';
import { dayOf } from '../../src/time/period.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
afterEach(() => bench.close());

const DONE = 'is_resolved=1';

/** A night of tasks: it must end whole, with the tables as the account has them. Its requests for lists of done tasks. */
async function night({ days = 1 } = {}): Promise<string[]> {
  bench.account.advance({ days });
  bench.requestsSince();
  expect(await bench.sync({ only: ['tasks'] })).toMatchObject({ status: 'complete', errors: [] });
  await expectWarehouse(bench, ['chatrhub.tasks', 'chatrhub_private.task_variables']);
  return bench.requestsSince().filter((path) => path.includes(DONE));
}

const pagesOf = (size: number) => [...bench.account.asOf().tasks.values()].filter(({ isComplete }) => isComplete).length / size;

describe('lists of done tasks', () => {
  it.each([
    ['offset', 'asc'],
    ['offset', 'desc'],
    ['id', 'asc'],
    ['id', 'desc'],
  ] as const)('continued by %s, %s, are looked through for what is new and what moved, and for no more', async (after, taskOrder) => {
    bench = await createWorkbench({ seed: 21, agents: 4, days: 30, chats: 400 }, { after, taskOrder, taskPageSize: 10 });
    const whole = (await night()).length;
    expect(whole).toBeGreaterThan(pagesOf(10));
    // What an id list is ordered by may need a second look.
    await night();
    for (const _night of [1, 2, 3, 4]) expect((await night()).length).toBeLessThan(whole / 3);
  });

  it('are read whole again after a week', async () => {
    bench = await createWorkbench({ seed: 21, agents: 4, days: 30, chats: 400 }, { taskPageSize: 10 });
    const whole = (await night()).length;
    expect((await night()).length).toBeLessThan(whole / 3);
    await bench.database.pool.query(`update chatrhub_sync.lists set read_at = read_at - interval '7 days'`);
    expect((await night()).length).toBeGreaterThanOrEqual(whole);
  });

  it('are read whole when their order changes, or `after` another meaning', async () => {
    // A list of open tasks has 80 on the last of these days: as many as a page may have, but fewer than the list of done ones.
    const now = new Date('2026-11-26T14:00:00Z');
    bench = await createWorkbench({ seed: 22, agents: 4, days: 30, chats: 700, now }, { taskPageSize: 10 });
    await night();
    await night();
    bench.simulator.set({ taskOrder: 'desc' });
    await night();
    bench.simulator.set({ after: 'id' });
    await night();
    bench.simulator.set({ after: 'ignored' });
    await night();
  });

  it('lose nothing when the source changes its page size', async () => {
    bench = await createWorkbench({ seed: 23, agents: 4, days: 30, chats: 400 }, { taskPageSize: 50 });
    await night();
    for (const taskPageSize of [20, 10, 25, 100]) {
      bench.simulator.set({ taskPageSize });
      await night();
    }
  });

  it('are looked through after a month without a sync as well', async () => {
    bench = await createWorkbench({ seed: 24, agents: 5, days: 20, chats: 200 }, { taskPageSize: 10 });
    await night();
    await night({ days: 30 });
  });

  it('are searched once for a task that has gone from the open ones, which is marked, and not again until it is back', async () => {
    bench = await createWorkbench({ seed: 25, agents: 5, days: 40, chats: 500 }, { taskPageSize: 10 });
    const whole = (await night()).length;
    await night();
    const { pool } = bench.database;
    // As if the source had deleted two tasks that were open.
    const types = ['operational', 'machine_learning'];
    for (const [i, type] of types.entries())
      await pool.query(
        `insert into chatrhub.tasks (task_id, client_id, task_type, is_complete, created_at, synced_at)
         select task_id + 1, client_id, task_type, false, created_at, synced_at from chatrhub.tasks t
         where task_type = $1 and not exists (select from chatrhub.tasks o where o.task_id = t.task_id + 1) order by task_id offset $2 limit 1`,
        [type, 20 + i],
      );
    const ask = async () => {
      bench.account.advance({ days: 1 });
      bench.requestsSince();
      expect(await bench.sync({ only: ['tasks'] })).toMatchObject({ status: 'complete', errors: [] });
      return bench.requestsSince().filter((path) => path.includes(DONE)).length;
    };
    expect(await ask()).toBeGreaterThanOrEqual(whole);
    expect(await ask()).toBeLessThan(whole / 3);
    const { rows } = await pool.query<{ missing: number }>('select sum(cardinality(missing))::int as missing from chatrhub_sync.lists');
    expect(rows).toEqual([{ missing: 2 }]);
    const gone = async () =>
      (await pool.query(`select record_key from chatrhub_raw.absences where resource = 'tasks' and returned_at is null order by 1`)).rows;
    const marked = await gone();
    expect(marked).toHaveLength(2);
    const shown = await pool.query(
      'select task_id::text as record_key from chatrhub_bi.tasks_enriched where source_missing_since is not null order by 1',
    );
    expect(shown.rows).toEqual(marked);
    // One of them turns up after all.
    const [back] = marked;
    // Nothing says when it was made: with another type it would be another task.
    const { rows: stored } = await pool.query<{ type: string }>('select task_type as type from chatrhub.tasks where task_id = $1', [
      back.record_key,
    ]);
    const task = { type: 'q_tasks', id: back.record_key, attributes: { client_id: 77, task_type: stored[0]?.type, is_complete: false } };
    bench.simulator.set({ taskPageSize: 1_000 });
    const path = '/q_tasks.json?task_type=operational&is_resolved=0&after=0';
    const response = await fetch(`${bench.simulator.url}${path}`, { headers: { authorization: 'Bearer test-key' } });
    const { data } = (await response.json()) as { data: object[] };
    bench.simulator.fail((asked) => asked.startsWith('/q_tasks'), { status: 200, body: JSON.stringify({ data: [...data, task] }) });
    await bench.sync({ only: ['tasks'] });
    expect(await gone()).toEqual(marked.slice(1));
  });
});

describe('a list whose reading was broken off', () => {
  const stopAfter = (pages: number) => {
    const stop = new AbortController();
    let asked = 0;
    bench.simulator.fail(
      (path) => {
        if (path.startsWith('/q_tasks') && ++asked === pages) stop.abort();
        return false;
      },
      { status: 500 },
    );
    return bench.backfill(dayOf(bench.account.startedAt), { only: ['tasks'], signal: stop.signal });
  };
  const twice = () => {
    const asked = bench.requestsSince();
    return asked.filter((path, i) => asked.indexOf(path) !== i);
  };

  it.each([
    ['offset', 'asc'],
    ['id', 'desc'],
  ] as const)('continued by %s, %s, is gone on with: no page is asked for twice', async (after, taskOrder) => {
    bench = await createWorkbench({ seed: 26, agents: 4, days: 30, chats: 700 }, { after, taskOrder, taskPageSize: 10 });
    for (const pages of [3, 5, 4, 6]) expect(await stopAfter(pages)).toMatchObject({ status: 'interrupted' });
    const only = ['tasks'];
    expect(await bench.backfill(dayOf(bench.account.startedAt), { only })).toMatchObject({ status: 'complete', errors: [] });
    expect(twice()).toEqual([]);
    await expectWarehouse(bench, ['chatrhub.tasks', 'chatrhub_private.task_variables']);
    expect((await bench.database.pool.query('select from chatrhub_sync.list_pages')).rowCount).toBe(0);
    await night();
  });

  it('is right the night after also when tasks came and went between', async () => {
    bench = await createWorkbench({ seed: 27, agents: 4, days: 30, chats: 700 }, { taskPageSize: 10 });
    for (const pages of [4, 6, 8]) {
      await stopAfter(pages);
      bench.account.advance({ hours: 5 });
    }
    await bench.sync({ only: ['tasks'] });
    await night();
  });

  it('is begun anew when that was a day ago', async () => {
    bench = await createWorkbench({ seed: 28, agents: 4, days: 30, chats: 700 }, { taskPageSize: 10 });
    await stopAfter(6);
    await bench.database.pool.query(`update chatrhub_sync.list_pages set asked_at = asked_at - interval '25 hours'`);
    await night();
    expect((await bench.database.pool.query('select from chatrhub_sync.list_pages')).rowCount).toBe(0);
  });
});
