/** A record as the API sends it; what it embeds is put in when it is sent, unless a test has put something there. */
export type Sent = { type: string; id: number; attributes: Record<string, unknown> };

/** All that a scripted source has: plain lists that a test changes as it likes. What is created later than its clock is not sent yet. */
export type Records = Record<
  'agents' | 'groups' | 'agent_groups' | 'visitors' | 'chats' | 'messages' | 'agent_activities' | 'tasks',
  Sent[]
>;

export const noRecords = (): Records => ({
  agents: [],
  groups: [],
  agent_groups: [],
  visitors: [],
  chats: [],
  messages: [],
  agent_activities: [],
  tasks: [],
});

export const CLIENT_ID = 77;
type Moment = Date | string;
type Attributes = Record<string, unknown>;

/** A moment as the API writes it: whole seconds, with an offset. */
export const iso = (moment: Moment, plusSeconds = 0): string =>
  new Date(new Date(moment).getTime() + plusSeconds * 1_000).toISOString().replace(/\.\d+Z$/, '+00:00');

/** What each text of a time is: the same ones are asked for again and again, and parsing them was a seventh of a test's time. */
const parsed = new Map<string, number>();

/** Whether a record was created up to `now`. */
export function isThere({ attributes }: Sent, now: Date): boolean {
  const text = String(attributes.create_dt);
  const ms = parsed.get(text) ?? Date.parse(text);
  parsed.set(text, ms);
  return ms <= now.getTime();
}

const LONG_AGO = iso('2025-01-05T09:00:00Z');

const record = (type: string, id: number, attributes: Attributes): Sent => ({
  type,
  id,
  attributes: { client_id: CLIENT_ID, create_by: 1, create_dt: LONG_AGO, updt_by: null, updt_dt: null, ...attributes },
});

export const agent = (id: number, attributes: Attributes = {}): Sent =>
  record('agents', id, {
    agent_id: String(id),
    username: `agent-${id}`,
    full_name: `Agent ${id}`,
    email: `agent${id}@example.invalid`,
    authorization_level: 1,
    is_bot: false,
    is_taking_chats: true,
    is_agent_setup: true,
    is_unsubscribe: false,
    is_assign_training_tasks: false,
    assign_operational_task_variable: null,
    assign_operational_task_values: '[]',
    trmnt_ind: 0,
    xmpp_password: `fake-password-${id}`,
    ...attributes,
  });

export const group = (id: number, attributes: Attributes = {}): Sent =>
  record('groups', id, {
    group_name: `Group ${id}`,
    system_group: false,
    trmnt_ind: false,
    visitor_phone_matches: '["123"]',
    visitor_city_matches: '[""]',
    ...attributes,
  });

/** The ids of links are all 1, as in the samples. */
export const link = (agentId: number, groupId: number, attributes: Attributes = {}): Sent =>
  record('agent_groups', 1, { agent_id: agentId, group_id: groupId, is_assigned: true, trmnt_ind: false, ...attributes });

export const visitor = (id: number, attributes: Attributes = {}): Sent =>
  record('visitors', id, {
    name: `Visitor ${id}`,
    company_name: 'New Co',
    city: 'Minneapolis',
    state: 'MN',
    country: 'US',
    phone: '1231231234',
    email: `visitor${id}@example.invalid`,
    group_id: null,
    ip_address: '127.0.0.1',
    current_url: null,
    referrer_url: null,
    xmpp_username: `visitor-${id}`,
    xmpp_password: `fake-password-${id}`,
    ...attributes,
  });

/** A chat of ten minutes that an agent took and the visitor rated, ended and changed for the last time then. */
const chat = (id: number, at: Moment, attributes: Attributes = {}): Sent => {
  const duration = typeof attributes.duration === 'number' ? attributes.duration : 600;
  return record('chats', id, {
    visitor_id: 1_000 + id,
    agent_id: 1,
    agent_id_to: null,
    transfer_to_agent_id: null,
    group_id: 10,
    tag: 'sale',
    ended_rsn_cd: null,
    is_ended: 1,
    is_missed: 0,
    is_beat_out: 0,
    is_billable: 1,
    is_feedback_requested: 0,
    response_delay: 20,
    duration,
    overall_rating: 3,
    frendly_rating: 3,
    responsive_rating: 2,
    knowledge_rating: 3,
    average_rating: 92,
    feedback: null,
    trmnt_ind: false,
    create_dt: iso(at),
    updt_dt: iso(at, duration),
    ...attributes,
  });
};

