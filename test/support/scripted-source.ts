import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatsOf, isOfDays, report } from './scripted-chats.ts';
import { isThere, noRecords, type Records, type Sent } from './scripted-records.ts';

/** What a test can answer otherwise. */
export type Endpoint =
  | 'agents'
  | 'groups'
  | 'agent_groups'
  | 'visitors'
  | 'chats'
  | 'report'
  | 'messages'
  | 'agent_activities'
  | 'tasks'
  | 'one';
/** A JSON body, or a status with headers and a body: a text is sent as it is. */
type Reply = { status: number; headers?: Record<string, string>; body: unknown };
export type Body = { data?: unknown } & Record<string, unknown>;
/** Answers in the place of the source; `next` is what it would have said, a copy of the test's own. */
export type Override = (url: URL, next: () => Body) => unknown;

/** The newest records of all days, whatever days are asked for. */
export const ofAnyDays =
  (newest: number): Override =>
  (url, next) => {
    url.searchParams.set('start_date', '2000-01-01');
    url.searchParams.set('end_date', '2100-01-01');
    const body = next();
    return { ...body, data: (body.data as Sent[]).slice(-newest) };
  };

export type ScriptedSource = {
  /** The API's base URL, ending in /api/v1. */
  readonly url: string;
  readonly records: Records;
  /** Every request: path below the base with its query, and what it was answered with. */
  readonly requests: { path: string; endpoint: Endpoint; status: number }[];
  taskPageSize: number;
  /** From now on an endpoint is answered so; what was there before is `next` of it. */
  on(endpoint: Endpoint, override: Override): void;
  /** All endpoints are answered as documented again, or one. */
  restore(endpoint?: Endpoint): void;
  close(): Promise<void>;
};

const BASE = '/api/v1';
const KEY = 'test-key';

const ROUTES: readonly [Endpoint, RegExp][] = [
  ['agents', /^\/agents\.json$/],
  ['groups', /^\/groups\.json$/],
  ['visitors', /^\/visitors\.json$/],
  ['agent_groups', /^\/agent_groups\/(?<id>\d+)\.json$/],
  ['chats', /^\/chats\.json$/],
  ['report', /^\/(?<folder>chats|agents)\/report\.json$/],
  ['messages', /^\/messages\.json$/],
  ['agent_activities', /^\/agent_activities\/agent_id\/(?<id>\d+)\.json$/],
  ['tasks', /^\/q_tasks\.json$/],
  ['one', /^\/(?<list>agents|groups|chats)\/(?<id>\d+)\.json$/],
];

/** Serves records over HTTP on the loopback interface, as documented where a test does not say otherwise, as they are at `now`. */
export async function startScriptedSource(now: () => Date): Promise<ScriptedSource> {
  const records = noRecords();
  const requests: ScriptedSource['requests'] = [];
  const overrides = new Map<Endpoint, Override[]>();
  const violations: string[] = [];

  const answer = async (endpoint: Endpoint, url: URL): Promise<unknown> => {
    const layers = overrides.get(endpoint) ?? [];
    const sayAt = (layer: number): unknown => {
      const override = layers[layer];
      return override ? override(url, () => sayAt(layer - 1) as Body) : structuredClone(document(source, now(), endpoint, url));
    };
    return sayAt(layers.length - 1);
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://source');
    const path = url.pathname.startsWith(BASE) ? url.pathname.slice(BASE.length) : '';
    const endpoint = ROUTES.find(([, route]) => route.test(path))?.[0];
    if (request.method !== 'GET' || !endpoint || (endpoint === 'visitors' && url.searchParams.has('visitor_username'))) {
      violations.push(`${request.method} ${request.url}`);
      return send(response, { status: 403, body: { error: 'not a declared read' } });
    }
    if (request.headers.authorization !== `Bearer ${KEY}`) return send(response, { status: 401, body: { error: 'no key' } });
    const seen = { path: path + url.search, endpoint, status: 0 };
    requests.push(seen);
    url.pathname = path;
    const said = await answer(endpoint, url);
    const reply = isReply(said) ? said : { status: 200, body: said };
    seen.status = reply.status;
    send(response, reply);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A mistake of a test's own must be seen by it.
      violations.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const source: ScriptedSource = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
    records,
    requests,
    taskPageSize: 50,
    on: (endpoint, override) => {
      overrides.set(endpoint, [...(overrides.get(endpoint) ?? []), override]);
    },
    restore: (endpoint) => {
      if (endpoint) overrides.delete(endpoint);
      else overrides.clear();
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      if (violations.length > 0) throw new Error(`the source was asked for what it may not be, or failed: ${violations.join(', ')}`);
    },
  };
  return source;
}

