import type { Activity } from './activity.ts';
import type { Agent } from './agents.ts';
import * as attributes from './attributes.ts';
import type { Chat } from './chats.ts';
import type { AgentGroup, Group } from './groups.ts';
import type { Message } from './messages.ts';
import type { Oddities } from './oddities.ts';
import type { Snapshot } from './snapshot.ts';
import type { Task } from './tasks.ts';
import type { Visitor } from './visitors.ts';

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

/** Turns records into what the API sends, with the records they embed as they are now. */
export type Presenter = ReturnType<typeof createPresenter>;

export function createPresenter(snapshot: Snapshot, oddities: Oddities) {
  const embed = (resource: Resource | null) => (resource === null ? null : EMBED[oddities.embed](resource));
  const embedAgent = (id: number | null) => embed(present('agents', find(snapshot.agents, id), attributes.agentAttributes));
  const embedGroup = (id: number | null) => embed(present('groups', find(snapshot.groups, id), attributes.groupAttributes));
  const embedVisitor = (id: number | null) => embed(present('visitors', find(snapshot.visitors, id), attributes.visitorAttributes));

  const message = (record: Message): Resource => {
    const facts = attributes.messageAttributes(record);
    const from = record.from && 'agentId' in record.from ? record.from.agentId : null;
    return { type: 'messages', id: record.id, attributes: { ...facts, from_agent: embedAgent(from) } };
  };

  return {
    agent: (record: Agent) => resource('agents', record.id, attributes.agentAttributes(record)),
    group: (record: Group) => resource('groups', record.id, attributes.groupAttributes(record)),
    visitor: (record: Visitor) => resource('visitors', record.id, attributes.visitorAttributes(record)),
    /** The resource without what its list call leaves out. */
    lean: ({ type, id, attributes: all }: Resource): Resource => {
      const leftOut = oddities.leanLists ? (LEFT_OUT[type] ?? []) : [];
      return resource(type, id, Object.fromEntries(Object.entries(all).filter(([name]) => !leftOut.includes(name))));
    },
    /** Links are all number 1, as in the samples. */
    agentGroup: (record: AgentGroup) =>
      resource('agent_groups', 1, {
        ...attributes.agentGroupAttributes(record),
        agent: embedAgent(record.agentId),
        group: embedGroup(record.groupId),
      }),
    chat: (record: Chat) => {
      // The sample has a group though group_id is null: here it is the visitor's own.
      const strayGroup = record.id % 2 === 0 ? (find(snapshot.visitors, record.visitorId)?.groupId ?? null) : null;
      return resource('chats', record.id, {
        ...attributes.chatAttributes(record),
        agent: embedAgent(record.agentId),
        group: embedGroup(record.groupId ?? strayGroup),
        visitor: embedVisitor(record.visitorId),
      });
    },
    message,
    /** Snapshots are all number 1, as in the samples. */
    activity: (record: Activity) => resource('agent_activities', 1, attributes.activityAttributes(record)),
    task: (record: Task) => {
      const raisedBy = record.messageId === null ? undefined : snapshot.messageOf(record.messageId);
      return resource('q_tasks', record.id, {
        ...attributes.taskAttributes(record),
        message: raisedBy === undefined ? null : embed(message(raisedBy)),
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
