import type { Client } from '../warehouse/connection/database.ts';

/**
 * Replaces the values that were rejected of some resources. Those that become the same are one; `protect` returns what stands for a
 * value.
 */
export async function pseudonymiseRejects(
  client: Client,
  resources: readonly string[],
  protect: (value: string) => string | null,
): Promise<void> {
  await client.query('lock table chatrhub_sync.rejected_records in share row exclusive mode');
  const { rows } = await client.query<{ id: number; value: string }>(
    'select id, value from chatrhub_sync.rejected_records where value is not null and resource = any($1)',
    [resources],
  );
  const changed = rows.flatMap(({ id, value }) => {
    const hidden = protect(value);
    return hidden === value ? [] : [{ id, hidden }];
  });
  const parameters = [changed.map(({ id }) => id), changed.map(({ hidden }) => hidden)];
  await client.query(
    `delete from chatrhub_sync.rejected_records where id in (
       select id from (
         select r.id, row_number() over (
           partition by r.resource, r.record_key, r.attribute, case when x.id is null then r.value else x.value end order by r.id
         ) as place
         from chatrhub_sync.rejected_records r left join unnest($1::bigint[], $2::text[]) as x (id, value) on x.id = r.id
       ) p where place > 1
     )`,
    parameters,
  );
  await client.query(
    `update chatrhub_sync.rejected_records r set value = x.value
     from unnest($1::bigint[], $2::text[]) as x (id, value) where r.id = x.id`,
    parameters,
  );
}
