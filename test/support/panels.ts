import { repeats, transfers } from './bi-oracle-contacts.ts';
import { known, percentile, ratio } from './bi-oracle-numbers.ts';
import { backlog } from './bi-oracle-tasks.ts';
import { agentName, each, type Found, inOrderOf, type Row, type Told, total } from './questions/question.ts';

/** What somebody who looks at a dashboard has chosen; a list that is not there is all of them. */
export type Chosen = { group?: readonly number[]; agent?: readonly number[]; channel?: readonly string[] };

/** What panels show: local days from one to another, both included, from a moment on, and what else was chosen. */
export type Shown = Told & { first: string; last: string; from: number; chosen: Chosen };

const isIn = ({ first, last }: Shown, day: unknown): boolean => typeof day === 'string' && day >= first && day <= last;
const isOneOf = <T>(list: readonly T[] | undefined, value: T | null): boolean => !list || (value !== null && list.includes(value));

const channelOf = ({ visitor_id: id }: Found, { world }: Told): string | null =>
  world.visitors.find((visitor) => visitor.visitor_id === id)?.channel ?? null;

/** Counted chats of the days, groups, agents and channels that are shown. */
const chatsOf = (shown: Shown): Found[] =>
  shown.found.filter(
    (chat) =>
      chat.isCounted &&
      isIn(shown, chat.day) &&
      isOneOf(shown.chosen.group, chat.group_id) &&
      isOneOf(shown.chosen.agent, chat.agent_id) &&
      isOneOf(shown.chosen.channel, channelOf(chat, shown)),
  );

/** Where a day is drawn: at its midnight, or where the range begins, if that is later. */
const timeOf = ({ local, from }: Shown, day: unknown): number => Math.max(local.startOf(day as string), from);

const count = <T>(items: readonly T[], is: (item: T) => boolean): number => items.filter(is).length;
const answersOf = (chats: readonly Found[]): number[] => known(chats.map(({ said }) => said?.first_response_seconds ?? null));

/** A row for each day that has chats, in order. */
const byDay = (shown: Shown, chats: readonly Found[], measure: (chats: Found[]) => Row): Row[] =>
  inOrderOf(
    each(chats, ({ day }) => ({ time: timeOf(shown, day) }), measure),
    'time',
  );

const ofDays = (shown: Shown, rows: readonly Row[]): Row[] => rows.filter(({ date_day }) => isIn(shown, date_day));
const sumOrNull = (rows: readonly Row[], column: string): number | null => (rows.length === 0 ? null : total(rows, column));
const meanOrNull = (rows: readonly Row[], column: string): number | null => ratio(total(rows, column), rows.length);

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function shortHours(shown: Shown): Row[] {
  const demandAt = new Map(shown.hours.map((row) => [row.hour_start_at, row]));
  const hours = ofDays(shown, shown.load).map((row): Row => ({ ...row, ...demandAt.get(row.hour_start_at) }));
  const rows = each(
    hours,
    ({ day_of_week, hour_of_day }) => ({ day_of_week, hour_of_day }),
    (of) => {
      const seen = of.filter((row) => !row.is_availability_unknown);
      return {
        all: total(of, 'chat_count'),
        chats: sumOrNull(seen, 'chat_count'),
        'chats at once': meanOrNull(of, 'average_chats_at_once'),
        'most at once': Math.max(...of.map((row) => Number(row.peak_chat_count))),
        'people needed': meanOrNull(seen, 'needed_agent_count'),
        'people available': meanOrNull(seen, 'available_agent_hours'),
        'hours too few': count(of, (row) => row.is_short_of_people === true),
        'hours not known': of.length - seen.length,
      };
    },
  ).filter((row) => row.all !== 0);
  return inOrderOf(rows, '-hours too few', '-chats', 'day_of_week', 'hour_of_day')
    .slice(0, 25)
    .map(({ day_of_week, hour_of_day, all, ...row }) => ({ day: DAYS[Number(day_of_week) - 1], hour: hour_of_day, ...row }));
}

/** How agents are called among some: with their ids where names do not tell them apart. */
function labelAmong(ids: readonly number[], { world }: Told): (id: number | null) => string {
  const all = [...new Set(ids)];
  return (id) => {
    const name = agentName(id, world);
    if (id === null || name === null) return id === null ? 'not known' : `agent ${id}`;
    return count(all, (other) => agentName(other, world) === name) > 1 ? `${name} (${id})` : name;
  };
}

