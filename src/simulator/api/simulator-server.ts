import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Account } from '../account/account.ts';
import { createAnswering } from './answering.ts';
import { commit, type Fault } from './faults.ts';
import { NO_ODDITIES, type Oddities } from './oddities.ts';
import { createLimits, type Limit } from './request-limits.ts';
import { respond } from './respond.ts';

/** One request under /api/v1: when (milliseconds since 1970), what (path with query), and its answer's status, 0 until there is one. */
export type SeenRequest = { readonly at: number; readonly method: string; readonly path: string; readonly status: number };

export type Simulator = {
  /** The API's base URL, ending in /api/v1. */
  readonly url: string;
  readonly requests: SeenRequest[];
  /** Requests nobody who only reads would send, as `GET /path?query`. */
  readonly violations: string[];
  /** Lets the next `times` requests whose path (below /api/v1, with query) matches go wrong. */
  fail(match: (path: string) => boolean, fault: Fault, times?: number): void;
  /** Lets the next request whose path matches wait for `until` before it is answered as ever. */
  hold(match: (path: string) => boolean, until: () => Promise<unknown>): void;
  /** Changes some oddities, for all later requests. */
  set(oddities: Partial<Oddities>): void;
  /** Ends the server and every open connection. */
  close(): Promise<void>;
};

type SimulatorOptions = {
  account: Account;
  port?: number;
  apiKey?: string;
  limits?: readonly Limit[];
  oddities?: Partial<Oddities>;
};

const BASE = '/api/v1';
const STATUS = { 'not found': 404, 'bad request': 400, failed: 500 } as const;

/**
 * Serves an account over HTTP on the loopback interface, with the given oddities.
 * Under /api/v1 only declared reads are answered; all else is a violation and gets a 403.
 * `POST /simulator/advance?days=1&hours=0&minutes=0` lets the account's time pass.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { account, port = 0, apiKey = 'test-key', limits = [], oddities: wanted = {} } = options;
  let oddities: Oddities = { ...NO_ODDITIES, ...wanted };
  const requests: SeenRequest[] = [];
  const violations: string[] = [];
  const faults: { match: (path: string) => boolean; fault: Fault; left: number }[] = [];
  const held: { match: (path: string) => boolean; until: () => Promise<unknown> }[] = [];
  const windows = createLimits(limits);
  const answering = createAnswering(account, BASE);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://simulator');
    if (request.method === 'POST' && pathname === '/simulator/advance') {
      return respond(request, response, advance(account, query));
    }
    const path = (request.url ?? '/').replace(BASE, '');
    requests.push(seen(request, response, path));
    const route = pathname.startsWith(BASE) ? answering.routeOf(pathname.slice(BASE.length)) : undefined;
    // A visitor looked up by name is touched in the chat server: a read that writes.
    if (request.method !== 'GET' || route === undefined || (pathname === `${BASE}/visitors.json` && query.has('visitor_username'))) {
      violations.push(`${request.method} ${path}`);
      return respond(request, response, { status: 403, body: { error: 'refused by the simulator' } });
    }
    if (!windows.admit(performance.now())) return respond(request, response, { status: 429, body: { message: 'Too many requests' } });
    const hold = held.findIndex(({ match }) => match(path));
    if (hold >= 0) await held.splice(hold, 1)[0]?.until();
    const fault = faults.find(({ match, left }) => left > 0 && match(path));
    if (fault !== undefined) {
      fault.left--;
      return commit(fault.fault, request, response);
    }
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return respond(request, response, { status: 401, body: { errors: [{ title: 'Unauthorized' }] } });
    if (oddities.retryAfter > 0) return commit({ status: 503, headers: { 'retry-after': String(oddities.retryAfter) } }, request, response);
    const answer = answering.answer(route, pathname.slice(BASE.length), query, oddities);
    if (answer === 'no content') return void response.writeHead(204).end();
    if (typeof answer === 'string') return respond(request, response, { status: STATUS[answer], body: { error: answer } });
    return respond(request, response, { status: 200, body: answer.body, numbers: oddities.numbers });
  }

  const server = createServer((request, response) => {
    // A mistake of the simulator's own must be seen by the test that meets it.
    serve(request, response).catch((error: unknown) =>
      response.headersSent ? response.destroy() : response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
    requests,
    violations,
    fail: (match, fault, times = 1) => {
      faults.push({ match, fault, left: times });
    },
    hold: (match, until) => {
      held.push({ match, until });
    },
    set: (changed) => {
      oddities = { ...oddities, ...changed };
    },
    close: () => close(server),
  };
}

function advance(account: Account, query: URLSearchParams): { status: number; body: unknown } {
  const amount = (unit: string) => Number(query.get(unit) ?? 0);
  const time = { days: amount('days'), hours: amount('hours'), minutes: amount('minutes') };
  if (!Object.values(time).every(Number.isFinite)) return { status: 400, body: { error: 'days, hours and minutes must be numbers' } };
  return { status: 200, body: { now: account.advance(time) } };
}

const seen = ({ method = '' }: IncomingMessage, response: ServerResponse, path: string): SeenRequest => ({
  at: Date.now(),
  method,
  path,
  get status() {
    return response.headersSent ? response.statusCode : 0;
  },
});

const close = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
