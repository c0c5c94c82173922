import { describe, expect, it } from 'vitest';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectAllOrPartial, expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { addSmallAccount, addTalk, agent, group, iso, link, noon, task, visitor } from '../../support/scripted-records.ts';
import { atFirst, changed, cutAt, type Override } from '../../support/scripted-source.ts';
import type { SourceName } from '../../support/source-differences.ts';

const open = useBench();

describe('the groups of an agent', () => {
  const only = ['agents', 'groups', 'chats', 'agent_groups'];
  const openWeek = async () => {
    const bench = await open();
    addSmallAccount(bench.records, bench.now());
    await expectExact(bench, await bench.sync({ only }), ['agent_groups']);
    return bench;
  };
  const nextWeek = async (bench: EvidenceBench) => {
    await bench.advance({ days: 7 });
    return bench.sync({ only });
  };

  it.each<[string, unknown]>([
    ['[]', { data: [] }],
    ['{}', {}],
    ['{"data": null}', { data: null }],
    ['404', { status: 404, body: {} }],
  ])('are marked as missing when two looks find none: %s', async (_, nothing) => {
    const bench = await openWeek();
    bench.records.agent_groups.splice(0, 1);
    bench.source.on('agent_groups', ({ pathname }, next) => (pathname.endsWith('/1.json') ? nothing : next()));
    await nextWeek(bench);
    await expectExact(bench, await nextWeek(bench), ['agent_groups']);
    expect(await bench.missing('agent_groups')).toEqual(['1/10']);
  });

  it('that come back after that are not missing any more', async () => {
    const bench = await openWeek();
    const gone = bench.records.agent_groups.splice(1, 2);
    await nextWeek(bench);
    await nextWeek(bench);
    expect(await bench.missing('agent_groups')).toEqual(['2/10', '2/20']);
    bench.records.agent_groups.push(...gone);
    await expectExact(bench, await nextWeek(bench), ['agent_groups']);
    expect(await bench.missing('agent_groups')).toEqual([]);
  });

  it('stay when just one look finds none', async () => {
    const bench = await openWeek();
    await bench.advance({ days: 7 });
    let isFirst = true;
    bench.source.on('agent_groups', ({ pathname }, next) => {
      if (!isFirst || !pathname.endsWith('/1.json')) return next();
      isFirst = false;
      return { data: [] };
    });
    await expectExact(bench, await bench.sync({ only }), ['agent_groups']);
    await expectExact(bench, await nextWeek(bench), ['agent_groups']);
    expect(await bench.missing('agent_groups')).toEqual([]);
  });

  it('are those of another agent in the answer: they are in doubt, and none is missing', async () => {
    const bench = await openWeek();
    bench.source.on('agent_groups', ({ pathname }, next) =>
      pathname.endsWith('/2.json') ? { data: bench.records.agent_groups.filter(({ attributes }) => attributes.agent_id === 1) } : next(),
    );
    await expectDoubt(bench, await nextWeek(bench), { resource: 'agent_groups', reason: 'not_asked_for' });
    expect(await bench.missing('agent_groups')).toEqual([]);
    bench.source.restore();
    await expectExact(bench, await nextWeek(bench), ['agent_groups']);
  });

  it('lose one of two at once, as that list is not empty', async () => {
    const bench = await openWeek();
    bench.records.agent_groups.splice(2, 1);
    await expectExact(bench, await nextWeek(bench), ['agent_groups']);
    expect(await bench.missing('agent_groups')).toEqual(['2/20']);
  });
});

/** Thirty agents; the newest chats are of agents 26 to 28. */
async function openThirty(): Promise<EvidenceBench> {
  const bench = await open();
  const { records, now } = bench;
  for (let id = 1; id <= 30; id += 1) records.agents.push(agent(id));
  records.groups.push(group(10));
  for (const id of [1, 2, 3]) addTalk(records, id, noon(now(), id - 4), { agent_id: 25 + id });
  return bench;
}
const PEOPLE = ['agents', 'groups', 'chats'];

