import type { View } from '../../records/view.ts';
import { CALENDAR, calendar, secondsBetween } from '../local-time.ts';
import { measure, share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { chatsByDay, STORE } from '../stored-views.ts';

export const agentResponsesDaily: View = {
  schema: 'chatrhub_bi',
  name: 'agent_responses_daily',
  sql: `
select s.agent_id, a.full_name as agent_name, a.is_bot is true as is_bot, s.date_day, ${calendar('s.date_day')},
  s.answered_turn_count, s.unanswered_turn_count, s.median_response_seconds, s.p90_response_seconds
from ${STORE}.agent_responses_daily s join chatrhub.agents a on a.agent_id = s.agent_id`,
  stored: {
    unit: 'turn_days',
    key: ['date_day', 'agent_id'],
    sql: `
select date_day, agent_id, count(seconds) as answered_turn_count, count(*) - count(seconds) as unanswered_turn_count,
  percentile_cont(0.5) within group (order by seconds) as median_response_seconds,
  percentile_cont(0.9) within group (order by seconds) as p90_response_seconds
from (
  select t.date_day, t.answering_agent_id as agent_id, ${secondsBetween('t.started_at', 't.answered_at')} as seconds
  from bi_days d join ${STORE}.response_turns t on t.date_day = d.date_day
  where d.has_turns and t.is_counted and t.answering_agent_id is not null
) turns
group by date_day, agent_id`,
  },
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

const OF_BUCKETS = ['answerable_chat_count', ...STEPS.map(([name]) => name), 'later_count', 'never_count'];

export const responseTimeBuckets: View = {
  schema: 'chatrhub_bi',
  name: 'response_time_buckets',
  sql: `
select s.date_day, ${calendar('s.date_day')}, s.group_id, g.group_name, ${OF_BUCKETS.map((name) => `s.${name}`).join(', ')},
  ${share('s.never_count', 's.answerable_chat_count')} as never_rate
from ${STORE}.response_time_buckets s left join chatrhub.groups g on g.group_id = s.group_id`,
  stored: {
    unit: 'days',
    key: ['date_day', 'group_id'],
    sql: `
select e.date_day, e.group_id, count(*) as answerable_chat_count,
  ${STEPS.map(([name, seconds], i) => `count(*) filter (where ${isInStep(seconds, i)}) as ${name}`).join(',\n  ')},
  count(*) filter (where first_response_seconds >= ${STEPS.at(-1)?.[1]}) as later_count,
  count(*) filter (where first_response_seconds is null) as never_count
from ${chatsByDay} where ${measure('answerable_chat_count')} group by e.date_day, e.group_id`,
  },
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
