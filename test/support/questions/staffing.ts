import { percentile } from '../bi-oracle-numbers.ts';
import { each, inOrderOf, type Question, total } from './question.ts';

/** Whether there are as many people as it takes, hour by hour. */
export const ABOUT_STAFFING: readonly Question[] = [
  {
    question: 'Which hours of the week are under-staffed?',
    sql: `
select day_of_week, hour_of_day, count(*) as hour_count, count(*) filter (where is_short_of_people) as short_hour_count,
  max(needed_agent_count) as most_needed_agent_count, avg(available_agent_count) as average_available_agent_count
from chatrhub_bi.team_load_hourly
where not is_availability_unknown
group by day_of_week, hour_of_day
having count(*) filter (where is_short_of_people) > 0
order by short_hour_count desc, day_of_week, hour_of_day`,
    answer({ load }) {
      const hours = each(
        load.filter((row) => !row.is_availability_unknown),
        ({ day_of_week, hour_of_day }) => ({ day_of_week, hour_of_day }),
        (of) => ({
          hour_count: of.length,
          short_hour_count: of.filter((row) => row.is_short_of_people).length,
          most_needed_agent_count: Math.max(...of.map((row) => Number(row.needed_agent_count))),
          average_available_agent_count: total(of, 'available_agent_count') / of.length,
        }),
      );
      return inOrderOf(
        hours.filter((row) => row.short_hour_count !== 0),
        '-short_hour_count',
        'day_of_week',
        'hour_of_day',
      );
    },
  },
  {
    question: 'How many people does each hour of a business day take, and how many are there?',
    sql: `
select l.hour_of_day, count(*) as hour_count,
  percentile_cont(0.9) within group (order by l.needed_agent_count) as p90_needed_agent_count,
  avg(l.available_agent_count) as average_available_agent_count
from chatrhub_bi.team_load_hourly l
join chatrhub_bi.calendar c on c.date_day = l.date_day
where c.is_business_day and not l.is_availability_unknown
group by l.hour_of_day
order by l.hour_of_day`,
    answer({ load, calendar }) {
      const days = new Set(calendar.flatMap((row) => (row.is_business_day ? [row.date_day] : [])));
      const hours = each(
        load.filter((row) => days.has(row.date_day) && !row.is_availability_unknown),
        ({ hour_of_day }) => ({ hour_of_day }),
        (of) => ({
          hour_count: of.length,
          p90_needed_agent_count: percentile(
            of.map((row) => Number(row.needed_agent_count)),
            0.9,
          ),
          average_available_agent_count: total(of, 'available_agent_count') / of.length,
        }),
      );
      return inOrderOf(hours, 'hour_of_day');
    },
  },
  {
    question: 'When did visitors come while nobody was there?',
    sql: `
select date_day, hour_of_day, sum(chat_count) as chat_count, sum(missed_chat_count) as missed_chat_count
from chatrhub_bi.hourly_demand_vs_availability
where is_uncovered_demand
group by date_day, hour_of_day
order by date_day, hour_of_day`,
    answer({ hours }) {
      const rows = each(
        hours.filter((row) => row.is_uncovered_demand),
        ({ date_day, hour_of_day }) => ({ date_day, hour_of_day }),
        (of) => ({ chat_count: total(of, 'chat_count'), missed_chat_count: total(of, 'missed_chat_count') }),
      );
      return inOrderOf(rows, 'date_day', 'hour_of_day');
    },
  },
  {
    question: 'How many chats are there for each hour that a person is available?',
    sql: `
select hour_of_day, sum(chat_count) as chat_count, sum(available_agent_hours) as available_agent_hours,
  sum(chat_count) / nullif(sum(available_agent_hours), 0) as chats_per_available_agent_hour
from chatrhub_bi.hourly_demand_vs_availability
where not is_availability_unknown
group by hour_of_day
order by hour_of_day`,
    answer({ hours }) {
      const rows = each(
        hours.filter((row) => !row.is_availability_unknown),
        ({ hour_of_day }) => ({ hour_of_day }),
        (of) => {
          const [chats, available] = [total(of, 'chat_count'), total(of, 'available_agent_hours')];
          return {
            chat_count: chats,
            available_agent_hours: available,
            chats_per_available_agent_hour: available === 0 ? null : chats / available,
          };
        },
      );
      return inOrderOf(rows, 'hour_of_day');
    },
  },
  {
    question: 'How many chats do people have at once, hour by hour?',
    sql: `
select hour_of_day, avg(average_chats_at_once) as average_chats_at_once, max(peak_chat_count) as peak_chat_count
from chatrhub_bi.team_load_hourly
group by hour_of_day
order by hour_of_day`,
    answer({ load }) {
      const hours = each(
        load,
        ({ hour_of_day }) => ({ hour_of_day }),
        (of) => ({
          average_chats_at_once: total(of, 'average_chats_at_once') / of.length,
          peak_chat_count: Math.max(...of.map((row) => Number(row.peak_chat_count))),
        }),
      );
      return inOrderOf(hours, 'hour_of_day');
    },
  },
];
