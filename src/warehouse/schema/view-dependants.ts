import type pg from 'pg';
import { MigrationError } from '../../errors.ts';

/** A view of somebody else, as it is stored. `options` are what stands in its `with (...)`. */
export type StoredView = { oid: number; path: string; kind: 'v' | 'm'; definition: string; options: string | null };

/** Views that read another one, as far as they are not ours: `ours` has names as `schema.name`. */
export async function readForeignDependants(client: pg.ClientBase, oid: number, ours: readonly string[]): Promise<StoredView[]> {
  const { rows } = await client.query<StoredView>(
    `select distinct c.oid::int8 as oid, format('%I.%I', n.nspname, c.relname) as path, c.relkind as kind, pg_get_viewdef(c.oid) as definition,
       array_to_string(c.reloptions, ', ') as options
     from pg_depend d
     join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
     join pg_class c on c.oid = r.ev_class and c.oid <> d.refobjid
     join pg_namespace n on n.oid = c.relnamespace
     where d.refclassid = 'pg_class'::regclass and d.refobjid = $1 and not n.nspname || '.' || c.relname = any($2)
       and c.relname not like '%\\_\\_retired'`,
    [oid, ours],
  );
  return rows;
}

/** Makes a view read what now has the names that its definition had before. Throws `MigrationError` when it cannot. */
export async function repoint(client: pg.ClientBase, { path, definition, options }: StoredView): Promise<void> {
  const having = options ? `with (${options}) ` : '';
  await client.query(`create or replace view ${path} ${having}as ${definition}`).catch((cause: unknown) => {
    throw new MigrationError(
      `the view ${path} reads one of chatrhub-sync that has other columns now; change or drop it, and run chatrhub-sync migrate again. It is defined as:\n${definition}`,
      { cause },
    );
  });
}

/** Grants on a view what was granted on another one, of the whole and of columns that it has too. */
export async function copyGrants(client: pg.ClientBase, from: number, to: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `with granted as (
       select null::name as column_name, c.relowner, acl.* from pg_class c, aclexplode(c.relacl) acl where c.oid = $1
       union all
       select a.attname, c.relowner, acl.* from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) acl
       where a.attrelid = $1 and exists (select from pg_attribute n where n.attrelid = $2::regclass and n.attname = a.attname)
     )
     select format('grant %s%s on %s to %s%s', privilege_type, ' (' || quote_ident(column_name) || ')', $2::regclass,
       case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
       case when is_grantable then ' with grant option' end) as statement
     from granted where grantee <> relowner`,
    [from, to],
  );
  for (const { statement } of rows) await client.query(statement);
}
