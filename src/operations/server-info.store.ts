import type { Database } from '../warehouse/connection/database.ts';

/** What a server says of itself, and of what its user may do in this database. */
export type ServerInfo = {
  /** 180004 is 18.4. */
  version: number;
  timeZone: string;
  now: Date;
  bytes: number;
  isReadOnly: boolean;
  user: string;
  mayMakeTemporaryTables: boolean;
  /** Whether the schemas are there, and whether the user owns them, or could make them. */
  hasSchemas: boolean;
  ownsSchemas: boolean;
  mayMakeSchemas: boolean;
  /** Tables of ours that the user may not write to; all that matter when there are some. */
  notWritable: string[];
  missingRoles: string[];
  /** What of ours is open to everybody. */
  publicly: string[];
};

/** Looks at a database from outside: reads nothing of its data. */
export async function readServerInfo({ pool }: Database, roles: readonly string[]): Promise<ServerInfo> {
  const { rows } = await pool.query<ServerInfo>(
    `select current_setting('server_version_num')::int as version,
       -- Our sessions are in UTC: this is what others begin with.
       coalesce((select reset_val from pg_settings where name = 'TimeZone'), 'unknown') as "timeZone",
       clock_timestamp() as now, pg_database_size(current_database()) as bytes,
       pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "isReadOnly",
       current_user as "user",
       has_database_privilege(current_database(), 'temporary') as "mayMakeTemporaryTables",
       has_database_privilege(current_database(), 'create') as "mayMakeSchemas",
       to_regclass('chatrhub_sync.migrations') is not null as "hasSchemas",
       coalesce((select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'chatrhub_sync'), false) as "ownsSchemas",
       coalesce((
         select array_agg(n.nspname || '.' || c.relname order by 1) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname ~ '^chatrhub(_private|_raw|_sync)?$' and c.relkind = 'r' and c.relname <> 'migrations'
           and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update'))
       ), '{}') as "notWritable",
       array(select role from unnest($1::text[]) role where not exists (select from pg_roles where rolname = role)) as "missingRoles",
       coalesce((
         select array_agg(n.nspname || coalesce('.' || c.relname, '') order by 1)
         from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm')
         where n.nspname like 'chatrhub%' and exists (select from aclexplode(c.relacl) a where a.grantee = 0)
       ), '{}') as publicly`,
    [roles],
  );
  const [row] = rows;
  if (!row) throw new Error('the database did not answer');
  return { ...row, bytes: Number(row.bytes) };
}

/** Whether the server knows a time zone by this name. */
export async function knowsTimeZone({ pool }: Database, name: string): Promise<boolean> {
  const { rowCount } = await pool.query('select from pg_timezone_names where lower(name) = lower($1)', [name]);
  return Boolean(rowCount);
}
