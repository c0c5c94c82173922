import { describe, expect, it } from 'vitest';
import { backoffMs, pauseMs, retryAfterMs } from '../../src/budget/back-off.ts';

const now = new Date('2018-06-20T12:00:00Z');
const DAY_MS = 86_400_000;

describe('the wait before the next attempt', () => {
  it.each([
    [0, 0, 0],
    [0, 1, 1_000],
    [1, 0.25, 500],
    [3, 0.5, 4_000],
    [6, 1, 60_000],
    [5_000, 1, 60_000],
  ])('after attempt %d with chance %d is %d ms', (attempt, random, ms) => {
    expect(backoffMs(attempt, random)).toBe(ms);
  });
});

describe('Retry-After', () => {
  it.each<[string, string | null, number]>([
    ['7', null, 8_000],
    [' 7 ', null, 8_000],
    ['0', null, 1_000],
    ['1.5', null, 2_500],
    ['3600', null, 3_601_000],
    ['999999999', null, DAY_MS],
    ['Wed, 20 Jun 2018 12:00:30 GMT', null, 31_000],
    ['Wed, 20 Jun 2018 12:00:30 GMT', 'Wed, 20 Jun 2018 12:00:10 GMT', 21_000],
    ['Wed, 20 Jun 2018 15:00:30 GMT', 'Wed, 20 Jun 2018 15:00:00 GMT', 31_000],
    ['Wed, 20 Jun 2018 12:00:30 GMT', 'no date', 31_000],
    ['Wed, 20 Jun 2018 11:00:00 GMT', null, 1_000],
    ['Wed, 20 Jun 2028 12:00:00 GMT', null, DAY_MS],
  ])('"%s", with the Date header %j, is a wait of %d ms', (header, date, ms) => {
    expect(retryAfterMs(header, date, now)).toBe(ms);
  });

  it.each([null, '', ' ', '-5', 'soon', 'Monday', '7 7', '7, 8', '1e3', '0x10', 'NaN', '12:30', '2018'.repeat(100).concat('x')])(
    '%j says nothing or nothing that can be read',
    (header) => {
      expect(retryAfterMs(header, null, now)).toBeUndefined();
    },
  );
});

describe('standing back without Retry-After', () => {
  const windows = [60_000, 3_600_000, DAY_MS];

  it.each([
    [1, 60_000],
    [2, 120_000],
    [6, 1_920_000],
    [20, DAY_MS],
    [2_000, DAY_MS],
  ])('after %d refusals in a row takes %d ms: the shortest window, doubling up to the longest', (refusals, ms) => {
    expect(pauseMs(refusals, windows)).toBe(ms);
  });

  it('stays with the only window there is', () => {
    expect([1, 2, 9].map((refusals) => pauseMs(refusals, [2_000]))).toEqual([2_000, 2_000, 2_000]);
  });
});
