import { containment } from '../bi-oracle-chat-views.ts';
import { calibration, confusion, quality } from '../bi-oracle-intents.ts';
import { percentile, ratio } from '../bi-oracle-numbers.ts';
import { backlog, tasks } from '../bi-oracle-tasks.ts';
import { calendarOf } from '../bi-oracle-time.ts';
import { each, inOrderOf, type Question, type Row, total } from './question.ts';

/** Names of intents, which are filled in by hand; the others have none. */
const nameOf = (id: unknown): string | null => (id === '1' ? 'Order' : null);

/** What bot and AI do, and the tasks that come of it. */
export const ABOUT_AUTOMATION: readonly Question[] = [
  {
    question: 'Does the bot contain more, and does it hold?',
    sql: `
select week_start, sum(bot_chat_count) as bot_chat_count, sum(decided_chat_count) as decided_chat_count,
  sum(contained_chat_count) / nullif(sum(decided_chat_count), 0) as containment_rate,
  sum(bot_resolved_chat_count) / nullif(sum(bot_judged_chat_count), 0) as bot_resolution_rate,
  sum(pending_chat_count) as pending_chat_count
from chatrhub_bi.bot_containment
group by week_start
order by week_start`,
    answer({ found }) {
      const weeks = each(
        containment(found),
        ({ date_day }) => ({ week_start: calendarOf(date_day as string).week_start }),
        (of) => ({
          bot_chat_count: total(of, 'bot_chat_count'),
          decided_chat_count: total(of, 'decided_chat_count'),
          containment_rate: ratio(total(of, 'contained_chat_count'), total(of, 'decided_chat_count')),
          bot_resolution_rate: ratio(total(of, 'bot_resolved_chat_count'), total(of, 'bot_judged_chat_count')),
          pending_chat_count: total(of, 'pending_chat_count'),
        }),
      );
      return inOrderOf(weeks, 'week_start');
    },
  },
  {
    question: 'Which intents does the AI mix up?',
    sql: `
select batch_intent_id, batch_intent_name, true_intent_id, true_intent_name, message_count
from chatrhub_bi.intent_confusion
where batch_intent_id <> true_intent_id
order by message_count desc, batch_intent_id, true_intent_id`,
    answer({ world }) {
      const rows = confusion(world).filter((row) => row.batch_intent_id !== row.true_intent_id);
      const named = rows.map(
        (row): Row => ({ ...row, batch_intent_name: nameOf(row.batch_intent_id), true_intent_name: nameOf(row.true_intent_id) }),
      );
      return inOrderOf(named, '-message_count', 'batch_intent_id', 'true_intent_id');
    },
  },
  {
    question: 'How often do people agree with each intent of the AI?',
    sql: `
select batch_intent_id, batch_intent_name, message_count, labelled_message_count, agreement_rate, label_coverage_rate
from chatrhub_bi.intent_quality
order by batch_intent_id`,
    answer({ world }) {
      const rows = quality(world).map((row): Row => {
        const { batch_intent_id, message_count, labelled_message_count, agreement_rate, label_coverage_rate } = row;
        const batch_intent_name = nameOf(batch_intent_id);
        return { batch_intent_id, batch_intent_name, message_count, labelled_message_count, agreement_rate, label_coverage_rate };
      });
      return inOrderOf(rows, 'batch_intent_id');
    },
  },
  {
    question: 'Can the probability of the AI be trusted?',
    sql: `
select *
from chatrhub_bi.intent_calibration
order by probability_tenth`,
    answer: ({ world }) => inOrderOf(calibration(world), 'probability_tenth'),
  },
  {
    question: 'Does the backlog of tasks grow, and how old is it?',
    sql: `
select date_day, task_type, created_task_count, completed_task_count, open_task_count,
  median_open_age_seconds / 86400 as median_open_age_days
from chatrhub_bi.task_backlog_daily
order by date_day, task_type`,
    answer({ world, local }) {
      const rows = backlog(world, local).map((row): Row => {
        const { date_day, task_type, created_task_count, completed_task_count, open_task_count, median_open_age_seconds: age } = row;
        const median_open_age_days = age === null ? null : Number(age) / 86_400;
        return { date_day, task_type, created_task_count, completed_task_count, open_task_count, median_open_age_days };
      });
      return inOrderOf(rows, 'date_day', 'task_type');
    },
  },
  {
    question: 'Which tasks have been open longest?',
    sql: `
select task_id, task_type, assigned_agent_id, assigned_agent_name, date_day, created_at, source_missing_since
from chatrhub_bi.tasks_enriched
where is_open
order by created_at, task_id
limit 20`,
    answer({ world, local }) {
      const isOpen = new Map(tasks(world, local).map((row) => [row.task_id, row.is_open]));
      const rows = world.tasks
        .filter(({ task_id }) => isOpen.get(task_id))
        .map(({ task_id, task_type, created_at }) => ({
          task_id,
          task_type,
          assigned_agent_id: null,
          assigned_agent_name: null,
          date_day: local.dayOf(created_at),
          created_at,
          source_missing_since: null,
        }));
      return inOrderOf(rows, 'created_at', 'task_id').slice(0, 20);
    },
  },
  {
    question: 'How long does it take to resolve a task?',
    sql: `
select task_type, count(*) as completed_task_count,
  percentile_cont(0.5) within group (order by time_to_resolve_seconds) / 3600 as median_hours_to_resolve,
  percentile_cont(0.9) within group (order by time_to_resolve_seconds) / 3600 as p90_hours_to_resolve
from chatrhub_bi.tasks_enriched
where completed_at is not null
group by task_type
order by task_type`,
    answer({ world, local }) {
      const typeOf = new Map(world.tasks.map(({ task_id, task_type }) => [task_id, task_type]));
      const types = each(
        tasks(world, local).filter((row) => row.completed_at !== null),
        ({ task_id }) => ({ task_type: typeOf.get(task_id as number) ?? null }),
        (of) => {
          const hours = of.map((row) => Number(row.time_to_resolve_seconds) / 3_600);
          return {
            completed_task_count: of.length,
            median_hours_to_resolve: percentile(hours, 0.5),
            p90_hours_to_resolve: percentile(hours, 0.9),
          };
        },
      );
      return inOrderOf(types, 'task_type');
    },
  },
];