function people(shown: Shown): Row[] {
  const rows = ofDays(shown, shown.performance).filter((row) => !row.is_bot && isOneOf(shown.chosen.agent, row.agent_id as number));
  const labelOf = labelAmong(
    rows.map(({ agent_id }) => agent_id as number),
    shown,
  );
  const agents = each(
    rows,
    ({ agent_id }) => ({ agent_id }),
    (of) => {
      const online = total(of, 'online_seconds');
      return {
        served: total(of, 'served_chat_count'),
        missed: ratio(total(of, 'missed_chat_count'), total(of, 'chat_count')),
        'not known if missed': total(of, 'missed_unknown_chat_count'),
        'rated great': ratio(total(of, 'great_chat_count'), total(of, 'rated_chat_count')),
        ratings: total(of, 'rated_chat_count'),
        'hours online': of.some((row) => row.has_status) ? online / 3_600 : null,
        'hours not known': total(of, 'unknown_seconds') / 3_600,
        occupied: ratio(total(of, 'engaged_seconds'), online),
        'chat left open': ratio(total(of, 'assigned_seconds'), online),
      };
    },
  );
  return inOrderOf(agents, '-served', 'agent_id').map(({ agent_id, ...row }) => ({ agent: labelOf(agent_id as number), ...row }));
}

function handovers(shown: Shown): Row[] {
  const { world, chosen } = shown;
  const chatOf = new Map(shown.found.map((chat) => [chat.chat_id, chat]));
  const moves = ofDays(shown, transfers(shown.found, world, shown.local)).filter((row) => {
    const chat = chatOf.get(row.chat_id as number);
    const isOfAgents = isOneOf(chosen.agent, row.from_agent_id as number) || isOneOf(chosen.agent, row.to_agent_id as number);
    return row.is_counted && isOfAgents && isOneOf(chosen.group, chat?.group_id ?? null);
  });
  const labelOf = labelAmong(
    shown.performance.map(({ agent_id }) => agent_id as number),
    shown,
  );
  const pairs = each(
    moves,
    ({ from_agent_id, to_agent_id }) => ({ from_agent_id, to_agent_id }),
    (of) => {
      const waits = of.flatMap((row) => (row.first_response_seconds === null ? [] : [Number(row.first_response_seconds)]));
      return { chats: of.length, 'median wait': percentile(waits, 0.5), 'wait not known': of.length - waits.length };
    },
  );
  return inOrderOf(pairs, '-chats', 'from_agent_id', 'to_agent_id')
    .slice(0, 25)
    .map(({ from_agent_id, to_agent_id, ...row }) => ({
      from: labelOf(from_agent_id as number | null),
      to: labelOf(to_agent_id as number | null),
      ...row,
    }));
}

function returns(shown: Shown): Row[] {
  const chatOf = new Map(shown.found.map((chat) => [chat.chat_id, chat]));
  const rows = ofDays(shown, repeats(shown.found, shown.local)).filter((row) => {
    const chat = chatOf.get(row.chat_id as number);
    return isOneOf(shown.chosen.group, chat?.group_id ?? null) && isOneOf(shown.chosen.agent, chat?.agent_id ?? null);
  });
  const within = (name: string, column: string): Row => {
    const judged = rows.filter((row) => row[column] !== null);
    return {
      'came again': name,
      share: ratio(
        count(judged, (row) => row[column] === true),
        judged.length,
      ),
      'of chats': judged.length,
      'too soon to tell': rows.length - judged.length,
    };
  };
  return [within('within 24 hours', 'is_repeat_within_24h'), within('within 7 days', 'is_repeat_within_7d')];
}

const withOutcome = (chats: readonly Found[], outcome: string | null): number => count(chats, (chat) => chat.outcome === outcome);
const daysOf = (shown: Shown): Row[] => ofDays(shown, shown.calendar);
const openTasks = (shown: Shown): Row[] => ofDays(shown, backlog(shown.world, shown.local));

