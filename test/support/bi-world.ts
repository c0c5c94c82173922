import { createRandom } from '../../src/simulator/account/random.ts';
import { createLocal, plusDays } from './bi-oracle-time.ts';

/*
 * Awkward rows for the views: what the API may send, and what nobody hopes for. All moments are milliseconds of whole seconds; columns
 * are named as in the warehouse.
 */

type Agent = { agent_id: number; full_name: string | null; is_bot: boolean | null };
type Group = { group_id: number; group_name: string };
type Visitor = { visitor_id: number; channel: string; country: string | null };
export type Chat = {
  chat_id: number;
  visitor_id: number | null;
  agent_id: number | null;
  to_agent_id: number | null;
  transferred_to_agent_id: number | null;
  group_id: number | null;
  tag: string | null;
  ended_reason: string | null;
  is_ended: boolean | null;
  is_missed: boolean | null;
  is_beat_out: boolean | null;
  is_terminated: boolean | null;
  is_feedback_requested: boolean | null;
  response_delay_seconds: number | null;
  duration_seconds: number | null;
  overall_rating: number | null;
  friendly_rating: number | null;
  created_at: number | null;
  messages_synced_at: number | null;
  is_inferred: boolean;
  source_missing_since: number | null;
};
export type Message = {
  message_id: number;
  chat_id: number;
  from_agent_id: number | null;
  from_visitor_id: number | null;
  is_admin: boolean | null;
  is_interruption_blocked: boolean | null;
  body_length: number;
  batch_intent_id: string | null;
  batch_intent_probability: number | null;
  final_manual_intent_id: string | null;
  labels: (string | null)[];
  created_at: number;
};
export type Snapshot = { agent_id: number; snapshot_at: number; status: string | null };
/** `versions`: what the source said of it over time; the last is what it says now. */
export type Task = {
  task_id: number;
  task_type: string | null;
  created_at: number;
  versions: { is_complete: boolean | number | null; updated_at: number | null }[];
  hasRaw: boolean;
};
type Report = { start_date: string; end_date: string; asked_at: number; total_chats: number; missed_chats: number | null };

/** Local business hours: day of the week, and minutes from its midnight. */
export type Hours = readonly (readonly [number, number, number])[];

export type World = {
  zone: string;
  hours: Hours;
  holidays: string[];
  /** Which of the source's days are covered, `until` exclusive, and when chats were last asked for. */
  covered: { from: string; until: string }[];
  readAt: number;
  agents: Agent[];
  groups: Group[];
  visitors: Visitor[];
  chats: Chat[];
  messages: Message[];
  snapshots: Snapshot[];
  tasks: Task[];
  reports: Report[];
};

export type Scene = { seed: number; zone: string; from: string; days: number; hours?: Hours; isLong?: boolean };

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const BOT = 9;

