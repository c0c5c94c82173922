import type { Client } from './connection/database.ts';

/** SQL that notes that resources were read now; `resources` is the parameter with their names. */
export const NOTE_READ = (resources: string): string =>
  `insert into chatrhub_sync.freshness (resource, last_read_at) select resource, clock_timestamp() from unnest(${resources}::text[]) as r (resource)
   on conflict (resource) do update set last_read_at = excluded.last_read_at`;

/** Notes that resources were read now, as `chatrhub_bi.data_freshness` counts it. */
export async function noteRead(client: Pick<Client, 'query'>, resources: readonly string[]): Promise<void> {
  await client.query(NOTE_READ('$1'), [resources]);
}
