import { CLIENT_ID } from '../account/account.ts';
import type { Activity } from '../account/activity.ts';
import type { Agent } from '../account/simulated-agents.ts';
import type { Chat } from '../account/simulated-chats.ts';
import type { AgentGroup, Group } from '../account/simulated-groups.ts';
import type { Message, Party } from '../account/simulated-messages.ts';
import type { Task } from '../account/simulated-tasks.ts';
import type { Visitor } from '../account/simulated-visitors.ts';
import type { Audit } from '../account/timeline.ts';

/** A record's facts as the API spells them, without the records embedded in it. */
export type Attributes = Readonly<Record<string, unknown>>;

const time = (date: Date | null) => (date === null ? null : date.toISOString().replace('.000Z', '+00:00'));
/** The API has flags of 0 and 1 in some places, true and false in others. */
const bit = (flag: boolean | null) => (flag === null ? null : Number(flag));

const audit = ({ createdBy, createdAt, updatedBy, updatedAt }: Audit): Attributes => ({
  client_id: CLIENT_ID,
  create_by: createdBy,
  create_dt: time(createdAt),
  updt_by: updatedBy,
  updt_dt: time(updatedAt),
});

/** The attributes of an agent, by the names of the API. */
export const agentAttributes = (agent: Agent): Attributes => ({
  ...audit(agent),
  agent_id: String(agent.id),
  username: agent.username,
  full_name: agent.fullName,
  display_name: agent.displayName,
  email: agent.email,
  avatar_img: agent.avatarImage,
  authorization_level: agent.authorizationLevel,
  is_bot: agent.isBot,
  is_taking_chats: agent.isTakingChats,
  is_temp_login: agent.isTemporaryLogin,
  is_agent_setup: agent.isProfileSetUp,
  is_unsubscribe: agent.isUnsubscribed,
  is_assign_training_tasks: agent.isAssignedTrainingTasks,
  is_assign_training_task_send_email: agent.isEmailedTrainingTasks,
  is_assign_operational_tasks: agent.isAssignedOperationalTasks,
  is_assign_operational_task_send_email: agent.isEmailedOperationalTasks,
  is_assign_operational_task_by_variable: agent.operationalTaskVariable !== null,
  assign_operational_task_variable: agent.operationalTaskVariable,
  assign_operational_task_values: JSON.stringify(agent.operationalTaskValues),
  trmnt_ind: bit(agent.isTerminated),
  xmpp_password: `fake-password-${agent.id}`,
});

/** No rule is mostly spelled as a list of one empty text. */
const patterns = (list: readonly string[], id: number) => JSON.stringify(list.length === 0 && id % 3 !== 0 ? [''] : list);

/** Those of a group. */
export const groupAttributes = (group: Group): Attributes => ({
  ...audit(group),
  group_name: group.name,
  group_type: group.kind,
  system_group: group.isSystem,
  trmnt_ind: group.isTerminated,
  visitor_phone_matches: patterns(group.matches.phone, group.id),
  visitor_email_matches: patterns(group.matches.email, group.id),
  visitor_current_url_matches: patterns(group.matches.currentUrl, group.id),
  visitor_referrer_url_matches: patterns(group.matches.referrerUrl, group.id),
  visitor_company_matches: patterns(group.matches.company, group.id),
  visitor_state_matches: patterns(group.matches.state, group.id),
  visitor_zip_matches: patterns(group.matches.zip, group.id),
  visitor_city_matches: patterns(group.matches.city, group.id),
  visitor_country_matches: patterns(group.matches.country, group.id),
});

/** Those of a link between an agent and a group. */
export const agentGroupAttributes = (link: AgentGroup): Attributes => ({
  ...audit(link),
  agent_id: link.agentId,
  group_id: link.groupId,
  is_assigned: link.isAssigned,
  trmnt_ind: false,
});

/** Those of a visitor. */
export const visitorAttributes = (visitor: Visitor): Attributes => ({
  ...audit(visitor),
  name: visitor.name,
  company_name: visitor.companyName,
  street_address_1: visitor.streetAddress1,
  street_address_2: visitor.streetAddress2,
  city: visitor.city,
  state: visitor.state,
  zip_code: visitor.zipCode,
  country: visitor.country,
  phone: visitor.phone,
  email: visitor.email,
  group_id: visitor.groupId,
  current_url: visitor.currentUrl,
  referrer_url: visitor.referrerUrl,
  ip_address: visitor.ipAddress,
  xmpp_username: visitor.xmppUsername,
  xmpp_password: `fake-password-${visitor.id}`,
  trmnt_ind: visitor.isTerminated,
});

/** Those of a chat. */
export const chatAttributes = (chat: Chat): Attributes => ({
  ...audit(chat),
  visitor_id: chat.visitorId,
  agent_id: chat.agentId,
  agent_id_to: chat.toAgentId,
  transfer_to_agent_id: chat.transferredToAgentId,
  group_id: chat.groupId,
  tag: chat.tag,
  ended_rsn_cd: chat.endedReason,
  is_ended: bit(chat.isEnded),
  is_missed: bit(chat.isMissed),
  is_beat_out: bit(chat.isBeatOut),
  is_billable: bit(chat.isBillable),
  is_feedback_requested: bit(chat.isFeedbackRequested),
  response_delay: chat.responseDelay,
  duration: chat.duration,
  overall_rating: chat.overallRating,
  frendly_rating: chat.friendlyRating,
  responsive_rating: chat.responsiveRating,
  knowledge_rating: chat.knowledgeRating,
  average_rating: chat.averageRating,
  feedback: chat.feedback,
  trmnt_ind: chat.isTerminated,
});

const agentOf = (party: Party | null) => (party && 'agentId' in party ? party.agentId : null);
const visitorOf = (party: Party | null) => (party && 'visitorId' in party ? party.visitorId : null);

/** Intent numbers are texts in one message and numbers in the next. */
const intent = (intentId: string | null | undefined, id: number) => (intentId && id % 2 === 0 ? Number(intentId) : (intentId ?? null));

/** Those of a message. */
export const messageAttributes = (message: Message): Attributes => ({
  client_id: CLIENT_ID,
  chat_id: message.chatId,
  from_agent_id: agentOf(message.from),
  from_visitor_id: visitorOf(message.from),
  to_agent_id: agentOf(message.to),
  to_visitor_id: visitorOf(message.to),
  is_admin: message.isAdmin,
  is_interruption_blocked: message.isInterruptionBlocked,
  body: message.body,
  batch_intent_id: intent(message.intentId, message.id),
  batch_intent_probability: message.intentProbability,
  final_manual_intent_id: intent(message.finalIntentId, message.id),
  ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`manual_intent_id_${n}`, intent(message.labels[n - 1]?.intentId, message.id)])),
  ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`manual_user_id_${n}`, message.labels[n - 1]?.agentId ?? null])),
  create_dt: time(message.createdAt),
});

/** Those of a snapshot of activity. */
export const activityAttributes = (activity: Activity): Attributes => ({
  client_id: CLIENT_ID,
  agent_id: activity.agentId,
  status: activity.status,
  trmnt_ind: false,
  create_by: 1,
  create_dt: time(activity.snapshotAt),
  updt_by: 1,
  updt_dt: time(activity.snapshotAt),
});

/** Those of a task. */
export const taskAttributes = (task: Task): Attributes => ({
  ...audit(task),
  task_type: task.type,
  node_name: task.nodeName,
  message_id: task.messageId,
  assigned_agent_id: task.assignedAgentId,
  is_complete: task.isComplete,
  intent_id: task.intentId,
  variables_: JSON.stringify(task.variables),
});
