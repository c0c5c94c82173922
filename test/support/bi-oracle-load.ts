import type { Row } from './bi-oracle-chat-views.ts';
import type { Found } from './bi-oracle-chats.ts';
import { known, percentile, sumOf } from './bi-oracle-numbers.ts';
import { calendarOf, createBusiness, eachDay, isWhole, type Local, localOf, plusDays } from './bi-oracle-time.ts';
import type { World } from './bi-world.ts';

/** By a sum of waiting probabilities, not by a recursion: Erlang C with factorials as logarithms. */
function waits(load: number, people: number): number {
  if (load >= people) return 1;
  const term = (n: number) => Math.exp(n * Math.log(load) - sumOf(Array.from({ length: n }, (_, i) => Math.log(i + 1))));
  const all = term(people) / (1 - load / people);
  return all / (sumOf(Array.from({ length: people }, (_, n) => term(n))) + all);
}

function peopleFor(load: number): number {
  if (load === 0) return 0;
  let people = 1;
  // In the last digits, what is met exactly may seem to be missed.
  while (waits(load, people) > 0.1 + 1e-9) people += 1;
  return people;
}

/** `hours`: the rows of hourly_demand_vs_availability. Chats at once are counted second by second. */
export function teamLoad(hours: readonly Row[], found: readonly Found[], world: World, local: Local): Row[] {
  const isPerson = (id: number | null) => id !== null && world.agents.find((agent) => agent.agent_id === id)?.is_bot !== true;
  const chats = found.flatMap((chat) => {
    if (!chat.isCounted || chat.is_missed === true || !isPerson(chat.agent_id) || chat.created_at === null) return [];
    return chat.activeUntil !== null && chat.activeUntil > chat.created_at ? [{ from: chat.created_at, until: chat.activeUntil }] : [];
  });
  const busy = new Map<number, number>();
  for (const { from, until } of chats) for (let at = from; at < until; at += 1_000) busy.set(at, (busy.get(at) ?? 0) + 1);
  return hours.map((row) => {
    const start = row.hour_start_at as number;
    let end = start + 60_000;
    while (local.hourStartOf(end) === start) end += 60_000;
    const atOnce: number[] = [];
    for (let at = start; at < end; at += 1_000) atOnce.push(busy.get(at) ?? 0);
    const begun = chats.filter(({ from }) => from >= start && from < end);
    const median = percentile(
      begun.map(({ from, until }) => (until - from) / 1_000),
      0.5,
    );
    const load = median === null ? 0 : (begun.length * median) / ((end - start) / 1_000);
    const isUnknown = row.is_availability_unknown as boolean;
    return {
      hour_start_at: start,
      ...localOf(start, local),
      chat_seconds: sumOf(atOnce),
      average_chats_at_once: sumOf(atOnce) / atOnce.length,
      peak_chat_count: Math.max(...atOnce),
      chat_start_count: begun.length,
      median_active_seconds: median,
      offered_load: load,
      available_agent_count: row.available_agent_count,
      is_availability_unknown: isUnknown,
      needed_agent_count: peopleFor(load),
      is_short_of_people: !isUnknown && peopleFor(load) > (row.available_agent_count as number),
    };
  });
}

export function calendarRows(found: readonly Found[], world: World, local: Local): Row[] {
  const business = createBusiness(world, local);
  const moments = [...known(found.map((chat) => chat.created_at)), ...world.snapshots.map(({ snapshot_at }) => snapshot_at)];
  const days = eachDay(local.dayOf(Math.min(...moments)), local.dayOf(Math.max(...moments)));
  const whole = new Set(days.filter((day) => isWhole(day, world, local)));
  return days.map((day) => {
    const calendar = calendarOf(day);
    const isHoliday = world.holidays.includes(day);
    const opens = world.hours.filter(([of]) => of === calendar.day_of_week);
    const week = Array.from({ length: 7 }, (_, i) => plusDays(calendar.week_start, i));
    return {
      date_day: day,
      ...calendar,
      is_weekend: calendar.day_of_week > 5,
      is_business_day: !isHoliday && (world.hours.length === 0 || opens.length > 0),
      holiday_name: isHoliday ? `Holiday of ${day}` : null,
      business_seconds: business.secondsBetween(local.startOf(day), local.startOf(plusDays(day, 1))),
      is_whole_day: whole.has(day),
      is_whole_week: week.every((of) => whole.has(of)),
    };
  });
}
