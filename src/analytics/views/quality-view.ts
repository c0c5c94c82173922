import type { View } from '../../records/view.ts';
import { QUALITY_CHECKS, type QualityCheck } from './quality-checks.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** SQL: one row of the view, with the least five of what fails as samples. */
const rowOf = ({ name, severity, entity, id, from, where, description, advice }: QualityCheck): string => `
select ${[name, severity, entity, description, advice].map(quoted).join(', ')}, count(*) filter (where fails), count(*),
  (select string_agg(sample::text, ', ' order by sample) from (
    select ${id} as sample from ${from} where ${where} order by 1 limit 5
  ) samples)
from (select (${where}) is true as fails from ${from}) checked`;

export const dataQuality: View = {
  schema: 'chatrhub_bi',
  name: 'data_quality',
  key: ['check_name'],
  sql: `
select * from (${QUALITY_CHECKS.map(rowOf).join('\nunion all')}
) checks (check_name, severity, entity, description, what_to_do, failing_rows, checked_rows, sample_ids)`,
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
