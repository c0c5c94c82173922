import { describe, expect, it } from 'vitest';
import { bucketTitle, decimal, duration, isBeyondChance, percent } from '../../src/pages/report/numbers.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers of a report', () => {
  it.each([
    [null, '–'],
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [125, '2 min 5 s'],
    [599.6, '10 min'],
    [3_599.6, '1 h'],
    [5_400, '1 h 30 min'],
    [100_000, '27 h'],
    [172_800, '2.0 days'],
  ])('%s seconds read %s', (seconds, text) => expect(plain(duration(seconds))).toBe(text));

  it('a share of nothing is not zero', () => {
    expect(
      [percent({ part: 0, whole: 0 }), percent({ part: 0, whole: 3 }), percent({ part: 1, whole: 30 }), percent({ part: 2, whole: 3 })].map(
        plain,
      ),
    ).toEqual(['–', '0%', '3.3%', '67%']);
    expect([decimal(null), decimal(0), decimal(1), decimal(12.3)]).toEqual(['–', '0.0', '1.0', '12']);
  });

  it('a week that is cut says how many of its days it has', () => {
    const bucket = { start: '2026-06-01', from: '2026-06-03', until: '2026-06-08', isCut: true, partDays: 0 };
    expect(plain(bucketTitle(bucket, 'week'))).toBe('week of 1 Jun 2026, 5 days of it');
    expect(plain(bucketTitle({ ...bucket, from: '2026-06-01', isCut: false }, 'week'))).toBe('week of 1 Jun 2026');
    expect(plain(bucketTitle({ ...bucket, partDays: 2 }, 'week'))).toBe('week of 1 Jun 2026, 5 days of it, 2 not whole');
    expect(plain(bucketTitle({ ...bucket, partDays: 1 }, 'day'))).toBe('Wed 3 Jun 2026, not whole');
  });

  it('a difference is beyond chance when there is enough to tell', () => {
    expect(isBeyondChance({ part: 6, whole: 10 }, { part: 4, whole: 10 })).toBe(false);
    expect(isBeyondChance({ part: 600, whole: 1_000 }, { part: 400, whole: 1_000 })).toBe(true);
    expect(isBeyondChance({ part: 0, whole: 0 }, { part: 4, whole: 10 })).toBe(false);
    expect(isBeyondChance({ part: 10, whole: 10 }, { part: 10, whole: 10 })).toBe(false);
  });
});
