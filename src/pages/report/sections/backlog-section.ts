import { count, counted } from '../../../counted.ts';
import { addDays, type Day, type Period } from '../../../time/period.ts';
import type { Client } from '../../../warehouse/connection/database.ts';
import { type Html, html } from '../../html.ts';
import { drawChart } from '../chart.ts';
import { numbersOf, table } from '../html-table.ts';
import { lines } from '../lines.ts';
import { bucketTitle, dayName, duration, NONE } from '../numbers.ts';
import type { ReportPeriod } from '../report-period.ts';
import { bandKeys, type Key, legend, nothing, section } from '../section.ts';

/** One kind of task in a period. `open` has what was open at the end of each day that is known. */
export type TaskType = {
  /** In words. */
  task_type: string;
  created: number;
  completed: number;
  last_day: Day;
  open_at_end: number;
  median_open_age_seconds: number | null;
  median_time_to_resolve_seconds: number | null;
  open: ReadonlyMap<Day, number>;
};

/** Reads the kinds of tasks that there were in a period, the largest backlog first. */
export async function readBacklog(client: Client, { from, until }: Period): Promise<TaskType[]> {
  const { rows } = await client.query<Omit<TaskType, 'open'> & { open: Record<Day, number> }>(
    `select b.*, r.median_time_to_resolve_seconds from (
       select task_type, sum(created_task_count)::double precision as created, sum(completed_task_count)::double precision as completed,
         max(date_day) as last_day,
         (array_agg(open_task_count order by date_day desc))[1]::double precision as open_at_end,
         (array_agg(median_open_age_seconds order by date_day desc))[1] as median_open_age_seconds,
         json_object_agg(date_day, open_task_count) as open
       from chatrhub_bi.task_backlog_daily where date_day >= $1::date and date_day < $2::date group by task_type
     ) b
     left join (
       select coalesce(task_type, 'unknown') as task_type,
         percentile_cont(0.5) within group (order by time_to_resolve_seconds) as median_time_to_resolve_seconds
       from chatrhub_bi.tasks_enriched where completed_date >= $1::date and completed_date < $2::date group by 1
     ) r using (task_type)
     order by b.open_at_end desc, task_type`,
    [from, until],
  );
  return rows.map((row) => ({ ...row, task_type: row.task_type.replaceAll('_', ' '), open: new Map(Object.entries(row.open)) }));
}

/** All open tasks on the last day that is known; undefined where no task is. */
export function openTasks(types: readonly TaskType[]): { open: number; on: Day } | undefined {
  const on = types[0]?.last_day;
  return on === undefined ? undefined : { open: types.reduce((total, { open_at_end }) => total + open_at_end, 0), on };
}

/** Colours for the largest backlogs; the others are in the table. */
const COLOURS = ['task-1', 'task-2', 'task-3', 'task-4'];

/** Whether tasks pile up. */
export function backlogSection(period: ReportPeriod, types: readonly TaskType[]): Html {
  const title = 'Tasks that wait';
  const now = openTasks(types);
  if (!now) return section('backlog', title, undefined, nothing('There were no tasks in this period.'));
  const sum = (name: 'created' | 'completed') => types.reduce((total, type) => total + type[name], 0);
  const isKnown = period.buckets.map(({ until }) => types.some((type) => openAt(type, until) !== null));
  return section(
    'backlog',
    title,
    html`<strong>${counted(now.open, 'task')}</strong> open at the end of ${dayName(now.on)}; ${count(sum('created'))} came and
      ${count(sum('completed'))} were completed in this period.`,
    ...openChart(period, types, isKnown),
    table(
      'Tasks by kind',
      [
        { head: 'kind', cell: ({ task_type }) => task_type },
        { head: 'came', cell: ({ created }) => count(created) },
        { head: 'completed', cell: ({ completed }) => count(completed) },
        { head: 'open', cell: ({ open_at_end }) => count(open_at_end) },
        { head: 'median age of open', cell: ({ median_open_age_seconds: age }) => duration(age) },
        { head: 'median time to complete', cell: ({ median_time_to_resolve_seconds: time }) => duration(time) },
      ],
      types,
    ),
    openNumbers(period, types, isKnown),
  );
}

/** How many tasks of a kind were open before a day; null where it is not known. */
const openAt = ({ open }: TaskType, until: Day): number | null => open.get(addDays(until, -1)) ?? null;

function openChart({ buckets, step }: ReportPeriod, types: readonly TaskType[], isKnown: readonly boolean[]) {
  const shown = types.slice(0, COLOURS.length);
  return [
    legend([
      ...shown.map(({ task_type: name }, i): Key => ({ name, colour: COLOURS[i] ?? '', shape: 'line' })),
      ...bandKeys(buckets, step, isKnown),
    ]),
    types.length > shown.length && html`<p class="quiet">The chart has the ${shown.length} largest of ${types.length} kinds.</p>`,
    drawChart(
      lines({
        label: `Open tasks at the end of each ${step}, by kind. The numbers are in the table below.`,
        buckets,
        step,
        format: count,
        steps: 'counts',
        isKnown,
        hasArea: shown.length === 1,
        lines: shown.map((type, i) => ({
          name: type.task_type,
          colour: COLOURS[i] ?? '',
          values: buckets.map(({ until }) => openAt(type, until)),
          says: (index) => `${type.task_type}: ${count(openAt(type, buckets[index]?.until ?? '') ?? 0)} open`,
        })),
      }),
    ),
  ];
}

const openNumbers = ({ buckets, step }: ReportPeriod, types: readonly TaskType[], isKnown: readonly boolean[]): Html =>
  numbersOf(
    `Open tasks at the end of each ${step}`,
    [
      { head: step, cell: (bucket) => bucketTitle(bucket, step) },
      ...types.map((type) => ({
        head: type.task_type,
        cell: ({ until }: Period) => {
          const open = openAt(type, until);
          return open === null ? NONE : count(open);
        },
      })),
    ],
    buckets.filter((_, index) => isKnown[index]),
  );
