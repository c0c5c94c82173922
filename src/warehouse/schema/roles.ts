import type pg from 'pg';

/** A role of the cluster, without a login: people's and programs' users are its members. */
type Role = { name: string; about: string; memberOf?: string };

const ROLES: readonly Role[] = [
  { name: 'chatrhub_analyst', about: 'reads the tables of chatrhub and the views of chatrhub_bi, and which days are covered' },
  { name: 'chatrhub_steward', about: 'an analyst who also reads contact details and texts', memberOf: 'chatrhub_analyst' },
  { name: 'chatrhub_loader', about: 'syncs: reads and writes rows, creates and drops nothing' },
];

/** Their names. */
export const roleNames: readonly string[] = ROLES.map(({ name }) => name);

/** What a role may do with what lies in a schema; with `tables` also what it may do with tables and views that are made later. */
type Right = {
  role: string;
  schema: string;
  usage?: string;
  tables?: string;
  views?: string;
  functions?: string;
  /** The role sees foreign keys: information_schema shows constraints only to those who may do more than read. */
  keys?: boolean;
  /** The tables and views it is for, and those it is not; all when neither is given. */
  only?: readonly string[];
  not?: readonly string[];
};

const READ = { usage: 'usage', tables: 'select', views: 'select', functions: 'execute' };
const WRITE = { ...READ, tables: 'select, insert, update, delete' };
/** What only `migrate` writes. */
const OF_MIGRATE = ['migrations', 'views'];

const RIGHTS: readonly Right[] = [
  { role: 'chatrhub_analyst', schema: 'chatrhub', ...READ, keys: true },
  { role: 'chatrhub_analyst', schema: 'chatrhub_bi', ...READ },
  { role: 'chatrhub_analyst', schema: 'chatrhub_sync', usage: 'usage', tables: 'select', only: ['runs', 'coverage'] },
  // Views of chatrhub use them, as whoever reads the view.
  { role: 'chatrhub_analyst', schema: 'chatrhub_raw', functions: 'execute' },
  { role: 'chatrhub_steward', schema: 'chatrhub_private', ...READ },
  { role: 'chatrhub_steward', schema: 'chatrhub_bi', tables: WRITE.tables, only: ['holidays'] },
  { role: 'chatrhub_loader', schema: 'chatrhub', ...WRITE },
  { role: 'chatrhub_loader', schema: 'chatrhub_bi', ...READ },
  { role: 'chatrhub_loader', schema: 'chatrhub_bi', tables: WRITE.tables, only: ['settings', 'business_hours', 'holidays'] },
  { role: 'chatrhub_loader', schema: 'chatrhub_bi_store', ...WRITE },
  { role: 'chatrhub_loader', schema: 'chatrhub_private', ...WRITE },
  { role: 'chatrhub_loader', schema: 'chatrhub_raw', ...WRITE },
  { role: 'chatrhub_loader', schema: 'chatrhub_sync', ...WRITE, not: OF_MIGRATE },
  { role: 'chatrhub_loader', schema: 'chatrhub_sync', tables: 'select', only: OF_MIGRATE },
];

/** Whether a role may read a table or view, by what `migrate` grants to it itself. */
export const mayRead = (role: string, schema: string, name: string): boolean =>
  RIGHTS.some(
    (right) =>
      right.role === role &&
      right.schema === schema &&
      right.tables?.split(', ').includes('select') &&
      (right.only?.includes(name) ?? true) &&
      !right.not?.includes(name),
  );

/** Roles are of the whole cluster, and another database may be making them at this moment. */
const ignoring = (conditions: string, statement: string): string =>
  `do $$ begin\n  ${statement};\nexception when ${conditions} then null;\nend $$;\n`;

/** Makes the roles that are missing; for an administrator too: `drizzle/roles.sql` is this text. */
export const rolesSql: string = [
  `-- The roles of chatrhub-sync, for an administrator of the PostgreSQL server: once, in any of its databases. May be run again.\n`,
  `-- Then run "chatrhub-sync migrate", which gives them their rights, and make users members: grant chatrhub_analyst to ann;\n`,
  ...ROLES.map(({ name, about }) => `\n-- ${about}\n${ignoring('duplicate_object or unique_violation', `create role ${name} nologin`)}`),
  ...ROLES.flatMap(({ name, memberOf }) =>
    memberOf
      ? `\n${ignoring('unique_violation or internal_error', `if not pg_has_role('${name}', '${memberOf}', 'member') then grant ${memberOf} to ${name}; end if`)}`
      : [],
  ),
].join('');

