import type { Limit } from '../../src/budget/limits.ts';

/** Moments, first to last, of which a window holds one more than it may. */
export type Violation = Limit & { first: number; last: number };

/**
 * Every sliding window of `windowMs` (half-open) that holds more than `count` of the moments, by its first and its last one too many. A
 * fixed window of any phase is one of the sliding ones.
 */
export function violationsOf(limits: readonly Limit[], moments: readonly number[]): Violation[] {
  const sorted = moments.toSorted((a, b) => a - b);
  return limits.flatMap(({ count, windowMs }) =>
    sorted.flatMap((first, i) => {
      const last = sorted[i + count];
      return last !== undefined && last - first < windowMs ? [{ count, windowMs, first, last }] : [];
    }),
  );
}

/** The least time from the first to the last of so many requests, when one takes `stepMs` longer than the one before. */
export function leastMs(limits: readonly Limit[], requests: number, stepMs = 0): number {
  const moments = [0];
  while (moments.length < requests) {
    const previous = moments.at(-1) ?? 0;
    moments.push(Math.max(previous + stepMs, ...limits.map(({ count, windowMs }) => (moments.at(-count) ?? -windowMs) + windowMs)));
  }
  return moments.at(-1) ?? 0;
}
