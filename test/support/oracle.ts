import type { Account } from '../../src/simulator/account/account.ts';
import type { Agent } from '../../src/simulator/account/simulated-agents.ts';
import type { Chat } from '../../src/simulator/account/simulated-chats.ts';
import type { Group } from '../../src/simulator/account/simulated-groups.ts';
import type { Message, Party } from '../../src/simulator/account/simulated-messages.ts';
import type { Task } from '../../src/simulator/account/simulated-tasks.ts';
import type { Visitor } from '../../src/simulator/account/simulated-visitors.ts';
import type { Audit } from '../../src/simulator/account/timeline.ts';
import { type Row, sorted, TABLE_NAMES, type TableName, type Tables } from './read-tables.ts';

/**
 * What the warehouse must hold after a full sync of the account as it is now: rows by column, sorted by key,
 * times as Date, numeric as number, jsonb parsed. With `from`, chats created and snapshots taken before it are left out, and so is all
 * that hangs on those chats' messages: compare with `readTables` of the same `from`, because how many older ones a sync meets on its
 * way, embedded in tasks or among a visitor's messages, is its own affair. With `only`, other tables are empty.
 */
export function expectedTables(
  account: Account,
  { from = account.startedAt, only = TABLE_NAMES }: { from?: Date; only?: readonly TableName[] } = {},
): Tables {
  const now = account.asOf();
  const [agents, groups, visitors, tasks] = [
    [...now.agents.values()],
    [...now.groups.values()],
    [...now.visitors.values()],
    [...now.tasks.values()],
  ];
  const chats = [...now.chats.values()].filter(({ createdAt }) => createdAt >= from);
  const messages = chats.flatMap(({ id }) => now.messagesOf(id));
  const activities = agents.flatMap(({ id }) => now.activitiesOf(id, from));
  const client = { client_id: account.clientId };
  const rows: Tables = {
    'chatrhub.agents': agents.map((agent) => ({ ...client, ...agentRow(agent), ...auditOf(agent), is_inferred: false })),
    'chatrhub.groups': groups.map((group) => ({ ...client, ...groupRow(group), ...auditOf(group), is_inferred: false })),
    'chatrhub.agent_groups': now.agentGroups.map((link) => ({
      ...client,
      source_agent_group_id: 1,
      agent_id: link.agentId,
      group_id: link.groupId,
      is_assigned: link.isAssigned,
      is_terminated: false,
      ...auditOf(link),
    })),
    'chatrhub.visitors': visitors.map((visitor) => ({ ...client, ...visitorRow(visitor), ...auditOf(visitor), is_inferred: false })),
    'chatrhub.chats': chats.map((chat) => ({ ...client, ...chatRow(chat), ...auditOf(chat), is_inferred: false })),
    'chatrhub.messages': messages.map((message) => ({ ...client, ...messageRow(message), is_inferred: false })),
    'chatrhub.agent_activities': activities.map(({ agentId, snapshotAt, status }) => ({
      ...client,
      agent_id: agentId,
      snapshot_at: snapshotAt,
      status,
      source_activity_id: 1,
    })),
    'chatrhub.tasks': tasks.map((task) => ({ ...client, ...taskRow(task), ...auditOf(task) })),
    'chatrhub.intents': intentsOf(messages, tasks).map((intent_id) => ({ intent_id, intent_name: null })),
    'chatrhub_private.visitor_contacts': visitors.map(contactRow),
    'chatrhub_private.message_bodies': messages.map(({ id, body }) => ({ message_id: id, body })),
    'chatrhub_private.chat_feedback': chats.map(({ id, feedback }) => ({ chat_id: id, feedback })),
    'chatrhub_private.task_variables': tasks.map(({ id, variables }) => ({ task_id: id, variables: withoutSecrets(variables) })),
    'chatrhub_private.group_match_rules': groups.map(({ id, matches }) => ({
      group_id: id,
      phone_patterns: matches.phone,
      email_patterns: matches.email,
      current_url_patterns: matches.currentUrl,
      referrer_url_patterns: matches.referrerUrl,
      company_patterns: matches.company,
      state_patterns: matches.state,
      zip_patterns: matches.zip,
      city_patterns: matches.city,
      country_patterns: matches.country,
    })),
  };
  const wanted = Object.fromEntries(TABLE_NAMES.map((name) => [name, only.includes(name) ? storable(rows[name]) : []]));
  return sorted(wanted as Tables);
}

const auditOf = ({ createdBy, createdAt, updatedBy, updatedAt }: Audit): Row => ({
  created_by_agent_id: createdBy,
  created_at: createdAt,
  updated_by_agent_id: updatedBy,
  updated_at: updatedAt,
});

const ROLES = new Map([
  [1, 'agent'],
  [3, 'supervisor'],
  [5, 'admin'],
]);

const agentRow = (agent: Agent): Row => ({
  agent_id: agent.id,
  username: agent.username,
  full_name: agent.fullName,
  display_name: agent.displayName,
  email: agent.email || null,
  avatar_image: agent.avatarImage,
  authorization_level: agent.authorizationLevel,
  authorization_role: ROLES.get(agent.authorizationLevel) ?? 'unknown',
  is_bot: agent.isBot,
  is_taking_chats: agent.isTakingChats,
  is_temporary_login: agent.isTemporaryLogin,
  is_profile_set_up: agent.isProfileSetUp,
  is_unsubscribed_from_email: agent.isUnsubscribed,
  is_assigned_training_tasks: agent.isAssignedTrainingTasks,
  is_emailed_training_tasks: agent.isEmailedTrainingTasks,
  is_assigned_operational_tasks: agent.isAssignedOperationalTasks,
  is_emailed_operational_tasks: agent.isEmailedOperationalTasks,
  is_operational_task_by_variable: agent.operationalTaskVariable !== null,
  operational_task_variable: agent.operationalTaskVariable,
  operational_task_values: agent.operationalTaskValues,
  is_terminated: agent.isTerminated,
});

