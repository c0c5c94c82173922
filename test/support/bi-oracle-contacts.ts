import { countsOf, type Row } from './bi-oracle-chat-views.ts';
import { deliveredOf, type Found } from './bi-oracle-chats.ts';
import { groupBy, known, percentile, ratio } from './bi-oracle-numbers.ts';
import { calendarOf, isWhole, type Local, localOf } from './bi-oracle-time.ts';
import type { World } from './bi-world.ts';

const DAY = 86_400_000;
const nameOf = (id: number | null, { agents }: World) => agents.find((agent) => agent.agent_id === id)?.full_name ?? null;
const isBot = (id: number | null, { agents }: World) => agents.find((agent) => agent.agent_id === id)?.is_bot === true;

export function transfers(found: readonly Found[], world: World, local: Local): Row[] {
  return found.flatMap((chat) => {
    if (chat.transferred_to_agent_id === null) return [];
    const said = deliveredOf(chat, world);
    const isBy = (i: number, id: number | null) => said[i]?.from_visitor_id === null && id !== null && said[i]?.from_agent_id === id;
    const first = said.findIndex((_, i) => isBy(i, chat.transferred_to_agent_id));
    let [last, asked] = [-1, -1];
    for (let i = 0; i < first; i++) {
      if (isBy(i, chat.agent_id)) [last, asked] = [i, -1];
      else if (asked === -1 && last !== -1 && said[i]?.from_visitor_id !== null) asked = i;
    }
    const at = (i: number) => said[i]?.created_at ?? null;
    const waitsFrom = at(asked) ?? at(last);
    const firstAt = at(first);
    return [
      {
        chat_id: chat.chat_id,
        ...localOf(chat.created_at, local),
        is_counted: chat.isCounted,
        from_agent_id: chat.agent_id,
        from_agent_name: nameOf(chat.agent_id, world),
        is_from_bot: isBot(chat.agent_id, world),
        to_agent_id: chat.transferred_to_agent_id,
        is_to_bot: isBot(chat.transferred_to_agent_id, world),
        transferred_at: at(last),
        first_response_at: firstAt,
        first_response_seconds: waitsFrom === null || firstAt === null ? null : (firstAt - waitsFrom) / 1_000,
      },
    ];
  });
}

export function repeats(found: readonly Found[], local: Local): Row[] {
  const horizon = Math.max(...known(found.map((chat) => chat.created_at)));
  return found
    .filter((chat) => chat.isCounted)
    .map((chat) => {
      const left = chat.endedAt ?? chat.created_at;
      const within = (days: number): boolean | null => {
        if (left === null || horizon - left < days * DAY) return null;
        return chat.nextChatAt !== null && chat.nextChatAt - left <= days * DAY;
      };
      return {
        chat_id: chat.chat_id,
        ...localOf(chat.created_at, local),
        days_until_next_chat: left === null || chat.nextChatAt === null ? null : Math.max(0, chat.nextChatAt - left) / DAY,
        is_repeat_within_24h: within(1),
        is_repeat_within_7d: within(7),
      };
    });
}

export function tags(found: readonly Found[]): Row[] {
  const tagged = found.filter((chat) => chat.isCounted && chat.tag && chat.day !== null);
  return [...groupBy(tagged, (chat) => JSON.stringify([chat.day, chat.tag]))].map(([key, chats]) => {
    const [date_day, tag] = JSON.parse(key);
    const counts = countsOf(chats);
    return {
      date_day,
      tag,
      ...calendarOf(date_day),
      chat_count: counts.chat_count,
      missed_chat_count: counts.missed_chat_count,
      rated_chat_count: counts.rated_chat_count,
      great_chat_count: counts.great_chat_count,
      csat_rate: ratio(counts.great_chat_count, counts.rated_chat_count),
      median_first_response_seconds: counts.median_first_response_seconds,
    };
  });
}

