import { type Answer, list, listOfParent, one, repeated } from './answers.ts';
import type { Oddities } from './oddities.ts';
import { isDay } from './period.ts';
import type { Presenter } from './presenter.ts';
import { chatsAsked, matching, messagesAsked, periodAsked, taskPage, tasksAsked } from './queries.ts';
import { reportOf } from './report.ts';
import type { Snapshot } from './snapshot.ts';

/** One request of a known route, and what there is to answer from. */
export type Call = {
  /** The number in the path; NaN when the path has none. */
  readonly id: number;
  /** Of the path: chats/report.json can be agents/report.json. */
  readonly folder: string | undefined;
  readonly query: URLSearchParams;
  readonly snapshot: Snapshot;
  readonly present: Presenter;
  readonly oddities: Oddities;
};

export type Route = {
  /** Of the path below /api/v1. */
  readonly path: RegExp;
  /** Required parameters, and what they must look like. */
  readonly needs: Readonly<Record<string, (value: string) => boolean>>;
  answer(call: Call): Answer;
};

const VISITOR_FILTERS = ['name', 'email', 'phone', 'company_name', 'city', 'state', 'zip_code', 'ip_address'];
const DAYS = { start_date: isDay, end_date: isDay };
const oneOf =
  (...values: readonly string[]) =>
  (value: string) =>
    values.includes(value);

/** The reads the API offers. Whatever is not here is refused, for it might write. */
export const ROUTES: readonly Route[] = [
  {
    path: /^\/agents\.json$/,
    needs: {},
    answer: ({ snapshot, present, query, oddities }) => {
      const asked = [...snapshot.agents.values()].filter(({ username }) => [null, username].includes(query.get('agent_username')));
      return list(asked.map(present.agent).map(present.lean), oddities);
    },
  },
  {
    path: /^\/agents\/(?<id>\d+)\.json$/,
    needs: {},
    answer: ({ id, snapshot, present, oddities }) => one(snapshot.agents.get(id), present.agent, oddities),
  },
  {
    path: /^\/groups\.json$/,
    needs: {},
    answer: ({ snapshot, present, oddities }) => list([...snapshot.groups.values()].map(present.group).map(present.lean), oddities),
  },
  {
    path: /^\/groups\/(?<id>\d+)\.json$/,
    needs: {},
    answer: ({ id, snapshot, present, oddities }) => one(snapshot.groups.get(id), present.group, oddities),
  },
  {
    path: /^\/agent_groups\/(?<id>\d+)\.json$/,
    needs: {},
    answer: ({ id, snapshot, present, oddities }) =>
      listOfParent(snapshot.agentGroups.filter(({ agentId }) => agentId === id).map(present.agentGroup), oddities),
  },
  {
    path: /^\/visitors\.json$/,
    needs: {},
    answer: ({ snapshot, present, query, oddities }) => {
      const [id, hasPhone] = [query.get('visitor_id'), query.get('has_phone_number')];
      const asked = [...snapshot.visitors.values()]
        .filter((visitor) => id === null || visitor.id === Number(id))
        .filter((visitor) => hasPhone === null || Boolean(visitor.phone) === oneOf('true', '1')(hasPhone));
      return list(matching(asked.map(present.visitor), query, VISITOR_FILTERS).map(present.lean), oddities);
    },
  },
  {
    path: /^\/chats\.json$/,
    needs: DAYS,
    answer: ({ snapshot, present, query, oddities }) =>
      list(chatsAsked(snapshot, query, oddities).slice(0, oddities.chatCap).map(present.chat), oddities),
  },
  {
    path: /^\/chats\/(?<id>\d+)\.json$/,
    needs: {},
    answer: ({ id, snapshot, present, oddities }) => one(snapshot.chats.get(id), present.chat, oddities),
  },
  {
    path: /^\/(?<folder>chats|agents)\/report\.json$/,
    needs: DAYS,
    answer: ({ folder, snapshot, query, oddities }) => {
      if (folder !== oddities.reportPath) return 'not found';
      return {
        data: { type: 'report', id: 2, attributes: reportOf(chatsAsked(snapshot, query, oddities, ['agent_id', 'group_id']), oddities) },
      };
    },
  },
  {
    path: /^\/messages\.json$/,
    needs: { include_admin: oneOf('true', 'false') },
    answer: ({ snapshot, present, query, oddities }) => {
      const asked = messagesAsked(snapshot, query);
      return asked === undefined ? 'bad request' : listOfParent(asked.map(present.message), oddities);
    },
  },
  {
    path: /^\/agent_activities\/agent_id\/(?<id>\d+)\.json$/,
    needs: DAYS,
    answer: ({ id, snapshot, present, query, oddities }) => {
      const { from, until } = periodAsked(query, oddities);
      return listOfParent(snapshot.activitiesOf(id, from, until).map(present.activity), oddities);
    },
  },
  {
    path: /^\/q_tasks\.json$/,
    needs: {
      after: (value) => /^\d+$/.test(value),
      task_type: oneOf('operational', 'machine_learning'),
      is_resolved: oneOf('0', '1'),
    },
    // A repeated row is one of the source's list, not of the page: an offset counts it.
    answer: ({ snapshot, present, query, oddities }) => ({
      data: taskPage(repeated(tasksAsked(snapshot, query), oddities), Number(query.get('after')), oddities).map(present.task),
    }),
  },
];
