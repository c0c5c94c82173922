import type { View } from '../records/view.ts';

type Severity = 'error' | 'warning' | 'info';

/** A check: which rows of what fail it. `from` names the rows as `id` has to find them. */
type Check = { name: string; severity: Severity; entity: string; id: string; from?: string; where: string };

const CHECKS: readonly Check[] = [
  check('chat_ended_without_duration', 'warning', 'chats', 'is_ended and duration_seconds is null and not is_inferred'),
  check('chat_with_negative_seconds', 'error', 'chats', 'duration_seconds < 0 or response_delay_seconds < 0'),
  check(
    'chat_rating_out_of_range',
    'error',
    'chats',
    ['overall_rating', 'friendly_rating', 'responsive_rating', 'knowledge_rating']
      .map((name) => `${name} not between 1 and 3`)
      .concat('average_rating_score not between 0 and 100')
      .join(' or '),
  ),
  check('chat_without_visitor_or_agent', 'warning', 'chats', "chat_type = 'unknown' and not is_inferred"),
  {
    ...check('chat_missed_but_answered', 'warning', 'chats', 'c.is_missed and m.agent_message_count > 0'),
    id: 'c.chat_id',
    from: 'chatrhub.chats c join chatrhub_bi.chat_message_metrics m on m.chat_id = c.chat_id',
  },
  check('chat_with_unknown_ended_reason', 'warning', 'chats', "ended_reason not in ('offline', 'no_reply', 'inactive')"),
  check(
    'message_without_sender',
    'warning',
    'messages',
    'from_agent_id is null and from_visitor_id is null and is_admin is not true and not is_inferred',
  ),
  check('message_with_two_senders', 'warning', 'messages', 'from_agent_id is not null and from_visitor_id is not null'),
  {
    ...check('message_before_chat_start', 'warning', 'messages', 'm.created_at < c.created_at'),
    id: 'm.message_id',
    from: 'chatrhub.messages m join chatrhub.chats c on c.chat_id = m.chat_id',
  },
  check('message_probability_out_of_range', 'error', 'messages', 'batch_intent_probability not between 0 and 1'),
  {
    ...check(
      'activity_with_unknown_status',
      'warning',
      'agent_activities',
      "coalesce(status, '') not in ('available', 'unavailable', 'offline')",
    ),
    id: "agent_id || '/' || to_char(snapshot_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
  },
  {
    ...check('activity_off_grid', 'info', 'agent_activities', 'mod(extract(epoch from snapshot_at), 300) <> 0'),
    id: "agent_id || '/' || to_char(snapshot_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
  },
  {
    ...check('task_complete_without_time', 'warning', 'tasks', 'is_complete and completed_at is null'),
    from: 'chatrhub_bi.tasks_enriched',
  },
  { ...check('task_completed_before_created', 'warning', 'tasks', 'completed_at < created_at'), from: 'chatrhub_bi.tasks_enriched' },
  {
    ...check('stub', 'info', 'all', 'is_inferred'),
    id: "entity || '/' || id",
    from: `(${['agent', 'group', 'visitor', 'chat', 'message']
      .map((name) => `select '${name}s' as entity, ${name}_id as id, is_inferred from chatrhub.${name}s`)
      .join(' union all ')}) rows`,
  },
];

function check(name: string, severity: Severity, entity: string, where: string): Check {
  return { name, severity, entity, where, id: `${entity.replace(/s$/, '')}_id` };
}

/** SQL: one row of the view, with the least five of what fails as samples. */
const rowOf = ({ name, severity, entity, id, from = `chatrhub.${entity}`, where }: Check): string => `
select '${name}' as check_name, '${severity}' as severity, '${entity}' as entity,
  coalesce(max(failing_rows), 0) as failing_rows, string_agg(id::text, ', ' order by id) as sample_ids
from (
  select id, count(*) over () as failing_rows from (select ${id} as id from ${from} where ${where}) failing order by id limit 5
) samples`;

export const dataQuality: View = {
  schema: 'chatrhub_bi',
  name: 'data_quality',
  key: ['check_name'],
  sql: CHECKS.map(rowOf).join('\nunion all'),
  about:
    'What is odd in the data as the source sent it: one row per check, also for those that nothing fails. The sync changes no value to make a check pass. Materialised.',
  notes: {
    check_name: 'What was looked for.',
    severity: 'error: the value cannot be right; warning: metrics may suffer; info: worth knowing.',
    entity: 'Table of chatrhub that was looked at; all for stubs.',
    failing_rows: 'Rows for which it is so.',
    sample_ids: 'Keys of up to five of them, separated by commas; null when there is none.',
  },
};
