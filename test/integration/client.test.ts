import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, type ApiRequest, createClient } from '../../src/api/client.ts';
import { ApiError, type Failure } from '../../src/api/errors.ts';
import { createGate } from '../../src/api/gate.ts';
import { createLedger } from '../../src/db/ledger.ts';
import { startRun } from '../../src/db/runs.ts';
import { StoppedError } from '../../src/errors.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { serve } from '../support/http.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

const API_KEY = 'test-key';
const AGENTS: ApiRequest = { path: '/agents.json', query: {}, label: '/agents.json' };
const UNLIMITED = [{ count: 1_000_000, windowMs: 1_000 }];
const MEGABYTE = 2 ** 20;

let bench: Workbench;
let runId: number;
/** Of all tests: none may hold what is secret or personal. */
const seenErrors: unknown[] = [];

beforeAll(async () => {
  bench = await createWorkbench({ seed: 3, agents: 4, days: 1, chats: 5 });
});
afterAll(() => bench.close());
beforeEach(async () => {
  ({ runId } = await startRun(bench.database, 'test'));
  bench.requestsSince();
});

type Options = { baseUrl?: string; timeoutMs?: number; maxBytes?: number; limits?: typeof UNLIMITED };

function clientOf({ baseUrl = bench.simulator.url, timeoutMs = 10_000, limits = UNLIMITED, ...options }: Options = {}): ApiClient {
  const ledger = createLedger(bench.database, { limits, scope: 'account' });
  return createClient({
    baseUrl,
    apiKey: API_KEY,
    ledger,
    limits,
    gate: createGate({ ledger, timeoutMs }),
    // Takes all of the pause before another attempt away.
    random: () => -1,
    onRetry: (error) => seenErrors.push(error),
    ...options,
  });
}

const get = (client: ApiClient, request: ApiRequest = AGENTS, signal?: AbortSignal) =>
  client.get(request, { runId, lane: 'command', resource: 'agents', endpoint: request.path.replace(/\d+/, '{id}') }, { signal });

