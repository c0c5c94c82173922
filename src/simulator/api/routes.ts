import type { Agent } from '../account/simulated-agents.ts';
import type { Group } from '../account/simulated-groups.ts';
import type { Snapshot } from '../account/snapshot.ts';
import { activityAsked } from './activity-asked.ts';
import { type Answer, type Asked, list, listOfParent, nothing, one, repeated } from './answers.ts';
import type { Endpoint } from './endpoint.ts';
import type { Oddities } from './oddities.ts';
import { isDay } from './period-asked.ts';
import type { Presenter, Resource } from './presenter.ts';
import { chatsListed, matching, messagesAsked, taskPage, tasksAsked } from './queries.ts';
import { reportAsked } from './simulated-report.ts';

/** One request of a known route, and what there is to answer from. */
type Call = Asked & {
  /** The number in the path; NaN when the path has none. */
  readonly id: number;
  /** Of the path: chats/report.json can be agents/report.json. */
  readonly folder: string | undefined;
  readonly snapshot: Snapshot;
  readonly present: Presenter;
};

export type Route = {
  readonly endpoint: Endpoint;
  /** Of the path below /api/v1. */
  readonly path: RegExp;
  /** Required parameters, and what they must look like. */
  readonly needs: Readonly<Record<string, (value: string) => boolean>>;
  answer(call: Call): Answer;
};

const VISITOR_FILTERS = ['name', 'email', 'phone', 'company_name', 'city', 'state', 'zip_code', 'ip_address'];
const DAYS = { start_date: isDay, end_date: isDay };
const AGENTS_LEFT_OUT: Readonly<Record<Oddities['agentsLeftOut'], (agent: Agent) => boolean>> = {
  none: () => false,
  bots: ({ isBot }) => isBot,
  terminated: ({ isTerminated }) => isTerminated,
};
const GROUPS_LEFT_OUT: Readonly<Record<Oddities['groupsLeftOut'], (group: Group) => boolean>> = {
  none: () => false,
  system: ({ isSystem }) => isSystem,
  terminated: ({ isTerminated }) => isTerminated,
};
const withoutChat = (message: Resource): Resource => ({ ...message, attributes: { ...message.attributes, chat_id: null } });
const oneOf =
  (...values: readonly string[]) =>
  (value: string) =>
    values.includes(value);

/** The reads the API offers. Whatever is not here is refused, for it might write. */
export const ROUTES: readonly Route[] = [
  {
    endpoint: 'agents',
    path: /^\/agents\.json$/,
    needs: {},
    answer: (call) => {
      const { snapshot, present, query, oddities } = call;
      const asked = [...snapshot.agents.values()]
        .filter(({ username }) => [null, username].includes(query.get('agent_username')))
        .filter((agent) => !AGENTS_LEFT_OUT[oddities.agentsLeftOut](agent));
      return list(asked.map(present.agent).map(present.lean), call, 'agents');
    },
  },
  {
    endpoint: 'agents',
    path: /^\/agents\/(?<id>\d+)\.json$/,
    needs: {},
    answer: (call) => one(call.snapshot.agents.get(call.id), call.present.agent, call),
  },
  {
    endpoint: 'groups',
    path: /^\/groups\.json$/,
    needs: {},
    answer: (call) => {
      const { snapshot, present, oddities } = call;
      const asked = [...snapshot.groups.values()].filter((group) => !GROUPS_LEFT_OUT[oddities.groupsLeftOut](group));
      return list(asked.map(present.group).map(present.lean), call, 'groups');
    },
  },
  {
    endpoint: 'groups',
    path: /^\/groups\/(?<id>\d+)\.json$/,
    needs: {},
    answer: (call) => one(call.snapshot.groups.get(call.id), call.present.group, call),
  },
  {
    endpoint: 'agent_groups',
    path: /^\/agent_groups\/(?<id>\d+)\.json$/,
    needs: {},
    answer: (call) => {
      const { id, snapshot, present, oddities } = call;
      const isAsked = (agentId: number) => agentId === id || oddities.scopeIgnored.includes('agent_groups');
      const links = snapshot.agentGroups.filter(({ agentId }) => isAsked(agentId) && !oddities.linksGone);
      return listOfParent(links.map(present.agentGroup), call, 'agent_groups');
    },
  },
  {
    endpoint: 'visitors',
    path: /^\/visitors\.json$/,
    needs: {},
    answer: (call) => {
      const { snapshot, present, query } = call;
      const [id, hasPhone] = [query.get('visitor_id'), query.get('has_phone_number')];
      const asked = [...snapshot.visitors.values()]
        .filter((visitor) => id === null || visitor.id === Number(id))
        .filter((visitor) => hasPhone === null || Boolean(visitor.phone) === oneOf('true', '1')(hasPhone));
      return list(matching(asked.map(present.visitor), query, VISITOR_FILTERS).map(present.lean), call, 'visitors');
    },
  },
  {
    endpoint: 'chats',
    path: /^\/chats\.json$/,
    needs: DAYS,
    answer: (call) => {
      const { snapshot, present, query, oddities } = call;
      return list(chatsListed(snapshot.chats.values(), query, oddities).map(present.chat), call, 'chats');
    },
  },
  {
    endpoint: 'chats',
    path: /^\/chats\/(?<id>\d+)\.json$/,
    needs: {},
    answer: (call) => one(call.snapshot.chats.get(call.id), call.present.chat, call),
  },
  {
    endpoint: 'report',
    path: /^\/(?<folder>chats|agents)\/report\.json$/,
    needs: DAYS,
    answer: ({ folder, snapshot, query, oddities }) => {
      if (folder !== oddities.reportPath) return oddities.otherReport === '404' ? 'not found' : { body: { data: null } };
      if (oddities.report === 'failing') return 'failed';
      return { body: { data: { type: 'report', id: 2, attributes: reportAsked(snapshot, query, oddities) } } };
    },
  },
  {
    endpoint: 'messages',
    path: /^\/messages\.json$/,
    needs: { include_admin: oneOf('true', 'false') },
    answer: (call) => {
      const { snapshot, present, query, oddities } = call;
      const asked = messagesAsked(snapshot, query, oddities);
      const hidesChat = oddities.byVisitor === 'without chat' && query.has('visitor_username');
      const told = asked?.map(present.message).map((message) => (hidesChat ? withoutChat(message) : message));
      return told === undefined ? 'bad request' : listOfParent(told, call, 'messages');
    },
  },
  {
    endpoint: 'agent_activities',
    path: /^\/agent_activities\/agent_id\/(?<id>\d+)\.json$/,
    needs: DAYS,
    answer: (call) => {
      const { id, snapshot, present, query, oddities } = call;
      const agents = oddities.scopeIgnored.includes('agent_activities') ? [...snapshot.agents.keys()] : [id];
      return listOfParent(activityAsked(snapshot, agents, query, oddities).map(present.activity), call, 'agent_activities');
    },
  },
  {
    endpoint: 'q_tasks',
    path: /^\/q_tasks\.json$/,
    needs: {
      after: (value) => /^\d+$/.test(value),
      task_type: oneOf('operational', 'machine_learning'),
      is_resolved: oneOf('0', '1'),
    },
    // A repeated row is one of the source's list, not of the page: an offset counts it.
    answer: ({ snapshot, present, query, oddities }) => {
      const page = taskPage(repeated(tasksAsked(snapshot, query, oddities), oddities), Number(query.get('after')), oddities);
      return page.length === 0 && oddities.emptyEverywhere ? nothing(oddities) : { body: { data: page.map(present.task) } };
    },
  },
];
