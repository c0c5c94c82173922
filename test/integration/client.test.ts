import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RunAbortedError } from '../../src/errors.ts';
import type { Records } from '../../src/records/body.ts';
import type { NothingForm } from '../../src/records/envelope.ts';
import type { Fault } from '../../src/simulator/api/faults.ts';
import type { Failure } from '../../src/source/api-error.ts';
import { AGENTS, API_KEY, useClientBench } from '../support/client.ts';
import { serve } from '../support/http.ts';

const MEGABYTE = 2 ** 20;
const UNLIMITED = { count: 1_000_000, windowMs: 1_000 };

const used = useClientBench();

describe('an answer', () => {
  it('is its document, the request it belongs to, and the moment it was granted', async () => {
    const { content: document, requestId, askedAt } = await used.bench.get(used.bench.clientOf());
    expect((document as { data: unknown[] }).data).toHaveLength(4);
    const { rows } = await used.bench.database.pool.query('select * from chatrhub_sync.requests where request_id = $1', [requestId]);
    expect(rows).toMatchObject([
      { run_id: used.runId, lane: 'command', resource: 'agents', path: '/agents.json', attempt: 1, status: 200 },
    ]);
    expect(rows[0]).toMatchObject({ granted_at: askedAt, bytes: Buffer.byteLength(JSON.stringify(document)), loaded_at: null });
  });

  it('in UTF-8 with a byte order mark and bytes that are none is read all the same', async () => {
    const server = await serve((_, response) => {
      const body = Buffer.concat([Buffer.from('\uFEFF{"data": [{"a": "ü😀'), Buffer.from([0xff]), Buffer.from('"}]}')]);
      response.writeHead(200, { 'content-type': 'application/json; charset=iso-8859-1', 'content-encoding': 'gzip' }).end(gzipSync(body));
    });
    expect((await used.bench.get(used.bench.clientOf({ baseUrl: server.url }))).content).toEqual({ data: [{ a: 'ü😀\uFFFD' }] });
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
    ['a body cut in the midst of chunks', 'cut-chunked', 200],
    ['a compressed body that is cut off, and inflates all the same', 'cut-gzip', 200],
    ['a compressed body that is not compressed', 'bad-gzip', 200],
    ['a message instead of data', { status: 200, body: '{"error": "Invalid usernames or authentication."}' }, 200],
    ['a success without data', { status: 200, body: '{"success": true}' }, 200],
    ['a text', { status: 200, body: '"Secret Person"' }, 200],
    ['half a document', { status: 200, body: '{"data": [{"id": 1, "name": "Secret Person"' }, 200],
    ['no content', { status: 204 }, 204],
    ['an answer that is still to be made', { status: 202, body: '{"data": []}' }, 202],
    ['a part of an answer', { status: 206, body: '{"data": []}' }, 206],
  ];

  it.each(ONCE)('%s', async (_, fault, status) => {
    used.bench.failAgents(fault);
    expect(await used.bench.get(used.bench.clientOf())).toMatchObject({ content: { data: expect.any(Array) } });
    expect(await used.bench.attempts()).toMatchObject([
      { attempt: 1, status, isSettled: true },
      { attempt: 2, status: 200, isSettled: true },
    ]);
  });

  it.each([201, 203])('not a document under %s, which is one', async (status) => {
    used.bench.failAgents({ status, body: '{"data": [{"id": 1}]}' });
    expect(await used.bench.get(used.bench.clientOf())).toMatchObject({ content: { data: [{ id: 1 }] } });
    expect(await used.bench.attempts()).toMatchObject([{ attempt: 1, status, isSettled: true }]);
  });

  it('a large body that turns out to be no JSON when its records are read', async () => {
    const data = Array.from({ length: 10_000 }, (_, id) => ({ id, text: 'Secret Person was here' }));
    const good = JSON.stringify({ data });
    const bodies = [good.replace('"id":9000', '"id":nine'), `${good.slice(0, -2)}`, good];
    const server = await serve((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(bodies.shift()));
    const read = (document: unknown) => [...(document as { data: Records }).data];
    const client = used.bench.clientOf({ baseUrl: server.url });
    const call = { runId: used.runId, lane: 'command', resource: 'agents', endpoint: AGENTS.path } as const;
    expect((await client.get(AGENTS, call, {}, read)).content).toEqual(data);
    expect(used.bench.seenErrors.slice(-2).map(String)).toEqual([
      `ApiError: GET /agents.json: ${good.length} bytes that are not JSON, or not completely: at byte ${good.indexOf('"id":9000') + 6} is something other than a value`,
      `ApiError: GET /agents.json: ${good.length - 2} bytes that are not JSON, or not completely: at byte ${good.length - 2} is its end, which is too early: it is truncated`,
    ]);
    expect(await used.bench.attempts()).toMatchObject([1, 2, 3].map((attempt) => ({ attempt, status: 200, isSettled: true })));
    await server.close();
  });

  it.each<[string, NothingForm]>([
    ['null', 'null'],
    ['[]', '[]'],
    ['{}', '{}'],
    ['{"data": null}', 'data: null'],
    ['{"data": {}}', 'data: {}'],
  ])('an answer with nothing in it, %s: twice in a row it is believed, and at once when it was confirmed before', async (body, form) => {
    used.bench.failAgents({ status: 200, body });
    expect(await used.bench.get(used.bench.clientOf())).toMatchObject({ content: { data: expect.any(Array) } });
    used.bench.failAgents({ status: 200, body }, 2);
    expect(await used.bench.get(used.bench.clientOf())).toMatchObject({ content: JSON.parse(body), form });
    used.bench.failAgents({ status: 200, body });
    expect(await used.bench.get(used.bench.clientOf(), { ...AGENTS, believes: new Set([form]) })).toMatchObject({ form });
    expect(await used.bench.attempts()).toHaveLength(2 + 2 + 1);
  });

  it('a 204: twice in a row it is believed, and at once when it was confirmed before', async () => {
    used.bench.failAgents({ status: 204 });
    expect(await used.bench.get(used.bench.clientOf())).toMatchObject({ content: { data: expect.any(Array) } });
    used.bench.failAgents({ status: 204 }, 2);
    expect(await used.bench.get(used.bench.clientOf())).toMatchObject({ content: { data: [] }, form: '204' });
    used.bench.failAgents({ status: 204 });
    expect(await used.bench.get(used.bench.clientOf(), { ...AGENTS, believes: new Set(['204']) })).toMatchObject({ form: '204' });
    expect(await used.bench.attempts()).toHaveLength(2 + 2 + 1);
  });

  it.each([
    '{"data": [], "errors": [{"detail": "statement timeout"}]}',
    '{"data": null, "error": "busy"}',
    '{"data": {}, "success": false}',
    '{"data": [], "status": 500}',
    '{"meta": {"error": "no database"}, "data": []}',
    '{"data": {"error": "no database"}}',
  ])('an answer without records that says that it failed, %s', async (body) => {
    used.bench.failAgents({ status: 200, body });
    expect(await used.bench.get(used.bench.clientOf())).toMatchObject({ content: { data: expect.any(Array) } });
    used.bench.failAgents({ status: 200, body }, 4);
    expect(await used.bench.failureOf(used.bench.clientOf())).toBe('content');
  });

  it('until a tenth of what the longest window allows is spent on it', async () => {
    const client = used.bench.clientOf({ limits: [{ count: 50, windowMs: 1_500 }, UNLIMITED] });
    used.bench.failAgents({ status: 500 }, 11);
    for (let request = 0; request < 6; request++) expect(await used.bench.failureOf(client)).toBe('server');
    // Three and two more of the first two; then nothing is asked again.
    expect((await used.bench.attempts()).map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 1, 2, 3, 1, 1, 1, 1]);
  });

  it('on a new connection when the source closes an old one just as it is used again', async () => {
    let answered = 0;
    const server = await serve((request, response) => {
      answered += 1;
      // Ended without a word as soon as it is idle.
      response.end('{"data": [{}]}', () => request.socket.destroy());
    });
    const client = used.bench.clientOf({ baseUrl: server.url });
    for (let request = 0; request < 20; request++) expect(await used.bench.get(client)).toMatchObject({ content: { data: [{}] } });
    expect((await used.bench.attempts()).length).toBeGreaterThanOrEqual(answered);
    await server.close();
  });

  it('four times in all, and then it has failed', async () => {
    used.bench.failAgents({ status: 500 }, 4);
    expect(await used.bench.failureOf(used.bench.clientOf())).toBe('server');
    expect((await used.bench.attempts()).map(({ attempt, status }) => [attempt, status])).toEqual([1, 2, 3, 4].map((n) => [n, 500]));
    expect(used.bench.requestsSince()).toHaveLength(4);
  });

  it('not while it is stopped', async () => {
    used.bench.failAgents({ status: 503, headers: { 'retry-after': '3600' } });
    const stop = new AbortController();
    const client = used.bench.clientOf();
    const stopped = used.bench.get(client, AGENTS, stop.signal);
    await expect.poll(used.bench.attempts).toMatchObject([{ status: 503, isSettled: true }]);
    stop.abort();
    await expect(stopped).rejects.toThrow(RunAbortedError);
    expect(used.bench.requestsSince()).toHaveLength(1);
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
    used.bench.failAgents(fault);
    expect(await used.bench.failureOf(used.bench.clientOf())).toBe(failure);
    expect(await used.bench.attempts()).toMatchObject([{ attempt: 1, status, isSettled: true }]);
    expect(used.bench.requestsSince()).toHaveLength(1);
  });

  it('a redirect to another host, which never hears of the key', async () => {
    let heard = 0;
    const other = await serve((_, response) => {
      heard += 1;
      response.end('{"data": []}');
    });
    used.bench.failAgents({ redirect: `${other.url}/api/v1/agents.json` });
    expect(await used.bench.failureOf(used.bench.clientOf())).toBe('redirect');
    expect(heard).toBe(0);
    await other.close();
  });

  it('an answer larger than it may be, also when it came small and compressed, without holding it', async () => {
    used.bench.failAgents('bomb');
    const peakBefore = process.resourceUsage().maxRSS * 1024;
    expect(await used.bench.failureOf(used.bench.clientOf({ maxBytes: 4 * MEGABYTE }))).toBe('too_large');
    expect(process.resourceUsage().maxRSS * 1024 - peakBefore).toBeLessThan(100 * MEGABYTE);
    expect(await used.bench.attempts()).toMatchObject([{ status: 200, isSettled: true }]);
  });

  it('headers that are too large', async () => {
    const server = await serve((_, response) => response.writeHead(200, { 'x-padding': 'p'.repeat(20_000) }).end('{}'));
    expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl: server.url }))).toBe('network');
    await server.close();
  });

  it('unless a 404 has a meaning', async () => {
    used.bench.failAgents({ status: 404 });
    const request = { ...AGENTS, canBeMissing: true, believes: new Set<NothingForm>(['404']) };
    expect(await used.bench.get(used.bench.clientOf(), request)).toMatchObject({ content: { data: [] }, form: '404' });
  });
});

