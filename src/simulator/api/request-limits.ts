/** At most `count` requests in any `windowMs` milliseconds. */
export type Limit = { readonly count: number; readonly windowMs: number };

/**
 * Sliding windows over all requests. `admit(now)` counts a request at `now` (milliseconds, never going back)
 * and says whether it is within every limit; a refused one counts as well.
 */
export function createLimits(limits: readonly Limit[]): { admit(now: number): boolean } {
  const widestMs = Math.max(0, ...limits.map(({ windowMs }) => windowMs));
  let times: number[] = [];
  return {
    admit: (now) => {
      times = times.filter((time) => time > now - widestMs);
      times.push(now);
      return limits.every(({ count, windowMs }) => times.filter((time) => time > now - windowMs).length <= count);
    },
  };
}
