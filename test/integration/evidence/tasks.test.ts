import { describe, expect, it } from 'vitest';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectAllOrPartial, expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { agent, iso, noon, type Sent, task } from '../../support/scripted-records.ts';
import { changed, type Override } from '../../support/scripted-source.ts';

const open = useBench();
const only = ['agents', 'tasks'];

async function openTasks(count: number, attributes: object = {}): Promise<EvidenceBench> {
  const bench = await open();
  bench.records.agents.push(agent(1));
  for (let id = 1; id <= count; id += 1)
    bench.records.tasks.push(task(id, iso(noon(bench.now(), -20), id * 60), attributes as Record<string, unknown>));
  bench.source.taskPageSize = 20;
  return bench;
}

/** Answers a page of the list that is asked for, as `page` cuts it. */
const paging =
  ({ records }: EvidenceBench, page: (list: Sent[], after: number) => Sent[]): Override =>
  ({ searchParams: query }) => {
    const isAsked = ({ attributes }: Sent) =>
      attributes.task_type === query.get('task_type') && attributes.is_complete === (query.get('is_resolved') === '1');
    return { data: structuredClone(page(records.tasks.filter(isAsked), Number(query.get('after')))) };
  };
const newestAbove = (size: number) => (list: Sent[], after: number) =>
  list
    .filter(({ id }) => id > after)
    .reverse()
    .slice(0, size);

it('what is new in a list of done tasks is told from what was known before the run, and not from an open task that it has just met', async () => {
  const bench = await openTasks(30, { is_complete: true });
  const newestFirst = (list: Sent[], after: number) => list.toSorted((a, b) => b.id - a.id).slice(after, after + 4);
  bench.source.on('tasks', paging(bench, newestFirst));
  // So new that older ones may have been missed beside them.
  for (const id of [50, 51, 52]) bench.records.tasks.push(task(id, iso(bench.now(), -1_200), { is_complete: true }));
  for (const _night of [0, 1]) {
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    await bench.setNow(iso(bench.now(), 600));
  }
  for (let id = 31; id <= 45; id += 1) bench.records.tasks.push(task(id, noon(bench.now(), -10), { is_complete: true }));
  bench.records.tasks.push(task(49, noon(bench.now(), -10)));
  await expectExact(bench, await bench.sync({ only }), ['tasks']);
});

describe('a task list whose end cannot be reached', () => {
  it.each<[string, number, number, object]>([
    ['45 open tasks', 20, 45, {}],
    ['45 tasks that are done', 20, 45, { is_complete: true }],
    ['130 tasks for machine learning', 50, 130, { task_type: 'machine_learning' }],
    ['21 open tasks', 20, 21, {}],
    ['40 open tasks', 15, 40, {}],
    ['40 tasks that are done', 24, 40, { is_complete: true }],
  ])('makes the run partial, which says why: newest first, ids above, %s in pages of %i', async (_, size, count, attributes) => {
    const bench = await openTasks(count, attributes);
    bench.source.on('tasks', paging(bench, newestAbove(size)));
    for (const _night of [0, 1]) {
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'list_end_unknown' });
      await bench.advance({ days: 1 });
    }
    expect(await bench.rows('select count(*)::int as n from chatrhub.tasks')).toEqual([{ n: size }]);
    bench.source.restore();
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });

  it('is no doubt when the list is shorter than a page', async () => {
    const bench = await openTasks(13);
    bench.source.on('tasks', paging(bench, newestAbove(20)));
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    bench.records.tasks.push(task(14, noon(bench.now(), -1)));
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });
});

describe('a task list whose pages have become smaller', () => {
  // 7 of 40 would be the short last page of a list, had pages still 20.
  it.each([7, 9, 13])('to %i, is read to its end when it lacks a task that is known', async (size) => {
    const bench = await openTasks(40);
    bench.records.tasks.push(...[51, 52, 53].map((id) => task(id, iso(noon(bench.now(), -9), id * 60), { is_complete: true })));
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    for (const { id, attributes } of bench.records.tasks)
      if (id < 50 && id % 3 === 0) Object.assign(attributes, { is_complete: true, updt_dt: noon(bench.now(), 0) });
    await bench.advance({ days: 1 });
    bench.source.taskPageSize = size;
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    expect(await bench.rows('select count(*)::int as n from chatrhub_raw.absences')).toEqual([{ n: 0 }]);
  });
});

