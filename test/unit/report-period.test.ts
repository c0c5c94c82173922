import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { bucketsOf, choosePeriod, type DataDays, hasSameWeekdays, isPart } from '../../src/pages/report/report-period.ts';
import { addDays, daysIn } from '../../src/time/period.ts';

/** Every day from one to another, both included. */
const daysFrom = (first: string, last: string): string[] =>
  Array.from({ length: daysIn({ from: first, until: addDays(last, 1) }) }, (_, i) => addDays(first, i));
const DATA = { first: '2026-01-10', last: '2026-06-30', whole: new Set(daysFrom('2026-01-11', '2026-06-29')) };
const choose = (from?: string, to?: string, data: DataDays = DATA) => choosePeriod({ from, to }, data);

describe('the days of a report', () => {
  it('are the last 28 that are whole, when none are asked for', () => {
    expect(choose()).toMatchObject({ from: '2026-06-02', until: '2026-06-30', days: 28, step: 'day' });
    expect(choose(undefined, undefined, { ...DATA, whole: new Set(daysFrom('2026-06-20', '2026-06-25')) })).toMatchObject({
      from: '2026-06-20',
      until: '2026-06-26',
    });
  });

  it('are the last 28 that have data, where none is whole', () => {
    expect(choose(undefined, undefined, { ...DATA, whole: new Set() })).toMatchObject({ from: '2026-06-03', until: '2026-07-01' });
  });

  it('are 28 up to the day that is asked for, and reach to the last whole day from the day that is', () => {
    expect(choose(undefined, '2026-03-31')).toMatchObject({ from: '2026-03-04', until: '2026-04-01' });
    expect(choose('2026-06-20')).toMatchObject({ from: '2026-06-20', until: '2026-06-30' });
    expect(choose('2026-06-30')).toMatchObject({ from: '2026-06-30', until: '2026-07-01' });
  });

  it('do not begin before the data, unless that is asked for', () => {
    expect(choose(undefined, '2026-01-20')).toMatchObject({ from: '2026-01-10', days: 11 });
    expect(choose('2026-01-01', '2026-01-31')).toMatchObject({ from: '2026-01-01', days: 31 });
  });

  it('are compared with as many days of the same weekdays before, when all of those have data', () => {
    expect(choose().before).toEqual({ from: '2026-05-05', until: '2026-06-02' });
    expect(choose('2026-01-24', '2026-02-02').before).toEqual({ from: '2026-01-10', until: '2026-01-20' });
    expect(hasSameWeekdays(choose('2026-01-24', '2026-02-02'), { from: '2026-01-10', until: '2026-01-20' })).toBe(true);
  });

  it('are compared with the days just before, where those are the only ones; else with none', () => {
    expect(choose('2026-01-23', '2026-02-01').before).toEqual({ from: '2026-01-13', until: '2026-01-23' });
    expect(hasSameWeekdays(choose('2026-01-23', '2026-02-01'), { from: '2026-01-13', until: '2026-01-23' })).toBe(false);
    expect(choose('2026-01-19', '2026-01-28').before).toBeUndefined();
  });

  it('are refused where they run backwards, or have no data', () => {
    expect(() => choose('2026-03-02', '2026-03-01')).toThrow('--from 2026-03-02 is later than --to 2026-03-01');
    expect(() => choose('2026-07-01')).toThrow(UsageError);
    expect(() => choose(undefined, '2026-01-09')).toThrow('no chats from 2025-12-13 to 2026-01-09');
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
  const bucketsIn = (from: string, until: string, step: 'day' | 'week' | 'month', whole = daysFrom(from, until)) =>
    bucketsOf({ from, until, whole: new Set(whole) }, step);

  it('have each day once; what the period cuts is marked', () => {
    expect(bucketsIn('2026-06-03', '2026-06-16', 'week')).toEqual([
      { start: '2026-06-01', from: '2026-06-03', until: '2026-06-08', isCut: true, partDays: 0 },
      { start: '2026-06-08', from: '2026-06-08', until: '2026-06-15', isCut: false, partDays: 0 },
      { start: '2026-06-15', from: '2026-06-15', until: '2026-06-16', isCut: true, partDays: 0 },
    ]);
    expect(bucketsIn('2026-01-31', '2026-03-01', 'month').map(({ from, until }) => [from, until])).toEqual([
      ['2026-01-31', '2026-02-01'],
      ['2026-02-01', '2026-03-01'],
    ]);
    expect(bucketsIn('2026-02-27', '2026-03-02', 'day').map(({ start }) => start)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
  });

  it('with days that are not whole are parts', () => {
    const weeks = bucketsIn('2026-06-01', '2026-06-22', 'week', daysFrom('2026-06-01', '2026-06-12'));
    expect(weeks.map((week) => [week.partDays, isPart(week)])).toEqual([
      [0, false],
      [2, true],
      [7, true],
    ]);
  });
});
