import { reach } from '../failpoint.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { isHeld } from '../warehouse/connection/locks.ts';
import { statementName } from '../warehouse/connection/statement-name.ts';
import { expectAlive, RUN_LOCK, type RunStatus, SYNC_LOCK } from '../warehouse/run-log.ts';
import type { Call, Lane, Ledger, Limit, Settled } from './limits.ts';
import { backfillLimit, guardMs, windowName } from './limits.ts';

export type RateScope = 'account' | 'endpoint';

/** How a limit stands: how many requests count now, and when the next one is free (null: now). */
export type LimitUsage = { count: number; windowMs: number; used: number; freeAt: Date | null };

/** A slot whose process died counts until its request has surely ended. */
const DEADLINE_MARGIN_MS = 2_000;
const KEPT_MS = 30 * 86_400_000;
/** How long a backfill pauses before it looks whether the sync has ended. */
const LONGEST_STAND_BACK_MS = 5_000;

/**
 * The ledger of requests in `chatrhub_sync.requests`. Windows are counted from settling, by the database's clock, read after the row
 * lock: so no window of the source ever holds more than its limit, whatever the latency (`docs/architecture.md` has the proof).
 * `reserve`: the share of the longest window, 0 to 1, that backfills leave.
 */
export function createLedger(
  database: Database,
  { limits, scope, reserve = 0 }: { limits: readonly Limit[]; scope: RateScope; reserve?: number },
): Ledger {
  const pauseMs = Math.min(LONGEST_STAND_BACK_MS, ...limits.map(({ windowMs }) => windowMs));

  return {
    grant: (call: Call, timeoutMs: number) =>
      database.transaction(async (client) => {
        const lane = call.lane === 'backfill' ? await readLane(client) : undefined;
        const windows = limits.map((limit) => ({ ...limit, lane: undefined as string | undefined }));
        const share = lane && backfillLimit(limits, reserve, lane.lastNight);
        if (share) windows.push({ ...share, lane: 'backfill' });
        reach('grant');
        const { rows } = await client.query<Answer>({
          name: statementName('grant'),
          text: GRANT,
          values: [
            windows.map(({ count }) => count),
            windows.map((limit) => limit.windowMs + guardMs(limit)),
            scope === 'endpoint',
            windows.map((window) => window.lane ?? null),
            lane?.isSyncRunning ?? false,
            call.claimKey ?? null,
            call.runId,
            call.snapshot ?? null,
            call.lane,
            call.resource,
            call.endpoint,
            call.path,
            call.attempt,
            timeoutMs + DEADLINE_MARGIN_MS,
          ],
        });
        const answer = rows[0] as Answer;
        expectAlive(answer.status);
        const { requestId, grantedAt, waitMs, blockedMs } = answer;
        if (requestId !== null && grantedAt !== null) return { requestId, grantedAt };
        if (answer.isTaken) return { isTaken: true };
        if (lane?.isSyncRunning) return { waitMs: pauseMs, reason: 'a sync is running' };
        if (blockedMs >= waitMs) return { waitMs: blockedMs, reason: answer.blockedReason ?? 'the source asked to wait' };
        return { waitMs, reason: reasonOf(windows[answer.place - 1] as (typeof windows)[number]) };
      }, LOCK),

    async settle(requestId: number, { status, bytes }: Settled) {
      await database.pool.query({
        name: statementName('settle'),
        text: 'update chatrhub_sync.requests set settled_at = clock_timestamp(), status = $2, bytes = $3 where request_id = $1',
        values: [requestId, status ?? null, bytes ?? null],
      });
    },

    async pauseAll(ms: number, reason: string) {
      await database.pool.query(
        `update chatrhub_sync.budget set blocked_reason = $2,
           blocked_until = greatest(blocked_until, clock_timestamp() + $1 * interval '1 ms')`,
        [ms, reason],
      );
    },
  };
}

/** How each limit stands now. With a budget for each endpoint it is the fullest one that counts. */
export async function readLimitUsage(
  database: Database,
  { limits, scope }: { limits: readonly Limit[]; scope: RateScope },
): Promise<LimitUsage[]> {
  const { rows } = await database.pool.query<{ used: number; free_at: Date | null }>(STANDINGS, [
    limits.map(({ count }) => count),
    limits.map((limit) => limit.windowMs + guardMs(limit)),
    scope === 'endpoint',
  ]);
  return limits.map((limit, i) => ({ ...limit, used: rows[i]?.used ?? 0, freeAt: rows[i]?.free_at ?? null }));
}

/** What a forecast starts from: the moments that count in the windows, until when all pause, and what a backfill may use. */
export type Spent = {
  requests: { at: Date; lane: Lane; endpoint: string }[];
  blockedUntil: Date | undefined;
  backfill: Limit | undefined;
};

/** What counts in the windows now. */
export async function readSpent(database: Database, { limits, reserve }: { limits: readonly Limit[]; reserve: number }): Promise<Spent> {
  const longest = Math.max(0, ...limits.map((limit) => limit.windowMs + guardMs(limit)));
  const { rows: requests } = await database.pool.query<Spent['requests'][number]>(
    `select least(effective_at, clock_timestamp()) as at, lane, endpoint from chatrhub_sync.requests
     where effective_at > clock_timestamp() - $1 * interval '1 ms'`,
    [longest],
  );
  const { rows: blocked } = await database.pool.query<{ until: Date }>(
    'select blocked_until as until from chatrhub_sync.budget where blocked_until > clock_timestamp()',
  );
  const { lastNight } = await readLane(database.pool);
  return { requests, blockedUntil: blocked[0]?.until, backfill: backfillLimit(limits, reserve, lastNight) };
}

