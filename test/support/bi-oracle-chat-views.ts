import { deliveredOf, type Found, inOrder, senderOf } from './bi-oracle-chats.ts';
import { groupBy, known, meanOf, percentile, ratio, sumOf } from './bi-oracle-numbers.ts';
import { calendarOf, createBusiness, eachDay, isWhole, type Local, localOf } from './bi-oracle-time.ts';
import type { World } from './bi-world.ts';

export type Row = Record<string, unknown>;

const bit = (is: boolean): number => (is ? 1 : 0);
const LABELS = new Map([
  [3, 'great'],
  [2, 'ok'],
  [1, 'poor'],
]);

export function messageMetrics(found: readonly Found[]): Row[] {
  return found.flatMap(({ chat_id, said }) => (said && said.message_count > 0 ? [{ chat_id, ...said }] : []));
}

export function enriched(found: readonly Found[], world: World, local: Local): Row[] {
  const business = createBusiness(world, local);
  const agentName = (id: number | null) => world.agents.find((agent) => agent.agent_id === id)?.full_name ?? null;
  return found.map((chat) => ({
    chat_id: chat.chat_id,
    source_missing_since: chat.source_missing_since,
    agent_name: agentName(chat.agent_id),
    transferred_to_agent_name: agentName(chat.transferred_to_agent_id),
    group_name: world.groups.find((group) => group.group_id === chat.group_id)?.group_name ?? null,
    channel: world.visitors.find((visitor) => visitor.visitor_id === chat.visitor_id)?.channel ?? null,
    ...localOf(chat.created_at, local),
    is_business_hours: chat.created_at === null ? null : business.isWithin(chat.created_at),
    active_until_at: chat.activeUntil,
    active_seconds: chat.activeSeconds,
    is_left_open: chat.isLeftOpen,
    tag: chat.tag,
    is_counted: chat.isCounted,
    ended_at: chat.endedAt,
    has_messages_loaded: chat.said !== undefined,
    message_count: chat.said?.message_count ?? null,
    visitor_message_count: chat.said?.visitor_message_count ?? null,
    agent_message_count: chat.said?.agent_message_count ?? null,
    bot_message_count: chat.said?.bot_message_count ?? null,
    first_response_seconds: chat.said?.first_response_seconds ?? null,
    first_response_business_seconds: chat.said?.first_response_business_seconds ?? null,
    person_wait_seconds: chat.said?.person_wait_seconds ?? null,
    rating_label: LABELS.get(chat.overall_rating ?? 0) ?? null,
    bot_outcome: chat.outcome,
    is_resolved_by_bot: chat.isResolvedByBot,
    next_chat_at: chat.nextChatAt,
    visitor_chat_sequence: chat.sequence,
    is_dropped: isDropped(chat),
    chat_count: bit(chat.isCounted),
    missed_chat_count: bit(chat.isCounted && chat.is_missed === true),
    rated_chat_count: bit(chat.isCounted && chat.overall_rating !== null),
    great_chat_count: bit(chat.isCounted && chat.overall_rating === 3),
    transferred_chat_count: bit(chat.isCounted && chat.transferred_to_agent_id !== null),
    answerable_chat_count: bit(chat.isCounted && chat.isAnswerable),
    answered_in_60s_count: bit(chat.isCounted && chat.said?.is_answered_in_60s === true),
  }));
}

/** Null while messages are not loaded, and where it is not known whether the chat ended. */
export function isDropped({ is_ended, said }: Found): boolean | null {
  if (said === undefined) return null;
  return is_ended === false || said.agent_message_count === 0 || said.last_sender_type !== 'visitor' ? false : is_ended;
}

