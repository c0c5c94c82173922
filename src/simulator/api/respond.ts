import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Oddities } from './oddities.ts';

const compress = promisify(gzip);

/** Sends a body as JSON, compressed if the client accepts that; numbers as texts if that is how the source is, but never flags. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, numbers = 'numbers' }: { status: number; body: unknown; numbers?: Oddities['numbers'] },
): Promise<void> {
  const spell = (name: string, value: unknown) => (typeof value === 'number' && !isFlag(name) ? String(value) : value);
  const json = JSON.stringify(body, numbers === 'strings' ? spell : undefined);
  const isCompressed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const bytes = isCompressed ? await compress(json) : Buffer.from(json);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(bytes);
}

function isFlag(name: string): boolean {
  return name.startsWith('is_') || name === 'trmnt_ind' || name === 'system_group';
}
