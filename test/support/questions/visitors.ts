import { isDropped } from '../bi-oracle-chat-views.ts';
import { cohorts, repeats } from '../bi-oracle-contacts.ts';
import { ratio } from '../bi-oracle-numbers.ts';
import { calendarOf } from '../bi-oracle-time.ts';
import { agentName, each, type Found, groupOf, inOrderOf, isBot, LATELY, type Question, type Row } from './question.ts';

/** The chat of the example: one with a handover. */
const CHAT = 2_005;

const number = (rows: readonly Row[], is: (row: Row) => boolean): number => rows.filter(is).length;

/** Whether visitors come again, and what became of their chats. */
export const ABOUT_VISITORS: readonly Question[] = [
  {
    question: 'How many visitors come back?',
    sql: `
select count(*) filter (where visitor_chat_sequence = 1) as visitor_count,
  count(*) filter (where visitor_chat_sequence = 2) as returning_visitor_count,
  count(*) filter (where visitor_chat_sequence = 2)::float8
    / nullif(count(*) filter (where visitor_chat_sequence = 1), 0) as returning_rate,
  count(*) filter (where visitor_chat_sequence > 1) as returning_chat_count
from chatrhub_bi.chats_enriched
order by visitor_count`,
    answer({ found }) {
      const visitors = each(
        found.filter((chat) => chat.isCounted),
        ({ visitor_id }) => ({ visitor_id }),
        (of) => ({ chat_count: of.length }),
      );
      const returning = number(visitors, ({ chat_count }) => Number(chat_count) > 1);
      return [
        {
          visitor_count: visitors.length,
          returning_visitor_count: returning,
          returning_rate: ratio(returning, visitors.length),
          returning_chat_count: visitors.reduce((sum, { chat_count }) => sum + Number(chat_count) - 1, 0),
        },
      ];
    },
  },
  {
    question: 'How often do visitors contact us again within a day, within a week? (the last four weeks)',
    sql: `
select week_start, count(*) as chat_count, count(is_repeat_within_7d) as known_chat_count,
  count(*) filter (where is_repeat_within_24h)::float8 / nullif(count(is_repeat_within_24h), 0) as repeat_24h_rate,
  count(*) filter (where is_repeat_within_7d)::float8 / nullif(count(is_repeat_within_7d), 0) as repeat_7d_rate
from chatrhub_bi.repeat_contacts
where ${LATELY}
group by week_start
order by week_start`,
    answer({ found, local, isLately }) {
      const weeks = each(
        repeats(found, local).filter((row) => isLately(row.date_day as string)),
        ({ week_start }) => ({ week_start }),
        (of) => {
          const rate = (column: string) =>
            ratio(
              number(of, (row) => row[column] === true),
              number(of, (row) => row[column] !== null),
            );
          return {
            chat_count: of.length,
            known_chat_count: number(of, (row) => row.is_repeat_within_7d !== null),
            repeat_24h_rate: rate('is_repeat_within_24h'),
            repeat_7d_rate: rate('is_repeat_within_7d'),
          };
        },
      );
      return inOrderOf(weeks, 'week_start');
    },
  },
  {
    question:
      'How many are settled by the first contact? (a proxy: served, not handed over, not rated poor, not back within seven days; the last four weeks)',
    sql: `
with contacts as (
  select e.week_start,
    e.transferred_chat_count = 0 and e.overall_rating is distinct from 1 and not r.is_repeat_within_7d as is_settled
  from chatrhub_bi.chats_enriched e
  join chatrhub_bi.repeat_contacts r on r.chat_id = e.chat_id
  where e.served_chat_count = 1 and r.is_repeat_within_7d is not null
    and e.${LATELY}
)
select week_start, count(*) as known_chat_count, count(*) filter (where is_settled) as settled_chat_count,
  count(*) filter (where is_settled)::float8 / count(*) as settled_rate
from contacts
group by week_start
order by week_start`,
    answer({ found, local, isLately }) {
      const isBack = new Map(repeats(found, local).map((row) => [row.chat_id, row.is_repeat_within_7d]));
      const served = found.filter(
        (chat) => chat.isCounted && chat.is_missed !== true && typeof isBack.get(chat.chat_id) === 'boolean' && isLately(chat.day),
      );
      const isSettled = (chat: Found) =>
        chat.transferred_to_agent_id === null && chat.overall_rating !== 1 && isBack.get(chat.chat_id) === false;
      const weeks = each(
        served,
        (chat) => ({ week_start: calendarOf(chat.day ?? '').week_start }),
        (of) => {
          const settled = of.filter(isSettled).length;
          return { known_chat_count: of.length, settled_chat_count: settled, settled_rate: settled / of.length };
        },
      );
      return inOrderOf(weeks, 'week_start');
    },
  },
  {
    question: 'Of the visitors who were new in a month, how many return?',
    sql: `
select cohort_month, months_since, cohort_visitor_count, distinct_visitor_count, return_rate, chat_count, is_whole_month
from chatrhub_bi.visitor_cohorts
order by cohort_month, months_since`,
    answer: ({ found, world, local }) =>
      inOrderOf(
        cohorts(found, world, local).map(({ month_start, ...row }) => row),
        'cohort_month',
        'months_since',
      ),
  },
  {
    question: 'Where does the visitor have the last word? (the last four weeks)',
    sql: `
select group_id, group_name, count(is_dropped) as known_chat_count, count(*) filter (where is_dropped) as dropped_chat_count,
  count(*) filter (where is_dropped)::float8 / nullif(count(is_dropped), 0) as dropped_rate
from chatrhub_bi.chats_enriched
where is_counted and ${LATELY}
group by group_id, group_name
order by group_id`,
    answer({ found, world, isLately }) {
      const groups = each(
        found.filter((chat) => chat.isCounted && isLately(chat.day)),
        (chat) => groupOf(chat, world),
        (of) => {
          const known = of.map(isDropped).filter((is) => is !== null);
          const dropped = known.filter((is) => is).length;
          return { known_chat_count: known.length, dropped_chat_count: dropped, dropped_rate: ratio(dropped, known.length) };
        },
      );
      return inOrderOf(groups, 'group_id');
    },
  },
  {
    question: `What was said in chat ${CHAT}, and by whom? (texts are in chatrhub_private)`,
    sql: `
select message_sequence, sender_type, agent_id, sender_name, seconds_since_start, seconds_since_previous, body_length
from chatrhub_bi.conversation_timeline
where chat_id = ${CHAT}
order by message_sequence`,
    answer({ world }) {
      const messages = world.messages.filter(({ chat_id }) => chat_id === CHAT).sort((a, b) => a.created_at - b.created_at);
      const began = world.chats.find(({ chat_id }) => chat_id === CHAT)?.created_at ?? 0;
      return messages.map(({ from_agent_id: agentId, created_at: at, body_length }, i) => {
        const ofAgent = isBot(agentId, world) ? 'bot' : 'agent';
        return {
          message_sequence: i + 1,
          sender_type: agentId === null ? 'visitor' : ofAgent,
          agent_id: agentId,
          sender_name: agentId === null ? 'Visitor' : agentName(agentId, world),
          seconds_since_start: (at - began) / 1_000,
          seconds_since_previous: i === 0 ? null : (at - (messages[i - 1]?.created_at ?? 0)) / 1_000,
          body_length,
        };
      });
    },
  },
];
