import type { View } from '../../records/view.ts';

/**
 * In a session that quotes all identifiers, PostgreSQL quotes names of types, too. Its functions that say a comment are SQL, which a server
 * that compiles all statements compiles for each row: a minute for a thousand columns.
 */
export const dataDictionary: View = {
  schema: 'chatrhub_bi',
  name: 'data_dictionary',
  sql: `
select n.nspname::text as schema_name, c.relname::text as table_name,
  case c.relkind when 'v' then 'view' else 'table' end as table_type,
  ${withoutTags('t.description')} as table_description,
  a.attnum::int as column_position, a.attname::text as column_name, replace(format_type(a.atttypid, a.atttypmod), '"', '') as data_type,
  ${withoutTags('d.description')} as description,
  substring(d.description from ' \\[source: ([^]]*)\\]') as source_attribute,
  substring(d.description from ' \\[pii: ([^]]*)\\]') as pii,
  f.referenced_column
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_description t on t.objoid = c.oid and t.classoid = 'pg_class'::regclass and t.objsubid = 0
left join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = a.attnum
left join lateral (
  select string_agg(format('%s.%s.%s', rn.nspname, rc.relname, ra.attname), ', ' order by k.oid) as referenced_column
  from pg_constraint k
  join pg_class rc on rc.oid = k.confrelid
  join pg_namespace rn on rn.oid = rc.relnamespace
  join pg_attribute ra on ra.attrelid = k.confrelid and ra.attnum = k.confkey[1]
  where k.contype = 'f' and k.conrelid = c.oid and k.conkey = array[a.attnum]
) f on true
where n.nspname in ('chatrhub', 'chatrhub_bi', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync') and c.relkind in ('r', 'p', 'v')
order by 1, 2, 5`,
  about: 'What every column means: one row per column of every table and view, read from the catalogue of the database.',
  notes: {
    schema_name: 'Schema.',
    table_name: 'Table or view.',
    table_type: 'table or view.',
    table_description: 'What one of its rows is.',
    column_position: 'Number of the column within its table.',
    column_name: 'Column.',
    data_type: 'Type in PostgreSQL.',
    description: 'What it means.',
    source_attribute: 'Where it comes from: attribute of the API, or chatrhub-sync where it is computed.',
    pii: 'Whose personal data it holds: visitor, employee or free text; null for none.',
    referenced_column: 'Column that it refers to by a foreign key.',
  },
};

/** SQL: a comment without its source and whose personal data it is. */
function withoutTags(text: string): string {
  return `regexp_replace(${text}, ' \\[(source|pii): [^]]*\\]', '', 'g')`;
}
