import type { Day } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { countOf, type SourceReport } from './source-report.ts';

/**
 * Keeps what the source's report said of a range of days, from the first to the last as they were asked for, unless a newer one is known.
 * Those of several days are each night's own: they are forgotten after a month. The table has a column for each count of the report of
 * chats, which `chatrhub_bi.source_reconciliation` shows, so they are named.
 */
export async function keepReport(
  { pool }: Database,
  { from, last }: { from: Day | undefined; last: Day | undefined },
  report: SourceReport,
  askedAt: Date,
): Promise<void> {
  const counts = ['total_chats', 'missed_chats', 'total_ratings', 'great_chats_count', 'ok_chats_count', 'poor_chats_count'];
  await pool.query(
    `insert into chatrhub_sync.source_reports as r
       (start_date, end_date, asked_at, total_chats, missed_chats, total_ratings, great_chats, ok_chats, poor_chats, attributes)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (start_date, end_date) do update
     set asked_at = excluded.asked_at, total_chats = excluded.total_chats, missed_chats = excluded.missed_chats,
       total_ratings = excluded.total_ratings, great_chats = excluded.great_chats, ok_chats = excluded.ok_chats,
       poor_chats = excluded.poor_chats, attributes = excluded.attributes
     where r.asked_at < excluded.asked_at`,
    [
      from,
      last,
      askedAt,
      ...counts.map((attribute) => countOf(report, attribute) ?? null),
      // Averages and counts; a text would be something else, and may be somebody's.
      JSON.stringify(Object.fromEntries(Object.entries(report).filter(([, value]) => typeof value === 'number' || value === null))),
    ],
  );
  await pool.query(
    `delete from chatrhub_sync.source_reports where end_date > start_date + 1 and asked_at < clock_timestamp() - interval '1 month'`,
  );
}
