import { daily } from '../bi-oracle-chat-views.ts';
import { buckets } from '../bi-oracle-contacts.ts';
import { known, percentile, ratio } from '../bi-oracle-numbers.ts';
import { calendarOf, createBusiness } from '../bi-oracle-time.ts';
import { agentName, each, type Found, groupOf, inOrderOf, LATELY, type Question, type Row, type Told, total } from './question.ts';

/** Counted chats of the last four weeks. */
const counted = ({ found, isLately }: Told): Found[] => found.filter((chat) => chat.isCounted && isLately(chat.day));
const weekOf = (chat: Found): Row => ({ week_start: calendarOf(chat.day ?? '').week_start });
const answeredAfter = (chats: readonly Found[]): number[] => known(chats.map(({ said }) => said?.first_response_seconds ?? null));

/** How long visitors wait. */
export const ABOUT_WAITING: readonly Question[] = [
  {
    question: 'How long do visitors wait for a person, group by group? (the last four weeks)',
    sql: `
select group_id, group_name, sum(answerable_chat_count) as answerable_chat_count, count(first_response_seconds) as answered_chat_count,
  percentile_cont(0.5) within group (order by first_response_seconds) as median_first_response_seconds,
  percentile_cont(0.9) within group (order by first_response_seconds) as p90_first_response_seconds,
  percentile_cont(0.5) within group (order by person_wait_seconds) as median_person_wait_seconds,
  percentile_cont(0.9) within group (order by person_wait_seconds) as p90_person_wait_seconds
from chatrhub_bi.chats_enriched
where is_counted and ${LATELY}
group by group_id, group_name
order by group_id`,
    answer(told) {
      const groups = each(
        counted(told),
        (chat) => groupOf(chat, told.world),
        (of) => {
          const waits = known(of.map(({ said }) => said?.person_wait_seconds ?? null));
          return {
            answerable_chat_count: of.filter((chat) => chat.isAnswerable).length,
            answered_chat_count: answeredAfter(of).length,
            median_first_response_seconds: percentile(answeredAfter(of), 0.5),
            p90_first_response_seconds: percentile(answeredAfter(of), 0.9),
            median_person_wait_seconds: percentile(waits, 0.5),
            p90_person_wait_seconds: percentile(waits, 0.9),
          };
        },
      );
      return inOrderOf(groups, 'group_id');
    },
  },
  {
    question: 'At which hours do visitors wait longest? (the last four weeks)',
    sql: `
select hour_of_day, count(first_response_seconds) as answered_chat_count,
  percentile_cont(0.5) within group (order by first_response_seconds) as median_first_response_seconds,
  percentile_cont(0.9) within group (order by first_response_seconds) as p90_first_response_seconds
from chatrhub_bi.chats_enriched
where is_counted and ${LATELY}
group by hour_of_day
order by hour_of_day`,
    answer(told) {
      const hours = each(
        counted(told),
        (chat) => ({ hour_of_day: told.local.hourOf(chat.created_at ?? 0) }),
        (of) => ({
          answered_chat_count: answeredAfter(of).length,
          median_first_response_seconds: percentile(answeredAfter(of), 0.5),
          p90_first_response_seconds: percentile(answeredAfter(of), 0.9),
        }),
      );
      return inOrderOf(hours, 'hour_of_day');
    },
  },
  {
    question: 'How long is the first response in business hours, of chats that began in them? (the last four weeks)',
    sql: `
select week_start, count(first_response_business_seconds) as answered_chat_count,
  percentile_cont(0.5) within group (order by first_response_business_seconds) as median_business_seconds,
  percentile_cont(0.9) within group (order by first_response_business_seconds) as p90_business_seconds
from chatrhub_bi.chats_enriched
where is_counted and is_business_hours and ${LATELY}
group by week_start
order by week_start`,
    answer(told) {
      const business = createBusiness(told.world, told.local);
      const weeks = each(
        counted(told).filter((chat) => business.isWithin(chat.created_at ?? 0)),
        weekOf,
        (of) => {
          const seconds = known(of.map(({ said }) => said?.first_response_business_seconds ?? null));
          return {
            answered_chat_count: seconds.length,
            median_business_seconds: percentile(seconds, 0.5),
            p90_business_seconds: percentile(seconds, 0.9),
          };
        },
      );
      return inOrderOf(weeks, 'week_start');
    },
  },
  {
    question: 'How are first responses spread, from under 15 seconds to never?',
    sql: `
select group_id, group_name, sum(within_15s_count) as under_15s_count, sum(within_30s_count) as under_30s_count,
  sum(within_1min_count) as under_1min_count, sum(within_2min_count) as under_2min_count, sum(within_5min_count) as under_5min_count,
  sum(within_15min_count) as under_15min_count, sum(later_count) as later_count, sum(never_count) as never_count,
  sum(never_count) / nullif(sum(answerable_chat_count), 0) as never_rate
from chatrhub_bi.response_time_buckets
group by group_id, group_name
order by group_id`,
    answer({ found, world }) {
      const names = world.groups.map(({ group_id, group_name }) => [group_id, group_name] as const);
      const groups = each(
        buckets(found),
        ({ group_id }) => ({ group_id, group_name: names.find(([id]) => id === group_id)?.[1] ?? null }),
        (of) => ({
          ...Object.fromEntries(
            ['15s', '30s', '1min', '2min', '5min', '15min'].map((step) => [`under_${step}_count`, total(of, `within_${step}_count`)]),
          ),
          later_count: total(of, 'later_count'),
          never_count: total(of, 'never_count'),
          never_rate: ratio(total(of, 'never_count'), total(of, 'answerable_chat_count')),
        }),
      );
      return inOrderOf(groups, 'group_id');
    },
  },
  {
    question: 'When a person was wanted, how often did one answer within 60 seconds, within five minutes? (the last four weeks)',
    sql: `
select group_id, group_name, sum(answerable_chat_count) as answerable_chat_count,
  count(*) filter (where first_response_seconds <= 60)::float8 / count(*) as answered_in_60s_rate,
  count(*) filter (where first_response_seconds <= 300)::float8 / count(*) as answered_in_5min_rate
from chatrhub_bi.chats_enriched
where answerable_chat_count = 1 and ${LATELY}
group by group_id, group_name
order by group_id`,
    answer(told) {
      const groups = each(
        counted(told).filter((chat) => chat.isAnswerable),
        (chat) => groupOf(chat, told.world),
        (of) => {
          const within = (seconds: number) => answeredAfter(of).filter((after) => after <= seconds).length / of.length;
          return { answerable_chat_count: of.length, answered_in_60s_rate: within(60), answered_in_5min_rate: within(300) };
        },
      );
      return inOrderOf(groups, 'group_id');
    },
  },
  {
    question: 'Do we answer faster from week to week?',
    sql: `
select week_start, sum(answerable_chat_count) as answerable_chat_count,
  sum(answered_in_60s_count) / nullif(sum(answerable_chat_count), 0) as answered_in_60s_rate,
  sum(chats_with_messages_count) / nullif(sum(chat_count), 0) as message_coverage_rate
from chatrhub_bi.daily_chats
group by week_start
order by week_start`,
    answer({ found, world, local }) {
      const weeks = each(
        daily(found, world, local),
        ({ week_start }) => ({ week_start }),
        (of) => ({
          answerable_chat_count: total(of, 'answerable_chat_count'),
          answered_in_60s_rate: ratio(total(of, 'answered_in_60s_count'), total(of, 'answerable_chat_count')),
          message_coverage_rate: ratio(total(of, 'chats_with_messages_count'), total(of, 'chat_count')),
        }),
      );
      return inOrderOf(weeks, 'week_start');
    },
  },
  {
    question: 'How fast does each person answer within a chat, turn by turn? (the last four weeks)',
    sql: `
select responder_agent_id, responder_name, count(*) as answered_turn_count,
  percentile_cont(0.5) within group (order by response_seconds) as median_response_seconds,
  percentile_cont(0.9) within group (order by response_seconds) as p90_response_seconds
from chatrhub_bi.response_turns
where is_counted and responder_type = 'agent' and ${LATELY}
group by responder_agent_id, responder_name
order by responder_agent_id`,
    answer({ turns, found, world, isLately }) {
      const isCounted = new Map(found.map((chat) => [chat.chat_id, chat.isCounted]));
      const people = each(
        turns.filter(
          (turn) => isCounted.get(turn.chat_id as number) && turn.responder_type === 'agent' && isLately(turn.date_day as string),
        ),
        ({ responder_agent_id: id }) => ({ responder_agent_id: id, responder_name: agentName(id as number, world) }),
        (of) => {
          const seconds = of.map((turn) => turn.response_seconds as number);
          return {
            answered_turn_count: of.length,
            median_response_seconds: percentile(seconds, 0.5),
            p90_response_seconds: percentile(seconds, 0.9),
          };
        },
      );
      return inOrderOf(people, 'responder_agent_id');
    },
  },
];
