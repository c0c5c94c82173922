import { dataDays } from '../business-time.ts';
import { dayStart, localDate } from '../local-time.ts';
import { STORE } from '../stored-views.ts';
import { snapshotsOfDays } from '../views/agent-status-views.ts';

/*
 * What a refresh computes: temporary tables of chats, days and tasks, which the SQL of stored views reads. A rebuild fills them with all
 * there is.
 */

/**
 * The tables, empty. They end with the transaction. A day is a tail where chats that began on another day went on, and nothing else changed;
 * it has snapshots where those changed.
 */
export const inputTables: readonly string[] = [
  'create temp table bi_changes (kind text, id bigint, other_id bigint, at timestamptz) on commit drop',
  'create temp table bi_chats (chat_id bigint primary key) on commit drop',
  'create temp table bi_tasks (task_id bigint primary key) on commit drop',
  'create temp table bi_marks (date_day date, is_tail boolean, has_snapshots boolean not null default false) on commit drop',
  'create temp table bi_days (date_day date primary key, is_tail boolean, has_snapshots boolean, starts_at timestamptz, ends_at timestamptz) on commit drop',
  'create temp table bi_task_days (date_day date primary key) on commit drop',
  `create temp table bi_busy (
     agent_id bigint, started_at timestamptz, active_until_at timestamptz, ended_at timestamptz, is_of_people boolean) on commit drop`,
  `create temp table bi_snapshots on commit drop as ${snapshotsOfDays} with no data`,
];

/** What was written since the last refresh, and is visible to this transaction. */
export const takeChanges = `
  with taken as (delete from ${STORE}.changes returning kind, id, other_id, at)
  insert into bi_changes select * from taken`;

const changed = (kind: string): string => `select id from bi_changes where kind = '${kind}'`;
const isChanged = (column: string, kind: string): string => `${column} = any(array(${changed(kind)}))`;

/** Chats whose own numbers may be others. */
export const fillChats = (isRebuild: boolean): string =>
  isRebuild
    ? 'insert into bi_chats select chat_id from chatrhub.chats'
    : `insert into bi_chats
       select id from bi_changes where kind in ('chat', 'messages')
       union select chat_id from chatrhub.chats where ${isChanged('visitor_id', 'visitor')}
       union select chat_id from chatrhub.chats where ${isChanged('agent_id', 'agent')} or ${isChanged('transferred_to_agent_id', 'agent')}
       union select chat_id from chatrhub.messages where ${isChanged('from_agent_id', 'agent')}`;

export const fillTasks = (isRebuild: boolean): string =>
  isRebuild ? 'insert into bi_tasks select task_id from chatrhub.tasks' : `insert into bi_tasks ${changed('task')} group by id`;

/** The days of chats as they are stored: before they are computed again, those that they were part of. */
export const markDaysOfChats = `
  insert into bi_marks
  select d.date_day, false from bi_chats b join ${STORE}.chat_days d on d.chat_id = b.chat_id
  union
  select generate_series((d.date_day - 1)::timestamp, d.until_day::timestamp, interval '1 day')::date, true from bi_chats b join ${STORE}.chat_days d on d.chat_id = b.chat_id`;

/** A gap of so long begins a new span. */
const NEAR = "interval '450 seconds'";

/** Days that change for another reason than their own chats. */
export const markOtherDays: readonly string[] = [
  // A chat shows whether the visitor came back after the one before.
  `insert into bi_marks
   select ${localDate('before_at')}, false from (
     select (select max(c.created_at) from chatrhub.chats c where c.visitor_id = b.other_id and c.created_at < b.at) as before_at
     from bi_changes b where b.kind = 'chat'
   ) chats where before_at is not null`,
  // Of these it could not be told yet whether the visitor comes back.
  `insert into bi_marks
   select d.date_day, false from ${STORE}.chat_days d, ${STORE}.state s, (select max(created_at) as at from chatrhub.chats) horizon
   where d.left_at > least(s.horizon_at, horizon.at) - interval '24 hours' and d.left_at <= greatest(s.horizon_at, horizon.at) - interval '24 hours'`,
  // A snapshot stands until the next one, and tells that one whether there was a gap.
  `insert into bi_marks
   select ${localDate('moment')}, false, true from bi_changes b
   cross join lateral (values (b.at - ${NEAR}), (b.at + interval '1 hour' + ${NEAR}), ((
     select min(snapshot_at) from chatrhub.agent_activities where agent_id = b.id and snapshot_at >= b.at + interval '1 hour'
   ))) moments (moment)
   where b.kind = 'snapshots' and moment is not null`,
  `insert into bi_marks select ${localDate('snapshot_at')}, false, true from chatrhub.agent_activities where ${isChanged('agent_id', 'agent')} group by 1`,
  // The first and the last day had a part of their hours; days without anything are rows too.
  `insert into bi_marks
   with data as (${dataDays}), stored as (select distinct date_day from ${STORE}.hourly_demand_vs_availability)
   select date_day, false from data, stored where date_day not between first_day and last_day
   union select edge, false from data, lateral (values (first_day), (last_day)) edges (edge)
   union select min(date_day), false from stored
   union select max(date_day), false from stored
   union (select day::date, false from data, generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') as day
     except select date_day, false from stored)`,
  `insert into bi_marks
   with data as (select ${localDate('min(created_at)')} as first_day, ${localDate('max(created_at)')} as last_day from chatrhub.chats)
   select s.date_day, false from data, ${STORE}.daily_chats s where s.date_day not between first_day and last_day
   union (select day::date, false from data, generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') as day
     except select date_day, false from ${STORE}.daily_chats)`,
];

