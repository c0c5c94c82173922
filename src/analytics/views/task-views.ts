import type { View } from '../../records/view.ts';
import { CALENDAR, calendar, dayStart, days, LOCAL, localColumns, localDate, secondsBetween } from '../local-time.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';

const PASSED_ON = [
  'task_id',
  'client_id',
  'task_type',
  'node_name',
  'message_id',
  'assigned_agent_id',
  'is_complete',
  'intent_id',
  'created_at',
  'updated_at',
] as const;

export const tasksEnriched: View = {
  schema: 'chatrhub_bi',
  name: 'tasks_enriched',
  sql: `
select ${PASSED_ON.map((name) => `t.${name}`).join(', ')},
  a.full_name as assigned_agent_name, m.chat_id, i.intent_name,
  t.is_complete is not true as is_open,
  ${localColumns('t.created_at')}, t.completed_at, ${localDate('t.completed_at')} as completed_date,
  ${secondsBetween('t.created_at', 't.completed_at')} as time_to_resolve_seconds,
  g.missing_since as source_missing_since
from (
  select t.*, c.completed_at from chatrhub.tasks t left join ${STORE}.task_completions c on c.task_id = t.task_id
) t
left join chatrhub.agents a on a.agent_id = t.assigned_agent_id
left join chatrhub.messages m on m.message_id = t.message_id
left join chatrhub.intents i on i.intent_id = t.intent_id
left join chatrhub_raw.absences g on g.resource = 'tasks' and g.record_key = t.task_id::text and g.returned_at is null`,
  about: 'Tasks with labels and the time they took: one row per task.',
  notes: {
    ...Object.fromEntries(PASSED_ON.map((name) => [name, { like: `tasks.${name}` }])),
    ...describeColumns('intent_name', ...LOCAL),
    assigned_agent_name: { like: 'agents.full_name' },
    chat_id: 'Chat of the message that raised the task.',
    is_open: 'True while the task is not complete.',
    date_day: 'Local day on which the task was raised.',
    completed_at:
      'When the task was completed: its updated_at in the first version the sync saw complete since it was last open, so that later edits do not move it. Null while it is open.',
    completed_date: 'Local day of that moment.',
    time_to_resolve_seconds: 'Seconds from raising to completing; null while it is open.',
    source_missing_since:
      'Since when no list of the source has the task, open ones or done ones: it was deleted there. Null while one has it. Count such open tasks or not, as the question wants.',
  },
};

/** When tasks were completed. Also what a day's backlog depended on, so that it is known which days a change of the task changes. */
export const taskCompletions: View = {
  schema: STORE,
  name: 'task_completions',
  sql: '',
  stored: {
    unit: 'tasks',
    key: ['task_id'],
    sql: `
with versions as (
  select v.record_key, v.version, chatrhub_raw.as_boolean(v.attributes -> 'is_complete') is true as is_complete, v.attributes -> 'updt_dt' as updated
  from bi_tasks b join chatrhub_raw.record_versions v on v.resource = 'tasks' and v.record_key = b.task_id::text
), since_open as (
  select *, max(version) filter (where not is_complete) over (partition by record_key) as last_open_version from versions
), completed as (
  select distinct on (record_key) record_key, chatrhub_raw.as_instant(updated) as completed_at
  from since_open where is_complete and version > coalesce(last_open_version, 0) order by record_key, version
), tasks as (
  select t.task_id, coalesce(t.task_type, 'unknown') as task_type, t.created_at, t.is_complete,
    case when t.is_complete then case when c.record_key is null then t.updated_at else c.completed_at end end as completed_at
  from bi_tasks b join chatrhub.tasks t on t.task_id = b.task_id
  left join completed c on c.record_key = t.task_id::text
)
select task_id, task_type, created_at, completed_at, ${localDate('created_at')} as created_day, ${localDate('completed_at')} as completed_day,
  is_complete is true and completed_at is null as is_lost
from tasks`,
  },
  about: 'When tasks were raised and completed: one row per task.',
  notes: {},
};

export const taskBacklogDaily: View = {
  schema: 'chatrhub_bi',
  name: 'task_backlog_daily',
  sql: `
select s.date_day, ${calendar('s.date_day')}, s.task_type, s.created_task_count, s.completed_task_count, s.open_task_count,
  s.median_open_age_seconds, s.median_time_to_resolve_seconds
from ${STORE}.task_backlog_daily s`,
  stored: {
    unit: 'task_days',
    key: ['date_day', 'task_type'],
    sql: `
with tasks as (select * from ${STORE}.task_completions where created_day is not null
), bounds as (
  select min(created_day) as first_day, greatest(max(created_day), max(completed_day)) as last_day from tasks
), days as (
  select d.date_day, t.task_type
  from bi_task_days d, bounds, (select distinct task_type from tasks) t
  where d.date_day between bounds.first_day and bounds.last_day
), looked_at as (
  select min(date_day) as first_day, max(date_day) as last_day from days
), open as (
  select d.date_day, t.task_type, count(*) as open_task_count,
    percentile_cont(0.5) within group (order by ${secondsBetween('t.created_at', dayStart('d.date_day + 1'))}) as median_open_age_seconds
  -- From each task to its few days: the other way round, each day would be held against all tasks.
  from looked_at, tasks t
  cross join lateral (
    select day::date as date_day
    from ${days('greatest(t.created_day, looked_at.first_day)', 'least(t.completed_day - 1, looked_at.last_day)')} as day
  ) of_task
  join (select distinct date_day from days) d on d.date_day = of_task.date_day
  where not t.is_lost and coalesce(t.completed_day > looked_at.first_day, true)
  group by 1, 2
), created as (
  select created_day as date_day, task_type, count(*) as created_task_count from tasks
  where created_day in (select date_day from bi_task_days) group by 1, 2
), completed as (
  select completed_day as date_day, task_type, count(*) as completed_task_count,
    percentile_cont(0.5) within group (order by ${secondsBetween('created_at', 'completed_at')}) as median_time_to_resolve_seconds
  from tasks where completed_day in (select date_day from bi_task_days) group by 1, 2
)
select d.date_day, d.task_type,
  coalesce(n.created_task_count, 0) as created_task_count, coalesce(c.completed_task_count, 0) as completed_task_count,
  coalesce(o.open_task_count, 0) as open_task_count, o.median_open_age_seconds, c.median_time_to_resolve_seconds
from days d
left join created n on n.date_day = d.date_day and n.task_type = d.task_type
left join completed c on c.date_day = d.date_day and c.task_type = d.task_type
left join open o on o.date_day = d.date_day and o.task_type = d.task_type`,
  },
  about: 'How many tasks wait: one row per local day and type of task, from the first task on, also for days without any.',
  notes: {
    ...describeColumns(...CALENDAR),
    task_type: { like: 'tasks.task_type' },
    created_task_count: 'Tasks that were raised on that day.',
    completed_task_count: 'Tasks that were completed on that day.',
    open_task_count:
      'Tasks that were raised by the end of the day and not completed by then. Not additive across days. Complete tasks of which it is not known when are left out; open ones that the source no longer lists are in it (source_missing_since of tasks_enriched).',
    median_open_age_seconds: 'Median age of those at the end of the day, in seconds; of today, at its end to come. Not additive.',
    median_time_to_resolve_seconds: 'Median time that the tasks completed on that day took, in seconds; null without any. Not additive.',
  },
};