/** Months by their first days, from one to another. */
function monthsFrom(first: string, last: string): string[] {
  const months: string[] = [];
  for (let month = first; month <= last; ) {
    months.push(month);
    month = monthAfter(month);
  }
  return months;
}

function monthAfter(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
}

export function cohorts(found: readonly Found[], world: World, local: Local): Row[] {
  const counted = found.filter((chat) => chat.isCounted && chat.day !== null);
  const monthOf = (chat: Found) => calendarOf(chat.day ?? '').month_start;
  const visitors = [...groupBy(counted, (chat) => String(chat.visitor_id)).values()].map((chats) => {
    const months = chats.map(monthOf).sort();
    return { first: months[0] ?? '', months };
  });
  const last = counted.map(monthOf).sort().at(-1) ?? '';
  return [...groupBy(visitors, ({ first }) => first)].flatMap(([first, of]) =>
    monthsFrom(first, last).map((month, i) => {
      const here = of.filter(({ months }) => months.includes(month));
      return {
        cohort_month: first,
        months_since: i,
        month_start: month,
        cohort_visitor_count: of.length,
        distinct_visitor_count: here.length,
        chat_count: of.flatMap(({ months }) => months.filter((other) => other === month)).length,
        return_rate: here.length / of.length,
        is_whole_month: isWhole(month, world, local, monthAfter(month)),
      };
    }),
  );
}

const STEPS: readonly (readonly [string, number])[] = [
  ['within_15s_count', 15],
  ['within_30s_count', 30],
  ['within_1min_count', 60],
  ['within_2min_count', 120],
  ['within_5min_count', 300],
  ['within_15min_count', 900],
  ['later_count', Number.POSITIVE_INFINITY],
];

export function buckets(found: readonly Found[]): Row[] {
  const wanted = found.filter((chat) => chat.isCounted && chat.isAnswerable && chat.day !== null);
  return [...groupBy(wanted, (chat) => JSON.stringify([chat.day, chat.group_id]))].map(([key, chats]) => {
    const [date_day, group_id] = JSON.parse(key);
    const steps: Record<string, number> = Object.fromEntries([...STEPS.map(([name]) => [name, 0] as const), ['never_count', 0]]);
    for (const { said } of chats) {
      const seconds = said?.first_response_seconds ?? null;
      const name = seconds === null ? 'never_count' : (STEPS.find(([, until]) => seconds < until)?.[0] ?? '');
      steps[name] = (steps[name] ?? 0) + 1;
    }
    return {
      date_day,
      group_id,
      ...calendarOf(date_day),
      answerable_chat_count: chats.length,
      ...steps,
      never_rate: (steps.never_count ?? 0) / chats.length,
    };
  });
}

/** `turns`: the rows of response_turns. */
export function agentResponses(turns: readonly Row[], found: readonly Found[], world: World): Row[] {
  const chatOf = new Map(found.map((chat) => [chat.chat_id, chat]));
  const attributed = turns.flatMap((turn) => {
    const chat = chatOf.get(turn.chat_id as number);
    const agentId = (turn.responder_agent_id as number | null) ?? chat?.agent_id ?? null;
    return chat?.isCounted && agentId !== null ? [{ ...turn, agentId }] : [];
  });
  return [...groupBy(attributed, (turn) => JSON.stringify([turn.agentId, (turn as Row).date_day]))].map(([key, list]) => {
    const [agent_id, date_day] = JSON.parse(key);
    const seconds = known(list.map((turn) => (turn as Row).response_seconds as number | null));
    return {
      agent_id,
      date_day,
      ...calendarOf(date_day),
      agent_name: nameOf(agent_id, world),
      is_bot: isBot(agent_id, world),
      answered_turn_count: seconds.length,
      unanswered_turn_count: list.length - seconds.length,
      median_response_seconds: percentile(seconds, 0.5),
      p90_response_seconds: percentile(seconds, 0.9),
    };
  });
}
