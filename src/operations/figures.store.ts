import type { Database } from '../warehouse/connection/database.ts';

/** Counts of everything that was committed, since the warehouse was made; none of them ever falls, save gauges of what is there now. */
export type Figures = {
  runs: { command: string; status: string; count: number; seconds: number }[];
  requests: { resource: string; status: string; count: number }[];
  rows: { inserted: number; updated: number; unchanged: number; rejected: number };
  slots: { skipped: number; made: number };
  rejected: { resource: string; count: number }[];
  lastRuns: { command: string; seconds: number; finishedAt: Date }[];
};

/** Reads the figures that the metrics are made of, at one time. */
export async function readFigures({ pool }: Database): Promise<Figures> {
  const [runs, requests, rows, slots, rejected, lastRuns] = await Promise.all([
    pool.query<Figures['runs'][number]>(
      `select command, status, count(*) as count, coalesce(sum(extract(epoch from finished_at - started_at)), 0)::float8 as seconds
       from chatrhub_sync.runs group by 1, 2`,
    ),
    // What is under way may still get any status; what was not settled an hour after its deadline never will.
    pool.query<Figures['requests'][number]>(
      `select resource, status, sum(requests)::bigint as count from (
         select resource, status, requests from chatrhub_sync.request_totals
         union all
         select resource, coalesce(status::text, 'none'), count(*) from chatrhub_sync.requests
         where settled_at is not null or deadline_at < clock_timestamp() - interval '1 hour' group by 1, 2
       ) r group by 1, 2`,
    ),
    pool.query<Figures['rows']>(
      `select coalesce(sum(rows_inserted), 0)::bigint as inserted, coalesce(sum(rows_updated), 0)::bigint as updated,
         coalesce(sum(rows_unchanged), 0)::bigint as unchanged, coalesce(sum(rows_rejected), 0)::bigint as rejected from chatrhub_sync.runs`,
    ),
    pool.query<Figures['slots']>(
      `select count(*) filter (where is_skipped) as skipped, count(*) filter (where not is_skipped) as made from chatrhub_sync.slots`,
    ),
    pool.query<Figures['rejected'][number]>('select resource, count(*) as count from chatrhub_sync.rejected_records group by 1'),
    pool.query<Figures['lastRuns'][number]>(
      `select distinct on (command) command, extract(epoch from finished_at - started_at)::float8 as seconds, finished_at as "finishedAt"
       from chatrhub_sync.runs where finished_at is not null order by command, run_id desc`,
    ),
  ]);
  return {
    runs: runs.rows,
    requests: requests.rows,
    rows: rows.rows[0] ?? { inserted: 0, updated: 0, unchanged: 0, rejected: 0 },
    slots: slots.rows[0] ?? { skipped: 0, made: 0 },
    rejected: rejected.rows,
    lastRuns: lastRuns.rows,
  };
}
