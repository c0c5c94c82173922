import { describe, expect, it } from 'vitest';
import { expectedWithin } from '../../src/operations/freshness.ts';
import { longestGapSeconds } from '../../src/schedule/slots.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const gap = (cron: string) => longestGapSeconds(parseTimetable(cron, 'UTC'), '2026-03-20');

describe('the longest time between two slots', () => {
  it.each([
    ['nightly', '0 2 * * *', DAY],
    ['on working days only, over a weekend', '0 2 * * 1-5', 3 * DAY],
    ['every five minutes of office hours, over a weekend', '*/5 9-17 * * 1-5', 2 * DAY + 15 * HOUR + 5 * 60],
    ['every six hours', '0 */6 * * *', 6 * HOUR],
    ['every three seconds', '*/3 * * * * *', 3],
    ['on the first of each month', '0 2 1 * *', 31 * DAY],
    ['at two times of the night', '0 2,4 * * *', 22 * HOUR],
    ['on a day that a year may lack', '0 2 29 2 *', 366 * DAY],
  ])('%s', (_, cron, expected) => {
    expect(gap(cron)).toBe(expected);
  });
});

describe('a resource is expected to be read again', () => {
  const nightly = { timetable: parseTimetable('0 2 * * *', 'UTC'), maxDurationMs: 6 * HOUR * 1_000 };

  it('by the next sync, which may take as long as it may, and begin an hour late', () => {
    expect(expectedWithin(nightly, '2026-03-20')('run')).toBe(DAY + 6 * HOUR + HOUR);
  });

  it('by the sync after a week, and a day later, where it is read weekly with what the budget has left over', () => {
    expect(expectedWithin(nightly, '2026-03-20')('week')).toBe(6.5 * DAY + DAY + DAY + 6 * HOUR + HOUR);
  });

  it('later by as much as the schedule pauses', () => {
    const working = { ...nightly, timetable: parseTimetable('0 2 * * 1-5', 'UTC') };
    expect(expectedWithin(working, '2026-03-20')('run') - expectedWithin(nightly, '2026-03-20')('run')).toBe(2 * DAY);
  });
});