/**
 * Makes the roles that are missing, where the user may, and gives them what they lack of their rights on what this user owns, also on
 * tables and views that it makes later. What is as it should be is not touched. Nobody else may run our functions. Returns what could
 * not be done, and what to do about it; nothing when all is well.
 */
export async function applyRoles(client: pg.ClientBase): Promise<string[]> {
  let missing = await readMissing(client);
  if (missing.length > 0 && (await mayMakeRoles(client))) {
    await client.query(rolesSql);
    missing = await readMissing(client);
  }
  const { rows } = await client.query<{ statement: string }>(LACKING, [JSON.stringify(RIGHTS)]);
  for (const { statement } of rows) await client.query(statement);
  if (missing.length === 0) return [];
  return [
    `this database user may not create the roles ${missing.join(', ')}. Have an administrator run drizzle/roles.sql of this package, then run "chatrhub-sync migrate" again. Until then only the owner can read the tables`,
  ];
}

/** Roles that do not exist, or are not members of what they are to be members of. */
async function readMissing(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select r.name from jsonb_to_recordset($1) as r (name text, "memberOf" text)
     left join pg_roles p on p.rolname = r.name left join pg_roles m on m.rolname = r."memberOf"
     where p.oid is null or (r."memberOf" is not null and (m.oid is null or not pg_has_role(p.oid, m.oid, 'member')))`,
    [JSON.stringify(ROLES)],
  );
  return rows.map(({ name }) => name);
}

async function mayMakeRoles(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    'select rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
  );
  return rows[0]?.may ?? false;
}

/** Statements for what the rights ($1) say and the database lacks, as far as the roles are there and the objects are ours. */
const LACKING = `
  with wanted as (
    select w.*, n.oid as schema_oid
    from jsonb_to_recordset($1)
      as w (role text, schema text, usage text, tables text, views text, functions text, keys boolean, "only" text[], "not" text[])
    join pg_namespace n on n.nspname = w.schema and pg_has_role(n.nspowner, 'usage')
    join pg_roles r on r.rolname = w.role
  ), functions as (
    select p.oid, p.pronamespace, coalesce(p.proacl, acldefault('f', p.proowner)) as acl
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in (select value ->> 'schema' from jsonb_array_elements($1)) and pg_has_role(p.proowner, 'usage')
  )
  select format('grant usage on schema %I to %I', schema, role) as statement
  from wanted where usage is not null and not has_schema_privilege(role, schema_oid, usage)
  union
  select format('grant %s on table %I.%I to %I', g.privileges, w.schema, c.relname, w.role)
  from wanted w
  join pg_class c on c.relnamespace = w.schema_oid and c.relkind in ('r', 'p', 'v', 'm') and pg_has_role(c.relowner, 'usage')
  cross join lateral (select case when c.relkind in ('r', 'p') then w.tables else w.views end as privileges) g
  where c.relname = any(coalesce(w."only", array[c.relname::text])) and c.relname <> all(coalesce(w."not", '{}'))
    and exists (select from unnest(string_to_array(g.privileges, ', ')) p where not has_table_privilege(w.role, c.oid, p))
  union
  -- It allows nothing: no foreign key can point at a column that is not unique. Intents, which are not read, have no synced_at.
  select format('grant references (%I) on table %I.%I to %I', a.attname, w.schema, c.relname, w.role)
  from wanted w
  join pg_class c on c.relnamespace = w.schema_oid and c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'usage')
  cross join lateral (
    select attname, attnum from pg_attribute
    where attrelid = c.oid and attnum > 0 and not attisdropped
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and attnum = any(i.indkey))
    order by attname = 'synced_at' desc, attnum limit 1
  ) a
  where w.keys and not has_column_privilege(w.role, c.oid, a.attnum, 'references')
  union
  select format('alter default privileges in schema %I grant %s on tables to %I', w.schema, w.tables, w.role)
  from wanted w
  where w."only" is null and exists (
    select from unnest(string_to_array(w.tables, ', ')) p
    where not exists (
      select from pg_default_acl d join pg_roles r on r.oid = d.defaclrole, aclexplode(d.defaclacl) a
      where r.rolname = current_user and d.defaclnamespace = w.schema_oid and d.defaclobjtype = 'r'
        and a.grantee = w.role::regrole and lower(a.privilege_type) = p
    )
  )
  union
  select format('grant %s on function %s to %I', w.functions, f.oid::regprocedure, w.role)
  from wanted w join functions f on f.pronamespace = w.schema_oid
  where w.functions is not null and not exists (select from aclexplode(f.acl) a where a.grantee = w.role::regrole)
  union
  select format('revoke execute on function %s from public', oid::regprocedure)
  from functions f where exists (select from aclexplode(acl) a where a.grantee = 0)
  order by 1`;
