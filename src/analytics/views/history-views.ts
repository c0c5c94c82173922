import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type PgColumn, PgDialect } from 'drizzle-orm/pg-core';
import { partsOf, tagged } from '../../records/note-parts.ts';
import { isOurs, keyColumns, type Resource } from '../../records/resource.ts';
import type { View } from '../../records/view.ts';
import agentGroups from '../../resources/agent-groups.ts';
import agents from '../../resources/agents.ts';
import chats from '../../resources/chats.ts';
import groups from '../../resources/groups.ts';

/** Resources whose states of the past an analyst asks for. */
const WITH_HISTORY: readonly Resource[] = [agents, groups, agentGroups, chats];

/** A space as JavaScript knows it, to an expression of PostgreSQL, whose own `\s` depends on the locale. */
const SPACE = String.raw`[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]`;
/** SQL: a value as text, without the spaces around it: those that PostgreSQL's own numbers may have are few. */
const TRIMMED = `regexp_replace(value #>> '{}', '^${SPACE}+|${SPACE}+$', '', 'g')`;
/** SQL: a value as a number. Most are, and need no look at their text. */
const NUMBER = `case jsonb_typeof(value) when 'number' then value::numeric when 'string' then case
       when value #>> '{}' ~ '^${SPACE}*-?[0-9]{1,20}([.][0-9]{1,20})?([eE][+-]?[0-9]{1,2})?${SPACE}*$' then ${TRIMMED}::numeric end end`;

/** Moments as `coerce` takes them, with every part in its range. Digits are written out: `\d` knows those of other scripts in some locales. */
const INSTANT =
  '^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ](?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}(?:[.][0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)$';
/** Days of it that no calendar has: those of the year 0, the 31st of short months, 30 February, and 29 February of other years than leap years. */
const NO_DAY =
  '^(?:0000|.{5}(?:(?:0[469]|11)-31|02-3)|(?:..(?:.[13579]|[02468][26]|[13579][048])|(?:.[13579]|[02468][26]|[13579][048])00)-02-29)';

/**
 * Values of raw attributes as those of columns, null where they do not fit, as when they are loaded. They are the views' own: a version
 * that was kept may hold anything.
 *
 * What can be checked beforehand is, in one expression, which PostgreSQL puts into the query and may run in parallel. Whether a text is
 * JSON can only be tried (before PostgreSQL 16), which takes a subtransaction, and before PostgreSQL 17 no query may begin one while it
 * runs in parallel: `parallel unsafe`.
 */
export const functions: readonly string[] = [
  `create or replace function chatrhub_raw.as_number(value jsonb, is_rounded boolean, largest numeric) returns numeric
   language sql immutable parallel safe return case
     when abs(${NUMBER}) > largest then null
     when is_rounded then round(${NUMBER})
     when is_rounded is null or ${NUMBER} % 1 = 0 then ${NUMBER} end`,
  `create or replace function chatrhub_raw.as_boolean(value jsonb) returns boolean
   language sql immutable parallel safe return case when value in ('true', '1') then true when value in ('false', '0') then false
     when jsonb_typeof(value) = 'string' then case lower(${TRIMMED})
     when 'true' then true when '1' then true when 'false' then false when '0' then false end end`,
  `create or replace function chatrhub_raw.as_text(value jsonb) returns text
   language sql immutable parallel safe return case when jsonb_typeof(value) in ('string', 'number') then value #>> '{}' end`,
  // To the millisecond, as tables have it. Stable is what the cast is, though no setting changes what it makes of these texts.
  `create or replace function chatrhub_raw.as_instant(value jsonb) returns timestamptz
   language sql stable parallel safe return case
     when value #>> '{}' ~ '${INSTANT}' and value #>> '{}' !~ '${NO_DAY}'
     then regexp_replace(value #>> '{}', '([.][0-9]{3})[0-9]+', '\\1')::timestamptz end`,
  `create or replace function chatrhub_raw.as_json(value jsonb) returns jsonb
   language plpgsql immutable parallel unsafe as $$
   declare json jsonb := value;
   begin
     if jsonb_typeof(value) = 'string' then json := (value #>> '{}')::jsonb; end if;
     return case json when '[""]' then '[]' when 'null' then null else json end;
   exception when others then return null;
   end $$`,
];

const LARGEST: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647, bigint: Number.MAX_SAFE_INTEGER };