describe('a task list in pages', () => {
  const PAGES: [string, (list: Sent[], after: number) => Sent[]][] = [
    ['by offset, oldest first', (list, after) => list.slice(after, after + 20)],
    ['by offset, newest first', (list, after) => list.toReversed().slice(after, after + 20)],
    ['by ids above, oldest first', (list, after) => list.filter(({ id }) => id > after).slice(0, 20)],
    [
      'by ids below, newest first',
      (list, after) =>
        list
          .toReversed()
          .filter(({ id }) => after === 0 || id < after)
          .slice(0, 20),
    ],
  ];
  it.each(PAGES.flatMap(([name, page]) => [20, 40, 45].map((count) => [name, count, page] as const)))(
    'is read to its end: %s, %i tasks',
    async (_, count, page) => {
      const bench = await openTasks(count);
      bench.source.on('tasks', paging(bench, page));
      await expectExact(bench, await bench.sync({ only }), ['tasks']);
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), ['tasks']);
    },
  );

  it.each([
    ['from 0', 0],
    ['from 1', 1],
  ])('by numbers of pages %s comes whole, or the run is partial', async (_, first) => {
    const bench = await openTasks(45);
    bench.source.on(
      'tasks',
      paging(bench, (list, after) => list.slice(Math.max(0, after - first) * 20).slice(0, 20)),
    );
    await expectAllOrPartial(bench, await bench.sync({ only }), 'tasks');
  });

  it.each([20, 45])('whose parameter says nothing comes at once: %i tasks', async (count) => {
    const bench = await openTasks(count);
    bench.source.on(
      'tasks',
      paging(bench, (list) => list),
    );
    await expectAllOrPartial(bench, await bench.sync({ only }), 'tasks');
  });

  it('is whole when that of another list is longer, which is read after it, or was before', async () => {
    const bench = await openTasks(20);
    for (let id = 21; id <= 44; id += 1) bench.records.tasks.push(task(id, iso(noon(bench.now(), -20), id * 60), { is_complete: true }));
    for (let id = 45; id <= 54; id += 1)
      bench.records.tasks.push(task(id, iso(noon(bench.now(), -20), id * 60), { task_type: 'machine_learning', is_complete: true }));
    bench.source.on(
      'tasks',
      paging(bench, (list) => list),
    );
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });

  it('is in doubt when a smaller page of its own follows a larger one, and continues nothing', async () => {
    const bench = await openTasks(100);
    bench.source.on(
      'tasks',
      paging(bench, (list, after) => (after === 0 ? list.slice(0, 45) : list.slice(50, 70))),
    );
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'list_end_unknown' });
  });

  it('in the order of change comes whole, or the run is partial, while tasks change as one reads', async () => {
    const bench = await openTasks(45);
    let asked = 0;
    bench.source.on(
      'tasks',
      paging(bench, (list, after) => {
        asked += 1;
        const at = ({ attributes }: Sent) => String(attributes.updt_dt ?? attributes.create_dt);
        const page = list.toSorted((a, b) => (at(a) < at(b) ? -1 : 1)).slice(after, after + 20);
        // Five of the first page move to the end of the list, and what came after them comes up by five places.
        if (asked === 1)
          for (const { id } of page.slice(0, 5))
            Object.assign(list.find((one) => one.id === id)?.attributes ?? {}, { updt_dt: iso(bench.now()) });
        return page;
      }),
    );
    await bench.sync({ only });
    const ids = await bench.rows<{ n: number }>('select count(*)::int as n from chatrhub.tasks');
    const doubts = await bench.doubts();
    expect(ids[0]?.n === 45 || doubts.some(({ resource, mayBeMissing }) => resource === 'tasks' && mayBeMissing)).toBe(true);
  });
});

describe('a page of a task list that says that it goes on', () => {
  const HINTS: [object][] = [
    [{ has_more: true }],
    [{ links: { next: '/api/v1/q_tasks.json?cursor=abc' } }],
    [{ meta: { next_page: 2 } }],
    [{ meta: { total_pages: 3 } }],
  ];
  /** Pages are filtered after they were cut, so that most tasks are on none. */
  const filtered =
    ({ records }: EvidenceBench, hint: object): Override =>
    (_, next) => {
      const { data } = next() as { data: Sent[] };
      return data.length > 3 ? { ...hint, data: data.filter(({ id }) => id % 3 === 0 || id > records.tasks.length) } : { data };
    };

  it.each(HINTS)('by %j is not its end: the list is in doubt until its last page says so no more', async (hint) => {
    const bench = await openTasks(18);
    bench.source.on('tasks', filtered(bench, hint));
    for (const _night of [0, 1]) {
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'more_announced' });
      await bench.advance({ days: 1 });
    }
    bench.source.restore();
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });

  it('is not the end of what is new in a list of done tasks either', async () => {
    const bench = await openTasks(30, { is_complete: true });
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    bench.source.on('tasks', (_, next) => {
      const { data } = next() as { data: Sent[] };
      return data.some(({ id }) => id > 30) ? { data: data.filter(({ id }) => id <= 31), has_more: true } : { data };
    });
    await bench.advance({ days: 1 });
    for (const id of [31, 32, 33]) bench.records.tasks.push(task(id, noon(bench.now(), -1), { is_complete: true }));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'more_announced' });
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });

  it('and is not the last is no doubt, whatever number it has', async () => {
    const bench = await openTasks(45);
    const size = 20;
    // The number of a page is where it begins, and pages are asked for from within those before.
    bench.source.on('tasks', ({ searchParams: query }, next) => {
      const isOpen = query.get('is_resolved') === '0' && query.get('task_type') === 'operational';
      const after = Number(query.get('after'));
      return {
        ...next(),
        meta: { page: Math.floor(after / size) + 1, total_pages: isOpen ? 3 : 0 },
        has_more: isOpen && after + size < 45,
      };
    });
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    expect(bench.requestsSince('tasks')).toHaveLength(6);
  });

  it('is told also by a run that goes on with a reading which another broke off', async () => {
    const bench = await openTasks(25);
    const page = new AbortController();
    bench.source.on('tasks', (_, next) => {
      const { data } = next() as { data: Sent[] };
      if (data.length === 20 || data.length === 0) return { data };
      page.abort();
      return { data: data.slice(0, 4), has_more: true };
    });
    expect(await bench.sync({ only, signal: page.signal })).toMatchObject({ status: 'interrupted' });
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'more_announced' });
  });
});

