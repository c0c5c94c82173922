import type { Row } from './bi-oracle-chat-views.ts';
import type { Found } from './bi-oracle-chats.ts';
import { completedAt, isComplete } from './bi-oracle-tasks.ts';
import { plusDays } from './bi-oracle-time.ts';
import type { World } from './bi-world.ts';

/** How many rows fail each check, and the first five of them by key. */
export function quality(found: readonly Found[], world: World): Row[] {
  const real = found.filter((chat) => !chat.is_inferred);
  const chat = (is: (chat: Found) => boolean) => real.filter(is).map(({ chat_id }) => chat_id);
  const message = (is: (message: World['messages'][number]) => boolean) => world.messages.filter(is).map(({ message_id }) => message_id);
  const snapshot = (is: (snapshot: World['snapshots'][number]) => boolean) =>
    world.snapshots.filter(is).map(({ agent_id, snapshot_at }) => `${agent_id}/${new Date(snapshot_at).toISOString().replace('.000', '')}`);
  const startOf = new Map(found.map(({ chat_id, created_at }) => [chat_id, created_at ?? Number.NEGATIVE_INFINITY]));
  const completedOf = (task: World['tasks'][number]) => completedAt(task);
  const failing: Record<string, (number | string)[]> = {
    chat_ended_without_duration: chat((c) => c.isCounted && c.is_missed !== true && c.is_ended === true && c.duration_seconds === null),
    chat_left_open: chat((c) => c.isCounted && c.isLeftOpen === true),
    chat_answered_without_message: chat(
      (c) => c.isCounted && c.is_missed === false && c.response_delay_seconds !== null && c.said?.message_count === 0,
    ),
    chat_with_negative_seconds: chat((c) => (c.duration_seconds ?? 0) < 0 || (c.response_delay_seconds ?? 0) < 0),
    chat_rating_out_of_range: chat((c) =>
      [c.overall_rating, c.friendly_rating].some((rating) => rating !== null && (rating < 1 || rating > 3)),
    ),
    chat_without_visitor_or_agent: chat((c) => c.visitor_id === null && c.to_agent_id === null),
    chat_missed_but_answered: chat((c) => c.is_missed === true && (c.said?.agent_message_count ?? 0) > 0),
    chat_with_unknown_ended_reason: chat((c) => c.ended_reason === 'bored'),
    message_without_sender: message((m) => m.from_agent_id === null && m.from_visitor_id === null && m.is_admin !== true),
    message_with_two_senders: message((m) => m.from_agent_id !== null && m.from_visitor_id !== null),
    message_before_chat_start: message((m) => m.created_at < (startOf.get(m.chat_id) ?? Number.NEGATIVE_INFINITY)),
    message_probability_out_of_range: message((m) => (m.batch_intent_probability ?? 0) > 1),
    activity_with_unknown_status: snapshot((s) => s.status === null || s.status === 'lunch'),
    activity_off_grid: snapshot((s) => s.snapshot_at % 300_000 !== 0),
    task_complete_without_time: world.tasks.filter((task) => isComplete(task) && completedOf(task) === null).map(({ task_id }) => task_id),
    task_completed_before_created: world.tasks
      .filter((task) => (completedOf(task) ?? Number.POSITIVE_INFINITY) < task.created_at)
      .map(({ task_id }) => task_id),
    stub: found.filter((c) => c.is_inferred).map(({ chat_id }) => `chats/${chat_id}`),
  };
  const checked: Record<string, number> = {
    chats: real.length,
    messages: world.messages.length,
    agent_activities: world.snapshots.length,
    tasks: world.tasks.length,
    all: world.agents.length + world.groups.length + world.visitors.length + found.length + world.messages.length,
  };
  const entityOf = (name: string) =>
    ({ chat: 'chats', message: 'messages', activity: 'agent_activities', task: 'tasks' })[name.split('_')[0] ?? ''] ?? 'all';
  return Object.entries(failing).map(([check_name, keys]) => ({
    check_name,
    entity: entityOf(check_name),
    checked_rows: checked[entityOf(check_name)],
    failing_rows: keys.length,
    sample_ids:
      keys.length === 0
        ? null
        : keys
            .toSorted((a, b) => (a < b ? -1 : 1))
            .slice(0, 5)
            .join(', '),
  }));
}

/** Days of reports begin `aheadHours` before UTC's; `end_date` is part of the range. */
export function reconciliation(found: readonly Found[], world: World, aheadHours: number): Row[] {
  return world.reports.map((report) => {
    const until = plusDays(report.end_date, 1);
    const momentOf = (day: string) => Date.parse(`${day}T00:00:00Z`) - aheadHours * 3_600_000;
    const chats = found.filter(({ created_at, is_inferred, source_missing_since: since }) => {
      if (created_at === null || is_inferred || created_at > report.asked_at || (since !== null && since <= report.asked_at)) return false;
      return created_at >= momentOf(report.start_date) && created_at < momentOf(until);
    });
    const notBeaten = chats.filter((chat) => chat.is_beat_out !== true).length;
    const missed = chats.filter((chat) => chat.is_missed === true).length;
    const missedOrUnknown = chats.filter((chat) => chat.is_missed !== false).length;
    const lessReported = (count: number) => (report.missed_chats === null ? null : count - report.missed_chats);
    return {
      date_day: report.start_date,
      until_day: until,
      day_count: (Date.parse(until) - Date.parse(report.start_date)) / 86_400_000,
      source_chat_count: report.total_chats,
      row_count: chats.length,
      row_count_without_beat_out: notBeaten,
      chat_count: chats.filter((chat) => chat.isCounted).length,
      row_difference: chats.length - report.total_chats,
      row_difference_without_beat_out: notBeaten - report.total_chats,
      is_matched: chats.length === report.total_chats || notBeaten === report.total_chats,
      source_missed_chat_count: report.missed_chats,
      missed_row_count: missed,
      missed_or_unknown_row_count: missedOrUnknown,
      missed_difference: lessReported(missed),
      missed_or_unknown_difference: lessReported(missedOrUnknown),
      rated_row_count: chats.filter((chat) => chat.overall_rating !== null).length,
      great_row_count: chats.filter((chat) => chat.overall_rating === 3).length,
      ok_row_count: chats.filter((chat) => chat.overall_rating === 2).length,
      poor_row_count: chats.filter((chat) => chat.overall_rating === 1).length,
    };
  });
}