/** An attribute of the latest version of a state, as the value of a column. `raw` has each once: whoever reads one of `attributes` unpacks all. */
function typed(key: string, column: PgColumn, { emptyIsNull, rounds }: Resource): string {
  const value = `nullif(raw."${key}", 'null')`;
  const type = column.getSQLType();
  if (type in LARGEST) return `chatrhub_raw.as_number(${value}, ${rounds?.includes(key) ?? false}, ${LARGEST[type]})::${type}`;
  if (type.startsWith('numeric')) return `round(chatrhub_raw.as_number(${value}, null, 999.99), 2)::${type}`;
  if (type === 'boolean') return `chatrhub_raw.as_boolean(${value})`;
  if (type === 'timestamp with time zone') return `chatrhub_raw.as_instant(${value})`;
  if (type === 'jsonb') return `chatrhub_raw.as_json(${value})`;
  const text = `chatrhub_raw.as_text(${value})`;
  return emptyIsNull?.includes(key) ? `nullif(${text}, '')` : text;
}

const dialect = new PgDialect();

type Column = readonly [key: string, column: PgColumn];

/** The columns of a history: those of the table, without what says when a row was synced. */
const columnsOf = ({ tables: [{ table }] }: Resource): Column[] =>
  Object.entries(getTableColumns(table)).filter(([key, column]) => !isOurs(key) || column.generated?.type === 'always');

/**
 * The states of a resource's records: versions that add attributes and change none are one state. A state begins when the source says
 * that the record was changed, or, where it does not say, when it was first seen. While no list has the record, it is in no state.
 */
function statesOf(resource: Resource): string {
  const columns = columnsOf(resource);
  const own = columns.filter(([key]) => !isOurs(key));
  const keys = keyColumns(resource.tables[0].table).map(({ name }) => `"${name}"`);
  const others = columns.map(([, column]) => `"${column.name}"`).filter((name) => !keys.includes(name));
  const values = own.map(([key, column]) => `${typed(key, column, resource)} as "${column.name}"`);
  const raw = own.map(([key]) => `"${key}" jsonb`);
  const generated = columns
    .filter(([key]) => isOurs(key))
    .map(([, column]) => {
      const as = column.generated?.as;
      return `${typeof as === 'object' && as !== null ? dialect.sqlToQuery(as as never).sql : 'null'} as "${column.name}"`;
    });
  return `
with marked as (
  select record_key, version, attributes, first_seen_at,
    version = 1 or not attributes @> lag(attributes) over (partition by record_key order by version) as is_change
  from chatrhub_raw.record_versions where resource = '${resource.name}'
), states as (
  select *, count(*) filter (where is_change) over (partition by record_key order by version) as state from marked
), latest as (
  select distinct on (record_key, state) record_key, state, attributes,
    min(first_seen_at) over (partition by record_key, state) as first_seen_at
  from states order by record_key, state, version desc
), typed as (
  select record_key, state, first_seen_at, ${values.join(', ')} from latest
  cross join lateral jsonb_to_record(case when jsonb_typeof(attributes) = 'object' then attributes else '{}' end) raw (${raw.join(', ')})
), dated as (
  select *, case
    when state = 1 then coalesce(updated_at, created_at, first_seen_at)
    when updated_at > coalesce(lag(updated_at) over record, lag(created_at) over record, '-infinity') then updated_at
    else first_seen_at end as valid_from
  from typed window record as (partition by ${keys.join(', ')} order by state)
), whole as (
  select *${generated.map((column) => `, ${column}`).join('')}, lead(valid_from) over (partition by ${keys.join(', ')} order by state) as valid_until from dated
), away as (
  select record_key, range_agg(tstzrange(missing_since, returned_at)) as absences
  from chatrhub_raw.absences where resource = '${resource.name}' group by record_key
)
select ${keys.join(', ')}, s.valid_from, s.valid_until, s.valid_until is null as is_current, ${others.join(', ')}
from whole w
left join away using (record_key)
cross join lateral (
  select w.valid_from, w.valid_until where absences is null
  union all
  select lower(stay), upper(stay) from unnest(tstzmultirange(tstzrange(least(w.valid_from, w.valid_until), w.valid_until)) - absences) stay
) s`;
}

function historyOf(resource: Resource): View {
  const [{ table, notes }] = resource.tables;
  const { name } = getTableConfig(table);
  const notesOfColumns = columnsOf(resource).map(([key, column]) => {
    const { text, pii } = partsOf(notes[key] ?? '');
    return [column.name, tagged(text, isOurs(key) ? 'chatrhub-sync' : `${resource.type}.${key}`, pii)];
  });
  return {
    schema: 'chatrhub',
    name: `${name}_history`,
    sql: statesOf(resource),
    about: `The states of each row of ${name} over time, one row each, as far as the sync has seen them. A record that was gone for a while has two rows of one state.`,
    notes: {
      ...Object.fromEntries(notesOfColumns),
      valid_from: 'Since when the record was like this: when the source says it was changed, else when the sync first saw it.',
      valid_until: 'Until when, exclusive: when it changed, or was found missing from the list of the source; null while it is.',
      is_current: 'True for the latest state of what the source still lists.',
    },
  };
}

/** The history of agents, groups, their links, and chats, in schema chatrhub. */
export const histories: readonly View[] = WITH_HISTORY.map(historyOf);
