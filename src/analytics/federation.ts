import type { Comment } from '../records/note-parts.ts';

/** A warehouse of one account, as the analysts' database is to reach it: options of postgres_fdw, and the user who reads there. */
export type FederatedAccount = { name: string; options: Readonly<Record<string, string>>; user: string };

/** Setting of a session that holds the password of an account's user while the SQL is run, so that it is in no file. */
export const passwordSetting = (account: string): string => `chatrhub.password_${account}`;

/** What is read of a warehouse: tables and views with their columns and words. */
type Relation = { schema: string; name: string; about: string; columns: { name: string; text: string }[] };

/** Schemas and names are ours, and of letters and underscores; texts are anybody's. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const serverOf = (account: string): string => `chatrhub_${account}`;
const schemaOf = (account: string, schema: string): string => `${account}_${schema}`;

/**
 * SQL that makes, in a database of its own, each table and view that analysts may read once more over many warehouses: under the same name,
 * with `account` as its first column. Made again, with more accounts or a newer version, it replaces what it made and keeps the views
 * of others. `comments` are the catalogue's; `isRead` says what of it analysts read.
 */
export function federationSql(
  accounts: readonly FederatedAccount[],
  comments: readonly Comment[],
  isRead: (relation: { schema: string; name: string }) => boolean,
): string {
  const relations = relationsOf(comments).filter(isRead);
  const schemas = [...new Set(relations.map(({ schema }) => schema))];
  return [
    'begin;',
    `do $$ begin
  if to_regclass('chatrhub_sync.migrations') is not null then
    raise exception 'this database is a warehouse: make a database of its own for many accounts';
  end if;
end $$;`,
    'create extension if not exists postgres_fdw;',
    ...schemas.map((schema) => `create schema if not exists ${schema};`),
    ...accounts.flatMap((account) => importing(account, schemas, relations)),
    ...relations.flatMap((relation) => viewOf(relation, accounts)),
    ...accounts.map(({ name }) => forgetting(name, schemas)),
    `do $$ begin
  if exists (select from pg_roles where rolname = 'chatrhub_analyst') then
    grant usage on schema ${schemas.join(', ')} to chatrhub_analyst;
    grant select on all tables in schema ${schemas.join(', ')} to chatrhub_analyst;
  end if;
end $$;`,
    'commit;\n',
  ].join('\n\n');
}

function relationsOf(comments: readonly Comment[]): Relation[] {
  const relations = new Map<string, Relation>();
  for (const { schema, table, column, text } of comments) {
    if (table === undefined) continue;
    const relation = relations.get(`${schema}.${table}`) ?? { schema, name: table, about: '', columns: [] };
    if (column === undefined) relation.about = text;
    else relation.columns.push({ name: column, text });
    relations.set(`${schema}.${table}`, relation);
  }
  return [...relations.values()];
}

const BEFORE = '_before';

/** Foreign tables of one account. Those of before stay until the views read the new ones. */
function importing({ name, options, user }: FederatedAccount, schemas: readonly string[], relations: readonly Relation[]): string[] {
  const server = serverOf(name);
  const settings = Object.entries({ ...options, use_remote_estimate: 'true', fetch_size: '10000', async_capable: 'true' });
  return [
    `-- account ${name}
do $$ begin
  if exists (select from pg_foreign_server where srvname = '${server}') then
    alter server ${server} rename to ${server}${BEFORE};
    ${schemas.map((schema) => `alter schema ${schemaOf(name, schema)} rename to ${schemaOf(name, schema)}${BEFORE};`).join('\n    ')}
  end if;
  if coalesce(current_setting('${passwordSetting(name)}', true), '') = '' then
    raise exception 'the password of account ${name} is missing: set ${passwordSetting(name)}';
  end if;
end $$;
create server ${server} foreign data wrapper postgres_fdw options (${settings.map(([option, value]) => `${option} ${literal(value)}`).join(', ')});
do $$ begin
  execute format('create user mapping for current_user server ${server} options (user %L, password %L)', ${literal(user)}, current_setting('${passwordSetting(name)}'));
end $$;`,
    ...schemas.map((schema) => {
      const names = relations.filter((relation) => relation.schema === schema).map((relation) => relation.name);
      return `create schema ${schemaOf(name, schema)};
import foreign schema ${schema} limit to (${names.join(', ')})
  from server ${server} into ${schemaOf(name, schema)} options (import_generated 'false');`;
    }),
  ];
}

/** One table or view over all accounts. Where a session has chosen one (chatrhub.account), the others are not asked. */
function viewOf({ schema, name, about, columns }: Relation, accounts: readonly FederatedAccount[]): string[] {
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  const parts = accounts.map(
    (account) => `  select '${account.name}'::text as account, ${names} from ${schemaOf(account.name, schema)}.${name}
  where coalesce(nullif(current_setting('chatrhub.account', true), ''), '${account.name}') = '${account.name}'`,
  );
  return [
    `create or replace view ${schema}.${name} as\n${parts.join('\n  union all\n')};`,
    [
      `comment on view ${schema}.${name} is ${literal(about)};`,
      `comment on column ${schema}.${name}.account is 'Account whose warehouse the row is of.';`,
      ...columns.map((column) => `comment on column ${schema}.${name}."${column.name}" is ${literal(column.text)};`),
    ].join('\n'),
  ];
}

const forgetting = (account: string, schemas: readonly string[]): string =>
  `drop server if exists ${serverOf(account)}${BEFORE} cascade;
drop schema if exists ${schemas.map((schema) => `${schemaOf(account, schema)}${BEFORE}`).join(', ')};`;
