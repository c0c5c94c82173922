import { countsOf, type Row } from './bi-oracle-chat-views.ts';
import type { Found } from './bi-oracle-chats.ts';
import { groupBy, known, ratio, sumOf } from './bi-oracle-numbers.ts';
import { calendarOf, type Local, localOf, plusDays } from './bi-oracle-time.ts';
import type { Snapshot, World } from './bi-world.ts';

/** A snapshot with the time it stands for. Moments are milliseconds. */
export type Interval = Snapshot & { until: number; seconds: number; isAfterGap: boolean; day: string };

const ONLINE = new Set<string | null>(['available', 'unavailable']);

export function intervalsOf(world: World, local: Local): Interval[] {
  return [...groupBy(world.snapshots, ({ agent_id }) => String(agent_id)).values()].flatMap((snapshots) => {
    snapshots.sort((a, b) => a.snapshot_at - b.snapshot_at);
    return snapshots.map((snapshot, i) => {
      const { snapshot_at: at } = snapshot;
      const until = Math.min(at + 300_000, snapshots[i + 1]?.snapshot_at ?? Number.POSITIVE_INFINITY);
      const previous = snapshots[i - 1]?.snapshot_at;
      return {
        ...snapshot,
        until,
        seconds: (until - at) / 1_000,
        isAfterGap: previous !== undefined && at - previous > 450_000,
        day: local.dayOf(at),
      };
    });
  });
}

export const intervals = (list: readonly Interval[], local: Local): Row[] =>
  list.map(({ agent_id, snapshot_at, status, until, seconds, isAfterGap }) => ({
    agent_id,
    snapshot_at,
    status,
    ...localOf(snapshot_at, local),
    covered_until: until,
    covered_seconds: seconds,
    is_after_gap: isAfterGap,
  }));

export function spans(list: readonly Interval[], local: Local): Row[] {
  return [...groupBy(list, ({ agent_id }) => String(agent_id)).values()].flatMap((snapshots) => {
    const found: { first: Interval; last: Interval; seconds: number; count: number }[] = [];
    for (const snapshot of snapshots) {
      const span = found.at(-1);
      if (span && span.last.status === snapshot.status && !snapshot.isAfterGap)
        Object.assign(span, { last: snapshot, seconds: span.seconds + snapshot.seconds, count: span.count + 1 });
      else found.push({ first: snapshot, last: snapshot, seconds: snapshot.seconds, count: 1 });
    }
    return found.map(({ first, last, seconds, count }, i) => ({
      agent_id: first.agent_id,
      started_at: first.snapshot_at,
      ...localOf(first.snapshot_at, local),
      status: first.status,
      ended_at: last.until,
      covered_seconds: seconds,
      snapshot_count: count,
      starts_after_gap: first.isAfterGap,
      is_latest: i === found.length - 1,
    }));
  });
}

const lengthOf = (day: string, local: Local): number => (local.startOf(plusDays(day, 1)) - local.startOf(day)) / 1_000;

function statusOf(list: readonly Interval[]) {
  const seconds = (is: (status: string | null) => boolean) =>
    sumOf(list.filter(({ status }) => is(status)).map((interval) => interval.seconds));
  const [available, unavailable, offline] = ['available', 'unavailable', 'offline'].map((name) => seconds((status) => status === name)) as [
    number,
    number,
    number,
  ];
  return {
    available_seconds: available,
    unavailable_seconds: unavailable,
    offline_seconds: offline,
    online_seconds: available + unavailable,
    observed_seconds: seconds(() => true),
  };
}

export function dailyStatus(list: readonly Interval[], local: Local): Row[] {
  return [...groupBy(list, ({ agent_id, day }) => `${agent_id} ${day}`).values()].flatMap((snapshots) => {
    const [first] = snapshots;
    if (!first) return [];
    const { observed_seconds: observed, ...seconds } = statusOf(snapshots);
    const named = seconds.online_seconds + seconds.offline_seconds;
    return [
      {
        agent_id: first.agent_id,
        date_day: first.day,
        ...calendarOf(first.day),
        ...seconds,
        observed_seconds: observed,
        other_seconds: observed - named,
        unknown_seconds: lengthOf(first.day, local) - observed,
        snapshot_count: snapshots.length,
      },
    ];
  });
}

/** How many chats an agent had under way in each second: seconds without any are not in it. */
function busySeconds(found: readonly Found[], agentId: number, untilOf: (chat: Found) => number | null): Map<number, number> {
  const busy = new Map<number, number>();
  for (const chat of found) {
    if (!chat.isCounted || chat.is_missed === true || chat.agent_id !== agentId || chat.created_at === null) continue;
    const until = untilOf(chat) ?? chat.created_at;
    for (let at = chat.created_at; at < until; at += 1_000) busy.set(at, (busy.get(at) ?? 0) + 1);
  }
  return busy;
}

/** Time with chats, and time of chats, while online: second by second. */
function engagement(online: readonly Interval[], busy: ReadonlyMap<number, number>): { engaged_seconds: number; chat_seconds: number } {
  let engaged = 0;
  let chats = 0;
  for (const { snapshot_at, until } of online)
    for (let at = snapshot_at; at < until; at += 1_000) {
      const count = busy.get(at) ?? 0;
      if (count > 0) engaged += 1;
      chats += count;
    }
  return { engaged_seconds: engaged, chat_seconds: chats };
}

