import { describe, expect, it } from 'vitest';
import { daysOpener } from '../../support/chat-days.ts';
import { useBench } from '../../support/evidence-bench.ts';
import { expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { iso, midnight, type Sent } from '../../support/scripted-records.ts';
import { type Body, changed, cutAt, type Override } from '../../support/scripted-source.ts';

const open = useBench();
const openDays = daysOpener(open);
const only = ['agents', 'groups', 'chats'];

describe('chats that are deleted', () => {
  it.each([
    ['comes in pieces, the newest kept', cutAt(100)],
    ['comes in pieces, the oldest kept', cutAt(100, 'oldest')],
    ['comes at once', undefined],
  ])('are marked, also when the list %s', async (_, cut) => {
    const bench = await openDays(10, { perDay: 15 });
    if (cut) bench.source.on('chats', cut);
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    const gone = [4, 33, 71, 110, 149];
    bench.records.chats = bench.records.chats.filter(({ id }) => !gone.includes(id));
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect((await bench.missing('chats')).map(Number).sort((a, b) => a - b)).toEqual(gone);
  });

  it('are not, when the list is cut so that it lacks them and the report counts them', async () => {
    const bench = await openDays(6, { perDay: 10 });
    await bench.sync({ only });
    bench.source.on('chats', ({ searchParams }, next) => {
      const { data } = next() as { data: Sent[] };
      return { data: searchParams.has('agent_id') ? data.slice(0, 2) : data.filter(({ id }) => ![7, 8].includes(id)) };
    });
    await bench.advance({ days: 1 });
    const run = await bench.sync({ only });
    await expectDoubt(bench, run, { resource: 'chats', reason: ['fewer_than_reported', 'cut'] });
    expect(await bench.missing('chats')).toEqual([]);
  });
});

describe('behind the lookback', () => {
  type Change = (chats: Sent[], day: string) => Sent[];
  const rated: Change = (chats, day) =>
    chats.map((chat) => (chat.id === 32 ? { ...chat, attributes: { ...chat.attributes, overall_rating: 1, updt_dt: day } } : chat));
  const deleted: Change = (chats) => chats.filter(({ id }) => id !== 31);

  it.each<[string, Change, string[]]>([
    ['a late rating and a deletion of one day', (chats, day) => deleted(rated(chats, day), day), ['31']],
    ['a deletion', deleted, ['31']],
    ['a late rating', rated, []],
    [
      'a chat that turns out to be missed',
      (chats, day) =>
        chats.map((chat) => (chat.id === 32 ? { ...chat, attributes: { ...chat.attributes, is_missed: 1, updt_dt: day } } : chat)),
      [],
    ],
    [
      'a response that is counted anew',
      (chats, day) =>
        chats.map((chat) => (chat.id === 32 ? { ...chat, attributes: { ...chat.attributes, response_delay: 500, updt_dt: day } } : chat)),
      [],
    ],
  ])('%s is seen within a week, at the cost of one report and the list of the day', async (_, change, missing) => {
    const bench = await openDays(60, { perDay: 2, startDays: 61 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    await bench.advance({ days: 1 });
    bench.records.chats = change(bench.records.chats, iso(bench.now(), -3_600));
    bench.requestsSince();
    for (const _night of [1, 2, 3, 4, 5, 6, 7]) {
      await bench.sync({ only });
      await bench.advance({ days: 1 });
    }
    expect(await bench.differences(['chats'])).toEqual([]);
    expect(await bench.missing('chats')).toEqual(missing);
    const asked = bench.requestsSince().filter((path) => /report|^\/chats/.test(path));
    // A report and a list each night; the weekly report; two for each of six halvings at most; the day's list and its report.
    expect(asked.length).toBeLessThanOrEqual(2 * 7 + 1 + 2 * 6 + 2);
  });

  it.each([
    ['a response that is counted anew', { response_delay: 500 }],
    ['one chat that stands in the place of another', undefined],
  ])('%s, which only a mean shows, is seen beside the deletion of a chat of other days', async (_, change) => {
    const bench = await openDays(60, { perDay: 2, startDays: 61 });
    const [returning] = change
      ? []
      : bench.records.chats.splice(
          bench.records.chats.findIndex(({ id }) => id === 55),
          1,
        );
    if (returning) returning.attributes.duration = 4_000;
    await bench.sync({ only });
    await bench.advance({ days: 8 });
    const updt_dt = iso(bench.now(), -3_600);
    bench.records.chats = deleted(bench.records.chats, '')
      .filter(({ id }) => change || id !== 57)
      .map((chat) => (change && chat.id === 55 ? { ...chat, attributes: { ...chat.attributes, ...change, updt_dt } } : chat));
    if (returning) bench.records.chats.push(returning);
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect((await bench.missing('chats')).sort()).toEqual(change ? ['31'] : ['31', '57']);
    // The next night asks for no more than the lookback.
    await bench.advance({ days: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(bench.requestsSince().filter((path) => /report|^\/chats/.test(path)).length).toBe(2);
  });

  /** A warehouse that was read before a chat behind the lookback was deleted, in the week after the last comparison. */
  const openDeleted = async () => {
    const bench = await openDays(60, { perDay: 2, startDays: 61 });
    await bench.sync({ only });
    bench.records.chats = deleted(bench.records.chats, '');
    await bench.advance({ days: 8 });
    return bench;
  };
  const daysOf = ({ searchParams }: URL): number =>
    (Date.parse(searchParams.get('end_date') ?? '') - Date.parse(searchParams.get('start_date') ?? '')) / 86_400_000 + 1;

  it.each<[string, (body: Body) => unknown]>([
    ['is not answered', () => ({ status: 403, body: { error: 'forbidden' } })],
    ['fails', () => ({ data: [], error: 'timeout' })],
    ['fails beside records', (body) => ({ ...body, success: false })],
    ['goes on', (body) => ({ ...body, has_more: true })],
  ])('a difference is not taken for a way of counting when the list of the day %s', async (_, reply) => {
    const bench = await openDeleted();
    bench.source.on('chats', (url, next) => (daysOf(url) > 4 ? next() : reply(next())));
    const run = await bench.sync({ only });
    expect(run.status).toBe('partial');
    await expectDoubt(bench, run, { resource: 'chats', reason: 'totals_differ' });
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual(['31']);
  });

  it('a difference stays in doubt when the report fails after the day was read', async () => {
    const bench = await openDeleted();
    let isRead = false;
    bench.source.on('chats', (url, next) => {
      isRead ||= daysOf(url) <= 4;
      return next();
    });
    bench.source.on('report', (_, next) => (isRead ? { status: 500, body: '' } : next()));
    const run = await bench.sync({ only });
    expect(run.status).toBe('partial');
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual(['31']);
  });

  it('a comparison that is stopped half way is made again by the next run', async () => {
    const bench = await openDeleted();
    const stop = new AbortController();
    bench.source.on('report', (url, next) => {
      if (daysOf(url) < 31) stop.abort();
      return next();
    });
    expect(await bench.sync({ only, signal: stop.signal })).toMatchObject({ status: 'interrupted' });
    expect(await bench.missing('chats')).toEqual([]);
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual(['31']);
  });

  it('so is one of which the report of older days, apart from the others, failed', async () => {
    const bench = await openDays(60, { startDays: 61 });
    await bench.sync({ only });
    await bench.advance({ days: 8 });
    bench.requestsSince();
    // Days that nobody has read lie between.
    await bench.rows(`update chatrhub_sync.coverage set covered_from = covered_from + 20 where resource = 'chats' returning 1`);
    await bench.rows(
      `insert into chatrhub_sync.coverage (resource, scope, covered_from, covered_until)
       select resource, scope, covered_from - 20, covered_from - 2 from chatrhub_sync.coverage where resource = 'chats' returning 1`,
    );
    const [{ oldest } = {}] = await bench.rows<{ oldest: string }>('select min(covered_from)::text as oldest from chatrhub_sync.coverage');
    bench.source.on('report', ({ searchParams }, next) => (searchParams.get('start_date') === oldest ? { status: 500, body: '' } : next()));
    await bench.sync({ only });
    const asked = () => bench.requestsSince('report').filter((path) => path.includes(`start_date=${oldest}`)).length;
    expect(asked()).toBeGreaterThan(0);
    bench.source.restore();
    for (const expected of [1, 0]) {
      await bench.advance({ days: 1 });
      await bench.sync({ only });
      expect(asked()).toBe(expected);
    }
  });

  it.each([400, 413, 422, 504])('a deletion is seen also when the report refuses more than 31 days (%i)', async (status) => {
    const bench = await openDays(60, { perDay: 2, startDays: 61 });
    for (const endpoint of ['report', 'chats'] as const)
      bench.source.on(endpoint, (url, next) => (daysOf(url) > 31 ? { status, body: { error: 'invalid range' } } : next()));
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    bench.records.chats = deleted(bench.records.chats, '');
    await bench.advance({ days: 8 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual(['31']);
    await bench.advance({ days: 8 });
    const before = bench.source.requests.length;
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(bench.source.requests.slice(before).filter((request) => request.status === status)).toEqual([]);
  });

  it('a deletion is seen where as many are left as one answer has at most', async () => {
    const bench = await openDays(60, { perDay: 5, startDays: 61 });
    // The days around the one that is read again have twenty.
    bench.source.on('chats', cutAt(19));
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    bench.records.chats = deleted(bench.records.chats, '');
    await bench.advance({ days: 8 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    expect(await bench.missing('chats')).toEqual(['31']);
  });

  it.each<[string, 'report' | 'chats', Override]>([
    ['the report failed (500)', 'report', () => ({ status: 500, body: '' })],
    ['the report was forbidden (403)', 'report', () => ({ status: 403, body: '' })],
    ['a chat was hidden', 'chats', changed((chats) => chats.filter(({ id }) => id !== 33))],
    ['nothing was listed', 'chats', () => ({ data: [] })],
  ])('days of which %s in a backfill are in doubt no more when the report agrees', async (_, endpoint, trouble) => {
    for (const settle of ['sync', 'reconcile'] as const) {
      const bench = await openDays(60, { perDay: 2, startDays: 5 });
      const short = { only, lookbackDays: 5 };
      await bench.sync(short);
      const from = midnight(bench.now(), -58).slice(0, 10);
      bench.source.on(endpoint, trouble);
      expect(await bench.backfill(from, { only })).toMatchObject({ status: 'partial' });
      bench.source.restore();
      if (settle === 'reconcile') await bench.reconcile({ repair: true });
      await bench.backfill(from, { only });
      await bench.advance({ days: 1 });
      await bench.sync(short);
      await bench.advance({ days: 1 });
      expect(await bench.sync(short)).toMatchObject({ status: 'complete', doubts: [], errors: [] });
      expect(await bench.differences(['chats'], { from })).toEqual([]);
    }
  });

  it('nothing is asked for but one report a week, while nothing changes', async () => {
    const bench = await openDays(60, { startDays: 61 });
    await bench.sync({ only });
    bench.requestsSince();
    for (const _night of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
    }
    const asked = bench.requestsSince().filter((path) => /report|^\/chats/.test(path));
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.length).toBeLessThanOrEqual(22);
  });
});