describe('a list that says that it goes on', () => {
  const NEXT = { meta: { total: 30 }, links: { next: '/api/v1/agents.json?page=2' } };

  it.each([
    ['from the first night on', 0],
    ['from the second night on', 1],
  ])('is read to its end, or said not to be whole, %s', async (_, whole) => {
    const bench = await openThirty();
    const { source } = bench;
    for (const night of [0, 1, 2]) {
      if (night === whole)
        source.on('agents', ({ searchParams }, next) => {
          const { data } = next() as { data: object[] };
          return searchParams.get('page') === '2' ? { data: data.slice(25) } : { ...NEXT, data: data.slice(0, 25) };
        });
      await expectAllOrPartial(bench, await bench.sync({ only: PEOPLE }), 'agents');
      expect(await bench.missing('agents')).toEqual([]);
      await bench.advance({ days: 1 });
    }
  });

  it.each([
    ['visitors', '/visitors.json'],
    ['agent_groups', '/agent_groups/2.json'],
  ] as const)('and is read weekly, is gone on with by the next run when one ends between its pages: %s', async (name, path) => {
    const bench = await open();
    addSmallAccount(bench.records, bench.now(), { activityDays: 0 });
    const page = new AbortController();
    const inTwo: Override = (url, next) => {
      const body = next() as { data: object[] };
      if (url.pathname !== path) return body;
      if (url.searchParams.get('page') === '2') return { data: body.data.slice(1) };
      page.abort();
      return { data: body.data.slice(0, 1), links: { next: `/api/v1${path}?page=2` } };
    };
    bench.source.on(name, inTwo);
    const only = ['agents', 'groups', 'agent_groups', 'visitors'];
    expect(await bench.sync({ only, signal: page.signal })).toMatchObject({ status: 'interrupted' });
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), [name]);
  });

  it.each<[string, object]>([
    ['meta.total', { meta: { total: 30 } }],
    ['meta.count', { meta: { count: 30 } }],
    ['meta.total_count', { meta: { total_count: 30 } }],
    ['total', { total: 30 }],
    ['count', { count: 30 }],
    ['Total as a text', { Total: '30' }],
    ['links.next of another path', { links: { next: '/api/v1/agents/next/25.json' } }],
    ['links.next of another host', { links: { next: 'https://other.invalid/api/v1/agents.json?page=2' } }],
    ['next', { next: '/api/v1/agents/next/25.json' }],
  ])('by %s alone is not whole', async (_, hint) => {
    const bench = await openThirty();
    await bench.sync({ only: PEOPLE });
    bench.source.on('agents', (__, next) => ({ ...hint, data: (next().data as object[]).slice(0, 25) }));
    await bench.advance({ days: 1 });
    await expectDoubt(bench, await bench.sync({ only: PEOPLE }), { resource: 'agents', reason: 'more_announced' });
    expect(await bench.missing('agents')).toEqual([]);
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only: PEOPLE }), ['agents']);
  });

  it.each<'groups' | 'visitors' | 'agent_groups' | 'messages' | 'agent_activities'>([
    'groups',
    'visitors',
    'agent_groups',
    'messages',
    'agent_activities',
  ])('is in doubt also when it is one of %s', async (name) => {
    const bench = await open();
    addSmallAccount(bench.records, bench.now());
    bench.source.on(name, (_, next) => {
      const { data } = next() as { data: object[] };
      return data.length > 1 ? { data: data.slice(0, -1), meta: { total: data.length } } : { data };
    });
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: 'more_announced' });
    expect(name === 'messages' || name === 'agent_activities' ? [] : await bench.missing(name)).toEqual([]);
  });

  it('of chats is read in smaller parts, or said not to be whole', async () => {
    const bench = await open();
    addSmallAccount(bench.records, bench.now(), { activityDays: 0 });
    bench.source.on('chats', (_, next) => {
      const { data } = next() as { data: object[] };
      return { data: data.slice(0, 2), meta: { total: data.length } };
    });
    bench.source.on('report', () => ({ status: 404, body: {} }));
    await expectAllOrPartial(bench, await bench.sync({ only: PEOPLE }), 'chats');
  });

  it('is whole when it tells no more than came, and when its total is that of a list in pages', async () => {
    const bench = await openThirty();
    for (let id = 1; id <= 45; id += 1) bench.records.tasks.push(task(id, noon(bench.now(), -5)));
    bench.source.taskPageSize = 20;
    bench.source.on('agents', (_, next) => ({ ...next(), meta: { total: 30, page: 1 }, links: { next: null } }));
    bench.source.on('tasks', ({ searchParams }, next) => ({
      ...next(),
      meta: { total: searchParams.get('task_type') === 'operational' && searchParams.get('is_resolved') === '0' ? 45 : 0 },
    }));
    await expectExact(bench, await bench.sync({ only: [...PEOPLE, 'tasks'] }), ['agents', 'tasks']);
  });
});

