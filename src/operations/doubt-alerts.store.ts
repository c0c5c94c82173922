import { type DoubtRow, showDoubt } from '../evidence/doubt-summary.store.ts';
import { tellFirst } from '../evidence/doubt-summary.ts';
import type { Database } from '../warehouse/connection/database.ts';
import type { Alert } from './alerts.store.ts';

/** So many are sent with an alert for programs; `count` says of how many. */
const MOST_SENT = 5;

type News = DoubtRow & { count: number; first_id: number; ids: string };

/**
 * What may be missing and was not reported before: one alert for all of it, as one cause can raise hundreds of doubts at once. `details.ids`
 * holds the ranges of their numbers. A number may be committed after a larger one, so the largest that was reported would not do.
 */
export async function doubtAlerts({ pool }: Database): Promise<Alert[]> {
  const { rows } = await pool.query<News>(
    `with news as (
       select * from chatrhub_sync.doubts d
       where settled_at is null and may_be_missing and not exists (
         select from chatrhub_sync.alerts a where a.kind = 'doubt' and d.id <@ (a.details ->> 'ids')::int8multirange
       )
     )
     select resource, claim, subject, reason, may_be_missing, details, since, count(*) over () as count, min(id) over () as first_id,
       (select range_agg(int8range(id, id, '[]')) from news)::text as ids
     from news order by since, id limit ${MOST_SENT}`,
  );
  const [first] = rows;
  if (!first) return [];
  const doubts = rows.map(showDoubt);
  return [
    {
      event: `doubt:${first.first_id}`,
      kind: 'doubt',
      summary: `Records may be missing: ${tellFirst(doubts[0]?.text ?? '', first.count)}`,
      details: { count: first.count, doubts, ids: first.ids },
    },
  ];
}
