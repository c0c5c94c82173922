import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';

/**
 * What goes wrong with one request. A plain object is answered as it stands; `hang-*` never end, `drip` sends one
 * byte every 100 ms for ever, `truncate` breaks off half-way, `cut-chunked` between chunks, `cut-gzip` is half of a compressed
 * answer, which inflates without an error, `bad-gzip` is none at all, `bomb` is 400 kB of gzip that inflate to 400 MB of JSON.
 */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly contentType?: string }
  | { readonly redirect: string }
  | 'hang-headers'
  | 'hang-body'
  | 'drip'
  | 'truncate'
  | 'cut-chunked'
  | 'cut-gzip'
  | 'bad-gzip'
  | 'reset'
  | 'html'
  | 'empty'
  | 'bomb';

const JSON_TYPE = { 'content-type': 'application/json' };
const COMPRESSED = { ...JSON_TYPE, 'content-encoding': 'gzip' };
const DRIP_MS = 100;
const BOMB_CHUNKS = 400;

const NAMED: Readonly<Record<Extract<Fault, string>, (request: IncomingMessage, response: ServerResponse) => void>> = {
  'hang-headers': () => {},
  'hang-body': (_, response) => {
    response.writeHead(200, JSON_TYPE).write('{"data": [');
  },
  drip: (_, response) => {
    response.writeHead(200, JSON_TYPE).write('{"data": [');
    const timer = setInterval(() => response.write(' '), DRIP_MS);
    response.on('close', () => clearInterval(timer));
  },
  truncate: (request, response) => {
    response
      .writeHead(200, { ...JSON_TYPE, 'content-length': 1000 })
      .write('{"data": [{"type": "agents", "id": 4, ', () => request.socket.end());
  },
  'cut-chunked': (_, response) => {
    response.writeHead(200, JSON_TYPE).write('{"data": [{"type": "agents", "id": 4, ', () => response.destroy());
  },
  'cut-gzip': (_, response) => {
    const whole = gzipSync(JSON.stringify({ data: Array.from({ length: 200 }, (_, id) => ({ type: 'agents', id })) }));
    response.writeHead(200, COMPRESSED).end(whole.subarray(0, whole.length / 2));
  },
  'bad-gzip': (_, response) => {
    response.writeHead(200, COMPRESSED).end('{"data": []}');
  },
  reset: (request) => {
    request.socket.resetAndDestroy();
  },
  html: (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Maintenance</title><h1>Back soon</h1>');
  },
  empty: (_, response) => {
    response.writeHead(200, JSON_TYPE).end();
  },
  bomb: (_, response) => {
    response.writeHead(200, COMPRESSED);
    // The client is expected to hang up: that is no error here.
    pipeline(Readable.from(bombChunks()), createGzip(), response).catch(() => {});
  },
};

function* bombChunks(): Generator<Buffer> {
  yield Buffer.from('{"data": [');
  const megabyte = Buffer.alloc(1_000_000, ' ');
  for (let chunk = 0; chunk < BOMB_CHUNKS; chunk++) yield megabyte;
  yield Buffer.from(']}');
}

/** Answers a request wrongly, or not at all. */
export function commit(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  if (typeof fault === 'string') NAMED[fault](request, response);
  else if ('redirect' in fault) response.writeHead(302, { location: fault.redirect }).end();
  else
    response.writeHead(fault.status, { 'content-type': fault.contentType ?? 'application/json', ...fault.headers }).end(fault.body ?? '');
}
