import { averages, type ChatCount, counts } from '../../analytics/measures.ts';
import type { Day, Period } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import { bucketStart, type Step } from './report-period.ts';
import { IN_SCOPE, type Scope, scopeValues } from './scope.ts';

const COUNTS = [
  'chat_count',
  'missed_chat_count',
  'missed_unknown_chat_count',
  'served_chat_count',
  'offline_chat_count',
  'transferred_chat_count',
  'open_chat_count',
  'rated_chat_count',
  'great_chat_count',
  'ok_chat_count',
  'poor_chat_count',
  'asked_or_rated_chat_count',
  'first_response_chat_count',
  'answerable_chat_count',
  'answered_in_60s_count',
  'chats_with_messages_count',
] as const satisfies readonly ChatCount[];

/** What is counted and measured of some chats, by the names and definitions of daily_chats and csat. */
export type Figures = Record<(typeof COUNTS)[number], number> & {
  median_first_response_seconds: number | null;
  p90_first_response_seconds: number | null;
};

export type ChatFigures = { total: Figures; buckets: ReadonlyMap<Day, Figures> };

/**
 * Reads the figures of a period as a whole, and of each bucket that has chats. Percentiles are of the chats of the whole bucket: those
 * of its days cannot be averaged.
 */
export async function readFigures(client: Client, scope: Scope, step: Step): Promise<ChatFigures> {
  const { rows } = await client.query<Figures & { bucket: Day | null }>(
    `select ${bucketStart('date_day', step)} as bucket, ${counts(COUNTS)}, ${averages}
     from chatrhub_bi.chats_enriched where is_counted and ${IN_SCOPE}
     group by grouping sets ((${bucketStart('date_day', step)}), ())`,
    scopeValues(scope),
  );
  const total = rows.find(({ bucket }) => bucket === null);
  if (!total) throw new Error('an aggregate of everything has no row');
  return { total, buckets: new Map(rows.flatMap(({ bucket, ...figures }) => (bucket === null ? [] : [[bucket, figures] as const]))) };
}

/** SQL: days of which something is known: a chat began on them, or an agent's status was seen. Of others nobody can say that no chat came. */
export const KNOWN_DAYS = `
  select date_day from chatrhub_bi.daily_chats where offered_chat_count > 0
  union all
  select date_day from chatrhub_bi.hourly_demand_vs_availability where not is_availability_unknown`;

/** The buckets of a period of which something is known. */
export async function readKnownBuckets(client: Client, { from, until }: Period, step: Step): Promise<ReadonlySet<Day>> {
  const { rows } = await client.query<{ bucket: Day }>(
    `select distinct ${bucketStart('date_day', step)} as bucket from (${KNOWN_DAYS}) known where date_day >= $1::date and date_day < $2::date`,
    [from, until],
  );
  return new Set(rows.map(({ bucket }) => bucket));
}
