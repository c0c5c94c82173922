/*
 * What BI tools ask the catalogue of PostgreSQL, told anew: each reads the relations that the tool reads, joined and restricted as the tool
 * does, so that it sees what the tool sees with the same rights. All tables are asked for at once, and columns are called alike. Keys are
 * those of chatrhub: views have none.
 */

/**
 * `tables` has the columns schema, name; `columns` schema, table, column; `keys` those of primary keys; `references` schema, table, column,
 * target_table, target_column. The first two have a description where the tool reads one.
 */
export type ToolQueries = { tool: string; source: string; tables: string; columns: string; keys?: string; references?: string };

const ours = (schema: string): string => `${schema} in ('chatrhub_bi', 'chatrhub')`;

const foreignColumns = (constraint: string, own: string, other: string): string =>
  `${own}.attrelid = ${constraint}.conrelid and ${own}.attnum = any(${constraint}.conkey)
     and ${other}.attrelid = ${constraint}.confrelid and ${other}.attnum = any(${constraint}.confkey)`;

export const TOOLS: readonly ToolQueries[] = [
  {
    tool: 'Power BI',
    source: 'the connector PostgreSQL.Database, over Npgsql: information_schema alone',
    tables: `select table_schema as schema, table_name as name from information_schema.tables where ${ours('table_schema')}`,
    columns: `
      select table_schema as schema, table_name as "table", column_name as "column" from information_schema.columns
      where ${ours('table_schema')} order by ordinal_position`,
    keys: `
      select c.table_schema as schema, c.table_name as "table", k.column_name as "column"
      from information_schema.table_constraints c
      join information_schema.key_column_usage k
        on k.constraint_schema = c.constraint_schema and k.constraint_name = c.constraint_name and k.table_name = c.table_name
      where c.constraint_type = 'PRIMARY KEY' and c.table_schema = 'chatrhub'`,
    references: `
      select own.table_schema as schema, own.table_name as "table", own.column_name as "column",
        target.table_name as target_table, target.column_name as target_column
      from information_schema.referential_constraints r
      join information_schema.key_column_usage own
        on own.constraint_schema = r.constraint_schema and own.constraint_name = r.constraint_name
      join information_schema.key_column_usage target
        on target.constraint_schema = r.unique_constraint_schema and target.constraint_name = r.unique_constraint_name
        and target.ordinal_position = own.ordinal_position
      where own.table_schema = 'chatrhub'`,
  },
  {
    tool: 'Tableau',
    source: 'psqlODBC: SQLTables, SQLColumns, SQLPrimaryKeys, SQLForeignKeys (info.c)',
    tables: `
      select n.nspname as schema, c.relname as name from pg_catalog.pg_class c, pg_catalog.pg_namespace n
      where c.relkind in ('r', 'v') and n.oid = c.relnamespace and has_table_privilege(c.oid, 'select') and ${ours('n.nspname')}`,
    columns: `
      select n.nspname as schema, c.relname as "table", a.attname as "column"
      from pg_catalog.pg_namespace n
      join pg_catalog.pg_class c on c.relnamespace = n.oid
      join pg_catalog.pg_attribute a on not a.attisdropped and a.attnum > 0 and a.attrelid = c.oid
      join pg_catalog.pg_type t on t.oid = a.atttypid
      where c.relkind in ('r', 'v') and ${ours('n.nspname')}`,
    keys: `
      select n.nspname as schema, c.relname as "table", a.attname as "column"
      from pg_catalog.pg_index i
      join pg_catalog.pg_attribute a on a.attrelid = i.indexrelid
      join pg_catalog.pg_class c on c.oid = i.indrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where i.indisprimary and n.nspname = 'chatrhub'`,
    references: `
      select n.nspname as schema, c.relname as "table", a.attname as "column", p.relname as target_table, pa.attname as target_column
      from (
        select conrelid, confrelid, conkey, confkey, generate_series(array_lower(conkey, 1), array_upper(conkey, 1)) as place
        from pg_catalog.pg_constraint where contype = 'f'
      ) k
      join pg_catalog.pg_class c on c.oid = k.conrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_class p on p.oid = k.confrelid
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[place]
      join pg_catalog.pg_attribute pa on pa.attrelid = p.oid and pa.attnum = k.confkey[place]
      where n.nspname = 'chatrhub'`,
  },
  {
    tool: 'Looker',
    source: 'pgjdbc: getTables, getColumns, getPrimaryKeys, getImportedKeys (PgDatabaseMetaData.java)',
    tables: `
      select n.nspname as schema, c.relname as name, d.description
      from pg_catalog.pg_namespace n
      join pg_catalog.pg_class c on c.relnamespace = n.oid
      left join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass
      where c.relkind in ('r', 'v') and n.nspname !~ '^pg_' and ${ours('n.nspname')}`,
    columns: `
      select n.nspname as schema, c.relname as "table", a.attname as "column", d.description
      from pg_catalog.pg_namespace n
      join pg_catalog.pg_class c on c.relnamespace = n.oid
      join pg_catalog.pg_attribute a on a.attrelid = c.oid
      join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_attrdef v on v.adrelid = a.attrelid and v.adnum = a.attnum
      left join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = a.attnum and d.classoid = 'pg_class'::regclass
      where c.relkind in ('r', 'p', 'v', 'f', 'm') and a.attnum > 0 and not a.attisdropped and ${ours('n.nspname')}`,
    keys: `
      select schema, "table", a.attname as "column"
      from (
        select n.nspname as schema, c.relname as "table", c.oid, information_schema._pg_expandarray(i.indkey) as place
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_index i on i.indrelid = c.oid
        where i.indisprimary and n.nspname = 'chatrhub'
      ) k
      join pg_catalog.pg_attribute a on a.attrelid = k.oid and a.attnum = (k.place).x`,
    references: `
      select n.nspname as schema, c.relname as "table", a.attname as "column", p.relname as target_table, pa.attname as target_column
      from pg_catalog.pg_constraint k, pg_catalog.pg_class c, pg_catalog.pg_class p, pg_catalog.pg_namespace n,
        pg_catalog.pg_attribute a, pg_catalog.pg_attribute pa, pg_catalog.generate_series(1, 32) as place
      where k.contype = 'f' and c.oid = k.conrelid and p.oid = k.confrelid and n.oid = c.relnamespace
        and a.attrelid = c.oid and a.attnum = k.conkey[place] and pa.attrelid = p.oid and pa.attnum = k.confkey[place] and n.nspname = 'chatrhub'`,
  },
  {
    tool: 'Metabase',
    source: 'its driver: get-tables-sql, describe-fields-sql, describe-fks-sql, and what may be read (postgres.clj)',
    tables: `
      select n.nspname as schema, c.relname as name, d.description
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass
      where c.relkind in ('r', 'p', 'v', 'f', 'm') and ${ours('n.nspname')}
        and has_table_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage')`,
    columns: `
      select table_schema as schema, table_name as "table", column_name as "column",
        col_description(format('%I.%I', table_schema, table_name)::regclass::oid, ordinal_position) as description
      from information_schema.columns where ${ours('table_schema')}`,
    keys: `
      select c.table_schema as schema, c.table_name as "table", k.column_name as "column"
      from information_schema.table_constraints c
      join information_schema.key_column_usage k
        on k.constraint_name = c.constraint_name and k.table_schema = c.table_schema and k.table_name = c.table_name
      where c.constraint_type = 'PRIMARY KEY' and c.table_schema = 'chatrhub'`,
    references: `
      select n.nspname as schema, c.relname as "table", a.attname as "column", p.relname as target_table, pa.attname as target_column
      from pg_constraint k
      join pg_class c on c.oid = k.conrelid
      join pg_namespace n on n.oid = k.connamespace
      join pg_class p on p.oid = k.confrelid
      join pg_attribute a on true join pg_attribute pa on ${foreignColumns('k', 'a', 'pa')}
      where k.contype = 'f' and n.nspname = 'chatrhub'`,
  },
  {
    tool: 'Superset',
    source:
      'SQLAlchemy: get_table_names, get_view_names, get_table_comment, get_columns, get_pk_constraint, get_foreign_keys (postgresql/base.py)',
    tables: `
      select n.nspname as schema, c.relname as name, d.description
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_catalog.pg_class'::regclass
      where (c.relkind = any(array['r', 'p']) or c.relkind = any(array['v'])) and c.relpersistence <> 't' and ${ours('n.nspname')}`,
    columns: `
      select n.nspname as schema, c.relname as "table", a.attname as "column", d.description
      from pg_catalog.pg_class c
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_catalog.pg_description d on d.objoid = a.attrelid and d.objsubid = a.attnum and d.classoid = 'pg_catalog.pg_class'::regclass
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = any(array['r', 'p', 'f', 'v', 'm']) and ${ours('n.nspname')}`,
    keys: `
      select n.nspname as schema, c.relname as "table", a.attname as "column"
      from (
        select conrelid, connamespace, unnest(conkey) as attnum from pg_catalog.pg_constraint where contype = 'p'
      ) k
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.attnum
      join pg_catalog.pg_class c on c.oid = k.conrelid
      join pg_catalog.pg_namespace n on n.oid = k.connamespace
      where n.nspname = 'chatrhub'`,
    references: `
      select n.nspname as schema, c.relname as "table", said[1] as "column", said[2] as target_table, said[3] as target_column
      from pg_catalog.pg_class c
      join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral regexp_match(pg_catalog.pg_get_constraintdef(k.oid, true), '\\((\\w+)\\) REFERENCES \\w+\\.(\\w+)\\((\\w+)\\)') said
      where n.nspname = 'chatrhub'`,
  },
  {
    tool: 'Grafana',
    source: 'its data source: showTables, getSchema (postgresMetaQuery.ts)',
    tables: `select table_schema as schema, quote_ident(table_name) as name from information_schema.tables where ${ours('quote_ident(table_schema)')}`,
    columns: `
      select table_schema as schema, table_name as "table", quote_ident(column_name) as "column"
      from information_schema.columns where ${ours('quote_ident(table_schema)')}`,
  },
  {
    tool: 'Cube',
    source: 'its drivers: informationSchemaQuery, primaryKeysQuery, foreignKeysQuery (BaseDriver.ts, PostgresDriver.ts)',
    tables: `
      select distinct table_schema as schema, table_name as name from information_schema.columns where ${ours('table_schema')}`,
    columns: `
      select table_schema as schema, table_name as "table", column_name as "column" from information_schema.columns where ${ours('table_schema')}`,
    keys: `
      select c.table_schema as schema, c.table_name as "table", u.column_name as "column"
      from information_schema.table_constraints c
      join information_schema.constraint_column_usage u on u.constraint_schema = c.constraint_schema and u.constraint_name = c.constraint_name
      where c.constraint_type = 'PRIMARY KEY' and c.table_schema = 'chatrhub'`,
    references: `
      select c.table_schema as schema, c.table_name as "table", k.column_name as "column", u.table_name as target_table, u.column_name as target_column
      from information_schema.table_constraints c
      join information_schema.key_column_usage k on k.constraint_name = c.constraint_name
      join information_schema.constraint_column_usage u on u.constraint_name = c.constraint_name
      where c.constraint_type = 'FOREIGN KEY' and c.table_schema = 'chatrhub'`,
  },
  {
    tool: 'psql',
    source: String.raw`\dtv+ and \d+ (describe.c)`,
    tables: `
      select n.nspname as schema, c.relname as name, pg_catalog.obj_description(c.oid, 'pg_class') as description
      from pg_catalog.pg_class c left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', '') and ${ours('n.nspname')}`,
    columns: `
      select n.nspname as schema, c.relname as "table", a.attname as "column", pg_catalog.col_description(a.attrelid, a.attnum) as description
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v') and ${ours('n.nspname')}`,
    keys: `
      select n.nspname as schema, c.relname as "table", a.attname as "column"
      from pg_catalog.pg_class c
      join pg_catalog.pg_index i on i.indrelid = c.oid and i.indisprimary
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'chatrhub'`,
    references: `
      select n.nspname as schema, c.relname as "table", said[1] as "column", said[2] as target_table, said[3] as target_column
      from pg_catalog.pg_constraint k
      join pg_catalog.pg_class c on c.oid = k.conrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral regexp_match(pg_catalog.pg_get_constraintdef(k.oid, true), '\\((\\w+)\\) REFERENCES \\w+\\.(\\w+)\\((\\w+)\\)') said
      where k.contype = 'f' and k.conparentid = 0 and n.nspname = 'chatrhub'`,
  },
];
