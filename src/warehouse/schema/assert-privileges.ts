import type pg from 'pg';
import { UsageError } from '../../errors.ts';

/** What of a database and its user has to be right before there are schemas. The names are ready to be put into a statement. */
export type Basis = {
  isReadOnly: boolean;
  encoding: string;
  database: string;
  user: string;
  mayMakeTemporaryTables: boolean;
  mayMakeSchemas: boolean;
  hasSchemas: boolean;
  /** A locale of this server with which a database is in UTF-8. */
  locale: string;
};

const BASIS = `
  select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "isReadOnly",
    current_setting('server_encoding') as encoding, quote_ident(current_database()) as database, quote_ident(current_user) as "user",
    has_database_privilege(current_database(), 'temporary') as "mayMakeTemporaryTables",
    has_database_privilege(current_database(), 'create') as "mayMakeSchemas",
    to_regnamespace('chatrhub_sync') is not null as "hasSchemas",
    coalesce((
      select collcollate from pg_collation
      where collprovider = 'c' and collencoding = pg_char_to_encoding('UTF8') and collcollate ~* 'utf-?8$'
      order by collcollate !~* '^C\\.', collcollate !~* '^en_US', collcollate limit 1
    ), 'C') as locale`;

/** Reads what the database and its user are. */
export async function readBasis(client: Pick<pg.ClientBase, 'query'>): Promise<Basis> {
  const { rows } = await client.query<Basis>(BASIS);
  if (!rows[0]) throw new Error('the database did not say what it is');
  return rows[0];
}

/** Refuses what could not hold the data, before anything is asked of the source: each with the right or the statement that is lacking. */
export async function assertUsable(client: pg.ClientBase): Promise<void> {
  const basis = await readBasis(client);
  const { isReadOnly, database, user, mayMakeTemporaryTables, mayMakeSchemas, hasSchemas } = basis;
  if (isReadOnly)
    throw new UsageError('the database only reads, as a replica does: DATABASE_URL has to lead to a server that can be written to');
  const encoding = describeEncoding(basis);
  if (encoding) throw new UsageError(`${encoding.text}; ${encoding.advice}`);
  if (!hasSchemas && !mayMakeSchemas)
    throw new UsageError(`${user} may not create schemas in this database; ${adviseGrant('create', { database, user })}`);
  if (!mayMakeTemporaryTables)
    throw new UsageError(`${user} may not create temporary tables in this database; ${adviseGrant('temporary', { database, user })}`);
}

/** How a user gets a right on a database. */
export const adviseGrant = (right: 'create' | 'temporary', { database, user }: Pick<Basis, 'database' | 'user'>): string =>
  `as its owner or an administrator, run: grant ${right} on database ${database} to ${user}`;

/** What is wrong with an encoding, and the statement that makes a database in which all texts fit; undefined for UTF-8. */
export function describeEncoding({ encoding, database, user, locale }: Pick<Basis, 'encoding' | 'database' | 'user' | 'locale'>) {
  if (encoding === 'UTF8') return undefined;
  const name = database.replace(/"?$/, '_utf8$&');
  return {
    text: `the encoding of this database is ${encoding}, which cannot store every text: chats and messages would be lost`,
    advice: `as an administrator, run: create database ${name} owner ${user} encoding 'UTF8' locale '${locale}' template template0; then let DATABASE_URL lead there`,
  };
}

/** Refuses a user who could not copy into the schemas, and names all that is lacking. */
export async function assertPrivileges(client: pg.ClientBase): Promise<void> {
  const missing = await missingPrivileges(client);
  if (missing.length > 0)
    throw new UsageError(`the user of DATABASE_URL may not: ${missing.join('; ')}. Grant that, or use the user who owns the schemas`);
}

/** What the user of a session lacks to copy, as `insert, update on chatrhub.chats`; the schemas are there. */
export async function missingPrivileges(client: Pick<pg.ClientBase, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ missing: string }>(MISSING);
  return rows.map(({ missing }) => missing);
}

const MISSING = `
  select 'use schema ' || nspname as missing from pg_namespace
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