describe('a task list with tasks of another', () => {
  /** Answers as if a parameter had this value, whatever it is. */
  const ignoring =
    (name: string, value: string): Override =>
    (url, next) => {
      url.searchParams.set(name, value);
      return next();
    };
  const cached = (): Override => {
    let kept: unknown;
    return (_, next) => {
      kept ??= next();
      return kept;
    };
  };

  it.each<[string, () => Override]>([
    ['which list it is', () => ignoring('is_resolved', '0')],
    ['their type', () => ignoring('task_type', 'operational')],
    ['all that is asked for', cached],
  ])('is not read to its end where the source ignores %s', async (_, override) => {
    const bench = await openTasks(3);
    bench.records.tasks.push(task(11, noon(bench.now(), -9), { is_complete: true }));
    bench.records.tasks.push(task(12, noon(bench.now(), -9), { task_type: 'machine_learning' }));
    for (const _night of [0, 1]) {
      bench.source.restore();
      bench.source.on('tasks', override());
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'not_asked_for' });
      await bench.advance({ days: 1 });
    }
    bench.source.restore();
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });

  it('is in doubt also when it was whole before', async () => {
    const bench = await openTasks(3);
    for (const id of [11, 12, 13]) bench.records.tasks.push(task(id, noon(bench.now(), -9), { is_complete: true }));
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    bench.source.on('tasks', ignoring('is_resolved', '0'));
    await bench.advance({ days: 1 });
    bench.records.tasks.push(task(14, noon(bench.now(), -1), { is_complete: true }));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'not_asked_for' });
    bench.source.restore();
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });

  it('is whole where they say of which type they are in words of their own', async () => {
    const bench = await openTasks(3, { task_type: 'machine_learning' });
    bench.source.on(
      'tasks',
      changed((records) => records.map(({ attributes, ...rest }) => ({ ...rest, attributes: { ...attributes, task_type: 'ML' } }))),
    );
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
  });

  it('is whole where those are few', async () => {
    const bench = await openTasks(6);
    for (const id of [11, 12, 13]) bench.records.tasks.push(task(id, noon(bench.now(), -9), { is_complete: true }));
    bench.source.on('tasks', ({ searchParams: query }, next) => {
      const { data } = next() as { data: Sent[] };
      const isDone = query.get('is_resolved') === '1' && data.length > 0;
      return { data: isDone ? [...data, ...bench.records.tasks.slice(0, 2)] : data };
    });
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
  });
});

describe('task lists of which all are empty', () => {
  it.each<[string, unknown]>([
    ['[]', { data: [] }],
    ['404', { status: 404, body: {} }],
    ['null', { data: null }],
  ])('are in doubt while open tasks are known, and until a week has passed: %s', async (_, nothing) => {
    const bench = await openTasks(3);
    bench.records.tasks.push(task(11, noon(bench.now(), -9), { is_complete: true }));
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    for (const night of [1, 2]) {
      await bench.advance({ days: 1 });
      bench.source.on('tasks', () => nothing);
      bench.records.tasks.push(task(20 + night, noon(bench.now(), -1)));
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'list_empty' });
    }
    bench.source.restore();
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    bench.records.tasks = [];
    for (const days of [1, 3]) {
      await bench.advance({ days });
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'tasks', reason: 'list_empty' });
    }
    for (const days of [4, 1, 8]) {
      await bench.advance({ days });
      expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
      expect(await bench.doubts()).toEqual([]);
    }
  });

  it('are believed where all tasks that are known were done', async () => {
    const bench = await openTasks(3, { is_complete: true });
    await expectExact(bench, await bench.sync({ only }), ['tasks']);
    bench.records.tasks = [];
    await bench.advance({ days: 1 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
  });
});
