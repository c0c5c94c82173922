import { resources } from '../resources/index.ts';
import { dayOf } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { type Expectation, expectedWithin } from './freshness.ts';

/** How fresh a resource is, by the clock of the database: what the view `chatrhub_bi.data_freshness` says. */
export type Freshness = {
  resource: string;
  lastReadAt: Date | null;
  nextExpectedAt: Date | null;
  secondsSinceRead: number | null;
  /** 0 while it is not late. */
  lateSeconds: number;
  freshness: 'fresh' | 'stale' | 'never';
};

/** Reads how fresh each resource is. How far its records reach is left out: of a large table that takes time. */
export async function readFreshness({ pool }: Database): Promise<Freshness[]> {
  const { rows } = await pool.query<Freshness>(
    `select entity as resource, last_read_at as "lastReadAt", next_expected_at as "nextExpectedAt", late_seconds as "lateSeconds",
       extract(epoch from now() - last_read_at)::float8 as "secondsSinceRead", freshness
     from chatrhub_bi.data_freshness`,
  );
  return rows;
}

/** Notes when each resource is to be read again, as the settings of a sync or a schedule have it from now on. */
export async function expectReads({ pool }: Database, expectation: Expectation, now: Date): Promise<void> {
  const within = expectedWithin(expectation, dayOf(now));
  await pool.query(
    `insert into chatrhub_sync.freshness as f (resource, expected_within_seconds) select * from unnest($1::text[], $2::bigint[])
     on conflict (resource) do update set expected_within_seconds = excluded.expected_within_seconds
     where f.expected_within_seconds is distinct from excluded.expected_within_seconds`,
    [resources.map(({ name }) => name), resources.map(({ every }) => within(every))],
  );
}
