import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFetch } from '../../src/network/fetch-through.ts';
import { proxyErrorIn } from '../../src/network/proxy-error.ts';
import { makeCertificate } from '../support/certificate.ts';
import { API_KEY, useClientBench } from '../support/client.ts';
import { serve } from '../support/http.ts';
import { startProxy, type TestProxy } from '../support/proxy.ts';

const used = useClientBench();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A host that only a proxy knows. */
const API = 'https://api.chatrhub.invalid/api/v1';
const NOWHERE = 'http://127.0.0.1:1';

async function proxyOf(...made: Parameters<typeof startProxy>): Promise<TestProxy> {
  const proxy = await startProxy(...made);
  closing.push(proxy.close);
  return proxy;
}

const clientThrough = (HTTPS_PROXY: string, baseUrl = API) => used.bench.clientOf({ baseUrl, fetch: createFetch({ HTTPS_PROXY }) });
const lastMessage = () => String((used.bench.seenErrors.at(-1) as Error).message);
const LOGIN = 'sync:fake-canary-p%C3%A4ss%3A';
const withLogin = ({ url }: TestProxy) => url.replace('://', `://${LOGIN}@`);

describe('a proxy', () => {
  it.each([
    [407, 'proxy_refused', 1, 'put them into HTTPS_PROXY, http://user:password@host:port'],
    [403, 'proxy_refused', 1, 'allow CONNECT to api.chatrhub.invalid:443, or name that host in NO_PROXY'],
    [405, 'proxy_refused', 1, 'what answers there is no proxy, or not for CONNECT: check HTTPS_PROXY'],
    [404, 'proxy_refused', 1, 'check HTTPS_PROXY'],
    [429, 'proxy_unavailable', 4, 'check HTTPS_PROXY'],
    [502, 'proxy_unavailable', 4, 'it cannot reach api.chatrhub.invalid:443 itself'],
    [503, 'proxy_unavailable', 4, 'it is overloaded or starting'],
    [504, 'proxy_unavailable', 4, 'it gets no answer from api.chatrhub.invalid:443'],
    ['end', 'proxy_unavailable', 4, 'it ends connections without an answer: check the port of HTTPS_PROXY'],
  ] as const)('that answers %s to CONNECT is %s, after %d requests, and what to do is said', async (answer, failure, attempts, advice) => {
    const proxy = await proxyOf(NOWHERE, { answer });
    expect(await used.bench.failureOf(clientThrough(withLogin(proxy)))).toBe(failure);
    expect(lastMessage()).toContain(`GET /agents.json: the proxy ${proxy.url.replace('://', '://[secret]@')} (HTTPS_PROXY) `);
    expect(lastMessage()).toContain(advice);
    expect(lastMessage()).not.toMatch(/canary|sync/);
    expect(await used.bench.attempts()).toMatchObject(Array(attempts).fill({ status: null, isSettled: true }));
    // No path, no key; of the host its name.
    expect(new Set(proxy.asked.map(({ line }) => line))).toEqual(new Set(['CONNECT api.chatrhub.invalid:443']));
    expect(JSON.stringify(proxy.asked)).not.toMatch(new RegExp(`${API_KEY}|agents`));
  });

  it.each([
    ['is not there', NOWHERE, /ECONNREFUSED\): nobody listens there: check the host and port of HTTPS_PROXY/],
    ['has a name that nobody knows', 'http://proxy.invalid:3128', /E\w+\): .*check .*DNS/],
  ])('that %s is unavailable: asked four times', async (_, url, message) => {
    expect(await used.bench.failureOf(clientThrough(url))).toBe('proxy_unavailable');
    expect(lastMessage()).toMatch(message);
    expect(lastMessage()).toContain(`the proxy ${url} (HTTPS_PROXY) cannot be used`);
    expect(await used.bench.attempts()).toHaveLength(4);
  });

  it('that speaks no TLS, though its setting says so, is told from one without a trusted certificate', async () => {
    const plain = await proxyOf(NOWHERE);
    expect(await used.bench.failureOf(clientThrough(plain.url.replace('http:', 'https:')))).toBe('proxy_unavailable');
    expect(lastMessage()).toContain('it does not speak TLS itself: let HTTPS_PROXY begin with http://, which is right for https too');
    const secured = await proxyOf(NOWHERE, { identity: makeCertificate() });
    expect(await used.bench.failureOf(clientThrough(secured.url))).toBe('proxy_unavailable');
    expect(lastMessage()).toContain('does not trust: set NODE_EXTRA_CA_CERTS');
    expect(secured.asked).toEqual([]);
  });

  it('that is SOCKS in truth is told', async () => {
    const socks = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end('\x05\xff')));
    await new Promise<void>((resolve) => socks.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => void socks.close(() => resolve())));
    const { port } = socks.address() as { port: number };
    expect(await used.bench.failureOf(clientThrough(`http://127.0.0.1:${port}`))).toBe('proxy_unavailable');
    expect(lastMessage()).toContain('does not speak HTTP (it may be SOCKS, which cannot be used): check the port of HTTPS_PROXY');
  });

  it('that says nothing is given up when the time of a request is over', async () => {
    const proxy = await proxyOf(NOWHERE, { answer: 'silence' });
    const fetch = createFetch({ HTTPS_PROXY: proxy.url });
    expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl: API, fetch, timeoutMs: 150 }))).toBe('timeout');
  });

  it('gets a user and a password that are percent-encoded as they are meant, and an untrusted source behind it is the source', async () => {
    const heard: string[] = [];
    const source = await serve((request) => heard.push(request.url ?? ''), makeCertificate({ address: '192.0.2.1' }));
    closing.push(source.close);
    const proxy = await proxyOf(source.url, { login: 'sync:fake-canary-päss:' });
    expect(await used.bench.failureOf(clientThrough(withLogin(proxy), 'https://192.0.2.1/api/v1'))).toBe('network');
    expect(lastMessage()).toMatch(/the connection to 192\.0\.2\.1 failed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    expect([heard, proxy.asked.map(({ line }) => line)]).toEqual([[], Array(4).fill('CONNECT 192.0.2.1:443')]);
  });

  it('is not asked for this machine: the key is sent in clear, and only here', async () => {
    const proxy = await proxyOf(used.bench.simulator.url);
    const fetch = createFetch({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url });
    expect(await used.bench.get(used.bench.clientOf({ fetch }))).toMatchObject({ content: { data: expect.any(Array) } });
    expect(proxy.asked).toEqual([]);
  });
});

