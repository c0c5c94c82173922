import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastSlot, nextSlot } from '../../src/schedule/slots.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';

/** The next slots after a moment. */
function slotsAfter(cron: string, timeZone: string, from: string, number: number): string[] {
  const timetable = parseTimetable(cron, timeZone);
  const slots: Date[] = [];
  for (let i = 0; i < number; i++) slots.push(nextSlot(timetable, slots.at(-1) ?? new Date(from)) ?? new Date(Number.NaN));
  return slots.map((slot) => slot.toISOString().replace(':00.000Z', 'Z'));
}

describe('a nightly', () => {
  it.each([
    // Spring: 02:30 does not exist, so it runs when the clock goes on.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:30Z']],
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', ['2026-03-08T07:00Z', '2026-03-09T06:30Z']],
    ['10 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', ['2026-10-03T15:30Z', '2026-10-04T15:10Z']],
    // Clocks that go forward at midnight.
    ['0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', ['2026-09-06T04:00Z', '2026-09-07T03:00Z']],
    // Autumn: the first of the two counts.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', ['2026-11-01T05:30Z', '2026-11-02T06:30Z']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00Z', ['2026-04-04T14:45Z', '2026-04-05T15:15Z']],
    ['0 2 * * *', 'UTC', '2026-03-28T12:00Z', ['2026-03-29T02:00Z', '2026-03-30T02:00Z']],
  ])('%s of %s after %s runs at %j', (cron, zone, from, expected) => {
    expect(slotsAfter(cron, zone, from, 2)).toEqual(expected);
  });

  it('runs exactly once on every local day, wherever and whenever', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Africa/Cairo', 'Asia/Kathmandu'];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.nat(23), fc.nat(59), fc.integer({ min: 2000, max: 2035 }), (zone, hour, minute, year) => {
        const timetable = parseTimetable(`${minute} ${hour} * * *`, zone);
        const localDay = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
        const days: string[] = [];
        for (let at = new Date(Date.UTC(year, 0, 1, 12)); days.length < 366; ) {
          const next = nextSlot(timetable, at);
          if (!next) throw new Error('no slot');
          expect(lastSlot(timetable, next)).toEqual(next);
          if (days.length > 0) expect(lastSlot(timetable, new Date(next.getTime() - 1))).toEqual(at);
          days.push(localDay.format(next));
          at = next;
        }
        const first = Date.parse(days[0] ?? '');
        expect(days).toEqual(days.map((_, i) => new Date(first + i * 86_400_000).toISOString().slice(0, 10)));
      }),
      { numRuns: 25 },
    );
  });
});

describe('what is due in every hour', () => {
  it('is due in the repeated hour as well, and not in the one that is skipped', () => {
    expect(slotsAfter('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:00Z', 5)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
      '2026-10-25T02:30Z',
    ]);
    expect(slotsAfter('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 3)).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
    ]);
  });
});

describe('a cron expression', () => {
  it.each([
    ['*/20 * * * * *', '2026-03-07T12:00:05Z', ['2026-03-07T12:00:20.000Z', '2026-03-07T12:00:40.000Z', '2026-03-07T12:01Z']],
    ['0 9 * jan-mar mon-fri', '2026-03-30T12:00Z', ['2026-03-31T09:00Z', '2027-01-01T09:00Z', '2027-01-04T09:00Z']],
    ['0 3 L * *', '2028-01-24T12:00Z', ['2028-01-31T03:00Z', '2028-02-29T03:00Z', '2028-03-31T03:00Z']],
    ['0 3 * * 1#1', '2026-11-22T12:00Z', ['2026-12-07T03:00Z', '2027-01-04T03:00Z', '2027-02-01T03:00Z']],
    ['0 3 29 2 *', '2026-11-22T12:00Z', ['2028-02-29T03:00Z', '2032-02-29T03:00Z', '2036-02-29T03:00Z']],
    // As in crontab(5): either of two days that are both restricted is enough; a star restricts nothing, with a step neither.
    ['0 3 1 * mon', '2026-11-26T12:00Z', ['2026-11-30T03:00Z', '2026-12-01T03:00Z', '2026-12-07T03:00Z']],
    ['0 0 3 1,15 dec fri#1', '2026-11-30T12:00Z', ['2026-12-01T03:00Z', '2026-12-04T03:00Z', '2026-12-15T03:00Z']],
    ['0 3 */2 * mon', '2026-11-26T12:00Z', ['2026-12-07T03:00Z', '2026-12-21T03:00Z', '2027-01-11T03:00Z']],
    ['0 3 1-7 * *', '2026-12-06T12:00Z', ['2026-12-07T03:00Z', '2027-01-01T03:00Z', '2027-01-02T03:00Z']],
    ['@daily', '2026-12-30T12:00Z', ['2026-12-31T00:00Z', '2027-01-01T00:00Z', '2027-01-02T00:00Z']],
  ])('%s after %s means %j', (cron, from, expected) => {
    expect(slotsAfter(cron, 'UTC', from, 3)).toEqual(expected);
  });
});