/** What is counted of any chats. */
export function countsOf(chats: readonly Found[]) {
  const counted = chats.filter((chat) => chat.isCounted);
  const count = (is: (chat: Found) => boolean) => counted.filter(is).length;
  const responses = known(counted.map((chat) => chat.said?.first_response_seconds ?? null));
  const ended = counted.filter((chat) => chat.is_ended === true);
  const durations = known(ended.map((chat) => chat.duration_seconds));
  const actives = known(ended.map((chat) => chat.activeSeconds));
  const missed = count((chat) => chat.is_missed === true);
  return {
    offered_chat_count: chats.filter((chat) => chat.visitor_id !== null).length,
    beat_out_chat_count: chats.filter((chat) => chat.visitor_id !== null && chat.is_beat_out === true).length,
    chat_count: counted.length,
    missed_chat_count: missed,
    missed_unknown_chat_count: count((chat) => chat.is_missed === null),
    served_chat_count: counted.length - missed,
    offline_chat_count: count((chat) => chat.ended_reason === 'offline'),
    transferred_chat_count: count((chat) => chat.transferred_to_agent_id !== null),
    open_chat_count: count((chat) => chat.is_ended !== true),
    rated_chat_count: count((chat) => chat.overall_rating !== null),
    great_chat_count: count((chat) => chat.overall_rating === 3),
    ok_chat_count: count((chat) => chat.overall_rating === 2),
    poor_chat_count: count((chat) => chat.overall_rating === 1),
    asked_or_rated_chat_count: count((chat) => chat.is_feedback_requested === true || chat.overall_rating !== null),
    response_delay_chat_count: count((chat) => chat.response_delay_seconds !== null),
    first_response_chat_count: responses.length,
    answerable_chat_count: count((chat) => chat.isAnswerable),
    answered_in_60s_count: count((chat) => chat.said?.is_answered_in_60s === true),
    chats_with_messages_count: count((chat) => chat.said !== undefined),
    left_open_chat_count: count((chat) => chat.isLeftOpen === true),
    distinct_visitor_count: new Set(counted.map((chat) => chat.visitor_id)).size,
    average_response_delay_seconds: meanOf(known(counted.map((chat) => chat.response_delay_seconds))),
    median_first_response_seconds: percentile(responses, 0.5),
    p90_first_response_seconds: percentile(responses, 0.9),
    average_duration_seconds: meanOf(durations),
    median_duration_seconds: percentile(durations, 0.5),
    average_active_seconds: meanOf(actives),
    median_active_seconds: percentile(actives, 0.5),
  };
}

const daysOf = (found: readonly Found[]): string[] => {
  const days = known(found.map((chat) => chat.day)).sort();
  return eachDay(days[0] ?? '', days.at(-1) ?? '');
};

export function daily(found: readonly Found[], world: World, local: Local): Row[] {
  return daysOf(found).map((day) => {
    const counts = countsOf(found.filter((chat) => chat.day === day));
    const { beat_out_chat_count, ok_chat_count, poor_chat_count, asked_or_rated_chat_count, response_delay_chat_count, ...shown } = counts;
    return {
      date_day: day,
      ...calendarOf(day),
      is_whole_day: isWhole(day, world, local),
      ...shown,
      missed_rate: ratio(counts.missed_chat_count, counts.chat_count),
      transfer_rate: ratio(counts.transferred_chat_count, counts.served_chat_count),
      csat_rate: ratio(counts.great_chat_count, counts.rated_chat_count),
      answered_in_60s_rate: ratio(counts.answered_in_60s_count, counts.answerable_chat_count),
      message_coverage_rate: ratio(counts.chats_with_messages_count, counts.chat_count),
    };
  });
}

export function csat(found: readonly Found[], world: World): Row[] {
  const channel = (id: number | null) => world.visitors.find((visitor) => visitor.visitor_id === id)?.channel ?? null;
  const counted = found.filter((chat) => chat.isCounted && chat.day !== null);
  const groups = groupBy(counted, (chat) => JSON.stringify([chat.day, chat.agent_id, chat.group_id, channel(chat.visitor_id)]));
  return [...groups].map(([key, chats]) => {
    const [date_day, agent_id, group_id, of] = JSON.parse(key);
    const counts = countsOf(chats);
    return {
      date_day,
      agent_id,
      group_id,
      channel: of,
      chat_count: counts.chat_count,
      rated_chat_count: counts.rated_chat_count,
      great_chat_count: counts.great_chat_count,
      ok_chat_count: counts.ok_chat_count,
      poor_chat_count: counts.poor_chat_count,
      asked_or_rated_chat_count: counts.asked_or_rated_chat_count,
      overall_rating_sum: sumOf(known(chats.map((chat) => chat.overall_rating))),
      csat_rate: ratio(counts.great_chat_count, counts.rated_chat_count),
      rating_response_rate: ratio(counts.rated_chat_count, counts.asked_or_rated_chat_count),
    };
  });
}