describe('an alert', () => {
  const POST = { method: 'POST', body: '{}', redirect: 'manual' } as const;
  const heard: string[] = [];
  const hook = () =>
    serve((request, response) => {
      heard.push(`${request.method} ${request.url}`);
      response.end();
    });

  it('to an http address is asked of the proxy of HTTP_PROXY, which most let no tunnel through to port 80', async () => {
    const server = await hook();
    closing.push(server.close);
    const proxy = await proxyOf(server.url, { login: 'ann:fake-canary' });
    const settings = { HTTP_PROXY: proxy.url.replace('://', '://ann:fake-canary@'), NO_PROXY: 'hooks.internal.invalid' };
    expect(await createFetch(settings)('http://hooks.example.invalid/x', POST)).toMatchObject({ status: 200 });
    expect([heard, proxy.asked.map(({ line }) => line)]).toEqual([['POST /x'], ['POST http://hooks.example.invalid/x']]);
    await expect(createFetch(settings)('http://hooks.internal.invalid/x', POST)).rejects.toThrow('fetch failed');
    await expect(createFetch(settings)('https://hooks.example.invalid/x', POST)).rejects.toThrow('fetch failed');
    expect(proxy.asked).toHaveLength(1);
  });

  it('to an https address goes through a tunnel, and a proxy that refuses it is what is told', async () => {
    const proxy = await proxyOf(NOWHERE, { answer: 407 });
    const error = await createFetch({ HTTPS_PROXY: proxy.url })('https://hooks.example.invalid/fake-canary', POST).catch(proxyErrorIn);
    expect(error).toMatchObject({
      isRefusal: true,
      message: expect.stringMatching(/ to hooks\.example\.invalid:443 \(407\): .*HTTPS_PROXY/),
    });
    expect(proxy.asked.map(({ line }) => line)).toEqual(['CONNECT hooks.example.invalid:443']);
  });
});

it('a gateway that answers 100 or 101 of its own accord is told, and asked again; other interim answers are passed over', async () => {
  const interim = ['100 Continue', '101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x', '102 Processing', '103 Early Hints'];
  const gateway = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        const body = '{"data": [{"id": 1}]}';
        socket.write(`HTTP/1.1 ${interim.shift() ?? '103 Early Hints'}\r\n\r\n`);
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        );
      });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => void gateway.close(() => resolve())));
  const { port } = gateway.address() as { port: number };
  const client = used.bench.clientOf({ baseUrl: `http://127.0.0.1:${port}` });
  for (const _answer of interim.slice(1)) expect(await used.bench.get(client)).toMatchObject({ content: { data: [{ id: 1 }] } });
  expect(used.bench.seenErrors.slice(-2).map(String)).toEqual([
    expect.stringContaining('it answered 100 Continue, which was not requested: a gateway in between is at fault'),
    expect.stringContaining('it answered 101 and continues in another protocol'),
  ]);
  expect(await used.bench.attempts()).toHaveLength(5);
});

it('says no secret in any error', () => used.bench.expectDiscretion());
