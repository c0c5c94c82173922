import { STORE } from '../stored-views.ts';
import { OF_CHATS } from '../views/chat-views.ts';

/*
 * Triggers note what was written, in the transaction that writes it: whoever writes, a load, an erasure, a replay or a person. They see the
 * rows before and after, so what a row was part of before is known too.
 */

type Event = 'insert' | 'update' | 'delete';
const COLUMNS = 'kind, id, other_id, at';

/** What is counted of a table: the entity of `row_counts`, and which rows count, where not all do. */
type Counted = { entity: string; where?: string };

/**
 * What is noted of a table's rows: `of` selects it from rows; of an update only where one of `columns` is another. `onChangeOf` notes updates
 * of a column alone.
 */
type Noted = {
  table: string;
  key?: string;
  of?: (rows: string) => string;
  columns?: readonly string[];
  onChangeOf?: { kind: string; key: string; column: string };
  counts: readonly Counted[];
};

const ALL: Counted = { entity: 'all' };
const REAL = 'not is_inferred';

const NOTED: readonly Noted[] = [
  {
    table: 'chats',
    key: 'chat_id',
    of: (rows) => `select distinct 'chat', chat_id, visitor_id, null::timestamptz from ${rows}`,
    columns: OF_CHATS,
    counts: [{ entity: 'chats', where: REAL }, ALL],
  },
  {
    table: 'messages',
    of: (rows) => `select distinct 'messages', chat_id, null::bigint, null::timestamptz from ${rows}`,
    counts: [{ entity: 'messages', where: REAL }, ALL],
  },
  {
    table: 'agent_activities',
    of: (rows) => `select distinct 'snapshots', agent_id, null::bigint, date_trunc('hour', snapshot_at, 'UTC') from ${rows}`,
    counts: [{ entity: 'agent_activities' }],
  },
  {
    table: 'tasks',
    of: (rows) => `select distinct 'task', task_id, null::bigint, null::timestamptz from ${rows}`,
    counts: [{ entity: 'tasks' }],
  },
  { table: 'agents', onChangeOf: { kind: 'agent', key: 'agent_id', column: 'is_bot' }, counts: [ALL] },
  { table: 'visitors', onChangeOf: { kind: 'visitor', key: 'visitor_id', column: 'channel' }, counts: [ALL] },
  { table: 'groups', counts: [ALL] },
];

const ROWS: Record<Event, readonly ('new_rows' | 'old_rows')[]> = {
  insert: ['new_rows'],
  update: ['new_rows', 'old_rows'],
  delete: ['old_rows'],
};

/** SQL: how many rows of an entity came; less than 0 where they were deleted. */
function counted({ entity, where }: Counted, event: Event): string {
  const sum = ROWS[event]
    .map((rows) => `${rows === 'new_rows' ? '+' : '-'} (select count(*) from ${rows}${where ? ` where ${where}` : ''})`)
    .join(' ');
  return `select 'rows of ${entity}', ${sum}, null::bigint, null::timestamptz`;
}

/** SQL: the rows of an update, before or after it, of which something is another. */
function changedRows({ key, columns = [] }: Noted, rows: 'new_rows' | 'old_rows'): string {
  const [these, others] = rows === 'new_rows' ? ['new_rows', 'old_rows'] : ['old_rows', 'new_rows'];
  const of = (table: string) => `(${columns.map((column) => `${table}.${column}`).join(', ')})`;
  return `(select t.* from ${these} t join ${others} o on o.${key} = t.${key} where ${of('t')} is distinct from ${of('o')}) changed`;
}

function bodyOf(noted: Noted, event: Event): string {
  const { table, of, columns, onChangeOf, counts } = noted;
  const parts = of ? ROWS[event].map((rows) => of(columns && event === 'update' ? changedRows(noted, rows) : rows)) : [];
  if (onChangeOf && event === 'update') {
    const { kind, key, column } = onChangeOf;
    parts.push(
      `select '${kind}', n.${key}, null::bigint, null::timestamptz from new_rows n join old_rows o on o.${key} = n.${key} where o.${column} is distinct from n.${column}`,
    );
  }
  // An update adds no row, but a stub may become a record.
  for (const count of counts) if (event !== 'update' || count.where) parts.push(counted(count, event));
  const name = `note_${table}_${event}`;
  if (parts.length === 0) return '';
  return `
create or replace function ${STORE}.${name}() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$ begin
  insert into ${STORE}.changes (${COLUMNS}) select * from (
    ${parts.join('\n    union all ')}
  ) noted (${COLUMNS}) where kind not like 'rows of %' or id <> 0;
  return null;
end $$;
create or replace trigger ${name} after ${event} on chatrhub.${table}
  referencing ${ROWS[event].map((rows) => `${rows === 'new_rows' ? 'new' : 'old'} table as ${rows}`).join(' ')}
  for each statement execute function ${STORE}.${name}()`;
}

/** The functions and triggers: recreated where they differ. */
export const changeTriggers: readonly string[] = [
  ...NOTED.flatMap((noted) => (['insert', 'update', 'delete'] as const).map((event) => bodyOf(noted, event)).filter(Boolean)),
  `create or replace function ${STORE}.note_everything() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$ begin
  update ${STORE}.state set refreshed_at = null;
  return null;
end $$`,
  ...NOTED.map(
    ({ table }) =>
      `create or replace trigger note_truncate after truncate on chatrhub.${table} for each statement execute function ${STORE}.note_everything()`,
  ),
  // Row by row: a statement that changes none is no change.
  ...['settings', 'business_hours', 'holidays'].map(
    (table) =>
      `create or replace trigger note_change after insert or update or delete on chatrhub_bi.${table} for each row execute function ${STORE}.note_everything()`,
  ),
  `create or replace trigger note_truncate after truncate on chatrhub_bi.holidays for each statement execute function ${STORE}.note_everything()`,
];
