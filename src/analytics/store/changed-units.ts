import { dataDays } from '../business-time.ts';
import { dayStart, localDate } from '../local-time.ts';
import { STORE } from '../stored-views.ts';
import { snapshotsOfDays } from '../views/agent-status-views.ts';
import { leftOn, OF_SEQUENCE, ofDays, ofTimes, sequencesOf } from '../views/chat-views.ts';
import { exchangesOfChats } from '../views/exchanges.ts';

/*
 * What a refresh computes: temporary tables of chats, days and tasks, which the SQL of stored views reads. A rebuild fills them with all
 * there is.
 */

/** What of a day is to be computed again, by why: chats that began on it are others, turns of visitors, messages, ... */
const CAUSES = {
  has_chats: ['chats', 'edge'],
  has_turns: ['turns'],
  has_messages: ['messages'],
  has_snapshots: ['snapshots'],
  is_busy: ['times', 'snapshots', 'edge'],
} as const;
type Cause = (typeof CAUSES)[keyof typeof CAUSES][number];
const because = (cause: Cause | 'all'): string => `'${cause}'`;
const FLAGS = Object.keys(CAUSES);

/** The tables, empty. They end with the transaction. */
export const inputTables: readonly string[] = [
  'create temp table bi_changes (kind text, id bigint, other_id bigint, at timestamptz) on commit drop',
  'create temp table bi_chats (chat_id bigint primary key) on commit drop',
  'create temp table bi_tasks (task_id bigint primary key) on commit drop',
  'create temp table bi_marks (date_day date, cause text) on commit drop',
  `create temp table bi_days (date_day date primary key, ${FLAGS.map((flag) => `${flag} boolean`).join(', ')}, starts_at timestamptz, ends_at timestamptz) on commit drop`,
  'create temp table bi_task_days (date_day date primary key) on commit drop',
  `create temp table bi_busy (
     date_day date, agent_id bigint, started_at timestamptz, active_until_at timestamptz, ended_at timestamptz, is_of_people boolean) on commit drop`,
  `create temp table bi_exchanges on commit drop as ${exchangesOfChats} with no data`,
  `create temp table bi_snapshots on commit drop as ${snapshotsOfDays} with no data`,
];

/** What was written since the last refresh, and is visible to this transaction. */
export const takeChanges = `
  with taken as (delete from ${STORE}.changes returning kind, id, other_id, at)
  insert into bi_changes select * from taken`;

const changed = (kind: string): string => `select id from bi_changes where kind = '${kind}'`;
/** Rows of those that changed: looked up by each, as mostly there are none, and a plan for many would read the whole table. */
const rowsOf = (kind: string, table: string, column: string, what = 'chat_id'): string =>
  `select r.* from (${changed(kind)}) x cross join lateral (select ${what} from chatrhub.${table} where ${column} = x.id offset 0) r`;

/** Chats whose own numbers may be others; of the same visitor, those whose next one or place in the order is another. */
export const fillChats = (isRebuild: boolean): string =>
  isRebuild
    ? 'insert into bi_chats select chat_id from chatrhub.chats'
    : `insert into bi_chats
       select id from bi_changes where kind in ('chat', 'messages')
       union select s.chat_id from (${sequencesOf("select distinct other_id as visitor_id from bi_changes where kind = 'chat'")}) s
         join ${STORE}.chats_enriched e on e.chat_id = s.chat_id
         where (${OF_SEQUENCE.map((name) => `e.${name}`).join(', ')}) is distinct from (${OF_SEQUENCE.map((name) => `s.${name}`).join(', ')})
       union ${rowsOf('visitor', 'chats', 'visitor_id')}
       union ${rowsOf('agent', 'chats', 'agent_id')}
       union ${rowsOf('agent', 'chats', 'transferred_to_agent_id')}
       union select chat_id from (${rowsOf('agent', 'messages', 'from_agent_id')}) m where chat_id is not null`;

/** What was said in these chats. */
export const fillExchanges: readonly string[] = [`insert into bi_exchanges ${exchangesOfChats}`, 'analyze bi_exchanges'];

