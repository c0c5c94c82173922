import { describe, expect, it } from 'vitest';
import { chooseOffset, type Fitting, inUtc } from '../../src/runs/day-offset.ts';

/** The total of some days of June, and the offsets with which it fits. */
const total = (from: string, until: string, ...fitting: number[]): Fitting => ({
  days: { from: `2018-06-${from}`, until: `2018-06-${until}` },
  fits: (ahead) => fitting.includes(ahead),
});

describe('the hours by which the days of the source are ahead of UTC', () => {
  it.each<[string, number[], Fitting[], number]>([
    ['are none where nothing speaks for others', [0, 2, -6], [total('01', '09'), total('01', '05', 0, 2)], 0],
    ['are those of three totals of different days', [0, 2, -6], [total('01', '02', 2), total('02', '03', 2), total('05', '06', 2)], 2],
    ['are none where these are parts of one another', [0, 2], [total('01', '09', 2), total('05', '09', 2), total('07', '09', 2)], 0],
    [
      'are none where one total speaks against it: records that are gone fit by chance',
      [0, 2],
      [total('01', '02', 2), total('02', '03', 2), total('05', '06', 2), total('07', '08', 0)],
      0,
    ],
    [
      'are those that twice as many speak for',
      [0, 2],
      [...['01', '03', '05', '07', '09', '11'].map((day) => total(day, String(Number(day) + 1).padStart(2, '0'), 2)), total('20', '21', 0)],
      2,
    ],
    ['are those with which most totals fit, where the list rules out UTC', [2, -6], [total('01', '09', -6), total('01', '02', 2, -6)], -6],
    ['are the likeliest where it rules out UTC, and totals tell nothing', [2, -6], [], 2],
  ])('%s', (_, candidates, totals, expected) => {
    expect(chooseOffset(candidates, totals)).toBe(expected);
  });
});

it.each([
  [2, { from: '2018-06-02', until: '2018-06-04' }],
  [0, { from: '2018-06-03', until: '2018-06-04' }],
  [-6, { from: '2018-06-03', until: '2018-06-05' }],
])('a day of a source that is %i hours ahead reaches into these days of UTC', (ahead, days) => {
  expect(inUtc({ from: '2018-06-03', until: '2018-06-04' }, ahead)).toEqual(days);
});