const groupRow = (group: Group): Row => ({
  group_id: group.id,
  group_name: group.name,
  group_type: group.kind,
  is_system_group: group.isSystem,
  is_terminated: group.isTerminated,
});

const visitorRow = (visitor: Visitor): Row => ({
  visitor_id: visitor.id,
  city: visitor.city,
  state: visitor.state,
  country: visitor.country,
  has_email: Boolean(visitor.email),
  has_phone: Boolean(visitor.phone),
  channel: visitor.ipAddress ? 'web' : visitor.phone ? 'sms' : 'unknown',
  group_id: visitor.groupId,
  referrer_host: /^[a-z]+:\/\/([^/?#]+)/.exec(visitor.referrerUrl ?? '')?.[1] ?? null,
  is_terminated: visitor.isTerminated,
});

const contactRow = (visitor: Visitor): Row => ({
  visitor_id: visitor.id,
  name: visitor.name,
  company_name: visitor.companyName,
  street_address_1: visitor.streetAddress1,
  street_address_2: visitor.streetAddress2,
  zip_code: visitor.zipCode,
  phone: visitor.phone,
  email: visitor.email,
  current_url: visitor.currentUrl,
  referrer_url: visitor.referrerUrl,
  ip_address: visitor.ipAddress,
  xmpp_username: visitor.xmppUsername,
});

const chatRow = (chat: Chat): Row => ({
  chat_id: chat.id,
  visitor_id: chat.visitorId,
  agent_id: chat.agentId,
  to_agent_id: chat.toAgentId,
  transferred_to_agent_id: chat.transferredToAgentId,
  group_id: chat.groupId,
  chat_type: chat.visitorId === null ? 'internal' : 'visitor',
  tag: chat.tag,
  ended_reason: chat.endedReason,
  is_ended: chat.isEnded,
  is_missed: chat.isMissed,
  is_beat_out: chat.isBeatOut,
  is_billable: chat.isBillable,
  is_feedback_requested: chat.isFeedbackRequested,
  response_delay_seconds: chat.responseDelay,
  duration_seconds: chat.duration,
  overall_rating: chat.overallRating,
  friendly_rating: chat.friendlyRating,
  responsive_rating: chat.responsiveRating,
  knowledge_rating: chat.knowledgeRating,
  average_rating_score: chat.averageRating,
  has_feedback: Boolean(chat.feedback),
  is_terminated: chat.isTerminated,
});

const agentOf = (party: Party | null) => (party !== null && 'agentId' in party ? party.agentId : null);
const visitorOf = (party: Party | null) => (party !== null && 'visitorId' in party ? party.visitorId : null);

const messageRow = (message: Message): Row => ({
  message_id: message.id,
  chat_id: message.chatId,
  from_agent_id: agentOf(message.from),
  from_visitor_id: visitorOf(message.from),
  to_agent_id: agentOf(message.to),
  to_visitor_id: visitorOf(message.to),
  is_admin: message.isAdmin,
  is_interruption_blocked: message.isInterruptionBlocked,
  body_length: [...message.body.trim()].length,
  batch_intent_id: message.intentId,
  batch_intent_probability: message.intentProbability,
  final_manual_intent_id: message.finalIntentId,
  manual_intent_id_1: message.labels[0]?.intentId ?? null,
  manual_intent_id_2: message.labels[1]?.intentId ?? null,
  manual_intent_id_3: message.labels[2]?.intentId ?? null,
  manual_intent_id_4: message.labels[3]?.intentId ?? null,
  manual_intent_id_5: message.labels[4]?.intentId ?? null,
  manual_user_agent_id_1: message.labels[0]?.agentId ?? null,
  manual_user_agent_id_2: message.labels[1]?.agentId ?? null,
  manual_user_agent_id_3: message.labels[2]?.agentId ?? null,
  manual_user_agent_id_4: message.labels[3]?.agentId ?? null,
  manual_user_agent_id_5: message.labels[4]?.agentId ?? null,
  created_at: message.createdAt,
});

const taskRow = (task: Task): Row => ({
  task_id: task.id,
  task_type: task.type,
  node_name: task.nodeName,
  message_id: task.messageId,
  assigned_agent_id: task.assignedAgentId,
  is_complete: task.isComplete,
  intent_id: task.intentId,
});

function intentsOf(messages: readonly Message[], tasks: readonly Task[]): string[] {
  const seen = [
    ...messages.flatMap(({ intentId, finalIntentId, labels }) => [intentId, finalIntentId, ...labels.map((label) => label.intentId)]),
    ...tasks.map(({ intentId }) => intentId),
  ];
  return [...new Set(seen.filter((intentId) => intentId !== null && intentId !== ''))] as string[];
}

/** The invented account's secrets, wherever they are. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !/password|api_key/.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutSecrets(inner)]));
}

/** What PostgreSQL can hold: NUL and halves of characters, in values and names, become U+FFFD. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD');
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(storable);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storable(name), storable(inner)]));
}
