import type { View } from '../../records/view.ts';
import { CALENDAR } from '../local-time.ts';
import { share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';

export const agentResponsesDaily: View = {
  schema: 'chatrhub_bi',
  name: 'agent_responses_daily',
  sql: `
select t.answering_agent_id as agent_id, a.full_name as agent_name, a.is_bot is true as is_bot, ${CALENDAR.map((name) => `t.${name}`).join(', ')},
  count(t.response_seconds) as answered_turn_count, count(*) - count(t.response_seconds) as unanswered_turn_count,
  percentile_cont(0.5) within group (order by t.response_seconds) as median_response_seconds,
  percentile_cont(0.9) within group (order by t.response_seconds) as p90_response_seconds
from (select *, coalesce(responder_agent_id, agent_id) as answering_agent_id from chatrhub_bi.response_turns where is_counted) t
join chatrhub.agents a on a.agent_id = t.answering_agent_id
group by t.answering_agent_id, a.full_name, a.is_bot, ${CALENDAR.map((name) => `t.${name}`).join(', ')}`,
  about:
    'How fast each agent answers: one row per agent and local day on which turns of visitors began, in counted chats. A turn counts for who answered it; one that nobody answered, for the agent of the chat. Bots have rows of their own (is_bot).',
  notes: {
    ...describeColumns('agent_id', 'agent_name', 'is_bot', ...CALENDAR),
    answered_turn_count: 'Turns of visitors that the agent answered: what the percentiles are of.',
    unanswered_turn_count: "Turns of visitors in the agent's chats that nobody answered.",
    median_response_seconds: 'Median seconds from the first message of a turn to the answer. Not additive.',
    p90_response_seconds: 'Nine of ten turns were answered within so many seconds. Not additive.',
  },
};

/** Steps of first responses: what each holds, by the longest time of it, in seconds. */
const STEPS: readonly (readonly [string, number, string])[] = [
  ['within_15s_count', 15, '15 seconds'],
  ['within_30s_count', 30, '30 seconds'],
  ['within_1min_count', 60, '1 minute'],
  ['within_2min_count', 120, '2 minutes'],
  ['within_5min_count', 300, '5 minutes'],
  ['within_15min_count', 900, '15 minutes'],
];
const isInStep = (seconds: number, i: number): string =>
  `first_response_seconds < ${seconds}${i > 0 ? ` and first_response_seconds >= ${STEPS[i - 1]?.[1]}` : ''}`;

export const responseTimeBuckets: View = {
  schema: 'chatrhub_bi',
  name: 'response_time_buckets',
  sql: `
select ${CALENDAR.join(', ')}, group_id, group_name, sum(answerable_chat_count) as answerable_chat_count,
  ${STEPS.map(([name, seconds], i) => `count(*) filter (where ${isInStep(seconds, i)}) as ${name}`).join(',\n  ')},
  count(*) filter (where first_response_seconds >= ${STEPS.at(-1)?.[1]}) as later_count,
  count(*) filter (where first_response_seconds is null) as never_count,
  ${share('count(*) filter (where first_response_seconds is null)', 'count(*)')} as never_rate
from chatrhub_bi.chats_enriched
where answerable_chat_count = 1 and date_day is not null
group by ${CALENDAR.join(', ')}, group_id, group_name`,
  about:
    'How long visitors waited for the first answer of a person, in steps: one row per local day and group with chats in which a person was wanted. The steps do not overlap and add up to answerable_chat_count.',
  notes: {
    ...describeColumns(...CALENDAR, 'group_id', 'group_name', 'answerable_chat_count'),
    ...Object.fromEntries(
      STEPS.map(([name, , words], i) => [
        name,
        `First answers of a person in less than ${words}${i > 0 ? `, but not in less than ${STEPS[i - 1]?.[2]}` : ''}.`,
      ]),
    ),
    later_count: 'First answers after 15 minutes or more.',
    never_count: 'Chats that no person answered.',
    never_rate: 'never_count / answerable_chat_count. Not additive: divide the sums.',
  },
};
