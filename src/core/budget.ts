/** At most `count` requests in any `windowMs` milliseconds. */
export type Limit = { count: number; windowMs: number };

/** One attempt, as the ledger notes it. `path` holds nothing personal; `endpoint` is the path without ids. */
export type Call = {
  runId: number;
  lane: 'sync' | 'backfill' | 'command';
  resource: string;
  endpoint: string;
  path: string;
  attempt: number;
};

/** Leave to send one request. Its moment, by the database's clock, is the moment the facts of its answer were asked for. */
export type Grant = { requestId: number; grantedAt: Date };

/** What became of a request that was granted; `status` is missing when no answer came. */
export type Settled = { status?: number; bytes?: number };

/** The shared memory of all requests. Without it there is no request. */
export type Ledger = {
  /** A grant, committed before it is returned; or how long there will be none. `timeoutMs`: when the request has surely ended. */
  grant(call: Call, timeoutMs: number): Promise<Grant | { waitMs: number; reason: string }>;
  settle(requestId: number, settled: Settled): Promise<void>;
  /** Nobody sends anything for so long: the source says that its budget is used up. */
  standBack(ms: number, reason: string): Promise<void>;
};

/** The API's documented limits (L47). */
export const DOCUMENTED_LIMITS = '20/minute,150/hour,2000/day';

/** Units of durations and windows, in milliseconds. */
export const UNITS_MS = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

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

/** `minute`, `hour`, `day`, or the window in its largest whole unit: `2s`. */
export function windowName(windowMs: number): string {
  const named = (['day', 'hour', 'minute', 'second'] as const).find((unit) => UNITS_MS[unit] === windowMs);
  if (named) return named;
  const unit = (['d', 'h', 'm', 's', 'ms'] as const).find((u) => windowMs % UNITS_MS[u] === 0) ?? 'ms';
  return `${windowMs / UNITS_MS[unit]}${unit}`;
}

/** Added to a window, because clocks do not run alike and the source may round: 1 %, at least 10 ms and at most 5 s. */
export const guardMs = ({ windowMs }: Limit): number => Math.min(5_000, 10 + windowMs / 100);