/** Tasks that changed, or all of them. */
export const fillTasks = (isRebuild: boolean): string =>
  isRebuild ? 'insert into bi_tasks select task_id from chatrhub.tasks' : `insert into bi_tasks ${changed('task')} group by id`;

const ofChanged = (view: string): string => `select s.* from bi_chats b join ${STORE}.${view} s on s.chat_id = b.chat_id`;

/** Chats and turns of visitors as they are stored, before they are computed again. */
export const keepChats: readonly string[] = [
  `create temp table bi_chats_before on commit drop as ${ofChanged('chats_enriched')}`,
  `create temp table bi_turns_before on commit drop as ${ofChanged('response_turns')}`,
];

/** SQL: whether something of a chat is another than before. */
const differs = (of: (chat: string) => string): string => `(${of('o')}) is distinct from (${of('n')})`;
const daysFrom = (first: string, last: string): string =>
  `generate_series((${first})::timestamp, (${last})::timestamp, interval '1 day')::date`;

/** The days of what is stored otherwise than before. A day's online time reaches five minutes into the next one. */
export const markDaysOfChats: readonly string[] = [
  `insert into bi_marks
   with pairs as (
     select o.date_day as old_day, o.until_day as old_until, n.date_day as new_day, n.until_day as new_until,
       ${differs(ofTimes)} as is_other_time,
       o.date_day is distinct from n.date_day or coalesce(n.chat_id, o.chat_id) = any(array(${changed('messages')})) as has_other_messages
     from bi_chats_before o full join (${ofChanged('chats_enriched')}) n on n.chat_id = o.chat_id
     where ${differs(ofDays)} or coalesce(n.chat_id, o.chat_id) = any(array(${changed('messages')}))
   )
   select day, cause from pairs, lateral (
     select day, ${because('chats')} as cause from (values (old_day), (new_day)) days (day)
     union all select day, ${because('messages')} from (values (old_day), (new_day)) days (day) where has_other_messages
     union all select ${daysFrom('old_day - 1', 'old_until')}, ${because('times')} where is_other_time
     union all select ${daysFrom('new_day - 1', 'new_until')}, ${because('times')} where is_other_time
   ) marks group by 1, 2`,
  `insert into bi_marks
   select day, ${because('turns')} from bi_turns_before o
   full join (${ofChanged('response_turns')}) n on n.chat_id = o.chat_id and n.turn_sequence = o.turn_sequence
   cross join lateral (values (o.date_day), (n.date_day)) days (day)
   where o is distinct from n group by day`,
];

/** A gap of so long begins a new span. */
const NEAR = "interval '450 seconds'";

/** Days that change for another reason than their own chats. */
export const markOtherDays: readonly string[] = [
  // Of these it was not known yet whether the visitor comes back.
  `insert into bi_marks
   select e.date_day, ${because('chats')}
   from (
     select least(s.horizon_at, newest.at) - interval '24 hours' as after_at, greatest(s.horizon_at, newest.at) - interval '24 hours' as until_at
     from ${STORE}.state s, (select max(created_at) as at from chatrhub.chats) newest
   ) horizon
   cross join lateral (
     select date_day from ${STORE}.chats_enriched
     where ${leftOn('left_at')} between ${leftOn('after_at')} and ${leftOn('until_at')} and left_at > after_at and left_at <= until_at offset 0
   ) e
   group by 1`,
  // A snapshot stands until the next one, and tells that one whether there was a gap.
  `insert into bi_marks
   select ${localDate('moment')}, ${because('snapshots')} from bi_changes b
   cross join lateral (values (b.at - ${NEAR}), (b.at + interval '1 hour' + ${NEAR}), ((
     select min(snapshot_at) from chatrhub.agent_activities where agent_id = b.id and snapshot_at >= b.at + interval '1 hour'
   ))) moments (moment)
   where b.kind = 'snapshots' and moment is not null`,
  `insert into bi_marks select ${localDate('snapshot_at')}, ${because('snapshots')} from (${rowsOf('agent', 'agent_activities', 'agent_id', 'snapshot_at')}) a group by 1`,
  // The first and the last day had a part of their hours; days without anything are rows too.
  `insert into bi_marks
   with data as (${dataDays}), stored as (select distinct date_day from ${STORE}.hourly_demand_vs_availability)
   select date_day, ${because('edge')} from data, stored where date_day not between first_day and last_day
   union select edge, ${because('edge')} from data, lateral (values (first_day), (last_day)) edges (edge)
   union select min(date_day), ${because('edge')} from stored
   union select max(date_day), ${because('edge')} from stored
   union (select day::date, ${because('edge')} from data, generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') as day
     except select date_day, ${because('edge')} from stored)`,
  `insert into bi_marks
   with data as (select ${localDate('min(created_at)')} as first_day, ${localDate('max(created_at)')} as last_day from chatrhub.chats)
   select s.date_day, ${because('chats')} from data, ${STORE}.daily_chats s where s.date_day not between first_day and last_day
   union (select day::date, ${because('chats')} from data, generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') as day
     except select date_day, ${because('chats')} from ${STORE}.daily_chats)`,
];

