import { daily } from '../bi-oracle-chat-views.ts';
import { ratio } from '../bi-oracle-numbers.ts';
import { calendarOf, createBusiness, plusDays } from '../bi-oracle-time.ts';
import { each, type Found, groupOf, inOrderOf, LATELY, type Question, type Row, type Told, total } from './question.ts';

const counted = ({ found }: Told): Found[] => found.filter((chat) => chat.isCounted);
const weekOf = (chat: Found): Row => ({ week_start: calendarOf(chat.day ?? '').week_start });
const dailyOf = ({ found, world, local }: Told): Row[] => daily(found, world, local);
const number = (items: readonly Found[], is: (chat: Found) => boolean): number => items.filter(is).length;

const missedOf = (rows: readonly Row[]): Row => ({
  chat_count: total(rows, 'chat_count'),
  missed_chat_count: total(rows, 'missed_chat_count'),
  missed_rate: ratio(total(rows, 'missed_chat_count'), total(rows, 'chat_count')),
});
const missedIn = (chats: readonly Found[]): Row => ({
  chat_count: chats.length,
  missed_chat_count: number(chats, (chat) => chat.is_missed === true),
  missed_rate: ratio(
    number(chats, (chat) => chat.is_missed === true),
    chats.length,
  ),
});

/** How many chats there are, and what they are about. */
export const ABOUT_CHATS: readonly Question[] = [
  {
    question: 'How many chats a week, and how many were missed? (whole weeks)',
    sql: `
select week_start, sum(chat_count) as chat_count, sum(missed_chat_count) as missed_chat_count,
  sum(missed_chat_count) / nullif(sum(chat_count), 0) as missed_rate,
  sum(missed_unknown_chat_count) as missed_unknown_chat_count
from chatrhub_bi.daily_chats
where week_start in (select week_start from chatrhub_bi.calendar where is_whole_week)
group by week_start
order by week_start`,
    answer(told) {
      const whole = new Set(told.calendar.flatMap((row) => (row.is_whole_week ? [row.week_start] : [])));
      const days = dailyOf(told).filter((row) => whole.has(row.week_start));
      const weeks = each(
        days,
        ({ week_start }) => ({ week_start }),
        (rows) => ({ ...missedOf(rows), missed_unknown_chat_count: total(rows, 'missed_unknown_chat_count') }),
      );
      return inOrderOf(weeks, 'week_start');
    },
  },
  {
    question: 'How does this week so far compare with the same days of last week?',
    sql: `
with latest as (
  select week_start, day_of_week from chatrhub_bi.daily_chats where is_whole_day order by date_day desc limit 1
)
select d.week_start, count(*) as day_count, bool_and(d.is_whole_day) as is_whole,
  sum(d.chat_count) as chat_count, sum(d.missed_chat_count) as missed_chat_count,
  sum(d.missed_chat_count) / nullif(sum(d.chat_count), 0) as missed_rate
from chatrhub_bi.daily_chats d
join latest l on d.week_start in (l.week_start, l.week_start - 7) and d.day_of_week <= l.day_of_week
group by d.week_start
order by d.week_start`,
    answer(told) {
      const days = dailyOf(told);
      const latest = days.filter((row) => row.is_whole_day).at(-1) as Row;
      const weeks = [latest.week_start, plusDays(latest.week_start as string, -7)];
      const same = days.filter((row) => weeks.includes(row.week_start) && Number(row.day_of_week) <= Number(latest.day_of_week));
      const rows = each(
        same,
        ({ week_start }) => ({ week_start }),
        (of) => ({ day_count: of.length, is_whole: of.every((row) => row.is_whole_day), ...missedOf(of) }),
      );
      return inOrderOf(rows, 'week_start');
    },
  },
  {
    question: 'How do the months compare, and how many chats have their messages here?',
    sql: `
select month_start, count(*) as day_count, count(*) filter (where is_whole_day) as whole_day_count, sum(chat_count) as chat_count,
  sum(chats_with_messages_count) / nullif(sum(chat_count), 0) as message_coverage_rate,
  sum(great_chat_count) / nullif(sum(rated_chat_count), 0) as csat_rate
from chatrhub_bi.daily_chats
group by month_start
order by month_start`,
    answer(told) {
      const months = each(
        dailyOf(told),
        ({ month_start }) => ({ month_start }),
        (of) => ({
          day_count: of.length,
          whole_day_count: of.filter((row) => row.is_whole_day).length,
          chat_count: total(of, 'chat_count'),
          message_coverage_rate: ratio(total(of, 'chats_with_messages_count'), total(of, 'chat_count')),
          csat_rate: ratio(total(of, 'great_chat_count'), total(of, 'rated_chat_count')),
        }),
      );
      return inOrderOf(months, 'month_start');
    },
  },
  {
    question: 'At which hours do chats come, and are they missed?',
    sql: `
select hour_of_day, sum(chat_count) as chat_count, sum(missed_chat_count) as missed_chat_count,
  sum(missed_chat_count) / nullif(sum(chat_count), 0) as missed_rate
from chatrhub_bi.hourly_demand_vs_availability
group by hour_of_day
having sum(chat_count) > 0
order by hour_of_day`,
    answer(told) {
      const hours = each(counted(told), (chat) => ({ hour_of_day: told.local.hourOf(chat.created_at ?? 0) }), missedIn);
      return inOrderOf(hours, 'hour_of_day');
    },
  },
  {
    question: 'On which weekdays do chats come, and are they missed? (whole days)',
    sql: `
select day_of_week, count(*) as day_count, avg(chat_count) as average_chat_count,
  sum(missed_chat_count) / nullif(sum(chat_count), 0) as missed_rate
from chatrhub_bi.daily_chats
where is_whole_day
group by day_of_week
order by day_of_week`,
    answer(told) {
      const days = each(
        dailyOf(told).filter((row) => row.is_whole_day),
        ({ day_of_week }) => ({ day_of_week }),
        (of) => ({
          day_count: of.length,
          average_chat_count: total(of, 'chat_count') / of.length,
          missed_rate: ratio(total(of, 'missed_chat_count'), total(of, 'chat_count')),
        }),
      );
      return inOrderOf(days, 'day_of_week');
    },
  },
  {
    question: 'Which groups have most chats, and miss them? (the last four weeks)',
    sql: `
select group_id, group_name, sum(chat_count) as chat_count, sum(missed_chat_count) as missed_chat_count,
  sum(missed_chat_count)::float8 / nullif(sum(chat_count), 0) as missed_rate
from chatrhub_bi.chats_enriched
where ${LATELY}
group by group_id, group_name
order by chat_count desc, group_id`,
    answer({ found, world, isLately }) {
      const groups = each(
        found.filter((chat) => isLately(chat.day)),
        (chat) => groupOf(chat, world),
        (of) => missedIn(of.filter((chat) => chat.isCounted)),
      );
      return inOrderOf(groups, '-chat_count', 'group_id');
    },
  },
  {
    question: 'From which channels do chats come?',
    sql: `
select channel, sum(chat_count) as chat_count, sum(great_chat_count) / nullif(sum(rated_chat_count), 0) as csat_rate,
  sum(rated_chat_count) / nullif(sum(asked_or_rated_chat_count), 0) as rating_response_rate
from chatrhub_bi.csat
group by channel
order by channel`,
    answer(told) {
      const channelOf = (chat: Found) => told.world.visitors.find(({ visitor_id }) => visitor_id === chat.visitor_id)?.channel;
      const channels = each(
        counted(told),
        (chat) => ({ channel: channelOf(chat) }),
        (of) => ({
          chat_count: of.length,
          csat_rate: ratio(
            number(of, (chat) => chat.overall_rating === 3),
            number(of, (chat) => chat.overall_rating !== null),
          ),
          rating_response_rate: ratio(
            number(of, (chat) => chat.overall_rating !== null),
            number(of, (chat) => chat.is_feedback_requested === true || chat.overall_rating !== null),
          ),
        }),
      );
      return inOrderOf(channels, 'channel');
    },
  },
  {
    question: 'Which share of chats comes after hours? (the last four weeks)',
    sql: `
select week_start, count(*) as chat_count, count(*) filter (where not is_business_hours) as after_hours_chat_count,
  count(*) filter (where not is_business_hours)::float8 / count(*) as after_hours_rate
from chatrhub_bi.chats_enriched
where is_counted and ${LATELY}
group by week_start
order by week_start`,
    answer(told) {
      const business = createBusiness(told.world, told.local);
      const chats = counted(told).filter((chat) => told.isLately(chat.day));
      const weeks = each(chats, weekOf, (of) => {
        const after = number(of, (chat) => !business.isWithin(chat.created_at ?? 0));
        return { chat_count: of.length, after_hours_chat_count: after, after_hours_rate: after / of.length };
      });
      return inOrderOf(weeks, 'week_start');
    },
  },
  {
    question: 'What are chats about? (tags)',
    sql: `
select tag, sum(chat_count) as chat_count, sum(missed_chat_count) as missed_chat_count,
  sum(great_chat_count) / nullif(sum(rated_chat_count), 0) as csat_rate, sum(rated_chat_count) as rated_chat_count
from chatrhub_bi.tags_daily
group by tag
order by chat_count desc, tag
limit 20`,
    answer(told) {
      const tags = each(
        counted(told).filter(({ tag }) => tag),
        ({ tag }) => ({ tag }),
        (of) => {
          const rated = of.filter((chat) => chat.overall_rating !== null);
          return {
            chat_count: of.length,
            missed_chat_count: number(of, (chat) => chat.is_missed === true),
            csat_rate: ratio(
              number(rated, (chat) => chat.overall_rating === 3),
              rated.length,
            ),
            rated_chat_count: rated.length,
          };
        },
      );
      return inOrderOf(tags, '-chat_count', 'tag');
    },
  },
  {
    question: 'Which tags rise and fall? (share of the tagged chats of each week)',
    sql: `
select week_start, tag, sum(chat_count) as chat_count,
  sum(chat_count) / sum(sum(chat_count)) over (partition by week_start) as share_rate
from chatrhub_bi.tags_daily
group by week_start, tag
order by week_start, tag`,
    answer(told) {
      const tagged = counted(told).filter(({ tag }) => tag);
      const rows = each(
        tagged,
        (chat) => ({ ...weekOf(chat), tag: chat.tag }),
        (of) => {
          const week = calendarOf(of[0]?.day ?? '').week_start;
          const inWeek = number(tagged, (chat) => calendarOf(chat.day ?? '').week_start === week);
          return { chat_count: of.length, share_rate: of.length / inWeek };
        },
      );
      return inOrderOf(rows, 'week_start', 'tag');
    },
  },
];
