import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { type Field, fieldsOf, keyColumns, type Resource } from '../../records/resource.ts';
import { CLOCKS_DIFFER_MS } from '../../time/clock-difference.ts';
import type { Stage } from './stage.ts';

/** A numeric is staged as a double and cast, which spares its binary form; all others are staged as what they are. */
export const stagingType = (sqlType: string): string => (sqlType.startsWith('numeric') ? 'double precision' : sqlType);

const quote = pg.escapeIdentifier;
const list = (columns: readonly string[], prefix = ''): string => columns.map((c) => prefix + quote(c)).join(', ');

/** `"schema"."table"` */
export function nameOf(table: PgTable): string {
  const { schema, name } = getTableConfig(table);
  return `${quote(schema ?? 'public')}.${quote(name)}`;
}

/** SQL that is true of the rows of a table that are no stubs. `as`: what the table is called there, with a dot. */
export const isReal = (table: PgTable, as = ''): string => ('isInferred' in getTableColumns(table) ? `not ${as}is_inferred` : 'true');

/** Takes the records of a resource, with one column for each attribute of all its tables. */
export const stageOf = (resource: Resource): Stage => ({
  name: quote(`stage_${resource.name}`),
  columns: [...fieldsOf(resource), STAGED_MOMENT].map(({ column, sqlType }) => ({ column, sqlType: stagingType(sqlType) })),
});

/** When each staged row was asked for, where they differ. */
export const STAGED_MOMENT = { key: 'askedAt', column: 'asked_at', sqlType: 'timestamp with time zone' } as const;

/**
 * Whose rows are merged: a resource's own records, embedded copies of them, copies that are no newer and only fill in what is not known, or
 * the versions of them that are stored.
 */
export type MergeKind = 'own' | 'embedded' | 'filling' | 'stored';

/**
 * One statement that merges the staged records, which carry exactly `fields`, into all tables of the resource, and makes stubs for
 * parents not seen yet. Parameters: $1 the moment of asking, $2 whether to mark unchanged rows as seen at that moment too; none for
 * stored versions, which hold that moment. Returns `inserted` and `updated`, in records, how many were `due` to be written to the main
 * table, and `written` there, and of how many own ones that differ the last change is `older` than that of the stored row.
 *
 * Each staged row looks its stored row up by key (`offset 0` keeps the planner from joining the whole table), and continues only when
 * it differs and was not asked for earlier than what is stored. What is not stored yet is inserted as such, which is a sixth faster than
 * with `on conflict`: where another process has been quicker, the transaction is run again (see `isRace`). Of what is stored the same is
 * asked again at the conflict. Embedded copies give way to a larger updt_dt. Stored versions are as new as the row that is seen beside
 * them (see `reloadRows`): they go on whenever it differs, also where it was seen again later, and keep that moment.
 */
export function mergeStatement(resource: Resource, fields: readonly Field[], kind: MergeKind): string {
  const tables = resource.tables.map(({ table }) => table) as [PgTable, ...PgTable[]];
  const [main, ...details] = tables;
  const keys = keyColumns(main).map(({ name }) => name);
  const isCopy = kind === 'embedded' || kind === 'filling';
  const dated = isCopy ? fields.find(({ key }) => key === 'updt_dt')?.column : undefined;
  const merges = tables.map((table, i) => mergeTable({ resource, fields, kind, main, keys, dated }, table, i));
  if (dated && details.length > 0) {
    merges.splice(1, 0, `\nrefused as (select ${list(keys)} from fresh_0 where not is_new except select ${list(keys)} from updated_0)`);
  }
  const written = tables
    .flatMap((_, i) => [`inserted_${i}`, `updated_${i}`])
    .map((part) => `select ${list(keys)}, is_new from ${part}`)
    .join(' union all ');
  const outcome = details.length === 0 ? written : `select bool_or(is_new) as is_new from (${written}) w group by ${list(keys)}`;
  return `with ${[...parentStubs(resource, fields, kind === 'stored'), ...vocabulary(resource, fields), ...merges].join(',')}
select count(*) filter (where is_new)::int as inserted, count(*) filter (where not is_new)::int as updated,
  ${kind === 'own' ? '(select count(*) from fresh_0 where is_older)::int' : '0'} as older,
  (select count(*) from fresh_0)::int as due, (select count(*) from inserted_0)::int + (select count(*) from updated_0)::int as written
from (${outcome}) o`;
}

