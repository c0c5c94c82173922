import { describe, expect, it } from 'vitest';
import { daysOpener } from '../../support/chat-days.ts';
import { useBench } from '../../support/evidence-bench.ts';
import { expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { iso, type Sent } from '../../support/scripted-records.ts';
import { cutAt } from '../../support/scripted-source.ts';

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