/** What each panel that has a range must show, counted in plain loops: no code and no SQL of the views. */
export const PANELS: Readonly<Record<string, (shown: Shown) => Row[]>> = {
  Chats: (shown) => [{ chats: chatsOf(shown).length }],
  Missed(shown) {
    const chats = chatsOf(shown);
    const missed = count(chats, (chat) => chat.is_missed === true);
    return [{ missed: ratio(missed, chats.length), 'not known': count(chats, (chat) => chat.is_missed === null) }];
  },
  'Median first answer'(shown) {
    const chats = chatsOf(shown);
    return [{ median: percentile(answersOf(chats), 0.5), 'messages not loaded': count(chats, (chat) => chat.said === undefined) }];
  },
  'Rated great'(shown) {
    const chats = chatsOf(shown);
    const rated = count(chats, (chat) => chat.overall_rating !== null);
    const great = count(chats, (chat) => chat.overall_rating === 3);
    return [{ 'rated great': ratio(great, rated), 'not rated': chats.length === 0 ? null : chats.length - rated }];
  },
  'Bot alone'(shown) {
    const chats = chatsOf(shown);
    const [alone, handed, missed] = ['contained', 'handed_off', 'missed_after_bot'].map((name) => withOutcome(chats, name)) as [
      number,
      number,
      number,
    ];
    return [{ 'bot alone': ratio(alone, alone + handed + missed), 'not known': withOutcome(chats, null) }];
  },
  'Open tasks'(shown) {
    const rows = openTasks(shown);
    const lastDay = rows
      .map(({ date_day }) => date_day as string)
      .sort()
      .at(-1);
    return [
      {
        'open tasks': sumOrNull(
          rows.filter(({ date_day }) => date_day === lastDay),
          'open_task_count',
        ),
      },
    ];
  },
  'Chats each day'(shown) {
    const chats = chatsOf(shown);
    return daysOf(shown).map(({ date_day }) => {
      const ofDay = chats.filter(({ day }) => day === date_day);
      return {
        time: timeOf(shown, date_day),
        missed: count(ofDay, (chat) => chat.is_missed === true),
        'not known if missed': count(ofDay, (chat) => chat.is_missed === null),
        served: count(ofDay, (chat) => chat.is_missed === false),
      };
    });
  },
  'Demand and availability, by hour': (shown) =>
    inOrderOf(
      ofDays(shown, shown.hours).map((row) => ({
        time: row.hour_start_at,
        chats: row.chat_count,
        'people available': row.is_availability_unknown ? null : row.available_agent_hours,
      })),
      'time',
    ),
  'Hours of the week with too few people': shortHours,
  'First answer of a person': (shown) =>
    byDay(shown, chatsOf(shown), (chats) => ({
      'half of them (median)': percentile(answersOf(chats), 0.5),
      'nine of ten (p90)': percentile(answersOf(chats), 0.9),
    })),
  'Ratings each week'(shown) {
    const chats = chatsOf(shown);
    const weeks = each(
      daysOf(shown),
      ({ week_start }) => ({ time: timeOf(shown, week_start) }),
      (days) => {
        const ofWeek = chats.filter(({ day }) => days.some(({ date_day }) => date_day === day));
        const rated = (rating: number) => (ofWeek.length === 0 ? null : count(ofWeek, (chat) => chat.overall_rating === rating));
        return {
          poor: rated(1),
          ok: rated(2),
          great: rated(3),
          'part of a week': count(days, (day) => day.is_whole_day === true) < 7 ? 0 : null,
        };
      },
    );
    return inOrderOf(weeks, 'time');
  },
  'Chats with a bot': (shown) =>
    byDay(shown, chatsOf(shown), (chats) => ({
      contained: withOutcome(chats, 'contained'),
      'handed to a person': withOutcome(chats, 'handed_off'),
      'missed after the bot': withOutcome(chats, 'missed_after_bot'),
      'not known': withOutcome(chats, null),
    })),
  'Open tasks at the end of the day': (shown) =>
    inOrderOf(
      openTasks(shown).map(({ date_day, task_type, open_task_count }) => ({
        time: timeOf(shown, date_day),
        metric: task_type,
        open: open_task_count,
      })),
      'time',
      'metric',
    ),
  People: people,
  'Messages loaded': (shown) =>
    byDay(shown, chatsOf(shown), (chats) => ({
      'messages loaded': ratio(
        count(chats, (chat) => chat.said !== undefined),
        chats.length,
      ),
    })),
  'Answered within 60 s': (shown) =>
    byDay(
      shown,
      chatsOf(shown).filter((chat) => chat.isAnswerable),
      (chats) => ({
        'answered within 60 s': ratio(
          count(answersOf(chats), (seconds) => seconds <= 60),
          chats.length,
        ),
        'target, 80 %': 0.8,
      }),
    ),
  'Who hands over to whom': handovers,
  'Who comes again soon': returns,
};
