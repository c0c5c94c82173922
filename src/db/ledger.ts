import type { Call, Grant, Ledger, Limit, Settled } from '../core/budget.ts';
import { guardMs } from '../core/budget.ts';
import type { Database } from './database.ts';

export type RateScope = 'account' | 'endpoint';

/** How a limit stands: how many requests count now, and when the next one is free (null: now). */
export type Standing = { count: number; windowMs: number; used: number; freeAt: Date | null };

/** A slot whose process died counts until its request has surely ended. */
const DEADLINE_MARGIN_MS = 2_000;
const KEPT_MS = 30 * 86_400_000;

/**
 * The ledger of requests in `chatrhub_sync.requests`. Windows are counted from settling, by the database's clock, read after the row
 * lock: so no window of the source ever holds more than its limit, whatever the latency (`docs/architecture.md` has the proof).
 */
export function createLedger(database: Database, { limits, scope }: { limits: readonly Limit[]; scope: RateScope }): Ledger {
  const counts = limits.map(({ count }) => count);
  const spans = limits.map((limit) => limit.windowMs + guardMs(limit));

  return {
    grant: (call: Call, timeoutMs: number) =>
      database.transaction(async (client) => {
        const { rows: locked } = await client.query<{ blocked_until: Date | null; blocked_reason: string | null }>(
          'select blocked_until, blocked_reason from chatrhub_sync.budget for update',
        );
        const { rows } = await client.query<{ wait_ms: number; blocked_ms: number }>(WAIT, [
          counts,
          spans,
          scope === 'endpoint' ? call.endpoint : null,
          locked[0]?.blocked_until ?? null,
        ]);
        const { wait_ms: waitMs = 0, blocked_ms: blockedMs = 0 } = rows[0] ?? {};
        if (blockedMs > 0 && blockedMs >= waitMs)
          return { waitMs: blockedMs, reason: locked[0]?.blocked_reason ?? 'the source asked to wait' };
        if (waitMs > 0) return { waitMs, reason: 'the budget is used up' };
        const { rows: granted } = await client.query<Grant>(GRANT, [
          call.runId,
          call.lane,
          call.resource,
          call.endpoint,
          call.path,
          call.attempt,
          timeoutMs + DEADLINE_MARGIN_MS,
        ]);
        return granted[0] as Grant;
      }),

    async settle(requestId: number, { status, bytes }: Settled) {
      await database.pool.query(
        'update chatrhub_sync.requests set settled_at = clock_timestamp(), status = $2, bytes = $3 where request_id = $1',
        [requestId, status ?? null, bytes ?? null],
      );
    },

    async standBack(ms: number, reason: string) {
      await database.pool.query(
        `update chatrhub_sync.budget set blocked_reason = $2,
           blocked_until = greatest(blocked_until, clock_timestamp() + $1 * interval '1 ms')`,
        [ms, reason],
      );
    },
  };
}

/** How each limit stands now. With a budget for each endpoint it is the fullest one that counts. */
export async function readStandings(
  database: Database,
  { limits, scope }: { limits: readonly Limit[]; scope: RateScope },
): Promise<Standing[]> {
  const { rows } = await database.pool.query<{ used: number; free_at: Date | null }>(STANDINGS, [
    limits.map(({ count }) => count),
    limits.map((limit) => limit.windowMs + guardMs(limit)),
    scope === 'endpoint',
  ]);
  return limits.map((limit, i) => ({ ...limit, used: rows[i]?.used ?? 0, freeAt: rows[i]?.free_at ?? null }));
}

/**
 * Removes requests that no window counts any more, a month after they ended at the earliest: weekly lists are told by them too. Returns
 * how many there were.
 */
export async function pruneRequests(database: Database, limits: readonly Limit[]): Promise<number> {
  const keptMs = Math.max(KEPT_MS, ...limits.map((limit) => 2 * (limit.windowMs + guardMs(limit))));
  const { rowCount } = await database.pool.query(
    `delete from chatrhub_sync.requests where effective_at < clock_timestamp() - $1 * interval '1 ms'`,
    [keptMs],
  );
  return rowCount ?? 0;
}

/**
 * The N-th newest request of a window of N keeps the next one out until it has left the window. While it is under way it can be settled
 * at any moment, so that the wait is the shortest possible one, after which to ask again.
 */
const WAIT = `
  select
    coalesce(ceil(extract(epoch from max(r.counted_from + w.span_ms * interval '1 ms') - c.now) * 1000), 0)::float8 as wait_ms,
    coalesce(ceil(extract(epoch from $4::timestamptz - c.now) * 1000), 0)::float8 as blocked_ms
  from (select clock_timestamp() as now) c
  cross join unnest($1::int[], $2::float8[]) as w (requests, span_ms)
  left join lateral (
    select least(effective_at, c.now) as counted_from from chatrhub_sync.requests
    where $3::text is null or endpoint = $3
    order by effective_at desc nulls last offset w.requests - 1 limit 1
  ) r on true
  group by c.now`;

const GRANT = `
  insert into chatrhub_sync.requests (run_id, lane, resource, endpoint, path, attempt, granted_at, deadline_at)
  select $1, $2, $3, $4, $5, $6, now, now + $7 * interval '1 ms' from (select clock_timestamp() as now) c
  returning request_id as "requestId", granted_at as "grantedAt"`;

const STANDINGS = `
  select max(c.used)::int as used, max(c.free_at) filter (where c.used >= w.requests) as free_at
  from unnest($1::int[], $2::float8[]) with ordinality as w (requests, span_ms, place)
  left join lateral (
    select count(*) as used, min(effective_at) + w.span_ms * interval '1 ms' as free_at
    from (
      select effective_at, case when $3 then endpoint end as budget from chatrhub_sync.requests
      where effective_at > clock_timestamp() - w.span_ms * interval '1 ms'
    ) r
    group by budget
  ) c on true
  group by w.place order by w.place`;
