import { transfers } from '../bi-oracle-contacts.ts';
import { known, percentile, ratio } from '../bi-oracle-numbers.ts';
import { agentName, agentOf, each, type Found, inOrderOf, isBot, LATELY, type Question, type Row, type Told, total } from './question.ts';

/** The day of the example: a Tuesday. */
const [TUESDAY, WEDNESDAY] = ['2025-10-21', '2025-10-22'];

/** Counted chats that people had. */
const ofPeople = ({ found, world }: Told): Found[] =>
  found.filter((chat) => chat.isCounted && chat.agent_id !== null && !isBot(chat.agent_id, world));
const number = (items: readonly Found[], is: (chat: Found) => boolean): number => items.filter(is).length;

/** What agents do, how happy visitors are with it, and how they share it out. */
export const ABOUT_PEOPLE: readonly Question[] = [
  {
    question: 'How happy are visitors with each agent, and how many say so? (at least five ratings)',
    sql: `
select agent_id, agent_name, sum(rated_chat_count) as rated_chat_count,
  sum(great_chat_count) / sum(rated_chat_count) as csat_rate,
  sum(rated_chat_count) / sum(asked_or_rated_chat_count) as rating_response_rate
from chatrhub_bi.csat
where not is_bot
group by agent_id, agent_name
having sum(rated_chat_count) >= 5
order by csat_rate desc, agent_id`,
    answer(told) {
      const agents = each(
        told.found.filter((chat) => chat.isCounted && !isBot(chat.agent_id, told.world)),
        (chat) => agentOf(chat.agent_id, told.world),
        (of) => {
          const rated = number(of, (chat) => chat.overall_rating !== null);
          return {
            rated_chat_count: rated,
            csat_rate: ratio(
              number(of, (chat) => chat.overall_rating === 3),
              rated,
            ),
            rating_response_rate: ratio(
              rated,
              number(of, (chat) => chat.is_feedback_requested === true || chat.overall_rating !== null),
            ),
          };
        },
      );
      return inOrderOf(
        agents.filter((row) => Number(row.rated_chat_count) >= 5),
        '-csat_rate',
        'agent_id',
      );
    },
  },
  {
    question: 'How does satisfaction go from week to week, group by group?',
    sql: `
select week_start, group_id, group_name, sum(rated_chat_count) as rated_chat_count,
  sum(great_chat_count) / nullif(sum(rated_chat_count), 0) as csat_rate,
  sum(rated_chat_count) / nullif(sum(asked_or_rated_chat_count), 0) as rating_response_rate
from chatrhub_bi.csat
group by week_start, group_id, group_name
order by week_start, group_id`,
    answer({ found, world, local }) {
      const weekOf = (chat: Found) => {
        const monday = new Date(`${local.dayOf(chat.created_at ?? 0)}T00:00:00Z`);
        monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7));
        return monday.toISOString().slice(0, 10);
      };
      const nameOf = (id: number | null) => world.groups.find(({ group_id }) => group_id === id)?.group_name ?? null;
      const rows = each(
        found.filter((chat) => chat.isCounted),
        (chat) => ({ week_start: weekOf(chat), group_id: chat.group_id, group_name: nameOf(chat.group_id) }),
        (of) => {
          const rated = of.filter((chat) => chat.overall_rating !== null);
          const asked = number(of, (chat) => chat.is_feedback_requested === true || chat.overall_rating !== null);
          const great = number(rated, (chat) => chat.overall_rating === 3);
          return {
            rated_chat_count: rated.length,
            csat_rate: ratio(great, rated.length),
            rating_response_rate: ratio(rated.length, asked),
          };
        },
      );
      return inOrderOf(rows, 'week_start', 'group_id');
    },
  },
  {
    question: 'How busy is each person while online, and how much of it is chats left open?',
    sql: `
select agent_id, agent_name, sum(online_seconds) / 3600 as online_hours,
  sum(engaged_seconds) / nullif(sum(online_seconds), 0) as occupancy_rate,
  sum(assigned_seconds) / nullif(sum(online_seconds), 0) as assigned_rate,
  sum(chat_seconds) / nullif(sum(engaged_seconds), 0) as average_concurrency,
  sum(available_seconds) / nullif(sum(online_seconds), 0) as availability_rate
from chatrhub_bi.agent_utilization
where not is_bot
group by agent_id, agent_name
order by agent_id`,
    answer({ performance }) {
      const agents = each(
        performance.filter((row) => row.has_status && !row.is_bot),
        ({ agent_id, agent_name }) => ({ agent_id, agent_name }),
        (of) => {
          const online = total(of, 'online_seconds');
          return {
            online_hours: online / 3_600,
            occupancy_rate: ratio(total(of, 'engaged_seconds'), online),
            assigned_rate: ratio(total(of, 'assigned_seconds'), online),
            average_concurrency: ratio(total(of, 'chat_seconds'), total(of, 'engaged_seconds')),
            availability_rate: ratio(total(of, 'available_seconds'), online),
          };
        },
      );
      return inOrderOf(agents, 'agent_id');
    },
  },
  {
    question: 'Who leaves chats open long after the last message? (the last four weeks)',
    sql: `
select agent_id, agent_name, count(is_left_open) as known_chat_count, sum(left_open_chat_count) as left_open_chat_count,
  sum(left_open_chat_count)::float8 / nullif(count(is_left_open), 0) as left_open_rate
from chatrhub_bi.chats_enriched
where is_counted and not is_bot and agent_id is not null and ${LATELY}
group by agent_id, agent_name
order by agent_id`,
    answer(told) {
      const agents = each(
        ofPeople(told).filter((chat) => told.isLately(chat.day)),
        (chat) => agentOf(chat.agent_id, told.world),
        (of) => {
          const leftOpen = number(of, (chat) => chat.isLeftOpen === true);
          const known = number(of, (chat) => chat.isLeftOpen !== null);
          return { known_chat_count: known, left_open_chat_count: leftOpen, left_open_rate: ratio(leftOpen, known) };
        },
      );
      return inOrderOf(agents, 'agent_id');
    },
  },
  {
    question: 'How long does a chat take? (handle time, as long as somebody writes; the last four weeks)',
    sql: `
select agent_id, agent_name, count(active_seconds) as chat_count,
  percentile_cont(0.5) within group (order by active_seconds) as median_active_seconds,
  percentile_cont(0.9) within group (order by active_seconds) as p90_active_seconds
from chatrhub_bi.chats_enriched
where served_chat_count = 1 and is_ended and not is_bot and agent_id is not null
  and ${LATELY}
group by agent_id, agent_name
order by agent_id`,
    answer(told) {
      const agents = each(
        ofPeople(told).filter((chat) => chat.is_missed !== true && chat.is_ended === true && told.isLately(chat.day)),
        (chat) => agentOf(chat.agent_id, told.world),
        (of) => {
          const seconds = known(of.map((chat) => chat.activeSeconds));
          return {
            chat_count: seconds.length,
            median_active_seconds: percentile(seconds, 0.5),
            p90_active_seconds: percentile(seconds, 0.9),
          };
        },
      );
      return inOrderOf(agents, 'agent_id');
    },
  },
  {
    question: "What did agent 1's Tuesday look like, from local midnight to local midnight?",
    sql: `
with day as (
  select timestamp '${TUESDAY}' at time zone reporting_time_zone as began_at,
    timestamp '${WEDNESDAY}' at time zone reporting_time_zone as ended_at
  from chatrhub_bi.settings
)
select s.status, greatest(s.started_at, day.began_at) as started_at, least(s.ended_at, day.ended_at) as ended_at
from chatrhub_bi.agent_status_spans s
join day on s.started_at < day.ended_at and s.ended_at > day.began_at
where s.agent_id = 1
order by started_at`,
    answer({ spans, local }) {
      const [begins, ends] = [local.startOf(TUESDAY), local.startOf(WEDNESDAY)];
      const rows = spans.flatMap(({ agent_id, status, started_at, ended_at }) => {
        const [from, until] = [Math.max(Number(started_at), begins), Math.min(Number(ended_at), ends)];
        return agent_id === 1 && from < until ? [{ status, started_at: from, ended_at: until }] : [];
      });
      return inOrderOf(rows, 'started_at');
    },
  },
  {
    question: 'Who hands over to whom, and how does it continue? (the last four weeks)',
    sql: `
select from_agent_id, from_agent_name, to_agent_id, to_agent_name, count(*) as chat_count,
  count(first_response_at) as answered_chat_count,
  percentile_cont(0.5) within group (order by first_response_seconds) as median_first_response_seconds,
  count(*) filter (where is_missed) as missed_chat_count,
  count(*) filter (where overall_rating = 3)::float8 / nullif(count(overall_rating), 0) as csat_rate
from chatrhub_bi.transfers
where is_counted and ${LATELY}
group by from_agent_id, from_agent_name, to_agent_id, to_agent_name
order by chat_count desc, from_agent_id, to_agent_id`,
    answer({ found, world, local, isLately }) {
      const chatOf = new Map(found.map((chat) => [chat.chat_id, chat]));
      const pairs = each(
        transfers(found, world, local).filter((row) => row.is_counted && isLately(row.date_day as string)),
        ({ from_agent_id, from_agent_name, to_agent_id }) => ({
          from_agent_id,
          from_agent_name,
          to_agent_id,
          to_agent_name: agentName(to_agent_id as number, world),
        }),
        (of) => {
          const chats = of.map((row) => chatOf.get(row.chat_id as number) as Found);
          const rated = chats.filter((chat) => chat.overall_rating !== null);
          return {
            chat_count: of.length,
            answered_chat_count: of.filter((row) => row.first_response_at !== null).length,
            median_first_response_seconds: percentile(known(of.map((row) => row.first_response_seconds as number | null)), 0.5),
            missed_chat_count: number(chats, (chat) => chat.is_missed === true),
            csat_rate: ratio(
              number(rated, (chat) => chat.overall_rating === 3),
              rated.length,
            ),
          };
        },
      );
      return inOrderOf(pairs as Row[], '-chat_count', 'from_agent_id', 'to_agent_id');
    },
  },
];