async function failureOf(client: ApiClient, request: ApiRequest = AGENTS, signal?: AbortSignal): Promise<Failure> {
  const error: unknown = await get(client, request, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  seenErrors.push(error);
  if (!(error instanceof ApiError)) throw new Error('no ApiError', { cause: error });
  return error.failure;
}

/** The attempts of this test as the ledger knows them. */
const attempts = async () =>
  (
    await bench.database.pool.query<{ attempt: number; status: number | null; isSettled: boolean; bytes: number | null; ms: number }>(
      `select attempt, status, settled_at is not null as "isSettled", bytes, extract(epoch from settled_at - granted_at)::float8 * 1000 as ms
       from chatrhub_sync.requests where run_id = $1 order by request_id`,
      [runId],
    )
  ).rows;

const break_ = (fault: Fault, times = 1) => bench.simulator.fail((path) => path.startsWith('/agents.json'), fault, times);

describe('only declared reads leave', () => {
  const REFUSED: [string, Record<string, string>][] = [
    ['/chats/transfer/1.json', {}],
    ['/chats/1/../transfer/1.json', {}],
    ['/agents/1/../../chats/transfer/1.json', {}],
    ['/agents/1%2F..%2F..%2Fchats%2Ftransfer%2F1.json', {}],
    ['/agents/1.json/../../chats/transfer/1.json', {}],
    ['/agents/1.json?x=/agents/1.json', {}],
    ['/agents/1.json#/agents/1.json', {}],
    ['/agents/1.json\n', {}],
    ['/agents/-1.json', {}],
    ['/agents/١.json', {}],
    ['//other.example/agents.json', {}],
    ['@other.example/agents.json', {}],
    ['/AGENTS.json', {}],
    ['/q_tasks/machine_learning/1/2.json', {}],
    ['/q_tasks/operational/1/1.json', {}],
    ['/q_tasks.json', { after: '0', intent: '2' }],
    ['/q_tasks.json', { after: '-1' }],
    ['/q_tasks.json', { is_resolved: '2' }],
    ['/visitors.json', { visitor_username: 'somebody' }],
    ['/visitors.json', { visitor_id: '1' }],
    ['/agents.json', { agent_username: 'somebody' }],
    ['/agents.json', { _method: 'DELETE' }],
    ['/agents.json', { constructor: 'x' }],
    ['/agents.json', JSON.parse('{"__proto__": "x"}') as Record<string, string>],
    ['/messages.json', { chat_id: '1 or 1=1' }],
    ['/messages.json', { chat_id: '1', include_admin: 'yes' }],
    ['/chats.json', { start_date: '2018-06-01T00:00:00Z' }],
    ['/chats.json', { agent_id: '' }],
    ['/chats/report.json', { visitor_id: '1' }],
    ['/agent_activities/agent_id/1/2.json', {}],
    ['/transcripts.json', {}],
  ];

  it.each(REFUSED)('%s %j is refused before anything is granted or sent', async (path, query) => {
    expect(await failureOf(clientOf(), { path, query, label: path })).toBe('refused');
    expect(await attempts()).toEqual([]);
    expect(bench.requestsSince()).toEqual([]);
  });

  const DAYS = { start_date: '2018-06-01', end_date: '2018-06-02' };
  const ALLOWED: [string, Record<string, string>][] = [
    ['/agents.json', {}],
    ['/agents/1.json', {}],
    ['/groups.json', {}],
    ['/agent_groups/1.json', {}],
    ['/visitors.json', {}],
    ['/chats.json', { ...DAYS, agent_id: '1', tag: 'a & b' }],
    ['/chats/report.json', DAYS],
    ['/messages.json', { chat_id: '1', include_admin: 'true' }],
    ['/agent_activities/agent_id/1.json', DAYS],
    ['/q_tasks.json', { after: '0', task_type: 'operational', is_resolved: '1' }],
  ];

  it.each(ALLOWED)('%s %j is sent, as it stands', async (path, query) => {
    const { document } = await get(clientOf(), { path, query, label: path, ifMissing: {} });
    expect(document).toBeTypeOf('object');
    const [seen, ...others] = bench.requestsSince().map((sent) => new URL(sent, 'http://simulator'));
    expect([seen?.pathname, Object.fromEntries(seen?.searchParams ?? []), others]).toEqual([path, query, []]);
  });
});

describe('an answer', () => {
  it('is its document, the request it belongs to, and the moment it was granted', async () => {
    const { document, requestId, askedAt } = await get(clientOf());
    expect((document as { data: unknown[] }).data).toHaveLength(4);
    const { rows } = await bench.database.pool.query('select * from chatrhub_sync.requests where request_id = $1', [requestId]);
    expect(rows).toMatchObject([{ run_id: runId, lane: 'command', resource: 'agents', path: '/agents.json', attempt: 1, status: 200 }]);
    expect(rows[0]).toMatchObject({ granted_at: askedAt, bytes: Buffer.byteLength(JSON.stringify(document)), loaded_at: null });
  });

  it('in UTF-8 with a byte order mark and bytes that are none is read all the same', async () => {
    const server = await serve((_, response) => {
      const body = Buffer.concat([Buffer.from('\uFEFF{"data": [{"a": "ü😀'), Buffer.from([0xff]), Buffer.from('"}]}')]);
      response.writeHead(200, { 'content-type': 'application/json; charset=iso-8859-1', 'content-encoding': 'gzip' }).end(gzipSync(body));
    });
    expect((await get(clientOf({ baseUrl: server.url }))).document).toEqual({ data: [{ a: 'ü😀\uFFFD' }] });
    await server.close();
  });
});

describe('what goes wrong once is asked for again', () => {
  const ONCE: [string, Fault, number | null][] = [
    ['a failing source', { status: 500, body: 'SELECT secret FROM somewhere' }, 500],
    ['a source that is down', { status: 503 }, 503],
    ['a page instead of data', 'html', 200],
    ['an empty body', 'empty', 200],
    ['a body that is cut off', 'truncate', 200],
    ['a reset connection', 'reset', null],
    ['half a document', { status: 200, body: '{"data": [{"id": 1, "name": "Secret Person"' }, 200],
    ['no content', { status: 204 }, 204],
  ];

  it.each(ONCE)('%s', async (_, fault, status) => {
    break_(fault);
    expect(await get(clientOf())).toMatchObject({ document: { data: expect.any(Array) } });
    expect(await attempts()).toMatchObject([
      { attempt: 1, status, isSettled: true },
      { attempt: 2, status: 200, isSettled: true },
    ]);
  });

  it('four times in all, and then it has failed', async () => {
    break_({ status: 500 }, 4);
    expect(await failureOf(clientOf())).toBe('server');
    expect((await attempts()).map(({ attempt, status }) => [attempt, status])).toEqual([1, 2, 3, 4].map((n) => [n, 500]));
    expect(bench.requestsSince()).toHaveLength(4);
  });

  it('not while it is stopped', async () => {
    break_({ status: 503, headers: { 'retry-after': '3600' } });
    const stop = new AbortController();
    const client = clientOf();
    const stopped = get(client, AGENTS, stop.signal);
    await expect.poll(attempts).toMatchObject([{ status: 503, isSettled: true }]);
    stop.abort();
    await expect(stopped).rejects.toThrow(StoppedError);
    expect(bench.requestsSince()).toHaveLength(1);
  });
});

describe('what would only fail again is asked for once', () => {
  const FINAL: [string, Fault, Failure, number][] = [
    ['a refused key', { status: 401, body: `{"error": "bad ${API_KEY}"}` }, 'unauthorized', 401],
    ['a forbidden path', { status: 403 }, 'refused', 403],
    ['bad parameters', { status: 422 }, 'refused', 422],
    ['what is not there', { status: 404 }, 'not_found', 404],
    ['a redirect to the same host', { redirect: '/api/v1/groups.json' }, 'redirect', 302],
    ['a redirect to a file', { redirect: 'file:///etc/passwd' }, 'redirect', 302],
  ];

  it.each(FINAL)('%s', async (_, fault, failure, status) => {
    break_(fault);
    expect(await failureOf(clientOf())).toBe(failure);
    expect(await attempts()).toMatchObject([{ attempt: 1, status, isSettled: true }]);
    expect(bench.requestsSince()).toHaveLength(1);
  });

  it('a redirect to another host, which never hears of the key', async () => {
    let heard = 0;
    const other = await serve((_, response) => {
      heard += 1;
      response.end('{"data": []}');
    });
    break_({ redirect: `${other.url}/api/v1/agents.json` });
    expect(await failureOf(clientOf())).toBe('redirect');
    expect(heard).toBe(0);
    await other.close();
  });

  it('an answer larger than it may be, also when it came small and compressed, without holding it', async () => {
    break_('bomb');
    const peakBefore = process.resourceUsage().maxRSS * 1024;
    expect(await failureOf(clientOf({ maxBytes: 4 * MEGABYTE }))).toBe('too_large');
    expect(process.resourceUsage().maxRSS * 1024 - peakBefore).toBeLessThan(100 * MEGABYTE);
    expect(await attempts()).toMatchObject([{ status: 200, isSettled: true }]);
  });

  it('headers that are too large', async () => {
    const server = await serve((_, response) => response.writeHead(200, { 'x-padding': 'p'.repeat(20_000) }).end('{}'));
    expect(await failureOf(clientOf({ baseUrl: server.url }))).toBe('network');
    await server.close();
  });

  it('unless a 404 has a meaning', async () => {
    break_({ status: 404 });
    expect(await get(clientOf(), { ...AGENTS, ifMissing: { data: [] } })).toMatchObject({ document: { data: [] } });
  });
});

describe('the time for a whole request ends it', () => {
  const collectGarbage = garbageCollector();

  it.each(['hang-headers', 'hang-body', 'drip'] as const)('when it has %s, also after garbage was collected', async (fault) => {
    break_(fault, 4);
    const collecting = setInterval(collectGarbage, 20);
    expect(await failureOf(clientOf({ timeoutMs: 250 }), AGENTS, new AbortController().signal)).toBe('timeout');
    clearInterval(collecting);
    // Each of the four would hang for ever. How far it came in its time depends on the machine.
    expect(await attempts()).toMatchObject(Array(4).fill({ isSettled: true }));
  });
});

describe('a 429 makes everybody stand back, and is asked again', () => {
  const blockedUntil = async () =>
    (await bench.database.pool.query<{ blocked_until: Date }>('select blocked_until from chatrhub_sync.budget')).rows[0]?.blocked_until;

  it('for as long as Retry-After says', async () => {
    break_({ status: 429, headers: { 'retry-after': '0.2' } });
    const { askedAt } = await get(clientOf());
    const [first, ...others] = await attempts();
    expect(first).toMatchObject({ attempt: 1, status: 429, isSettled: true });
    expect(others).toMatchObject([{ attempt: 2, status: 200 }]);
    expect(askedAt.getTime()).toBeGreaterThanOrEqual((await blockedUntil())?.getTime() ?? Number.POSITIVE_INFINITY);
    const { rows } = await bench.database.pool.query<{ ms: number }>(
      `select extract(epoch from max(granted_at) - min(settled_at))::float8 * 1000 as ms from chatrhub_sync.requests where run_id = $1`,
      [runId],
    );
    expect(rows[0]?.ms).toBeGreaterThanOrEqual(1_200);
  });

  it('for the shortest window, then twice as long, when there is none; more often than an error may be met', async () => {
    break_({ status: 429 }, 5);
    const limits = [
      { count: 1_000, windowMs: 50 },
      { count: 1_000, windowMs: 200 },
    ];
    await get(clientOf({ limits }));
    expect((await attempts()).map(({ attempt, status }) => [attempt, status])).toEqual([...[1, 2, 3, 4, 5].map((n) => [n, 429]), [6, 200]]);
    const { rows } = await bench.database.pool.query<{ ms: number }>(
      `select extract(epoch from granted_at - lag(settled_at) over (order by request_id))::float8 * 1000 as ms
       from chatrhub_sync.requests where run_id = $1 order by request_id offset 1`,
      [runId],
    );
    for (const [i, leastMs] of [50, 100, 200, 200, 200].entries()) expect(rows[i]?.ms).toBeGreaterThanOrEqual(leastMs);
  });

  it('up to a day, however long it asks for', async () => {
    break_({ status: 429, headers: { 'retry-after': '315360000' } });
    const stop = new AbortController();
    const stopped = get(clientOf(), AGENTS, stop.signal);
    await expect.poll(async () => Number(await blockedUntil()) - Date.now()).toBeGreaterThan(86_000_000);
    expect(Number(await blockedUntil()) - Date.now()).toBeLessThan(86_500_000);
    stop.abort();
    await expect(stopped).rejects.toThrow(StoppedError);
    await bench.database.pool.query('update chatrhub_sync.budget set blocked_until = null');
  });
});

it('says nothing secret, personal or received in any error', async () => {
  const request = {
    path: '/messages.json',
    query: { visitor_username: 'personal-name', include_admin: 'true' },
    label: '/messages.json?visitor_id=9',
  };
  const isMessages = (path: string) => path.startsWith('/messages.json');
  for (const fault of ['html', 'reset', 'truncate', { status: 401 }, { status: 500, body: 'personal-name' }] as const) {
    bench.simulator.fail(isMessages, fault, typeof fault === 'object' && fault.status === 401 ? 1 : 4);
    await failureOf(clientOf(), request);
  }
  expect(await failureOf(clientOf({ baseUrl: 'http://127.0.0.1:1' }), request)).toBe('network');
  expect(seenErrors.length).toBeGreaterThan(50);
  for (const error of seenErrors) {
    expect(inspect(error, { depth: 10 })).not.toMatch(/test-key|personal-name|Secret Person|secret FROM|Maintenance|passwd/);
  }
  const { rows } = await bench.database.pool.query<{ requests: string }>(
    `select string_agg(r::text, '') as requests from chatrhub_sync.requests r`,
  );
  expect(rows[0]?.requests).not.toMatch(/test-key|personal-name/);
});

/** V8's collector, without a process of its own that is started with --expose-gc. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