/** The rows of a seed: some days of an account, from a day on. */
export function worldOf({ seed, zone, from, days, hours = [], isLong = false }: Scene): World {
  const random = createRandom('bi', seed);
  const begin = Date.parse(`${from}T00:00:00Z`);
  const local = createLocal(zone);
  const flag = (likely: boolean): boolean | null => (random.chance(0.15) ? null : random.chance(0.15) ? !likely : likely);
  const maybe = <T>(share: number, value: () => T): T | null => (random.chance(share) ? value() : null);

  const agents: Agent[] = [1, 2, 3, 4, BOT].map((id) => ({
    agent_id: id,
    // Two people of one name.
    full_name: `Agent ${id === 3 ? 2 : id}`,
    is_bot: id === BOT ? true : id === 4 ? null : false,
  }));
  const groups: Group[] = [1, 2].map((id) => ({ group_id: id, group_name: `Group ${id}` }));
  const visitors: Visitor[] = Array.from({ length: 16 }, (_, i) => ({
    visitor_id: 100 + i,
    channel: random.pick(['web', 'sms', 'unknown']),
    country: maybe(0.7, () => random.pick(['DE', 'FR'])),
  }));

  const chats: Chat[] = Array.from({ length: 180 }, (_, i) => {
    const isInternal = random.chance(0.08);
    // Many begin around local midnights, where days and online time end.
    const day = plusDays(from, random.int(0, days - 1));
    const at = random.pick([begin + random.int(0, days * 86_400 - 1) * SECOND, local.startOf(day) + random.int(-900, 290) * SECOND]);
    const isEnded = flag(true);
    return {
      chat_id: 1_000 + i,
      visitor_id: isInternal ? null : random.pick(visitors.slice(0, 12)).visitor_id,
      agent_id: maybe(0.95, () => random.pick([1, 2, 3, 4, BOT, BOT])),
      to_agent_id: isInternal && random.chance(0.8) ? 2 : null,
      transferred_to_agent_id: maybe(0.2, () => random.pick([1, 2, 3, BOT])),
      group_id: maybe(0.8, () => random.pick(groups).group_id),
      tag: random.pick([null, '', 'order', 'refund']),
      ended_reason: random.pick([null, null, 'offline', 'no_reply', 'inactive', 'bored']),
      is_ended: isEnded,
      is_missed: random.pick([null, false, false, false, true]),
      is_beat_out: random.pick([null, false, false, false, true]),
      is_terminated: random.pick([null, false, false, false, false, false, true]),
      is_feedback_requested: flag(true),
      response_delay_seconds: maybe(0.7, () => random.int(0, 300)),
      duration_seconds: maybe(0.8, () => random.pick([0, -4, random.int(1, 900), random.int(900, 20_000), random.int(20_000, 100_000)])),
      overall_rating: maybe(0.5, () => random.pick([1, 2, 3, 3, 3])),
      friendly_rating: maybe(0.3, () => random.pick([1, 3, 7])),
      created_at: at,
      messages_synced_at: maybe(0.85, () => begin + days * DAY),
      is_inferred: false,
      // Some are no longer listed, since before or after the reports were asked for.
      source_missing_since: i % 17 === 3 ? begin + (days - (i % 4)) * DAY : null,
    };
  });
  chats.push({
    ...(chats[0] as Chat),
    chat_id: 2_000,
    visitor_id: null,
    agent_id: null,
    to_agent_id: null,
    transferred_to_agent_id: null,
    group_id: null,
    tag: null,
    created_at: null,
    messages_synced_at: null,
    is_inferred: true,
    source_missing_since: null,
    is_ended: null,
    is_missed: null,
    is_beat_out: null,
    is_terminated: null,
    ended_reason: null,
    response_delay_seconds: null,
    duration_seconds: null,
    overall_rating: null,
    friendly_rating: null,
  });

  const plain = (id: number, visitorId: number, at: number, more: Partial<Chat> = {}): Chat => ({
    ...(chats[0] as Chat),
    chat_id: id,
    visitor_id: visitorId,
    to_agent_id: null,
    agent_id: 1,
    transferred_to_agent_id: null,
    is_ended: true,
    is_missed: false,
    is_beat_out: false,
    is_terminated: false,
    duration_seconds: 600,
    created_at: at,
    messages_synced_at: null,
    source_missing_since: null,
    ...more,
  });
  // A month before makes the loops long: one scene has it.
  const monthBefore = isLong ? 31 : 1;
  // Somebody who comes again after six days and a half, and one after a month; one chat that begins when the other ends; a handover.
  const handover = plain(2_005, 100, begin + 5 * 3_600 * SECOND, { transferred_to_agent_id: 2, messages_synced_at: begin + days * DAY });
  chats.push(
    plain(2_001, 112, begin - 6.5 * DAY),
    plain(2_002, 112, begin),
    plain(2_003, 113, begin - monthBefore * DAY),
    plain(2_004, 113, begin - monthBefore * DAY + 600 * SECOND),
    handover,
    plain(2_006, 113, begin + DAY),
  );

  const midnight = local.startOf(plusDays(from, 2));
  Object.assign(chats[1] as Chat, {
    visitor_id: 101,
    agent_id: 1,
    is_missed: false,
    is_beat_out: false,
    is_terminated: false,
    is_ended: true,
    duration_seconds: 700,
    created_at: midnight + 20_000,
  });

  let messageId = 5_000;
  const intent = () => random.pick(['1', '2', '3']);
  const messages: Message[] = chats.flatMap((chat) => {
    if (chat.created_at === null || chat === handover) return [];
    // A part of the messages of a chat that was not fetched may be known from a task.
    const count = chat.messages_synced_at === null ? random.pick([0, 0, 1]) : random.pick([0, 1, 2, 4, 6, 9]);
    let at = chat.created_at + random.pick([-3, 0, 0, 5]) * SECOND;
    return Array.from({ length: count }, (): Message => {
      at += random.pick([0, 0, 1, 7, 30, 60, 61, 400]) * SECOND;
      messageId += random.int(1, 3);
      const sender = random.pick(['visitor', 'visitor', 'visitor', 'agent', 'agent', 'bot', 'bot', 'nobody', 'both']);
      const isOfVisitor = sender === 'visitor' || sender === 'both';
      const labels = [1, 2, 3, 4, 5].map(() => maybe(0.12, () => random.pick(['1', '2', '3', ''])));
      return {
        message_id: messageId,
        chat_id: chat.chat_id,
        from_agent_id: sender === 'agent' || sender === 'both' ? random.pick([1, 2, 3, 4]) : sender === 'bot' ? BOT : null,
        from_visitor_id: isOfVisitor ? 100 : null,
        is_admin: random.pick([null, false, false, false, false, true]),
        is_interruption_blocked: random.pick([null, false, false, false, false, false, true]),
        body_length: random.int(0, 50),
        batch_intent_id: isOfVisitor ? maybe(0.8, intent) : null,
        batch_intent_probability: isOfVisitor ? maybe(0.9, () => random.pick([0, 0.05, 0.1, 0.3, 0.57, 0.6, 0.7, 0.99, 1, 1.2])) : null,
        final_manual_intent_id: maybe(0.1, intent),
        labels,
        created_at: at,
      };
    });
  });

  messages.push(
    ...[100, BOT, 100, 1, 100, 2].map((sender, i) => ({
      message_id: 4_000 + i,
      chat_id: handover.chat_id,
      from_agent_id: sender === 100 ? null : sender,
      from_visitor_id: sender === 100 ? sender : null,
      is_admin: false,
      is_interruption_blocked: false,
      body_length: 3,
      batch_intent_id: null,
      batch_intent_probability: null,
      final_manual_intent_id: null,
      labels: [null, null, null, null, null],
      created_at: (handover.created_at ?? 0) + 30 * i * SECOND,
    })),
  );

  const snapshots: Snapshot[] = [1, 2, 4, BOT].flatMap((agentId) => {
    const found = new Map<number, Snapshot>();
    let status: string | null = 'offline';
    for (let at = begin + random.int(0, 40) * 300 * SECOND; at < begin + days * DAY; at += 300 * SECOND) {
      if (random.chance(0.08)) status = random.pick(['available', 'available', 'available', 'unavailable', 'offline', 'lunch', null]);
      // Half-days without, single ones missing, some late by seconds, some twice.
      if (random.chance(0.002)) at += random.int(1, 12) * 3_600 * SECOND;
      if (random.chance(0.04)) continue;
      const jitter = random.chance(0.2) ? random.int(1, 170) * SECOND : 0;
      found.set(at + jitter, { agent_id: agentId, snapshot_at: at + jitter, status });
      if (random.chance(0.01)) found.set(at + 200 * SECOND, { agent_id: agentId, snapshot_at: at + 200 * SECOND, status: 'available' });
    }
    // Online until two minutes after a midnight, and unknown from there: a chat of the new day is within time of the old one.
    const list = [...found.values()].filter(({ snapshot_at: at }) => at < midnight - 180_000 || at > midnight + 600_000);
    return [...list, { agent_id: agentId, snapshot_at: midnight - 180_000, status: 'available' }];
  });

  const tasks: Task[] = Array.from({ length: 25 }, (_, i) => {
    const created = begin + random.int(0, days * 86_400) * SECOND;
    let at = created;
    const versions = Array.from({ length: random.int(1, 4) }, (_, n) => {
      at += random.pick([random.int(0, 600), random.int(0, 200_000)]) * SECOND;
      return {
        is_complete: n === 0 ? random.pick([false, 0, true, null]) : random.pick([false, true, true, 1]),
        updated_at: n === 0 && random.chance(0.5) ? null : at,
      };
    });
    return {
      task_id: 300 + i,
      task_type: random.pick(['operational', 'machine_learning', null]),
      created_at: created,
      versions,
      hasRaw: random.chance(0.85),
    };
  });

  const dayAt = (offset: number) => new Date(begin + offset * DAY).toISOString().slice(0, 10);
  const reports: Report[] = [0, 1, 2].map((offset) => ({
    start_date: dayAt(offset),
    end_date: dayAt(offset + random.pick([0, 0, 2])),
    asked_at: begin + random.int(1, days) * DAY + 3_600 * SECOND,
    total_chats: random.int(5, 30),
    missed_chats: maybe(0.7, () => random.int(0, 9)),
  }));
  // Of the newest day, and of one that has none yet, which is as many as are there.
  for (const [offset, total_chats] of [
    [days - 1, 99],
    [days + 1, 0],
  ] as const)
    reports.push({ start_date: dayAt(offset), end_date: dayAt(offset), asked_at: begin + days * DAY, total_chats, missed_chats: null });
  const covered = [
    { from: plusDays(from, -1), until: plusDays(from, 1) },
    { from: plusDays(from, 2), until: plusDays(from, days - 1) },
  ];
  const readAt = begin + days * DAY - random.int(0, 12) * 3_600 * SECOND;
  return {
    zone,
    hours,
    holidays: [plusDays(from, 3)],
    covered,
    readAt,
    agents,
    groups,
    visitors,
    chats,
    messages,
    snapshots,
    tasks,
    reports,
  };
}
