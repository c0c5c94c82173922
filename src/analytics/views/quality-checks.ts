import { STORE } from '../stored-views.ts';

/**
 * A check: which rows of `from`, `among` those that are looked at, fail it, and how each is named there (`id`). `unit` says by what it is looked at again. What ordinary data do is no check: when one fails, somebody
 * should look.
 */
export type QualityCheck = {
  name: string;
  severity: 'error' | 'warning' | 'info';
  entity: string;
  unit: 'chats' | 'days' | 'tasks' | 'all';
  id: string;
  from: string;
  among: string;
  where: string;
  description: string;
  advice: string;
};

const SNAPSHOT = `agent_id || '/' || to_char(snapshot_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const RATINGS = ['overall_rating', 'friendly_rating', 'responsive_rating', 'knowledge_rating'];
const STUBS = ['agent', 'group', 'visitor', 'chat', 'message'];

const chats = {
  entity: 'chats',
  unit: 'chats',
  id: 'chat_id',
  from: `bi_chats join ${STORE}.chats_enriched using (chat_id)`,
  among: 'not is_inferred',
} as const;
const messages = {
  entity: 'messages',
  unit: 'chats',
  id: 'message_id',
  from: `bi_chats join ${STORE}.chats_enriched c using (chat_id) join chatrhub.messages m using (chat_id)`,
  among: 'not m.is_inferred',
} as const;
const activities = { entity: 'agent_activities', unit: 'days', id: SNAPSHOT, from: 'bi_snapshots', among: 'true' } as const;
const tasks = {
  entity: 'tasks',
  unit: 'tasks',
  id: 'task_id',
  from: `bi_tasks join ${STORE}.task_completions using (task_id)`,
  among: 'true',
} as const;

export const QUALITY_CHECKS: readonly QualityCheck[] = [
  {
    ...chats,
    name: 'chat_ended_without_duration',
    severity: 'warning',
    where: 'is_counted and is_missed is not true and is_ended and duration_seconds is null',
    description: 'A counted chat that was not missed has ended, and the source gives no duration.',
    advice: 'Its last message stands in for its end; averages of durations leave it out. Ask ChatrHub when it is many.',
  },
  {
    ...chats,
    name: 'chat_left_open',
    severity: 'info',
    where: 'is_counted and is_left_open',
    description: 'The chat ended more than four hours after its last message: somebody left it open.',
    advice:
      'Occupancy and active time stop five minutes after the last message. Do not use durations of such chats; ask agents to close chats.',
  },
  {
    ...chats,
    name: 'chat_answered_without_message',
    severity: 'warning',
    where: 'is_counted and is_missed is false and response_delay_seconds is not null and has_messages_loaded and message_count = 0',
    description: 'The source says that the chat was answered, and has no message of it.',
    advice: 'It counts as never answered in message metrics. Open it in ChatrHub to see whether its messages were deleted there.',
  },
  {
    ...chats,
    name: 'chat_with_negative_seconds',
    severity: 'error',
    where: 'duration_seconds < 0 or response_delay_seconds < 0',
    description: 'A duration or a response delay is less than 0.',
    advice: 'Averages suffer: leave such chats out. It is so in the source.',
  },
  {
    ...chats,
    name: 'chat_rating_out_of_range',
    severity: 'error',
    where: [...RATINGS.map((name) => `${name} not between 1 and 3`), 'average_rating_score not between 0 and 100'].join(' or '),
    description: 'A rating is not 1, 2 or 3, or the average is not from 0 to 100.',
    advice: 'Rates of ratings take overall_rating as it is. It is so in the source.',
  },
  {
    ...chats,
    name: 'chat_without_visitor_or_agent',
    severity: 'warning',
    where: "chat_type = 'unknown'",
    description: 'The chat names neither a visitor nor a receiving agent.',
    advice: 'It counts nowhere. Look at it in ChatrHub.',
  },
  {
    ...chats,
    name: 'chat_missed_but_answered',
    severity: 'warning',
    where: 'is_missed and agent_message_count > 0',
    description: 'The source says that the chat was missed, and a person wrote in it.',
    advice: 'It counts as missed, and as answered in message metrics. Decide which of the two a report is about.',
  },
  {
    ...chats,
    name: 'chat_with_unknown_ended_reason',
    severity: 'warning',
    where: "ended_reason not in ('offline', 'no_reply', 'inactive')",
    description: 'The chat ended for a reason that the documentation does not name.',
    advice: 'Counts by reason lack it. Tell us the word, so that it gets a meaning.',
  },
  {
    ...messages,
    name: 'message_without_sender',
    severity: 'warning',
    where: 'from_agent_id is null and from_visitor_id is null and is_admin is not true',
    description: 'The message names no sender, and is not administrative.',
    advice: 'It is of the system in conversations and counts for nobody.',
  },
  {
    ...messages,
    name: 'message_with_two_senders',
    severity: 'warning',
    where: 'from_agent_id is not null and from_visitor_id is not null',
    description: 'The message names an agent and a visitor as senders.',
    advice: "It counts as the visitor's.",
  },
  {
    ...messages,
    name: 'message_before_chat_start',
    severity: 'warning',
    where: 'm.created_at < c.created_at',
    description: 'The message was sent before its chat began.',
    advice: 'Response times run from the first message, so they hold; seconds_since_start is negative.',
  },
  {
    ...messages,
    name: 'message_probability_out_of_range',
    severity: 'error',
    where: 'batch_intent_probability not between 0 and 1',
    description: 'The probability of the AI is not from 0 to 1.',
    advice: 'intent_calibration leaves it out. It is so in the source.',
  },
  {
    ...activities,
    name: 'activity_with_unknown_status',
    severity: 'warning',
    where: "coalesce(status, '') not in ('available', 'unavailable', 'offline')",
    description: 'The snapshot has a status that the documentation does not name, or none.',
    advice: 'Its time is in other_seconds, and neither online nor offline.',
  },
  {
    ...activities,
    name: 'activity_off_grid',
    severity: 'info',
    where: "date_bin('5 minutes', snapshot_at, timestamptz 'epoch') <> snapshot_at",
    description: 'The snapshot is not on the grid of five minutes.',
    advice: 'Nothing: snapshots are weighed by the time they stand for.',
  },
  {
    ...tasks,
    name: 'task_complete_without_time',
    severity: 'warning',
    where: 'is_lost',
    description: 'The task is complete, and nothing says since when.',
    advice: 'It is in no backlog and in no time to resolve.',
  },
  {
    ...tasks,
    name: 'task_completed_before_created',
    severity: 'warning',
    where: 'completed_at < created_at',
    description: 'The task was completed before it was raised.',
    advice: 'Its time to resolve is negative: leave it out.',
  },
  {
    name: 'stub',
    severity: 'info',
    entity: 'all',
    unit: 'all',
    id: "entity || '/' || id",
    from: `(${STUBS.map((name) => `select '${name}s' as entity, ${name}_id as id, is_inferred from chatrhub.${name}s where is_inferred`).join(' union all ')}) rows`,
    among: 'true',
    where: 'is_inferred',
    description: 'Another record refers to this one, which was not received itself.',
    advice: 'Usual for what is older than SYNC_START_DATE: a backfill brings it. Its labels are null until then.',
  },
];

/** SQL: that a snapshot fails a check. */
export const isOddSnapshot = QUALITY_CHECKS.filter(({ entity }) => entity === activities.entity)
  .map(({ where }) => `(${where})`)
  .join(' or ');
