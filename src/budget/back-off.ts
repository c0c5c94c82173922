const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A source that asks for more than a day of silence is taken at its word for a day. */
export const LONGEST_WAIT_MS = 86_400_000;

/** Milliseconds before the next attempt after `attempt` failed ones: doubling, capped, with full jitter (`random` is in 0 to 1). */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * random);
}

/**
 * Milliseconds that a Retry-After header asks to wait, a second added: it is given in seconds or as a date, and dates are measured
 * from the answer's own Date header, as the source's clock may be wrong. Undefined when there is none, or none that can be read.
 */
export function askedWaitMs(header: string | null, dateHeader: string | null, now: Date): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  const sourceNow = Date.parse(dateHeader ?? '') || now.getTime();
  // Date.parse takes any number for a year: only what names a month is a date.
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : /[a-z]{3}/i.test(text) ? Date.parse(text) - sourceNow : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms) + 1_000;
}

/** The same, at most a day. */
export function retryAfterMs(header: string | null, dateHeader: string | null, now: Date): number | undefined {
  const ms = askedWaitMs(header, dateHeader, now);
  return ms === undefined ? undefined : Math.min(LONGEST_WAIT_MS, ms);
}

/** How long to pause after the n-th 429 in a row without Retry-After: the shortest window, doubling up to the longest. */
export function pauseMs(refusals: number, windowsMs: readonly number[]): number {
  const shortest = Math.min(LONGEST_WAIT_MS, ...windowsMs);
  return Math.min(shortest * 2 ** (refusals - 1), Math.max(shortest, ...windowsMs));
}

/**
 * How long to pause after the n-th 429 in a row: as long as Retry-After says, and longer each time where that is short, up to the longest
 * window.
 */
export const refusedMs = (askedMs: number | undefined, refusals: number, windowsMs: readonly number[]): number =>
  askedMs === undefined
    ? pauseMs(refusals, windowsMs)
    : Math.max(askedMs, Math.min(FIRST_MS * 2 ** (refusals - 1), Math.max(FIRST_MS, ...windowsMs)));