export const markAllDays = `
  insert into bi_marks select day::date, false, true from (${dataDays}) data, generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') as day`;

export const fillDays: readonly string[] = [
  `insert into bi_days
   select date_day, bool_and(is_tail), bool_or(has_snapshots), ${dayStart('date_day')}, ${dayStart('date_day + 1')} from bi_marks where date_day is not null group by date_day`,
  'analyze bi_days',
  `insert into bi_snapshots ${snapshotsOfDays}`,
  'analyze bi_snapshots',
];

/** Chats that kept somebody busy on these days. */
export const fillBusy = (isRebuild: boolean): readonly string[] => [
  `insert into bi_busy
   select e.agent_id, e.created_at, e.active_until_at, coalesce(e.ended_at, e.active_until_at), not e.is_bot
   from ${isRebuild ? 'chatrhub_bi.chats_enriched e' : `(${chatsOfDays}) k join chatrhub_bi.chats_enriched e on e.chat_id = k.chat_id`}
   where e.is_counted and e.is_missed is not true and e.agent_id is not null and coalesce(e.ended_at, e.active_until_at) > e.created_at`,
  'create index on bi_busy (agent_id, started_at)',
  'analyze bi_busy',
];

const chatsOfDays = `
   select k.chat_id from bi_days d join ${STORE}.chat_days k on k.date_day in (d.date_day, d.date_day + 1)
   union
   select k.chat_id from bi_days d join ${STORE}.chat_days k on daterange(k.date_day, k.until_day, '[]') @> d.date_day where k.until_day > k.date_day`;

/** What the backlog's days depended on, before the tasks are computed again. */
export const keepTasks = `create temp table bi_tasks_before on commit drop as
  select t.* from bi_tasks b join ${STORE}.task_completions t on t.task_id = b.task_id`;

/** Days whose backlog may be another. A task that is completed changes the days since, not those on which it was open. */
export const fillTaskDays = (isRebuild: boolean): string => `
  insert into bi_task_days
  with bounds as (
    select min(created_day) as first_day, greatest(max(created_day), max(completed_day)) as last_day from ${STORE}.task_completions
  ), pairs as (
    select o.created_day as old_created, n.created_day as new_created, coalesce(o.completed_day, last_day) as old_completed,
      coalesce(n.completed_day, last_day) as new_completed, o.task_id is not null as was, n.task_id is not null as is_there,
      (o.created_at, o.task_type, o.is_lost) is not distinct from (n.created_at, n.task_type, n.is_lost) as is_same
    from bounds, bi_tasks_before o full join (select t.* from bi_tasks b join ${STORE}.task_completions t on t.task_id = b.task_id) n on n.task_id = o.task_id
  ), ranges as (
    select old_created as from_day, old_completed as until_day from pairs where not is_same and was
    union all select new_created, new_completed from pairs where not is_same and is_there
    union all select least(old_completed, new_completed), greatest(old_completed, new_completed) from pairs where is_same
    union all select first_day, last_day from bounds
      where ${isRebuild} or exists (select task_type from ${STORE}.task_completions except select task_type from ${STORE}.task_backlog_daily)
        or exists (select task_type from ${STORE}.task_backlog_daily except select task_type from ${STORE}.task_completions)
  )
  select day::date from ranges, generate_series(from_day::timestamp, until_day::timestamp, interval '1 day') as day
  union select distinct b.date_day from ${STORE}.task_backlog_daily b, bounds where b.date_day < first_day or b.date_day > last_day or first_day is null
  union (select day::date from bounds, generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') as day
    except select date_day from ${STORE}.task_backlog_daily)`;

/** How many rows there are, from how many there were. */
export const countRows = (isRebuild: boolean): readonly string[] =>
  isRebuild
    ? [
        `delete from ${STORE}.row_counts`,
        `insert into ${STORE}.row_counts (entity, row_count)
         select 'chats', count(*) from chatrhub.chats where not is_inferred
         union all select 'messages', count(*) from chatrhub.messages where not is_inferred
         union all select 'agent_activities', count(*) from chatrhub.agent_activities
         union all select 'tasks', count(*) from chatrhub.tasks
         union all select 'all', (select count(*) from chatrhub.agents) + (select count(*) from chatrhub.groups) + (select count(*) from chatrhub.visitors)
           + (select count(*) from chatrhub.chats) + (select count(*) from chatrhub.messages)`,
      ]
    : [
        `update ${STORE}.row_counts r set row_count = r.row_count + b.more
         from (select substr(kind, 9) as entity, sum(id) as more from bi_changes where kind like 'rows of %' group by 1) b where b.entity = r.entity`,
      ];