const isReply = (said: unknown): said is Reply =>
  typeof said === 'object' && said !== null && 'status' in said && typeof said.status === 'number' && 'body' in said;

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers }).end(text);
}

/** What the documentation says that an endpoint answers. */
function document({ records, taskPageSize }: ScriptedSource, now: Date, endpoint: Endpoint, url: URL): Body | Reply {
  const { id, folder, list } = ROUTES.find(([name]) => name === endpoint)?.[1].exec(url.pathname)?.groups ?? {};
  const query = url.searchParams;
  const all = (name: keyof Records, isAsked: (one: Sent) => boolean = () => true) =>
    records[name].filter((one) => isAsked(one) && isThere(one, now));
  switch (endpoint) {
    case 'agents':
    case 'groups':
    case 'visitors':
      return { data: all(endpoint) };
    case 'agent_groups':
      return {
        data: all('agent_groups', ({ attributes }) => attributes.agent_id === Number(id)).map((one) => embedded(records, one)),
      };
    case 'chats':
      return { data: chatsOf(all('chats'), query).map((one) => embedded(records, one)) };
    case 'report':
      return folder === 'chats' ? report(chatsOf(all('chats'), query)) : { status: 404, body: { error: 'not found' } };
    case 'messages': {
      const names = new Map(records.visitors.map((visitor) => [visitor.id, visitor.attributes.xmpp_username]));
      const [chatId, username] = [query.get('chat_id'), query.get('visitor_username')];
      const isAsked = ({ id: ofChat, attributes }: Sent) =>
        (chatId === null || ofChat === Number(chatId)) && (username === null || names.get(Number(attributes.visitor_id)) === username);
      const chats = new Set(all('chats', isAsked).map((one) => one.id));
      const said = all('messages', ({ attributes }) => chats.has(Number(attributes.chat_id)));
      return {
        data: said
          .filter(({ attributes }) => query.get('include_admin') === 'true' || !attributes.is_admin)
          .map((one) => embedded(records, one)),
      };
    }
    case 'agent_activities':
      return { data: all('agent_activities', (one) => one.attributes.agent_id === Number(id) && isOfDays(one, query)) };
    case 'tasks': {
      const isAsked = ({ attributes }: Sent) =>
        attributes.task_type === query.get('task_type') && Boolean(attributes.is_complete) === (query.get('is_resolved') === '1');
      const after = Number(query.get('after'));
      return {
        data: all('tasks', isAsked).slice(after, after + taskPageSize),
      };
    }
    case 'one': {
      const [found] = all(list as 'agents', (one) => one.id === Number(id));
      return found ? { data: embedded(records, found) } : { status: 404, body: { error: 'not found' } };
    }
  }
}

/** A record with what it refers to inside, as that is now. */
function embedded(records: Records, one: Sent): Sent {
  const { attributes } = one;
  const inside = (name: string, list: Sent[], key: string) =>
    key in attributes && attributes[name] === undefined ? { [name]: list.find((other) => other.id === attributes[key]) ?? null } : {};
  return {
    ...one,
    attributes: {
      ...attributes,
      ...(one.type === 'messages' ? inside('from_agent', records.agents, 'from_agent_id') : inside('agent', records.agents, 'agent_id')),
      ...(one.type === 'messages' ? {} : inside('group', records.groups, 'group_id')),
      ...(one.type === 'chats' ? inside('visitor', records.visitors, 'visitor_id') : {}),
    },
  };
}

/** Answers the first requests otherwise, and then as documented. */
export const atFirst = (said: unknown, times = 1): Override => {
  let left = times;
  return (_, next) => {
    left -= 1;
    return left >= 0 ? said : next();
  };
};

/** Answers with what a change makes of the records that would come. */
export const changed =
  (change: (records: Sent[], url: URL) => Sent[]): Override =>
  (url, next) => {
    const body = next();
    return Array.isArray(body.data) ? { ...body, data: change(body.data as Sent[], url) } : body;
  };

/** Cuts answers without a word. The oldest come first, the newest are kept unless `keep` says otherwise. */
export const cutAt = (size: number, keep: 'oldest' | 'newest' = 'newest'): Override =>
  changed((records) => (keep === 'oldest' ? records.slice(0, size) : records.slice(-size)));