/** Messages can be of days on which no chat began. */
export const markAllDays: readonly string[] = [
  `insert into bi_marks select day::date, ${because('all')} from (${dataDays}) data, generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') as day`,
  `insert into bi_marks select distinct date_day, ${because('turns')} from ${STORE}.response_turns`,
];

export const fillDays: readonly string[] = [
  `insert into bi_days
   select date_day, ${Object.values(CAUSES)
     .map((causes) => `bool_or(cause in (${['all' as const, ...causes].map(because).join(', ')}))`)
     .join(', ')},
     ${dayStart('date_day')}, ${dayStart('date_day + 1')} from bi_marks where date_day is not null group by date_day`,
  'analyze bi_days',
  `insert into bi_snapshots ${snapshotsOfDays}`,
  'analyze bi_snapshots',
  `update ${STORE}.state set horizon_at = (select max(created_at) from chatrhub.chats)`,
];

const BUSY = `e.agent_id, e.created_at, e.active_until_at, coalesce(e.ended_at, e.active_until_at), not e.is_bot`;
const isBusy = `d.is_busy and e.is_counted and e.is_missed is not true and e.agent_id is not null and coalesce(e.ended_at, e.active_until_at) > e.created_at`;

/** Chats that kept somebody busy, on each day on which they did. Those of the next day's first minutes are, too: online time reaches there. */
export const fillBusy: readonly string[] = [
  `insert into bi_busy
   select d.date_day, ${BUSY} from bi_days d join ${STORE}.chats_enriched e on e.date_day = d.date_day where ${isBusy}
   union all
   select d.date_day, ${BUSY} from bi_days d join ${STORE}.chats_enriched e on e.date_day = d.date_day + 1
   where ${isBusy} and e.created_at < d.ends_at + interval '300 seconds'
   union all
   select d.date_day, ${BUSY} from bi_days d join ${STORE}.chats_enriched e on daterange(e.date_day, e.until_day, '[]') @> d.date_day
   where ${isBusy} and e.until_day > e.date_day and e.date_day < d.date_day`,
  'analyze bi_busy',
];

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
         -- All of them are counted in an index alone; those that are no records have one of their own.
         with chats as (select count(*) as rows, (select count(*) from chatrhub.chats where is_inferred) as stubs from chatrhub.chats),
           messages as (select count(*) as rows, (select count(*) from chatrhub.messages where is_inferred) as stubs from chatrhub.messages)
         select 'chats', rows - stubs from chats
         union all select 'messages', rows - stubs from messages
         union all select 'agent_activities', count(*) from chatrhub.agent_activities
         union all select 'tasks', count(*) from chatrhub.tasks
         union all select 'all', (select count(*) from chatrhub.agents) + (select count(*) from chatrhub.groups) + (select count(*) from chatrhub.visitors)
           + (select rows from chats) + (select rows from messages)`,
      ]
    : [
        `update ${STORE}.row_counts r set row_count = r.row_count + b.more
         from (select substr(kind, 9) as entity, sum(id) as more from bi_changes where kind like 'rows of %' group by 1) b where b.entity = r.entity`,
      ];