export function turns(found: readonly Found[], world: World, local: Local): Row[] {
  return found.flatMap((chat) => {
    const rows: Row[] = [];
    let open: { startedAt: number; messages: number } | undefined;
    const close = (answer?: { at: number; by: number | null; type: string }) => {
      if (!open) return;
      rows.push({
        chat_id: chat.chat_id,
        turn_sequence: rows.length + 1,
        started_at: open.startedAt,
        ...localOf(open.startedAt, local),
        visitor_message_count: open.messages,
        answered_at: answer?.at ?? null,
        response_seconds: answer ? (answer.at - open.startedAt) / 1_000 : null,
        responder_type: answer?.type ?? null,
        responder_agent_id: answer?.by ?? null,
      });
      open = undefined;
    };
    for (const message of deliveredOf(chat, world)) {
      const type = senderOf(message, world);
      if (type === 'visitor') open = { startedAt: open?.startedAt ?? message.created_at, messages: (open?.messages ?? 0) + 1 };
      else if (type !== 'system') close({ at: message.created_at, by: message.from_agent_id, type });
    }
    close();
    return rows;
  });
}

export function timeline(found: readonly Found[], world: World, local: Local): Row[] {
  return found.flatMap((chat) => {
    const messages = world.messages.filter((message) => message.chat_id === chat.chat_id).sort(inOrder);
    return messages.map((message, i) => ({
      message_id: message.message_id,
      chat_id: chat.chat_id,
      message_sequence: i + 1,
      ...localOf(message.created_at, local),
      sender_type: message.is_admin ? 'system' : senderOf(message, world),
      seconds_since_start: (message.created_at - (chat.created_at ?? 0)) / 1_000,
      seconds_since_previous: i === 0 ? null : (message.created_at - (messages[i - 1]?.created_at ?? 0)) / 1_000,
      body_length: message.body_length,
    }));
  });
}

export function containment(found: readonly Found[]): Row[] {
  return daysOf(found).map((day) => {
    const chats = found.filter((chat) => chat.day === day && chat.isCounted);
    const count = (is: (chat: Found) => boolean) => chats.filter(is).length;
    const outcome = (name: string | null) => count((chat) => chat.outcome === name);
    const decided = outcome('contained') + outcome('handed_off') + outcome('missed_after_bot');
    const judged = count((chat) => chat.isResolvedByBot !== null);
    const resolved = count((chat) => chat.isResolvedByBot === true);
    return {
      date_day: day,
      chat_count: chats.length,
      bot_chat_count: count((chat) => (chat.said?.bot_message_count ?? 0) > 0),
      no_reply_chat_count: outcome('no_reply'),
      human_only_chat_count: outcome('human_only'),
      no_visitor_message_chat_count: outcome('no_visitor_message'),
      handed_off_chat_count: outcome('handed_off'),
      missed_after_bot_chat_count: outcome('missed_after_bot'),
      open_chat_count: outcome('open'),
      contained_chat_count: outcome('contained'),
      messages_not_loaded_chat_count: outcome(null),
      decided_chat_count: decided,
      bot_resolved_chat_count: resolved,
      bot_judged_chat_count: judged,
      pending_chat_count: decided - judged,
      containment_rate: ratio(outcome('contained'), decided),
      bot_resolution_rate: ratio(resolved, judged),
    };
  });
}

export function visitors(found: readonly Found[], world: World, local: Local): Row[] {
  return world.visitors.map(({ visitor_id }) => {
    const chats = found
      .filter((chat) => chat.isCounted && chat.visitor_id === visitor_id)
      .sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
    const [first, last] = [chats[0]?.created_at ?? null, chats.at(-1)?.created_at ?? null];
    const counts = countsOf(chats);
    return {
      visitor_id,
      chat_count: chats.length,
      missed_chat_count: counts.missed_chat_count,
      rated_chat_count: counts.rated_chat_count,
      great_chat_count: counts.great_chat_count,
      active_day_count: new Set(chats.map((chat) => chat.day)).size,
      is_returning: chats.length > 1,
      first_chat_at: first,
      last_chat_at: last,
      first_chat_date: first === null ? null : local.dayOf(first),
      last_chat_date: last === null ? null : local.dayOf(last),
      last_agent_id: chats.at(-1)?.agent_id ?? null,
      average_seconds_between_chats: first === null || last === null ? null : ratio((last - first) / 1_000, chats.length - 1),
    };
  });
}