export function performanceOf(found: readonly Found[], list: readonly Interval[], world: World, local: Local): Row[] {
  return world.agents.flatMap(({ agent_id: agentId, full_name, is_bot }) => {
    const own = found.filter((chat) => chat.agent_id === agentId && chat.visitor_id !== null && chat.day !== null);
    const toHim = found.filter((chat) => chat.isCounted && chat.transferred_to_agent_id === agentId && chat.day !== null);
    const snapshots = list.filter((interval) => interval.agent_id === agentId);
    const busy = busySeconds(found, agentId, (chat) => chat.activeUntil);
    const assigned = busySeconds(found, agentId, (chat) => chat.endedAt ?? chat.activeUntil);
    const days = new Set([...known([...own, ...toHim].map((chat) => chat.day)), ...snapshots.map(({ day }) => day)]);
    return [...days].map((day) => {
      const { offline_chat_count, transferred_chat_count, open_chat_count, asked_or_rated_chat_count, ...counts } = countsOf(
        own.filter((chat) => chat.day === day),
      );
      const { chats_with_messages_count, distinct_visitor_count, left_open_chat_count, ...others } = counts;
      const { average_duration_seconds, median_duration_seconds, average_active_seconds, median_active_seconds, ...shown } = others;
      const ofDay = snapshots.filter((interval) => interval.day === day);
      const status = statusOf(ofDay);
      const online = ofDay.filter((interval) => ONLINE.has(interval.status));
      const engaged = engagement(online, busy);
      const { engaged_seconds: assignedSeconds } = engagement(online, assigned);
      const estimated = own.filter(
        (chat) => chat.day === day && chat.isCounted && chat.is_missed !== true && chat.said === undefined && chat.activeUntil !== null,
      );
      return {
        agent_id: agentId,
        date_day: day,
        ...calendarOf(day),
        agent_name: full_name,
        is_bot: is_bot === true,
        ...shown,
        transferred_out_chat_count: transferred_chat_count,
        transferred_in_chat_count: toHim.filter((chat) => chat.day === day).length,
        ...status,
        unknown_seconds: lengthOf(day, local) - status.observed_seconds,
        has_status: ofDay.length > 0,
        ...engaged,
        assigned_seconds: assignedSeconds,
        estimated_chat_count: estimated.length,
        csat_rate: ratio(counts.great_chat_count, counts.rated_chat_count),
        missed_rate: ratio(counts.missed_chat_count, counts.chat_count),
        transfer_rate: ratio(transferred_chat_count, counts.served_chat_count),
        answered_in_60s_rate: ratio(counts.answered_in_60s_count, counts.answerable_chat_count),
        occupancy_rate: ratio(engaged.engaged_seconds, status.online_seconds),
        assigned_rate: ratio(assignedSeconds, status.online_seconds),
        average_concurrency: ratio(engaged.chat_seconds, engaged.engaged_seconds),
        availability_rate: ratio(status.available_seconds, status.online_seconds),
      };
    });
  });
}

const OF_UTILIZATION = [
  'agent_id',
  'date_day',
  'available_seconds',
  'unavailable_seconds',
  'online_seconds',
  'engaged_seconds',
  'assigned_seconds',
  'chat_seconds',
  'estimated_chat_count',
];
const RATES_OF_UTILIZATION = ['occupancy_rate', 'assigned_rate', 'average_concurrency', 'availability_rate'];

export const utilization = (performance: readonly Row[]): Row[] =>
  performance
    .filter(({ has_status }) => has_status)
    .map((row) => Object.fromEntries([...OF_UTILIZATION, ...RATES_OF_UTILIZATION].map((name) => [name, row[name]])));

export function hours(found: readonly Found[], list: readonly Interval[], world: World, local: Local): Row[] {
  const moments = [...known(found.map((chat) => chat.created_at)), ...list.map((interval) => interval.snapshot_at)];
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const starts = new Set<number>();
  for (let at = first - (first % 900_000); at <= last; at += 900_000) starts.add(local.hourStartOf(at));
  const chatsAt = groupBy(
    found.filter((chat) => chat.isCounted && chat.created_at !== null),
    (chat) => String(local.hourStartOf(chat.created_at ?? 0)),
  );
  const snapshotsAt = groupBy(list, (interval) => String(local.hourStartOf(interval.snapshot_at)));
  const isBot = (id: number) => world.agents.find((agent) => agent.agent_id === id)?.is_bot === true;
  return [...starts].map((start) => {
    const counts = countsOf(chatsAt.get(String(start)) ?? []);
    const snapshots = snapshotsAt.get(String(start)) ?? [];
    const people = snapshots.filter(({ agent_id }) => !isBot(agent_id));
    const available = people.filter(({ status }) => status === 'available');
    const availableHours = sumOf(available.map(({ seconds }) => seconds)) / 3_600;
    const agents = new Set(available.map(({ agent_id }) => agent_id)).size;
    return {
      hour_start_at: start,
      ...localOf(start, local),
      chat_count: counts.chat_count,
      missed_chat_count: counts.missed_chat_count,
      offline_chat_count: counts.offline_chat_count,
      observed_agent_count: new Set(people.map(({ agent_id }) => agent_id)).size,
      available_agent_count: agents,
      available_agent_hours: availableHours,
      online_agent_hours: sumOf(people.filter(({ status }) => ONLINE.has(status)).map(({ seconds }) => seconds)) / 3_600,
      chats_per_available_agent_hour: ratio(counts.chat_count, availableHours),
      is_availability_unknown: snapshots.length === 0,
      is_uncovered_demand: snapshots.length > 0 && agents === 0 && counts.chat_count > 0,
    };
  });
}
