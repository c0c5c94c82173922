import type { Subject } from '../../../src/simulator/api/oddity-variant.ts';
import type { Row, TableName } from '../read-tables.ts';

/** What is to be known of a table to compare it. */
export type Kind = {
  /** The resource that a difference is counted for. */
  subject: Subject | 'intents';
  /** The API's word for its records, and their key as the crawl writes it. */
  type?: string;
  keyOf(row: Row): string;
};

const by =
  (...columns: readonly string[]) =>
  (row: Row): string =>
    columns.map((name) => String(row[name])).join('/');

/** All but activity, which has so many rows that it is compared in another way. */
export const KINDS: Readonly<Record<Exclude<TableName, 'chatrhub.agent_activities'>, Kind>> = {
  'chatrhub.agents': { subject: 'agents', type: 'agents', keyOf: by('agent_id') },
  'chatrhub.groups': { subject: 'groups', type: 'groups', keyOf: by('group_id') },
  'chatrhub.agent_groups': { subject: 'agent_groups', type: 'agent_groups', keyOf: by('agent_id', 'group_id') },
  'chatrhub.visitors': { subject: 'visitors', type: 'visitors', keyOf: by('visitor_id') },
  'chatrhub.chats': { subject: 'chats', type: 'chats', keyOf: by('chat_id') },
  'chatrhub.messages': { subject: 'messages', type: 'messages', keyOf: by('message_id') },
  'chatrhub.tasks': { subject: 'tasks', type: 'q_tasks', keyOf: by('task_id') },
  'chatrhub.intents': { subject: 'intents', keyOf: by('intent_id') },
  'chatrhub_private.visitor_contacts': { subject: 'visitors', type: 'visitors', keyOf: by('visitor_id') },
  'chatrhub_private.message_bodies': { subject: 'messages', type: 'messages', keyOf: by('message_id') },
  'chatrhub_private.chat_feedback': { subject: 'chats', type: 'chats', keyOf: by('chat_id') },
  'chatrhub_private.task_variables': { subject: 'tasks', type: 'q_tasks', keyOf: by('task_id') },
  'chatrhub_private.group_match_rules': { subject: 'groups', type: 'groups', keyOf: by('group_id') },
};

/** Whose lack explains that records of a subject are lacking. */
export const PARENTS: Readonly<Record<Subject | 'intents', readonly string[]>> = {
  agents: [],
  groups: [],
  agent_groups: ['agents'],
  visitors: ['chats'],
  chats: [],
  messages: ['chats'],
  agent_activities: ['agents'],
  tasks: [],
  intents: ['messages', 'tasks', 'chats'],
};

/** Columns that lists leave out where they are lean. */
export const LEAN: Readonly<Partial<Record<TableName, readonly string[]>>> = {
  'chatrhub.agents': ['display_name', 'avatar_image', 'is_temporary_login'],
  'chatrhub.groups': ['group_type'],
  'chatrhub.visitors': ['is_terminated'],
};

/** What is held against a chat of long ago, which nothing but the report's totals tells of. */
export const RATED = ['chat_id', 'overall_rating', 'is_missed'];

export type Compared = keyof typeof KINDS;
