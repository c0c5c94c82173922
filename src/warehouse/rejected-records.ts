import type { Rejected } from '../records/answer.ts';
import type { Client } from './connection/database.ts';

/**
 * Stores what was rejected: one row for each distinct value, which says when it was met first and last. Returns how many whole
 * records were met for the first time by this run, by resource.
 */
export async function keepRejected(client: Client, runId: number, rejects: readonly Rejected[]): Promise<Map<string, number>> {
  const fresh = new Map<string, number>();
  if (rejects.length === 0) return fresh;
  const { rows } = await client.query<{ resource: string; isFresh: boolean }>(
    `insert into chatrhub_sync.rejected_records as r (run_id, first_run_id, resource, record_key, attribute, reason, value)
     select distinct on (resource, coalesce(record_key, ''), coalesce(attribute, ''), md5(coalesce(value, '')))
       $1::bigint, $1::bigint, resource, record_key, attribute, reason, value
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as x (resource, record_key, attribute, reason, value)
     on conflict (resource, (coalesce(record_key, '')), (coalesce(attribute, '')), (md5(coalesce(value, '')))) do update
     set run_id = excluded.run_id, reason = excluded.reason, last_seen_at = clock_timestamp()
     returning resource, attribute is null and first_run_id = $1 and not exists (
       select from chatrhub_sync.rejected_records k
       where (k.resource, k.record_key, k.reason) = (r.resource, r.record_key, r.reason) and k.attribute is null and k.value is null
         and k.first_run_id < $1
     ) as "isFresh"`,
    [runId, ...(['resource', 'recordKey', 'attribute', 'reason', 'value'] as const).map((key) => rejects.map((reject) => reject[key]))],
  );
  for (const { resource, isFresh } of rows) if (isFresh) fresh.set(resource, (fresh.get(resource) ?? 0) + 1);
  return fresh;
}
