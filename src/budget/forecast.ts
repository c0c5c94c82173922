import type { Limit } from './limits.ts';

/** A limit, and the moments that count in it already, in any order. */
export type Budget = { limit: Limit; past: readonly Date[] };

/** A limit that makes requests wait: since when, and after how many of them, it does so for the first time. */
export type Bind = { limit: Limit; at: Date; afterRequests: number };

export type Forecast = {
  /** When the last request is granted. */
  finishesAt: Date;
  /** In the order of time. */
  binds: Bind[];
};

/**
 * When so many requests will be granted, each at the earliest moment that every limit allows: a window after the N-th newest moment
 * that counts in it. The requests count in all limits. None is granted before `notBefore`, until when the source asked to wait.
 */
export function forecast({
  requests,
  budgets,
  now,
  notBefore,
}: {
  requests: number;
  budgets: readonly Budget[];
  now: Date;
  notBefore?: Date | undefined;
}): Forecast {
  if (requests <= 0) return { finishesAt: now, binds: [] };
  const counting = budgets.map(({ limit, past }) => {
    const moments = past.map((moment) => moment.getTime()).sort((a, b) => a - b);
    return { limit, moments, next: Math.max(0, moments.length - limit.count), nextGranted: 0, isBinding: false };
  });
  // A limit looks back as many requests as it allows at most, so that a ring of the longest holds all that are looked at.
  const granted = new Float64Array(Math.min(requests, Math.max(1, ...budgets.map(({ limit }) => limit.count))));
  const binds: Bind[] = [];
  let time = Math.max(now.getTime(), (notBefore ?? now).getTime());

  for (let index = 0; index < requests; index += 1) {
    const since = time;
    for (const budget of counting) {
      const { limit, moments, next, nextGranted } = budget;
      if (moments.length + index < limit.count) continue;
      // The N-th newest is the next of past and granted ones in order: what is granted from here on is later. Past ones can lie ahead.
      const past = moments[next] ?? Number.POSITIVE_INFINITY;
      const own = nextGranted < index ? (granted[nextGranted % granted.length] ?? 0) : Number.POSITIVE_INFINITY;
      if (past <= own) budget.next += 1;
      else budget.nextGranted += 1;
      const earliest = Math.min(past, own) + limit.windowMs;
      time = Math.max(time, earliest);
      if (earliest <= since || budget.isBinding) continue;
      budget.isBinding = true;
      binds.push({ limit, at: new Date(since), afterRequests: index });
    }
    granted[index % granted.length] = time;
  }
  return { finishesAt: new Date(time), binds };
}

/** Milliseconds from the first to the last of so many requests when nothing was used before: no client that keeps the limits is faster. */
export function lowerBoundMs(requests: number, limits: readonly Limit[]): number {
  const start = new Date(0);
  return forecast({ requests, budgets: limits.map((limit) => ({ limit, past: [] })), now: start }).finishesAt.getTime();
}
