import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { bucketsOf, choosePeriod } from '../../src/pages/report/report-period.ts';

const DATA = { first: '2026-01-10', last: '2026-06-30' };
const choose = (from?: string, to?: string, data = DATA) => choosePeriod({ from, to }, data);

describe('the days of a report', () => {
  it('are the last thirty that have data, when none are asked for', () => {
    expect(choose()).toMatchObject({ from: '2026-06-01', until: '2026-07-01', days: 30, step: 'day' });
    expect(choose(undefined, '2026-03-31')).toMatchObject({ from: '2026-03-02', until: '2026-04-01' });
  });

  it('do not begin before the data, unless that is asked for', () => {
    expect(choose(undefined, undefined, { first: '2026-06-20', last: '2026-06-30' })).toMatchObject({ from: '2026-06-20', days: 11 });
    expect(choose('2026-01-01', '2026-01-31')).toMatchObject({ from: '2026-01-01', days: 31 });
  });

  it('are compared with as many just before, when all of those have data', () => {
    expect(choose().before).toEqual({ from: '2026-05-02', until: '2026-06-01' });
    expect(choose('2026-01-20', '2026-01-29').before).toEqual({ from: '2026-01-10', until: '2026-01-20' });
    expect(choose('2026-01-19', '2026-01-28').before).toBeUndefined();
  });

  it('are refused where they run backwards, or have no data', () => {
    expect(() => choose('2026-03-02', '2026-03-01')).toThrow('--from 2026-03-02 is later than --to 2026-03-01');
    expect(() => choose('2026-07-01')).toThrow(UsageError);
    expect(() => choose(undefined, '2026-01-09')).toThrow('no chats from 2025-12-11 to 2026-01-09');
    expect(() => choose('2026-07-01', '2026-07-02')).toThrow('from 2026-01-10 to 2026-06-30');
    expect(choose('2026-06-30', '2027-06-30').days).toBe(366);
  });

  it('become weeks and months when there are many', () => {
    expect(choose('2026-05-01', '2026-07-01').step).toBe('day');
    expect(choose('2026-04-30', '2026-07-01').step).toBe('week');
    expect(choose('2025-05-01', '2026-07-01').step).toBe('week');
    expect(choose('2025-04-30', '2026-07-01').step).toBe('month');
  });
});

describe('buckets', () => {
  it('have each day once; what the period cuts is marked', () => {
    expect(bucketsOf({ from: '2026-06-03', until: '2026-06-16' }, 'week')).toEqual([
      { start: '2026-06-01', from: '2026-06-03', until: '2026-06-08', isCut: true },
      { start: '2026-06-08', from: '2026-06-08', until: '2026-06-15', isCut: false },
      { start: '2026-06-15', from: '2026-06-15', until: '2026-06-16', isCut: true },
    ]);
    expect(bucketsOf({ from: '2026-01-31', until: '2026-03-01' }, 'month').map(({ from, until }) => [from, until])).toEqual([
      ['2026-01-31', '2026-02-01'],
      ['2026-02-01', '2026-03-01'],
    ]);
    expect(bucketsOf({ from: '2026-02-27', until: '2026-03-02' }, 'day').map(({ start }) => start)).toEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
    ]);
  });
});
