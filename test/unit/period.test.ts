import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, coveredBy, dayOf, daysIn, firstUnfinishedDay, halve, merge, parseDay, subtract } from '../../src/time/period.ts';

const days = fc.integer({ min: -20_000, max: 40_000 }).map((number) => addDays('1970-01-01', number));
/** Close enough to each other to touch and overlap. */
const periods = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: -3, max: 30 })).map(([start, length]) => {
  const from = addDays('2018-01-01', start);
  return { from, until: addDays(from, length) };
});

describe('days', () => {
  it.each([
    ['2018-02-28', 1, '2018-03-01'],
    ['2016-02-28', 1, '2016-02-29'],
    ['2018-01-01', -1, '2017-12-31'],
    ['2018-06-20', 0, '2018-06-20'],
    ['2018-03-25', 1, '2018-03-26'],
    ['2018-01-01', 365, '2019-01-01'],
  ])('%s and %d days are %s', (day, number, expected) => {
    expect(addDays(day, number)).toBe(expected);
  });

  it.each(['2018-06-20', '2016-02-29', '0001-01-01', '9999-12-31'])('%s is one', (text) => {
    expect(parseDay(text)).toBe(text);
  });

  it.each([
    '2018-02-30',
    '2018-02-29',
    '2018-13-01',
    '2018-00-01',
    '0000-00-00',
    '2018-6-20',
    '20180620',
    '2018-06-20T00:00:00Z',
    ' 2018-06-20',
    'today',
    '',
  ])('"%s" is none', (text) => {
    expect(parseDay(text)).toBeUndefined();
  });

  it('an instant belongs to its day in UTC', () => {
    expect([dayOf(new Date('2018-06-20T23:59:59.999Z')), dayOf(new Date('2018-06-20T23:59:59-01:00'))]).toEqual([
      '2018-06-20',
      '2018-06-21',
    ]);
  });
});

const daysOf = (list: readonly { from: string; until: string }[]) =>
  new Set(list.flatMap((period) => Array.from({ length: daysIn(period) }, (_, i) => addDays(period.from, i))));

describe('periods', () => {
  it.each([
    ['2018-06-20', '2018-06-21', 1],
    ['2018-06-20', '2018-06-20', 0],
    ['2018-06-21', '2018-06-20', 0],
    ['2017-01-01', '2018-01-01', 365],
  ])('from %s until %s have %d days', (from, until, expected) => {
    expect(daysIn({ from, until })).toBe(expected);
  });

  it('of two days and more have two halves, which meet and are not empty', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 2, max: 800 }), (from, length) => {
        const until = addDays(from, length);
        const [older, newer] = halve({ from, until });
        expect([older.from, older.until, newer.until]).toEqual([from, newer.from, until]);
        expect(daysIn(newer) - daysIn(older)).toBeOneOf([0, 1]);
        expect(daysIn(older)).toBeGreaterThan(0);
      }),
    );
  });

  it.each([
    [
      'apart',
      [
        ['2018-01-05', '2018-01-06'],
        ['2018-01-01', '2018-01-02'],
      ],
      [
        ['2018-01-01', '2018-01-02'],
        ['2018-01-05', '2018-01-06'],
      ],
    ],
    [
      'adjacent',
      [
        ['2018-01-01', '2018-01-02'],
        ['2018-01-02', '2018-01-03'],
      ],
      [['2018-01-01', '2018-01-03']],
    ],
    [
      'overlapping',
      [
        ['2018-01-01', '2018-01-05'],
        ['2018-01-03', '2018-01-09'],
      ],
      [['2018-01-01', '2018-01-09']],
    ],
    [
      'one within the other',
      [
        ['2018-01-01', '2018-01-09'],
        ['2018-01-03', '2018-01-05'],
      ],
      [['2018-01-01', '2018-01-09']],
    ],
    [
      'empty or backwards',
      [
        ['2018-01-03', '2018-01-03'],
        ['2018-01-05', '2018-01-01'],
      ],
      [],
    ],
  ])('that are %s merge into the fewest', (_, given, expected) => {
    const toPeriod = ([from = '', until = '']: string[]) => ({ from, until });
    expect(merge(given.map(toPeriod))).toEqual(expected.map(toPeriod));
  });

  it('hold the same days when they are merged, in order, apart from each other', () => {
    fc.assert(
      fc.property(fc.array(periods, { maxLength: 6 }), (list) => {
        const before = structuredClone(list);
        const merged = merge(list);
        expect(daysOf(merged)).toEqual(daysOf(list));
        merged.slice(1).forEach((period, i) => {
          expect(period.from > (merged[i]?.until ?? '')).toBe(true);
        });
        expect(list).toEqual(before);
      }),
    );
  });
});

describe('what is left of a period', () => {
  it('is its days that are in none of the others, as the fewest periods', () => {
    fc.assert(
      fc.property(periods, fc.array(periods), (period, others) => {
        const left = subtract(period, others);
        const taken = daysOf(others);
        expect([...daysOf(left)]).toEqual([...daysOf([period])].filter((day) => !taken.has(day)));
        expect(merge(left)).toEqual(left);
      }),
    );
  });

  it.each([
    ['all of it, when there are no others', [], [{ from: '2018-06-01', until: '2018-06-11' }]],
    ['nothing, when others hold it', [{ from: '2018-05-01', until: '2018-06-11' }], []],
    [
      'both sides of one in its midst',
      [{ from: '2018-06-03', until: '2018-06-05' }],
      [
        { from: '2018-06-01', until: '2018-06-03' },
        { from: '2018-06-05', until: '2018-06-11' },
      ],
    ],
  ])('is %s', (_, others, expected) => {
    expect(subtract({ from: '2018-06-01', until: '2018-06-11' }, others)).toEqual(expected);
  });
});

describe('what an answer covers', () => {
  it.each([
    ['2018-06-20T11:59:59Z', '2018-06-19'],
    ['2018-06-20T12:00:00Z', '2018-06-20'],
    ['2018-06-20T23:59:59Z', '2018-06-20'],
    ['2018-06-21T00:00:00Z', '2018-06-20'],
  ])('at %s the first day not over everywhere on Earth is %s', (now, day) => {
    expect(firstUnfinishedDay(new Date(now))).toBe(day);
  });

  const now = new Date('2018-06-20T02:00:00Z');

  it.each([
    ['days long over', '2018-06-01', '2018-06-10', '2018-06-10'],
    ['days up to one that is not over', '2018-06-01', '2018-06-19', '2018-06-19'],
    ['days that are not over, which are left out', '2018-06-01', '2018-06-22', '2018-06-19'],
  ])('%s', (_, from, until, expected) => {
    expect(coveredBy({ from, until }, now)).toEqual({ from, until: expected });
  });

  it.each([
    ['2018-06-19', '2018-06-22'],
    ['2018-06-20', '2018-06-21'],
    ['2018-06-10', '2018-06-10'],
  ])('nothing, when no day from %s until %s is over', (from, until) => {
    expect(coveredBy({ from, until }, now)).toBeUndefined();
  });
});