/** A merge into the tables of a resource. `dated`: the column by which embedded copies give way to what is newer. */
type Merge = {
  resource: Resource;
  fields: readonly Field[];
  kind: MergeKind;
  main: PgTable;
  keys: readonly string[];
  dated: string | undefined;
};

/** The parts of the statement that find what is fresh for one of the tables, insert what is new, and update the rest. */
function mergeTable(merge: Merge, table: PgTable, i: number): string {
  const { resource, fields, kind, main, keys, dated } = merge;
  const isStored = kind === 'stored';
  const values = fields.filter((field) => field.table === i && !field.isKey);
  const columns = [...keys, ...values.map(({ column }) => column)];
  const staged = [...fields.filter(({ isKey }) => isKey), ...values];
  // What was said in a chat stays so, also where an answer does not say in which.
  const chat = resource.scope.over === 'eachChat' ? resource.scope.chat : undefined;
  const merged = (field: Field): string =>
    !field.isKey && (kind === 'filling' || field.key === chat) ? `coalesce(${cast(field)}, t.${quote(field.column)})` : cast(field);
  const differs = values.map((field) => `${merged(field)} is distinct from t.${quote(field.column)}`).join(' or ') || 'false';
  const isUnknown = (row: string): string => `${row}.${quote(keys[0] ?? '')} is null`;
  // Details hold no updt_dt: they go by that of their main row, and stay with it where another process was quicker with a newer one.
  const isDatedDetail = i > 0 && dated !== undefined;
  const guard = isDatedDetail ? `(${isUnknown('m')} or ${notOlder(merge, 's', 'm')})` : notOlder(merge, 's', 't');
  const accepted = isDatedDetail ? ` and not exists (select from refused r where ${sameKey(merge, 'r', 'f')})` : '';
  const [isStub, ours, oursSet] =
    'isInferred' in getTableColumns(table) ? ['t.is_inferred', ', is_inferred', ', false'] : ['false', '', ''];
  const [askedHere, asked] = isStored ? [', greatest(t.synced_at, s.asked_at) as asked_at', 'asked_at'] : ['', '$1'];
  const changed = i === 0 && kind === 'own' ? values.find(({ key }) => key === 'updt_dt') : undefined;
  const older = changed ? `coalesce(s.${quote(changed.column)} < t.${quote(changed.column)} - ${CLOCKS_DIFFER}, false)` : 'false';
  const isOlder = i === 0 && kind === 'own' ? `, ${older} as is_older` : '';
  const isNews = isStored ? `(${differs})` : `(t.synced_at <= $1 and ${guard} and ($2 or ${differs}))`;
  const sets = [...values.map(({ column }) => quote(column)), ...(ours ? ['is_inferred'] : []), 'synced_at'];
  return `
fresh_${i} as (
  select ${staged.map((field) => `${merged(field)} as ${quote(field.column)}`).join(', ')}${askedHere}, ${isUnknown('t')} as is_new${isOlder}
  from ${stageOf(resource).name} s
  ${lookup(merge, table, 't')}${isDatedDetail ? `\n  ${lookup(merge, main, 'm')}` : ''}
  where ${isUnknown('t')} or ${isStub} or ${isNews}
),
inserted_${i} as (
  insert into ${nameOf(table)} as t (${list(columns)}${ours}, synced_at)
  select ${list(columns)}${oursSet}, ${asked} from fresh_${i} where is_new order by ${list(keys)}
  returning ${list(keys, 't.')}, ${i === 0} as is_new
),
updated_${i} as (
  insert into ${nameOf(table)} as t (${list(columns)}${ours}, synced_at)
  select ${list(columns)}${oursSet}, ${asked} from fresh_${i} f where not is_new${accepted} order by ${list(keys)}
  on conflict (${list(keys)}) do update set ${sets.map((column) => `${column} = excluded.${column}`).join(', ')}
  where ${isStub} or (t.synced_at <= excluded.synced_at and ${i === 0 ? notOlder(merge, 'excluded', 't') : 'true'})
  returning ${list(keys, 't.')}, false as is_new
)`;
}

