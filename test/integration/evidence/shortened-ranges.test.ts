import { describe, expect, it } from 'vitest';
import { daysOpener } from '../../support/chat-days.ts';
import { useBench } from '../../support/evidence-bench.ts';
import { expectExact } from '../../support/evidence-expect.ts';
import type { ScriptedSource } from '../../support/scripted-source.ts';

const openDays = daysOpener(useBench());
const only = ['agents', 'groups', 'chats'];
const DAY_MS = 86_400_000;

/** From now on lists of chats and reports are of so many days at most, the newest or the oldest of those asked for; nothing says so. */
function shorten(source: ScriptedSource, days: number, keeps: 'newest' | 'oldest'): void {
  for (const endpoint of ['chats', 'report'] as const)
    source.on(endpoint, ({ searchParams }, next) => {
      const [from = 0, last = 0] = ['start_date', 'end_date'].map((name) => Date.parse(searchParams.get(name) ?? ''));
      const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
      if (keeps === 'newest') searchParams.set('start_date', day(Math.max(from, last - (days - 1) * DAY_MS)));
      else searchParams.set('end_date', day(Math.min(last, from + (days - 1) * DAY_MS)));
      return next();
    });
}

describe('ranges of days that list and report shorten without a word', () => {
  it.each([
    [31, 'newest'],
    [31, 'oldest'],
    [7, 'newest'],
    [7, 'oldest'],
  ] as const)('of %i days, the %s, lose nothing in a first sync and a backfill', async (days, keeps) => {
    const bench = await openDays(100, { startDays: 40 });
    shorten(bench.source, days, keeps);
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    const since = new Date(bench.now().getTime() - 120 * DAY_MS).toISOString().slice(0, 10);
    expect((await bench.backfill(since, { only })).status).toBe('complete');
    expect(await bench.rows('select count(*)::int as count, count(source_missing_since)::int as missing from chatrhub.chats')).toEqual([
      { count: 100, missing: 0 },
    ]);
    // The weekly comparison asks for reports that are not shortened: no days differ, and none are read again.
    const lists: number[] = [];
    for (const days of [8, 8, 1]) {
      await bench.advance({ days });
      bench.requestsSince();
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      lists.push(bench.requestsSince('chats').length);
    }
    expect(lists[1]).toBe(lists[2]);
  });

  it.each(['newest', 'oldest'] as const)('mark nobody as missing when that begins, the %s being kept', async (keeps) => {
    const bench = await openDays(40, { startDays: 41 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
    shorten(bench.source, 7, keeps);
    for (let night = 0; night < 2; night += 1) {
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), ['chats']);
      expect(await bench.missing('chats')).toEqual([]);
    }
  });
});