describe('a list that is cut without a word', () => {
  it('after it was whole, marks nobody whom chats show, and says so', async () => {
    const bench = await openThirty();
    await bench.sync({ only: PEOPLE });
    bench.source.on('agents', cutAt(27, 'oldest'));
    await bench.advance({ days: 1 });
    await expectDoubt(bench, await bench.sync({ only: PEOPLE }), { resource: 'agents', reason: ['list_lacks_shown', 'list_round'] });
    expect(await bench.missing('agents')).toEqual([]);
  });

  it.each([
    ['agents', 25],
    ['visitors', 50],
  ] as const)('at a round size from the first night on is in doubt: %s at %i', async (name, size) => {
    const bench = await openThirty();
    for (let id = 1; id <= 60; id += 1) bench.records.visitors.unshift(visitor(100 + id));
    bench.source.on(name, cutAt(size, 'oldest'));
    const only = [...PEOPLE, 'visitors'];
    await bench.sync({ only });
    await bench.advance({ days: 7 });
    await expectDoubt(bench, await bench.sync({ only }), { resource: name, reason: ['list_round', 'list_lacks_shown'] });
    expect(await bench.missing(name)).toEqual([]);
  });

  it('and never had bots, marks none of them', async () => {
    const bench = await openThirty();
    Object.assign(bench.records.agents[26]?.attributes ?? {}, { is_bot: true });
    bench.source.on(
      'agents',
      changed((records) => records.filter(({ attributes }) => !attributes.is_bot)),
    );
    for (const _night of [0, 1, 2]) {
      expect((await bench.sync({ only: PEOPLE })).status).not.toBe('failed');
      expect(await bench.missing('agents')).toEqual([]);
      await bench.advance({ days: 7 });
    }
  });
});

describe('a list that is whole', () => {
  it.each<[SourceName & ('agents' | 'groups' | 'visitors'), string]>([
    ['agents', '29'],
    ['groups', '20'],
    ['visitors', '501'],
  ])('marks what it does not have any more: %s', async (name, gone) => {
    const bench = await openThirty();
    bench.records.groups.push(group(20));
    for (const id of [501, 502]) bench.records.visitors.push(visitor(id, { create_dt: iso(noon(bench.now(), -40)) }));
    bench.records.agent_groups.push(link(1, 10));
    const only = [...PEOPLE, 'visitors'];
    await expectExact(bench, await bench.sync({ only }), ['agents', 'groups', 'visitors']);
    bench.records[name] = bench.records[name].filter(({ id }) => id !== Number(gone));
    await bench.advance({ days: 7 });
    await expectExact(bench, await bench.sync({ only }), ['agents', 'groups', 'visitors']);
    expect(await bench.missing(name)).toEqual([gone]);
  });

  it('is asked for again when it was once empty, and marks nobody then', async () => {
    const bench = await openThirty();
    await bench.sync({ only: PEOPLE });
    bench.source.on('agents', atFirst({ data: [] }));
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only: PEOPLE }), ['agents']);
    expect(await bench.missing('agents')).toEqual([]);
  });
});