describe('the time for a whole request ends it', () => {
  const collectGarbage = garbageCollector();

  it.each(['hang-headers', 'hang-body', 'drip'] as const)('when it has %s, also after garbage was collected', async (fault) => {
    used.bench.failAgents(fault, 4);
    const collecting = setInterval(collectGarbage, 20);
    expect(await used.bench.failureOf(used.bench.clientOf({ timeoutMs: 250 }), AGENTS, new AbortController().signal)).toBe('timeout');
    clearInterval(collecting);
    // Each of the four would hang for ever. How far it came in its time depends on the machine.
    expect(await used.bench.attempts()).toMatchObject(Array(4).fill({ isSettled: true }));
  });
});

it('says nothing secret, personal or received in any error', async () => {
  const request = {
    path: '/messages.json',
    query: { visitor_username: 'personal-name', include_admin: 'true' },
    redactedUrl: '/messages.json?visitor_id=9',
  };
  const isMessages = (path: string) => path.startsWith('/messages.json');
  for (const fault of ['html', 'reset', 'truncate', { status: 401 }, { status: 500, body: 'personal-name' }] as const) {
    used.bench.simulator.fail(isMessages, fault, typeof fault === 'object' && fault.status === 401 ? 1 : 4);
    await used.bench.failureOf(used.bench.clientOf(), request);
  }
  expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl: 'http://127.0.0.1:1' }), request)).toBe('network');
  expect(used.bench.seenErrors.length).toBeGreaterThan(50);
  await used.bench.expectDiscretion();
});

/** V8's collector, without a process of its own that is started with --expose-gc. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
