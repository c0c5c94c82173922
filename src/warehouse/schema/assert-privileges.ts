import type pg from 'pg';
import { UsageError } from '../../errors.ts';

/** Refuses a server that only reads, before anything is asked of the source. */
export async function assertWritable(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ isReadOnly: boolean }>(
    `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "isReadOnly"`,
  );
  if (rows[0]?.isReadOnly)
    throw new UsageError('the database only reads, as a replica does: DATABASE_URL has to lead to a server that can be written to');
}

/** Refuses a user who could not copy into the schemas, and names all that is lacking. */
export async function assertPrivileges(client: pg.ClientBase): Promise<void> {
  const missing = await missingPrivileges(client);
  if (missing.length > 0)
    throw new UsageError(`the user of DATABASE_URL may not: ${missing.join('; ')}. Grant that, or use the user who owns the schemas`);
}

/** What the user of a session lacks to copy, as `insert, update on chatrhub.chats`; the schemas are there. */
async function missingPrivileges(client: Pick<pg.ClientBase, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ missing: string }>(MISSING);
  return rows.map(({ missing }) => missing);
}

const MISSING = `
  select 'make temporary tables in database ' || current_database() as missing
  where not has_database_privilege(current_database(), 'temporary')
  union all
  select 'use schema ' || nspname from pg_namespace
  where nspname in ('chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync') and not has_schema_privilege(oid, 'usage')
  union all
  (select string_agg(verb, ', ' order by place) || ' on ' || nspname || '.' || relname
   from pg_class c join pg_namespace n on n.oid = relnamespace
   cross join unnest(array['select', 'insert', 'update', 'delete']) with ordinality v (verb, place)
   where relkind = 'r' and nspname in ('chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync')
     and (verb <> 'delete' or nspname = 'chatrhub_sync' and relname = any('{coverage,requests,lists,list_pages,chat_fetches,visitor_fetches}'))
     and relname not in ('migrations', 'views')
     and not has_table_privilege(c.oid, verb)
   group by nspname, relname order by nspname, relname)`;
