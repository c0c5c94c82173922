import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { API_KEY, useClientBench } from '../support/client.ts';
import { startDeaf } from '../support/deaf.ts';
import { serve } from '../support/http.ts';

const used = useClientBench();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const lastMessage = () => String((used.bench.seenErrors.at(-1) as Error).message);

describe('a source', () => {
  it('row 14: that lets connections hang is given up when the time for a request is over, and asked again', async () => {
    const deaf = await startDeaf();
    closing.push(deaf.close);
    expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl: deaf.url, timeoutMs: 150 }))).toBe('timeout');
    expect(await used.bench.attempts()).toMatchObject([1, 2, 3, 4].map((attempt) => ({ attempt, status: null, isSettled: true })));
  });

  it('row 31: whose name nobody knows is asked again, and the message says which it is and what to do, without the key', async () => {
    expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl: 'http://chatrhub.invalid/api/v1' }))).toBe('network');
    expect(lastMessage()).toMatch(/^GET \/agents\.json: the connection to chatrhub\.invalid failed \(E\w+\): .*check .*DNS/);
    expect(lastMessage()).not.toContain(API_KEY);
    expect(await used.bench.attempts()).toMatchObject([1, 2, 3, 4].map((attempt) => ({ attempt, status: null, isSettled: true })));
  });

  const LONG_AGO = new Date('2020-01-01T00:00:00Z');
  it.each([
    ['nobody has vouched for', {}],
    ['has expired, and nobody has vouched for', { validAt: LONG_AGO }],
  ])('row 32: with a certificate that %s is not told anything: no path, no key', async (_, wanted) => {
    const heard: string[] = [];
    const server = await serve((request, response) => {
      heard.push(`${request.url} ${request.headers.authorization}`);
      response.end('{"data": [{}]}');
    }, makeCertificate(wanted));
    closing.push(server.close);
    expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl: server.url }))).toBe('network');
    expect(lastMessage()).toMatch(/failed \((DEPTH_ZERO_SELF_SIGNED_CERT|CERT_HAS_EXPIRED)\): .*certificate/);
    expect(heard).toEqual([]);
    expect(await used.bench.attempts()).toMatchObject(Array(4).fill({ status: null, isSettled: true }));
  });
});

describe('row 26: JSON that is called something else', () => {
  const answering = async (contentType: string | undefined, body: string | Buffer) => {
    const server = await serve((_, response) => response.writeHead(200, contentType ? { 'content-type': contentType } : {}).end(body));
    closing.push(server.close);
    return server.url;
  };

  it.each([
    'text/plain',
    'application/octet-stream',
    'application/x-javascript; charset=utf-8',
    'text/html; charset=UTF-8',
    'text/javascript',
    'text/x-json',
    'application/xml',
    'application/xhtml+xml',
    undefined,
  ])('%s, is taken, and that is said once', async (contentType) => {
    const said: string[][] = [];
    const client = used.bench.clientOf({
      baseUrl: await answering(contentType, '{"data": [{"id": 1}]}'),
      onOddType: (...what) => said.push(what),
    });
    for (const _time of [1, 2]) expect(await used.bench.get(client)).toMatchObject({ content: { data: [{ id: 1 }] } });
    expect(said).toEqual([['/agents.json', contentType ?? 'none']]);
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.api+json', 'text/json'])(
    '%s, is called what it is',
    async (contentType) => {
      const said: string[] = [];
      const client = used.bench.clientOf({ baseUrl: await answering(contentType, '{"data": [{}]}'), onOddType: (what) => said.push(what) });
      await used.bench.get(client);
      expect(said).toEqual([]);
    },
  );

  it.each([
    ['application/json; charset=ISO-8859-1', 'latin1'],
    ['application/json; charset="windows-1252"', 'latin1'],
    ['application/json; charset=utf-16le', 'utf16le'],
    ['application/json; charset=ISO-8859-1', 'utf8'],
    ['application/json; charset=nobody-knows', 'utf8'],
  ] as const)('%s, is read as what it is: %s', async (contentType, encoding) => {
    for (const count of [1, 20_000]) {
      const data = Array.from({ length: count }, (_, id) => ({ id, name: 'José Müller' }));
      const baseUrl = await answering(contentType, Buffer.from(JSON.stringify({ data }), encoding));
      const { content } = await used.bench.get(used.bench.clientOf({ baseUrl }));
      expect([...(content as { data: Iterable<unknown> }).data]).toEqual(data);
    }
  });

  it.each([
    ['application/json', 'UTF-8'],
    ['application/json; charset=utf-8', 'utf-8'],
    ['application/json; charset=shift_jis', 'shift_jis'],
  ])('%s, is asked for again when its bytes are none of that: %s', async (contentType, charset) => {
    const baseUrl = await answering(contentType, Buffer.from('{"data": [{"id": 1, "name": "Zo\xff"}]}', 'latin1'));
    expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl }))).toBe('content');
    expect(lastMessage()).toContain(`bytes that are not ${charset}, the character set that they are to be in`);
    expect(await used.bench.attempts()).toHaveLength(4);
  });

  it.each([
    ['text/plain', '{"data": [{"id": 1}'],
    ['text/plain', '<!doctype html><title>Maintenance</title>'],
    ['application/octet-stream', '{"message": "come back later"}'],
    [undefined, 'OK'],
    ['text/html', '{"data": [{"id": 1}]'],
    ['text/html', '[{"id": 1}]'],
    ['text/html', '{}'],
    ['text/html', 'null'],
    ['text/html', '{"title": "Maintenance"}'],
    ['application/xhtml+xml', '<data><id>1</id></data>'],
  ])('%s, is not taken as %s', async (contentType, body) => {
    expect(await used.bench.failureOf(used.bench.clientOf({ baseUrl: await answering(contentType, body) }))).toBe('content');
  });
});