/** What a chat has in which nobody said anything: nobody took it, or another agent was faster. */
export const UNTOLD = {
  response_delay: null,
  overall_rating: null,
  frendly_rating: null,
  responsive_rating: null,
  knowledge_rating: null,
  average_rating: null,
};
export const MISSED = { ...UNTOLD, is_missed: 1, is_billable: 0, agent_id: null, duration: null };
export const BEAT_OUT = { ...UNTOLD, is_missed: null, is_beat_out: 1, is_billable: 0, duration: null };
export const OPEN = { ...UNTOLD, is_ended: 0, duration: null, response_delay: 15, updt_dt: null };

const message = (id: number, chatId: number, at: Moment, attributes: Attributes = {}): Sent => ({
  type: 'messages',
  id,
  attributes: {
    client_id: CLIENT_ID,
    chat_id: chatId,
    from_agent_id: null,
    from_visitor_id: null,
    to_agent_id: null,
    to_visitor_id: null,
    is_admin: false,
    is_interruption_blocked: false,
    body: `Message ${id}`,
    batch_intent_id: null,
    batch_intent_probability: null,
    final_manual_intent_id: null,
    create_dt: iso(at),
    ...attributes,
  },
});

/** The ids of snapshots are all 1, as in the samples. */
export const snapshot = (agentId: number, at: Moment, status = 'available'): Sent =>
  record('agent_activities', 1, { agent_id: agentId, status, trmnt_ind: false, updt_by: 1, create_dt: iso(at), updt_dt: iso(at) });

export const task = (id: number, at: Moment, attributes: Attributes = {}): Sent =>
  record('q_tasks', id, {
    task_type: 'operational',
    node_name: 'Schedule Service',
    message_id: null,
    message: null,
    assigned_agent_id: 1,
    is_complete: false,
    intent_id: null,
    variables_: '{}',
    create_dt: iso(at),
    ...attributes,
  });

/** Adds a chat with its visitor, where that is new, and its messages in turns of visitor and agent; their number is fixed. */
export function addTalk(records: Records, id: number, at: Moment, attributes: Attributes = {}, messages = 4): Sent {
  const added = chat(id, at, attributes);
  const { visitor_id: visitorId, agent_id: agentId, agent_id_to: toAgentId, duration } = added.attributes;
  if (typeof visitorId === 'number' && !records.visitors.some((other) => other.id === visitorId))
    records.visitors.push(visitor(visitorId, { create_dt: iso(at) }));
  records.chats.push(added);
  for (let i = 0; i < messages; i += 1) {
    const isAsking = i % 2 === 0;
    const asking =
      visitorId === null ? { to_agent_id: toAgentId, from_agent_id: agentId } : { from_visitor_id: visitorId, to_agent_id: agentId };
    const answering =
      visitorId === null ? { to_agent_id: agentId, from_agent_id: toAgentId } : { from_agent_id: agentId, to_visitor_id: visitorId };
    const seconds = Math.round(((Number(duration ?? 300) - 1) * (i + 1)) / messages);
    records.messages.push(message(id * 100 + i, id, iso(at, seconds), isAsking ? asking : answering));
  }
  return added;
}

/** Adds what an agent did from one moment to another, every five minutes. */
export function addActivity(records: Records, agentId: number, from: Moment, until: Moment): void {
  const [first, end] = [new Date(from).getTime(), new Date(until).getTime()];
  for (let at = first, i = 0; at < end; at += 300_000, i += 1)
    records.agent_activities.push(snapshot(agentId, new Date(at), i % 5 === 0 ? 'offline' : 'available'));
}

/** Three agents (the third a bot), two groups with links, and a chat a day at noon, the last one on the day before `now`. */
export function addSmallAccount(records: Records, now: Moment, { chats = 4, activityDays = 7 } = {}): void {
  records.agents.push(agent(1), agent(2, { authorization_level: 5 }), agent(3, { is_bot: true, email: '' }));
  records.groups.push(group(10), group(20));
  records.agent_groups.push(link(1, 10), link(2, 10), link(2, 20));
  for (let i = 0; i < chats; i += 1) addTalk(records, i + 1, noon(now, i - chats), { agent_id: 1 + (i % 2) });
  for (const id of [1, 2]) if (activityDays > 0) addActivity(records, id, midnight(now, -activityDays), now);
}

const DAY_S = 86_400;
/** The midnight and the noon of the day that is so many days after that of `now`. */
export const midnight = (now: Moment, days: number): string => iso(`${iso(now).slice(0, 10)}T00:00:00Z`, days * DAY_S);
export const noon = (now: Moment, days: number): string => iso(midnight(now, days), DAY_S / 2);