/**
 * Removes requests that no window counts any more, a month after they ended at the earliest: they also show when weekly lists are due. Returns
 * how many there were.
 */
export async function pruneRequests(database: Database, limits: readonly Limit[]): Promise<number> {
  const keptMs = Math.max(KEPT_MS, ...limits.map((limit) => 2 * (limit.windowMs + guardMs(limit))));
  const { rowCount } = await database.pool.query(
    `with gone as (
       delete from chatrhub_sync.requests where effective_at < clock_timestamp() - $1 * interval '1 ms' returning resource, status
     ), counted as (
       insert into chatrhub_sync.request_totals as t (resource, status, requests)
       select resource, coalesce(status::text, 'none'), count(*) from gone group by 1, 2
       on conflict (resource, status) do update set requests = t.requests + excluded.requests
     )
     select from gone`,
    [keptMs],
  );
  return rowCount ?? 0;
}

const reasonOf = ({ count, windowMs, lane }: Limit & { lane: string | undefined }): string =>
  lane ? `a backfill's share, ${count}/${windowName(windowMs)}, is used up` : `${count}/${windowName(windowMs)} are used up`;

/** A request that was sent, and whose answer can still come, or is being loaded. */
const UNDER_WAY = `case when settled_at is null then deadline_at > clock_timestamp()
  else status < 300 and settled_at > clock_timestamp() - interval '10 minutes' end`;

/**
 * Whether another run than $7 has the piece of work $6 under way, or has finished it after the plan was made, with the snapshot $8: times
 * do not tell, as they are written before the commit; transactions do, of this cluster. A run is alive while its lock is held.
 */
const IS_TAKEN = `exists (
  select from chatrhub_sync.requests r
  where unit = $6 and run_id is distinct from $7 and (
    not pg_visible_in_snapshot(loaded_by, $8)
      and loaded_at > (select started_at from chatrhub_sync.runs where run_id = $7) - interval '1 minute'
    or loaded_at is null and ${UNDER_WAY}
      and ${isHeld(RUN_LOCK('r.run_id'))}
  )
)`;

/** What decides how far a backfill may go: whether a sync is at work, and how many requests last night's sync of all resources needed. */
async function readLane(client: Pick<Client, 'query'>): Promise<{ isSyncRunning: boolean; lastNight: number }> {
  const { rows } = await client.query<{ isSyncRunning: boolean; lastNight: number }>(
    `select ${isHeld(`'${SYNC_LOCK}'`)} as "isSyncRunning",
       coalesce((select requests from chatrhub_sync.runs
         where command = 'sync' and finished_at > clock_timestamp() - interval '36 hours' and only_resources is null
         order by run_id desc limit 1), 0) as "lastNight"`,
  );
  return rows[0] ?? { isSyncRunning: false, lastNight: 0 };
}

/** Until the transaction ends, no other process is answered. */
const LOCK = 'select from chatrhub_sync.budget for update';

/**
 * What the ledger says to a request: that it is granted, or else that another run has its work (`isTaken`), how long the window in that
 * place or the source lets nobody send, or the status of a run that may ask for nothing any more.
 */
type Answer = {
  requestId: number | null;
  grantedAt: Date | null;
  status: RunStatus | null;
  isTaken: boolean;
  waitMs: number;
  place: number;
  blockedMs: number;
  blockedReason: string | null;
};

/**
 * The N-th newest request of a window of N keeps the next one out until it has left the window. While it is under way it can be settled
 * at any moment, so that the wait is the shortest possible one, after which to ask again. A window can be that of one lane. With none to
 * wait for, the request is granted: $5 says that a sync keeps it out.
 */
const GRANT = `
  with standing as materialized (
    select
      coalesce(ceil(extract(epoch from r.counted_from + w.span_ms * interval '1 ms' - c.now) * 1000), 0)::float8 as wait_ms,
      coalesce(ceil(extract(epoch from b.blocked_until - c.now) * 1000), 0)::float8 as blocked_ms,
      b.blocked_reason,
      w.place::int as place,
      c.status,
      c.is_taken
    from (
      select clock_timestamp() as now, (select status from chatrhub_sync.runs where run_id = $7) as status, ${IS_TAKEN} as is_taken
    ) c
    cross join chatrhub_sync.budget b
    left join unnest($1::int[], $2::float8[], $4::text[]) with ordinality as w (requests, span_ms, lane, place) on true
    left join lateral (
      select least(effective_at, c.now) as counted_from from chatrhub_sync.requests q
      where (not $3 or endpoint = $11) and (w.lane is null or q.lane = w.lane)
      order by effective_at desc nulls last offset w.requests - 1 limit 1
    ) r on true
    order by 1 desc limit 1
  ), granted as (
    insert into chatrhub_sync.requests (run_id, lane, resource, endpoint, path, unit, attempt, granted_at, deadline_at)
    select $7, $9, $10, $11, $12, $6, $13, now, now + $14 * interval '1 ms'
    from standing, (select clock_timestamp() as now) c
    where coalesce(status = 'running', true) and not is_taken and not $5 and wait_ms <= 0 and blocked_ms <= 0
    returning request_id, granted_at
  )
  select request_id as "requestId", granted_at as "grantedAt", status, is_taken as "isTaken",
    wait_ms as "waitMs", place, blocked_ms as "blockedMs", blocked_reason as "blockedReason"
  from standing left join granted on true`;

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
