import { daily } from '../bi-oracle-chat-views.ts';
import { known } from '../bi-oracle-numbers.ts';
import { AHEAD_HOURS, plusDays } from '../bi-oracle-time.ts';
import { quality, reconciliation } from '../bi-oracle-trust.ts';
import { inOrderOf, type Question } from './question.ts';

const latest = (moments: readonly (number | null)[]): number | null => Math.max(...known(moments));

/** Whether the numbers can be trusted. */
export const ABOUT_TRUST: readonly Question[] = [
  {
    question: "Can I trust today's numbers? How fresh they are",
    sql: `
select entity, freshness, last_read_at, reaches_until_at
from chatrhub_bi.data_freshness
order by entity`,
    answer({ world }) {
      const marks = {
        agents: null,
        groups: null,
        agent_groups: null,
        visitors: null,
        chats: latest(world.chats.map(({ created_at }) => created_at)),
        messages: latest(world.messages.map(({ created_at }) => created_at)),
        agent_activities: latest(world.snapshots.map(({ snapshot_at }) => snapshot_at)),
        tasks: latest(world.tasks.flatMap(({ created_at, versions }) => [created_at, versions.at(-1)?.updated_at ?? null])),
      };
      const rows = Object.entries(marks).map(([entity, mark]) => ({
        entity,
        freshness: entity === 'chats' ? 'stale' : 'never',
        last_read_at: entity === 'chats' ? world.readAt : null,
        reaches_until_at: mark,
      }));
      return inOrderOf(rows, 'entity');
    },
  },
  {
    question: "Can I trust today's numbers? Which days are not over, or not read whole",
    sql: `
select date_day, chat_count, message_coverage_rate
from chatrhub_bi.daily_chats
where not is_whole_day
order by date_day`,
    answer: ({ found, world, local }) =>
      daily(found, world, local)
        .filter((row) => !row.is_whole_day)
        .map(({ date_day, chat_count, message_coverage_rate }) => ({ date_day, chat_count, message_coverage_rate })),
  },
  {
    question: "Can I trust today's numbers? What is odd",
    sql: `
select *
from chatrhub_bi.data_quality
where failing_rows > 0
order by failing_rows desc, check_name`,
    answer({ found, world }) {
      const failing = quality(found, world).filter((row) => row.failing_rows !== 0);
      return inOrderOf(failing, '-failing_rows', 'check_name');
    },
  },
  {
    question: "Can I trust today's numbers? Where the source's own report says otherwise (reports that reach into the last week)",
    sql: `
select *
from chatrhub_bi.source_reconciliation
where not is_matched and until_day > (select max(date_day) - 7 from chatrhub_bi.daily_chats)
order by date_day, until_day`,
    answer({ found, world, newestDay }) {
      const weekAgo = plusDays(newestDay, -7);
      const reports = reconciliation(found, world, AHEAD_HOURS).filter((row) => !row.is_matched && String(row.until_day) > weekAgo);
      return inOrderOf(reports, 'date_day', 'until_day');
    },
  },
];
