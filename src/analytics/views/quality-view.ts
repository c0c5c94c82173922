import type { View } from '../../records/view.ts';
import { STORE } from '../stored-views.ts';
import { QUALITY_CHECKS, type QualityCheck } from './quality-checks.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const checksOf = (unit: QualityCheck['unit']): QualityCheck[] => QUALITY_CHECKS.filter((check) => check.unit === unit);
const SAMPLES = 5;

/** SQL: how many rows of each unit fail a check, and the least of them. Rows that several checks look at are read once. */
const failuresBy = (unit: QualityCheck['unit'], key: string): string => {
  const checks = checksOf(unit);
  const firstOfEach = checks.filter(({ from }, i) => checks.findIndex((other) => other.from === from) === i);
  return firstOfEach
    .map(({ id, from, among }) => {
      const alike = checks.filter((check) => check.from === from);
      return `
select check_name, ${key}, count(*) as failing_rows, (array_agg((${id})::text order by ${id}))[1:${SAMPLES}] as sample_ids
from ${from} cross join lateral (
  values ${alike.map(({ name, where }) => `(${quoted(name)}, (${where}))`).join(', ')}
) looks (check_name, is_failing)
where ${among} and (${alike.map(({ where }) => `(${where})`).join(' or ')}) and is_failing group by check_name, ${key}`;
    })
    .join('\nunion all');
};

/** What fails, chat by chat. */
export const qualityOfChats: View = {
  schema: STORE,
  name: 'quality_of_chats',
  sql: '',
  stored: { unit: 'chats', key: ['chat_id', 'check_name'], sql: failuresBy('chats', 'chat_id') },
  about: 'How many rows of a chat fail a check: one row per chat and check that something of it fails.',
  notes: {},
};

/** What fails, task by task. */
export const qualityOfTasks: View = {
  schema: STORE,
  name: 'quality_of_tasks',
  sql: '',
  stored: { unit: 'tasks', key: ['task_id', 'check_name'], sql: failuresBy('tasks', 'task_id') },
  about: 'Which checks a task fails: one row per task and check.',
  notes: {},
};

/** What fails, day by day. */
export const qualityOfDays: View = {
  schema: STORE,
  name: 'quality_of_days',
  sql: '',
  stored: { unit: 'snapshot_days', key: ['date_day', 'check_name'], sql: failuresBy('days', 'date_day') },
  about: 'How many rows of a local day fail a check: one row per day and check that something of it fails.',
  notes: {},
};

/** SQL: all that fails a check, whatever it is looked at by. */
const failing = ({ name, unit, id, from, among, where }: QualityCheck): string => {
  if (unit === 'all')
    return `select 1::bigint as failing_rows, array[(${id})::text] as sample_ids from ${from} where ${among} and (${where})`;
  return `select failing_rows, sample_ids from ${STORE}.quality_of_${unit} where check_name = ${quoted(name)}`;
};

/** SQL: how samples are put in order: numbers as numbers. */
const inOrder = ({ id }: QualityCheck): string => (/^\w+$/.test(id) ? 'sample::bigint' : 'sample');

const rowOf = (check: QualityCheck): string => `
select ${[check.name, check.severity, check.entity, check.description, check.advice].map(quoted).join(', ')},
  (select coalesce(sum(failing_rows), 0)::bigint from (${failing(check)}) failing),
  (select coalesce(sum(row_count), 0)::bigint from ${STORE}.row_counts where entity = ${quoted(check.entity)}),
  (select string_agg(sample, ', ' order by ${inOrder(check)}) from (
    select sample from (${failing(check)}) failing, unnest(sample_ids) as sample order by ${inOrder(check)} limit ${SAMPLES}
  ) samples)`;

const COLUMNS = 'check_name, severity, entity, description, what_to_do, failing_rows, checked_rows, sample_ids';

export const dataQuality: View = {
  schema: 'chatrhub_bi',
  name: 'data_quality',
  sql: `select ${COLUMNS} from ${STORE}.data_quality`,
  stored: {
    unit: 'all',
    key: ['check_name'],
    sql: `
select * from (${QUALITY_CHECKS.map(rowOf).join('\nunion all')}
) checks (${COLUMNS})`,
  },
  about:
    'What is odd in the data as the source sent it: one row per check, also for those that nothing fails. The sync changes no value to make a check pass.',
  notes: {
    check_name: 'What was looked for.',
    severity: 'error: the value cannot be right; warning: metrics may suffer; info: worth knowing.',
    entity: 'Table of chatrhub that was looked at; all for stubs.',
    description: 'What is odd about a row that fails.',
    what_to_do: 'What it means for metrics, and what can be done.',
    failing_rows: 'Rows for which it is so.',
    checked_rows: 'Rows that were looked at.',
    sample_ids: 'Keys of up to five of them, separated by commas; null when there is none.',
  },
};
