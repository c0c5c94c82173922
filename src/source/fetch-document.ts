import { describeConnection } from '../network/connection-failure.ts';
import type { Fetch } from '../network/fetch-through.ts';
import { proxyErrorIn } from '../network/proxy-error.ts';
import { BodyError, parseBody } from '../records/body.ts';
import { ApiError } from './api-error.ts';
import { charsetOf, toUtf8 } from './charset.ts';

/** What one attempt brought: a document, whose records may have to be read yet (`parseBody`), or the error that says why there is none. */
export type Fetched =
  | { document: object | null; status: number; bytes: number; headers?: Headers }
  | { error: ApiError; status?: number | undefined; bytes?: number | undefined; headers?: Headers };

export type FetchOptions = {
  /** The way to the source, which may lead through a proxy. */
  fetch: Fetch;
  apiKey: string;
  /** For the whole attempt, headers and body. */
  timeoutMs: number;
  /** Of the body, after decompression. */
  maxBytes: number;
  /** When it fires, a request under way still has a few seconds to come in. */
  signal?: AbortSignal | undefined;
};

const GRACE_MS = 5_000;

/** One GET. Never throws: every outcome is settled in the ledger by its status. `label` stands for the URL in messages. */
export async function fetchDocument(
  url: URL,
  label: string,
  { fetch, apiKey, timeoutMs, maxBytes, signal }: FetchOptions,
): Promise<Fetched> {
  // One controller of our own: AbortSignal.any loses its timeout to garbage collection on Node 20 (nodejs/node#57736), and fetch has
  // no limit on the total time.
  const controller = new AbortController();
  let abortedBy: 'timeout' | 'network' = 'timeout';
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  let grace: NodeJS.Timeout | undefined;
  const onStop = () => {
    grace = setTimeout(() => {
      abortedBy = 'network';
      controller.abort();
    }, GRACE_MS);
  };
  signal?.addEventListener('abort', onStop, { once: true });
  let status: number | undefined;
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json' },
      redirect: 'manual',
      signal: controller.signal,
    });
    status = response.status;
    const refused = refusal(response, label);
    if (refused) {
      controller.abort();
      return { error: refused, status, headers: response.headers };
    }
    const body = await readBody(response, maxBytes);
    if (!body) {
      controller.abort();
      return { error: new ApiError('too_large', label, `the answer is larger than ${maxBytes} bytes`, { status }), status };
    }
    return { ...parse(body.chunks, label, response), status, bytes: body.bytes, headers: response.headers };
  } catch (cause) {
    if (controller.signal.aborted) {
      const what = abortedBy === 'timeout' ? `no whole answer within ${Math.round(timeoutMs)} ms` : 'stopped while it was under way';
      return { error: new ApiError(abortedBy, label, what), status };
    }
    const proxy = proxyErrorIn(cause);
    if (proxy) return { error: new ApiError(proxy.isRefusal ? 'proxy_refused' : 'proxy_unavailable', label, proxy.message), status };
    return { error: new ApiError('network', label, describeConnection(url.host, cause)), status };
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    signal?.removeEventListener('abort', onStop);
  }
}

/** A proxy that changed an answer says 203. 202 is no answer yet, and 206 a part of one. */
const WHOLE = new Set([200, 201, 203]);

/** What the status already decides, before a byte of the body is read. */
function refusal(response: Response, label: string): ApiError | undefined {
  const { status } = response;
  if (status === 401) return new ApiError('unauthorized', label, 'the API key was refused (401): check CHATRHUB_API_KEY', { status });
  if (status === 404) return new ApiError('not_found', label, 'not found (404)', { status });
  if (status === 429) return new ApiError('rate_limited', label, 'too many requests (429)', { status });
  if (status >= 300 && status < 400)
    return new ApiError('redirect', label, `a redirect (${status}), which is not followed: set CHATRHUB_API_URL to the address behind it`, {
      status,
    });
  if (status >= 500) return new ApiError('server', label, `the source failed (${status}); the next run tries again`, { status });
  if (status >= 400)
    return new ApiError('refused', label, `refused (${status}): check CHATRHUB_API_URL and what the key may read`, { status });
  if (!WHOLE.has(status)) return new ApiError('content', label, `answered ${status}, which promises no whole document`, { status });
  return undefined;
}

/** The body as it is after decompression, or undefined when it is larger than it may be. */
async function readBody(response: Response, maxBytes: number): Promise<{ chunks: Uint8Array[]; bytes: number } | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body) {
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > maxBytes) return undefined;
      chunks.push(chunk);
    }
  }
  return { chunks, bytes };
}

function parse(
  chunks: readonly Uint8Array[],
  label: string,
  { status, headers }: Response,
): { document: object | null } | { error: ApiError } {
  const contentType = headers.get('content-type') ?? '';
  const isPage = PAGE.test(contentType);
  const refuse = (what: string) => ({
    error: new ApiError('content', label, isPage ? `a page (${contentType.slice(0, 60)}), not data` : what, { status }),
  });
  const text = toUtf8(chunks, contentType);
  if (!text) return refuse(`bytes that are not ${charsetOf(contentType) ?? 'UTF-8'}, the character set that they are to be in`);
  let document: unknown;
  try {
    document = parseBody(text);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return refuse(error.message);
  }
  if (typeof document !== 'object') return refuse(`a ${typeof document}, not a document`);
  const names = Object.keys(document ?? {});
  if (!names.includes('data') && (isPage || names.some((name) => MESSAGES.has(name)))) return refuse('a message instead of data');
  return { document };
}

/** What pages are called. Data that is called so has to look as documented. */
const PAGE = /html|xml|^text\/(?!json|plain)/i;

/** What an answer consists of that says with status 200 why it is none; no error format is documented. */
const MESSAGES = new Set(['error', 'errors', 'message', 'success', 'status']);
