import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backfillLimit, guardMs, parseLimits, windowName } from '../../src/budget/limits.ts';

describe('limits', () => {
  it.each([
    [
      '20/minute,150/hour,2000/day',
      [
        [20, 60_000],
        [150, 3_600_000],
        [2_000, 86_400_000],
      ],
    ],
    [
      '2000/day, 20/minute',
      [
        [20, 60_000],
        [2_000, 86_400_000],
      ],
    ],
    [' 5 / second ', [[5, 1_000]]],
    ['20/2s', [[20, 2_000]]],
    [
      '1/500ms,3/90m,4/12h,5/7d',
      [
        [1, 500],
        [3, 5_400_000],
        [4, 43_200_000],
        [5, 604_800_000],
      ],
    ],
    [
      '10/minute,20/minute',
      [
        [10, 60_000],
        [20, 60_000],
      ],
    ],
  ])('%s', (text, expected) => {
    expect(parseLimits(text)).toEqual(expected.map(([count, windowMs]) => ({ count, windowMs })));
  });

  it.each([
    '',
    ' ',
    '20',
    '20/',
    '/minute',
    '0/minute',
    '-1/minute',
    '1.5/minute',
    '20/minutes',
    '20/0s',
    '20/s',
    '20/1minute',
    '20/2 s',
    '20 per minute',
    '20/minute,',
    '20/minute;150/hour',
    '1e3/day',
    '9999999999/day',
    'none',
  ])('"%s" are none', (text) => {
    expect(parseLimits(text)).toBeUndefined();
  });

  it('one that cannot be read spoils them all', () => {
    expect(parseLimits('20/minute,many/hour')).toBeUndefined();
  });
});

describe('the name of a window', () => {
  it.each([
    [1_000, '1s'],
    [60_000, 'minute'],
    [3_600_000, 'hour'],
    [86_400_000, 'day'],
    [2_000, '2s'],
    [1_500, '1500ms'],
    [120_000, '2m'],
    [5_400_000, '90m'],
    [604_800_000, '7d'],
  ])('of %d ms is %s', (ms, name) => {
    expect(windowName(ms)).toBe(name);
  });

  it('is read back as the same window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (windowMs) => {
        expect(parseLimits(`1/${windowName(windowMs)}`)).toEqual([{ count: 1, windowMs }]);
      }),
    );
  });
});

describe('the guard of a window', () => {
  it.each([
    [1_000, 20],
    [60_000, 610],
    [3_600_000, 5_000],
    [86_400_000, 5_000],
  ])('of %d ms is %d ms', (windowMs, ms) => {
    expect(guardMs({ count: 1, windowMs })).toBe(ms);
  });
});

describe('what a backfill may use of the longest window', () => {
  const DOCUMENTED = parseLimits('20/minute,150/hour,2000/day') ?? [];

  it.each([
    ['a quarter less', 0.25, 0, 1_500],
    ['a quarter less, when last night needed little', 0.25, 300, 1_500],
    ['less by what last night needed and a third more', 0.25, 500, 1_350],
    ['a quarter at least, however much that was', 0.25, 5_000, 500],
    ['what its share leaves, when that is less', 0.95, 5_000, 100],
    ['one request, when all is to be left', 1, 0, 1],
  ])('is %s', (_, reserve, lastNight, count) => {
    expect(backfillLimit(DOCUMENTED, reserve, lastNight)).toEqual({ count, windowMs: 86_400_000 });
  });

  it('is not limited when nothing is to be left, or there is no limit', () => {
    expect(backfillLimit(DOCUMENTED, 0, 5_000)).toBeUndefined();
    expect(backfillLimit([], 0.25, 0)).toBeUndefined();
  });
});