/** Times that differ by less may be of the same change. */
const CLOCKS_DIFFER = `interval '${CLOCKS_DIFFER_MS / 60_000} minutes'`;

const notOlder = ({ dated }: Merge, ours: string, theirs: string): string =>
  dated ? `coalesce(${ours}.${quote(dated)}, '-infinity') >= coalesce(${theirs}.${quote(dated)}, '-infinity')` : 'true';

const sameKey = ({ keys }: Merge, one: string, other: string): string =>
  keys.map((k) => `${one}.${quote(k)} = ${other}.${quote(k)}`).join(' and ');

/** The stored row of each staged one, all null where there is none. */
const lookup = (merge: Merge, table: PgTable, as: string): string =>
  `left join lateral (select * from ${nameOf(table)} x where ${sameKey(merge, 'x', 's')} offset 0) ${as} on true`;

const cast = ({ column, sqlType }: Field): string => `s.${quote(column)}${stagingType(sqlType) === sqlType ? '' : `::${sqlType}`}`;

/** Rows for parents that nobody has seen yet, so that foreign keys hold; one statement part for each parent table. */
function parentStubs(resource: Resource, fields: readonly Field[], isStored: boolean): string[] {
  const { foreignKeys } = getTableConfig(resource.tables[0].table);
  const byParent = new Map<PgTable, string[]>();
  for (const { columns, foreignTable } of foreignKeys.map((key) => key.reference())) {
    const column = columns[0]?.name ?? '';
    if (fields.some((field) => field.column === column)) byParent.set(foreignTable, [...(byParent.get(foreignTable) ?? []), column]);
  }
  return [...byParent].map(([parent, columns], i) => {
    const key = quote(keyColumns(parent)[0]?.name ?? '');
    const mentioned = columns
      .map((c) => `select ${quote(c)} as id, client_id, asked_at from ${stageOf(resource).name}`)
      .join(' union all ');
    const asked = isStored ? 's.asked_at' : '$1';
    return `
stubs_${i} as (
  insert into ${nameOf(parent)} (${key}, client_id, is_inferred, synced_at)
  select s.id, s.client_id, true, ${asked}
  from (select m.id, min(m.client_id) as client_id, min(m.asked_at) as asked_at from (${mentioned}) m where m.id is not null group by m.id) s
  left join lateral (select true as is_known from ${nameOf(parent)} p where p.${key} = s.id offset 0) p on true
  where p.is_known is null order by s.id
  on conflict do nothing
)`;
  });
}

/** Words that records mention, each once, into the table that lists them. */
function vocabulary(resource: Resource, fields: readonly Field[]): string[] {
  if (!resource.vocabulary) return [];
  const { table, attributes } = resource.vocabulary;
  const columns = fields.filter(({ key }) => attributes.includes(key)).map(({ column }) => column);
  if (columns.length === 0) return [];
  const key = quote(keyColumns(table)[0]?.name ?? '');
  // Few records mention words that differ: the rows are read once, and all their words of those that are left.
  const mentioned = `select distinct ${list(columns)} from ${stageOf(resource).name}`;
  const each = columns.map((c) => `(m.${quote(c)})`).join(', ');
  return [
    `
words as (
  insert into ${nameOf(table)} (${key}) select distinct s.id from (${mentioned}) m cross join lateral (values ${each}) s (id)
  left join lateral (select true as is_known from ${nameOf(table)} w where w.${key} = s.id offset 0) w on true
  where s.id <> '' and w.is_known is null order by s.id
  on conflict do nothing
)`,
  ];
}
