import type { Database } from '../warehouse/connection/database.ts';
import { type Basis, missingPrivileges, readBasis } from '../warehouse/schema/assert-privileges.ts';

/** What a server says of itself, and of what its user may do in this database. */
export type ServerInfo = Basis & {
  /** 180004 is 18.4. */
  version: number;
  timeZone: string;
  now: Date;
  bytes: number;
  /** Whether the user owns the schemas. */
  ownsSchemas: boolean;
  /** What the user lacks to copy into schemas that are there. */
  missingPrivileges: string[];
  missingRoles: string[];
  /** What in these schemas is open to everybody. */
  publicly: string[];
};

/** Looks at a database from outside: reads nothing of its data. */
export async function readServerInfo({ pool }: Database, roles: readonly string[]): Promise<ServerInfo> {
  const { rows } = await pool.query<Omit<ServerInfo, keyof Basis | 'missingPrivileges'>>(
    `select current_setting('server_version_num')::int as version,
       -- Our sessions are in UTC: this is what others begin with.
       coalesce((select reset_val from pg_settings where name = 'TimeZone'), 'unknown') as "timeZone",
       clock_timestamp() as now, pg_database_size(current_database()) as bytes,
       coalesce((select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'chatrhub_sync'), false) as "ownsSchemas",
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
  return { ...row, ...(await readBasis(pool)), bytes: Number(row.bytes), missingPrivileges: await missingPrivileges(pool) };
}

/** Whether the server knows a time zone by this name. */
export async function knowsTimeZone({ pool }: Database, name: string): Promise<boolean> {
  const { rowCount } = await pool.query('select from pg_timezone_names where lower(name) = lower($1)', [name]);
  return Boolean(rowCount);
}
