import type { Activity } from '../account/activity.ts';
import type { Agent } from '../account/simulated-agents.ts';
import type { Chat } from '../account/simulated-chats.ts';
import type { AgentGroup, Group } from '../account/simulated-groups.ts';
import type { Message } from '../account/simulated-messages.ts';
import type { Task } from '../account/simulated-tasks.ts';
import type { Visitor } from '../account/simulated-visitors.ts';
import type { Snapshot } from '../account/snapshot.ts';
import type { Oddities } from './oddities.ts';
import * as attributes from './record-attributes.ts';
import { visitorTold } from './telling.ts';

export type Resource = { readonly type: string; readonly id: number; readonly attributes: attributes.Attributes };

/** What the list calls of these types leave out. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  agents: ['display_name', 'avatar_img', 'is_temp_login'],
  groups: ['group_type'],
  visitors: ['trmnt_ind'],
};

const WAYS_TO_EMBED = ['resource', 'document', 'bare'] as const;

const EMBED = {
  resource: (resource: Resource): unknown => resource,
  document: (resource: Resource): unknown => ({ data: resource }),
  bare: (resource: Resource): unknown => resource.attributes,
  mixed: (resource: Resource): unknown => EMBED[WAYS_TO_EMBED[resource.id % 3] ?? 'resource'](resource),
};

/** Attributes that a copy has where it was not loaded whole. */
const LOADED = /^(create_|updt_|trmnt_ind$)|_id$|name$/;

const COPIES: Readonly<Record<Oddities['copies'], (resource: Resource) => unknown>> = {
  now: (resource) => resource,
  past: (resource) => resource,
  sparse: ({ attributes: all, ...resource }) => ({
    ...resource,
    attributes: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, LOADED.test(name) ? value : null])),
  }),
  number: ({ type, id }) => ({ type, id }),
  text: ({ type }) => `SEE ${type.slice(0, -1).toUpperCase()}`,
};

/** Turns records into what the API sends, with the records they embed, as they are now unless the copies are odd. */
export type Presenter = ReturnType<typeof createPresenter>;

/** Spells records as documents of the API, as the account is at a moment and as its source is odd. */
export function createPresenter(snapshot: Snapshot, oddities: Oddities) {
  const { copies, embed: shape } = oddities;
  const visitorAttributes = (record: Visitor) => attributes.visitorAttributes(visitorTold(record, snapshot, oddities));
  const embed = (resource: Resource | null) => {
    const copy = resource && COPIES[copies](resource);
    return typeof copy !== 'object' || copy === null || !('attributes' in copy) ? copy : EMBED[shape](copy as Resource);
  };
  /** The record with a number, as it is now, or as it was when its parent began. */
  const copyOf = <T>(records: ReadonlyMap<number, T>, at: (id: number, moment: Date) => T | undefined, id: number | null, since: Date) =>
    copies === 'past' && id !== null ? at(id, since) : find(records, id);
  const embedAgent = (id: number | null, since: Date) =>
    embed(present('agents', copyOf(snapshot.agents, snapshot.agentAt, id, since), attributes.agentAttributes));
  const embedGroup = (id: number | null, since: Date) =>
    embed(present('groups', copyOf(snapshot.groups, snapshot.groupAt, id, since), attributes.groupAttributes));
  const embedVisitor = (id: number | null, since: Date) =>
    embed(present('visitors', copyOf(snapshot.visitors, snapshot.visitorAt, id, since), visitorAttributes));

  const message = (record: Message): Resource => {
    const facts = attributes.messageAttributes(record);
    const from = record.from && 'agentId' in record.from ? record.from.agentId : null;
    return { type: 'messages', id: record.id, attributes: { ...facts, from_agent: embedAgent(from, record.createdAt) } };
  };

  return {
    agent: (record: Agent) => resource('agents', record.id, attributes.agentAttributes(record)),
    group: (record: Group) => resource('groups', record.id, attributes.groupAttributes(record)),
    visitor: (record: Visitor) => resource('visitors', record.id, visitorAttributes(record)),
    /** The resource without what its list call leaves out. */
    lean: ({ type, id, attributes: all }: Resource): Resource => {
      const leftOut = oddities.leanLists ? (LEFT_OUT[type] ?? []) : [];
      return resource(type, id, Object.fromEntries(Object.entries(all).filter(([name]) => !leftOut.includes(name))));
    },
    /** Links are all number 1, as in the samples. */
    agentGroup: (record: AgentGroup) =>
      resource('agent_groups', 1, {
        ...attributes.agentGroupAttributes(record),
        agent: embedAgent(record.agentId, record.createdAt),
        group: embedGroup(record.groupId, record.createdAt),
      }),
    chat: (record: Chat) => {
      // The sample has a group though group_id is null: here it is the visitor's own.
      const strayGroup = record.id % 2 === 0 ? (find(snapshot.visitors, record.visitorId)?.groupId ?? null) : null;
      return resource('chats', record.id, {
        ...attributes.chatAttributes(record),
        agent: embedAgent(record.agentId, record.createdAt),
        group: embedGroup(record.groupId ?? strayGroup, record.createdAt),
        visitor: embedVisitor(record.visitorId, record.createdAt),
      });
    },
    message,
    /** Snapshots are all number 1, as in the samples. */
    activity: (record: Activity) => resource('agent_activities', 1, attributes.activityAttributes(record)),
    task: (record: Task) => {
      const raisedBy = record.messageId === null ? undefined : snapshot.messageOf(record.messageId);
      return resource('q_tasks', record.id, {
        ...attributes.taskAttributes(record),
        message: raisedBy === undefined ? null : EMBED[shape](message(raisedBy)),
      });
    },
  };
}

function resource(type: string, id: number, facts: attributes.Attributes): Resource {
  return { type, id, attributes: facts };
}

function present<T extends { readonly id: number }>(
  type: string,
  record: T | undefined,
  spell: (record: T) => attributes.Attributes,
): Resource | null {
  return record === undefined ? null : resource(type, record.id, spell(record));
}

function find<T>(records: ReadonlyMap<number, T>, id: number | null): T | undefined {
  return id === null ? undefined : records.get(id);
}
