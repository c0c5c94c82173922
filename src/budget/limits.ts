import { UNITS_MS } from '../time/duration.ts';
import type { requests } from '../warehouse/schema/run-tables.ts';

/** At most `count` requests in any `windowMs` milliseconds. */
export type Limit = { count: number; windowMs: number };

/** Whose turn it is: a backfill pauses while a sync runs, and leaves it a share of the budget. */
export type Lane = (typeof requests.$inferSelect)['lane'];

/**
 * One attempt, as the ledger notes it. `path` holds nothing personal; `endpoint` is the path without ids. `unit` names the piece of work,
 * which is refused when another run has it under way, or has done it so late that the plan could not know: `snapshot` is what it saw.
 */
export type Call = {
  runId: number | null;
  lane: Lane;
  claimKey?: string;
  snapshot?: string;
  resource: string;
  endpoint: string;
  path: string;
  attempt: number;
};

/** Leave to send one request. Its moment, by the database's clock, is the moment the facts of its answer were asked for. */
export type Grant = { requestId: number; grantedAt: Date };

/** The outcome of a request that was granted; `status` is missing when no answer came. */
export type Settled = { status?: number; bytes?: number };

/** The shared memory of all requests. Without it there is no request. */
export type Ledger = {
  /**
   * A grant, committed before it is returned; how long there will be none; or that another run has the work under way or done.
   * `timeoutMs`: when the request has surely ended.
   */
  grant(call: Call, timeoutMs: number): Promise<Grant | { waitMs: number; reason: string } | { isTaken: true }>;
  settle(requestId: number, settled: Settled): Promise<void>;
  /** Nobody sends anything for so long: the source says that its budget is used up. */
  pauseAll(ms: number, reason: string): Promise<void>;
};

/** The API's documented limits (L47). */
export const DOCUMENTED_LIMITS = '20/minute,150/hour,2000/day';

/** `20/minute,150/hour,20/2s` as limits, shortest window first; undefined when it is not of that form. */
export function parseLimits(text: string): Limit[] | undefined {
  const limits = text.split(',').map((part) => {
    const match = /^\s*([1-9]\d{0,8})\s*\/\s*(?:(minute|hour|day|second)|([1-9]\d{0,8})(ms|s|m|h|d))\s*$/.exec(part);
    const unit = match && UNITS_MS[(match[2] ?? match[4]) as keyof typeof UNITS_MS];
    return unit ? { count: Number(match[1]), windowMs: Number(match[3] ?? 1) * unit } : undefined;
  });
  const complete = limits.filter((limit) => limit !== undefined);
  return complete.length === limits.length ? complete.sort((a, b) => a.windowMs - b.windowMs) : undefined;
}

/** `minute`, `hour`, `day`, or the window in its largest whole unit: `1s`. */
export function windowName(windowMs: number): string {
  const named = (['day', 'hour', 'minute'] as const).find((unit) => UNITS_MS[unit] === windowMs);
  if (named) return named;
  const unit = (['d', 'h', 'm', 's', 'ms'] as const).find((u) => windowMs % UNITS_MS[u] === 0) ?? 'ms';
  return `${windowMs / UNITS_MS[unit]}${unit}`;
}

/** Added to a window, because clocks do not run alike and the source may round: 1%, at least 10 ms and at most 5 s. */
export const guardMs = ({ windowMs }: Limit): number => Math.min(5_000, 10 + windowMs / 100);

/** So much more than last night is kept for the next one. */
const GROWTH = 1.3;
/** A backfill keeps this share of the budget however much last night needed. */
const LEAST_SHARE = 0.25;

/**
 * What a backfill may use of the longest window: all but `reserve` (a share of 0 to 1), and less if last night's sync needed more
 * than that. Undefined: no limit of its own, as nothing is to be left.
 */
export function backfillLimit(limits: readonly Limit[], reserve: number, lastNight: number): Limit | undefined {
  const longest = limits.at(-1);
  if (!longest) return undefined;
  const { count, windowMs } = longest;
  if (reserve === 0) return undefined;
  const kept = Math.max(Math.ceil(count * reserve), Math.min(Math.ceil(lastNight * GROWTH), Math.floor(count * (1 - LEAST_SHARE))));
  return { count: Math.max(1, count - kept), windowMs };
}
