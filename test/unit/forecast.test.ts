import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Budget, forecast, lowerBoundMs } from '../../src/budget/forecast.ts';
import { DOCUMENTED_LIMITS, type Limit, parseLimits } from '../../src/budget/limits.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const documented = parseLimits(DOCUMENTED_LIMITS) ?? [];
const at = (ms: number) => new Date(Date.UTC(2018, 5, 20) + ms);
const many = (count: number, ms: number) => Array<Date>(count).fill(at(ms));

/** Word by word what is promised: every moment that counts is kept and sorted anew for each request. */
function granted(requests: number, budgets: readonly Budget[], start: number) {
  const counted = budgets.map(({ past }) => past.map(Number));
  const binds: { limit: Limit; at: Date; afterRequests: number }[] = [];
  let time = start;
  for (let index = 0; index < requests; index += 1) {
    const since = time;
    for (const [which, { limit }] of budgets.entries()) {
      const earliest = (counted[which]?.toSorted((a, b) => b - a)[limit.count - 1] ?? Number.NEGATIVE_INFINITY) + limit.windowMs;
      time = Math.max(time, earliest);
      if (earliest > since && !binds.some((bind) => bind.limit === limit)) {
        binds.push({ limit, at: new Date(since), afterRequests: index });
      }
    }
    for (const moments of counted) moments.push(time);
  }
  return { finishesAt: new Date(time), binds };
}

const limits = fc.record({ count: fc.integer({ min: 1, max: 12 }), windowMs: fc.integer({ min: 1, max: 60 }) });
/** Before and after the start, since an attempt under way counts when it will have ended. */
const moments = fc.array(
  fc.integer({ min: -80, max: 30 }).map((ms) => at(ms)),
  { maxLength: 30 },
);

describe('the forecast', () => {
  it('grants each request at the earliest moment that every limit allows', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.array(fc.record({ limit: limits, past: moments }), { maxLength: 4 }),
        fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined }),
        (requests, budgets, wait) => {
          const notBefore = wait === undefined ? undefined : at(wait);
          const expected = granted(requests, budgets, requests === 0 ? Number(at(0)) : Number(at(Math.max(0, wait ?? 0))));
          expect(forecast({ requests, budgets, now: at(0), notBefore })).toEqual(expected);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('says which limits make it wait, since when, and after how many requests', () => {
    const [minute, hour, day] = documented;
    const budgets = documented.map((limit) => ({ limit, past: [] }));
    expect(forecast({ requests: 2_100, budgets, now: at(0) })).toEqual({
      finishesAt: at(DAY + 4 * MINUTE),
      binds: [
        { limit: minute, at: at(0), afterRequests: 20 },
        { limit: hour, at: at(7 * MINUTE), afterRequests: 150 },
        { limit: day, at: at(13 * HOUR + 2 * MINUTE), afterRequests: 2_000 },
      ],
    });
  });

  it('counts what was used before, in each limit for itself', () => {
    const [minute, hour] = documented;
    if (!minute || !hour) throw new Error('two limits');
    const budgets = [
      { limit: minute, past: many(15, -2 * MINUTE) },
      { limit: hour, past: [...many(100, -50 * MINUTE), ...many(49, -2 * HOUR), ...many(40, -10 * MINUTE)] },
    ];
    expect(forecast({ requests: 11, budgets, now: at(0) })).toEqual({
      finishesAt: at(10 * MINUTE),
      binds: [{ limit: hour, at: at(0), afterRequests: 10 }],
    });
  });

  it('grants nothing before the moment until when the source asked to stand back', () => {
    const budgets = [{ limit: { count: 1, windowMs: MINUTE }, past: [at(0)] }];
    expect(forecast({ requests: 1, budgets, now: at(1), notBefore: at(HOUR) })).toEqual({ finishesAt: at(HOUR), binds: [] });
    expect(forecast({ requests: 1, budgets, now: at(1), notBefore: at(-HOUR) }).finishesAt).toEqual(at(MINUTE));
  });

  it('is done at once when there is nothing to do', () => {
    const budgets = [{ limit: { count: 1, windowMs: MINUTE }, past: [at(0)] }];
    expect(forecast({ requests: 0, budgets, now: at(1), notBefore: at(HOUR) })).toEqual({ finishesAt: at(1), binds: [] });
  });

  it('takes little memory for a million requests', () => {
    const budgets = documented.map((limit) => ({ limit, past: many(5_000, -MINUTE) }));
    const before = process.memoryUsage();
    const { finishesAt } = forecast({ requests: 1_000_000, budgets, now: at(0) });
    const after = process.memoryUsage();
    expect(finishesAt.getTime()).toBeGreaterThan(Number(at(499 * DAY)));
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(100e6);
  });
});

describe('the lower bound', () => {
  /** T_sliding(R), valid for limits each of which ends before the next one's window. */
  const formula = (requests: number) => {
    const m = Math.max(0, requests - 1);
    return DAY * Math.floor(m / 2_000) + HOUR * Math.floor((m % 2_000) / 150) + MINUTE * Math.floor(((m % 2_000) % 150) / 20);
  };

  it.each([
    [0, 0],
    [1, 0],
    [20, 0],
    [150, 7 * MINUTE],
    [151, HOUR],
    [500, 3 * HOUR + 2 * MINUTE],
    [1_000, 6 * HOUR + 4 * MINUTE],
    [2_000, 13 * HOUR + 2 * MINUTE],
    [2_001, 24 * HOUR],
    [4_000, 37 * HOUR + 2 * MINUTE],
    [5_000, 54 * HOUR + 4 * MINUTE],
    [10_000, 109 * HOUR + 2 * MINUTE],
  ])('of %d requests within the documented limits is %d ms', (requests, expected) => {
    expect(lowerBoundMs(requests, documented)).toBe(expected);
    expect(formula(requests)).toBe(expected);
  });

  it('is the formula for any number of requests within the documented limits', () => {
    const requests = Array.from({ length: 200 }, (_, index) => 1 + index * 61);
    expect(requests.map((number) => lowerBoundMs(number, documented))).toEqual(requests.map(formula));
  });

  it('is what a plain double loop finds for limits one inside the other', () => {
    const step = fc.record({ count: fc.integer({ min: 1, max: 12 }), windowMs: fc.integer({ min: 1, max: 500 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 150 }), (steps, requests) => {
        const nested = steps.map((_, depth) => ({
          count: steps.slice(0, depth + 1).reduce((sum, { count }) => sum + count, 0),
          windowMs: steps.slice(0, depth + 1).reduce((sum, { windowMs }) => sum + windowMs, 0),
        }));
        const times: number[] = [];
        for (let index = 0; index < requests; index += 1) {
          let time = times[index - 1] ?? 0;
          for (const { count, windowMs } of nested) if (index >= count) time = Math.max(time, (times[index - count] ?? 0) + windowMs);
          times.push(time);
        }
        expect(lowerBoundMs(requests, nested)).toBe(times.at(-1));
      }),
      { numRuns: 1_000 },
    );
  });
});
