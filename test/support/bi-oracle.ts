import type pg from 'pg';
import { isSame } from './bi-answers.ts';
import * as agents from './bi-oracle-agents.ts';
import * as chats from './bi-oracle-chat-views.ts';
import { findChats } from './bi-oracle-chats.ts';
import * as contacts from './bi-oracle-contacts.ts';
import * as intents from './bi-oracle-intents.ts';
import * as load from './bi-oracle-load.ts';
import * as tasks from './bi-oracle-tasks.ts';
import { AHEAD_HOURS, createLocal } from './bi-oracle-time.ts';
import * as trust from './bi-oracle-trust.ts';
import type { World } from './bi-world.ts';

type Row = Record<string, unknown>;

/** The rows a view must have, by the columns that tell them apart. */
export type Expected = { view: string; keys: readonly string[]; rows: Row[] };

/** What the views must hold of a world, counted in plain loops: no code and no SQL of theirs. */
export function expectedViews(world: World): Expected[] {
  const local = createLocal(world.zone);
  const found = findChats(world, local);
  const intervals = agents.intervalsOf(world, local);
  const performance = agents.performanceOf(found, intervals, world, local);
  const messages = chats.timeline(found, world, local);
  const turns = chats.turns(found, world, local);
  const hours = agents.hours(found, intervals, world, local);
  return [
    { view: 'chatrhub_bi.chat_message_metrics', keys: ['chat_id'], rows: chats.messageMetrics(found) },
    {
      view: 'chatrhub_bi.chats_enriched',
      keys: ['chat_id'],
      rows: chats.enriched(found, world, local),
    },
    { view: 'chatrhub_bi.daily_chats', keys: ['date_day'], rows: chats.daily(found, world, local) },
    { view: 'chatrhub_bi.csat', keys: ['date_day', 'agent_id', 'group_id', 'channel'], rows: chats.csat(found, world) },
    { view: 'chatrhub_bi.response_turns', keys: ['chat_id', 'turn_sequence'], rows: turns },
    { view: 'chatrhub_bi.conversation_timeline', keys: ['message_id'], rows: messages },
    { view: 'chatrhub_private.conversation_timeline', keys: ['message_id'], rows: messages },
    { view: 'chatrhub_bi.bot_containment', keys: ['date_day'], rows: chats.containment(found) },
    { view: 'chatrhub_bi.visitor_history', keys: ['visitor_id'], rows: chats.visitors(found, world, local) },
    { view: 'chatrhub_bi.agent_status_intervals', keys: ['agent_id', 'snapshot_at'], rows: agents.intervals(intervals, local) },
    { view: 'chatrhub_bi.agent_status_spans', keys: ['agent_id', 'started_at'], rows: agents.spans(intervals, local) },
    { view: 'chatrhub_bi.agent_daily_status', keys: ['agent_id', 'date_day'], rows: agents.dailyStatus(intervals, local) },
    { view: 'chatrhub_bi.agent_daily_performance', keys: ['agent_id', 'date_day'], rows: performance },
    { view: 'chatrhub_bi.agent_utilization', keys: ['agent_id', 'date_day'], rows: agents.utilization(performance) },
    {
      view: 'chatrhub_bi.hourly_demand_vs_availability',
      keys: ['hour_start_at'],
      rows: hours,
    },
    { view: 'chatrhub_bi.team_load_hourly', keys: ['hour_start_at'], rows: load.teamLoad(hours, found, world, local) },
    { view: 'chatrhub_bi.calendar', keys: ['date_day'], rows: load.calendarRows(found, world, local) },
    { view: 'chatrhub_bi.transfers', keys: ['chat_id'], rows: contacts.transfers(found, world, local) },
    { view: 'chatrhub_bi.repeat_contacts', keys: ['chat_id'], rows: contacts.repeats(found, local) },
    { view: 'chatrhub_bi.tags_daily', keys: ['date_day', 'tag'], rows: contacts.tags(found) },
    { view: 'chatrhub_bi.visitor_cohorts', keys: ['cohort_month', 'months_since'], rows: contacts.cohorts(found, world, local) },
    { view: 'chatrhub_bi.response_time_buckets', keys: ['date_day', 'group_id'], rows: contacts.buckets(found) },
    {
      view: 'chatrhub_bi.agent_responses_daily',
      keys: ['agent_id', 'date_day'],
      rows: contacts.agentResponses(turns, found, world),
    },
    { view: 'chatrhub_bi.message_intent_labels', keys: ['message_id', 'slot'], rows: intents.slots(world) },
    { view: 'chatrhub_bi.intent_labels', keys: ['message_id'], rows: intents.labels(world) },
    { view: 'chatrhub_bi.intent_quality', keys: ['batch_intent_id'], rows: intents.quality(world) },
    { view: 'chatrhub_bi.intent_calibration', keys: ['probability_tenth'], rows: intents.calibration(world) },
    { view: 'chatrhub_bi.intent_confusion', keys: ['batch_intent_id', 'true_intent_id'], rows: intents.confusion(world) },
    { view: 'chatrhub_bi.tasks_enriched', keys: ['task_id'], rows: tasks.tasks(world, local) },
    { view: 'chatrhub_bi.task_backlog_daily', keys: ['date_day', 'task_type'], rows: tasks.backlog(world, local) },
    { view: 'chatrhub_bi.data_quality', keys: ['check_name'], rows: trust.quality(found, world) },
    { view: 'chatrhub_bi.source_reconciliation', keys: ['date_day', 'until_day'], rows: trust.reconciliation(found, world, AHEAD_HOURS) },
  ];
}

/** What differs between views and what they must hold, in words, and how many numbers were compared. */
export async function compareViews(
  client: pg.ClientBase,
  expected: readonly Expected[],
): Promise<{ differences: string[]; numbers: number }> {
  const differences: string[] = [];
  let numbers = 0;
  for (const { view, keys, rows } of expected) {
    const keyOf = (row: Row) => keys.map((key) => String(plain(row[key]))).join(' ');
    const actual = new Map((await client.query<Row>(`select * from ${view}`)).rows.map((row) => [keyOf(row), row]));
    for (const row of rows) {
      const found = actual.get(keyOf(row));
      actual.delete(keyOf(row));
      if (!found) differences.push(`${view} ${keyOf(row)}: missing`);
      for (const [column, value] of Object.entries(found ? row : {})) {
        const is = plain(found?.[column]);
        if (typeof value === 'number') numbers += 1;
        if (!isSame(is, value)) differences.push(`${view} ${keyOf(row)}: ${column} is ${is}, not ${value}`);
      }
    }
    for (const key of actual.keys()) differences.push(`${view} ${key}: not expected`);
  }
  return { differences, numbers };
}

/** Moments as milliseconds. */
const plain = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);
