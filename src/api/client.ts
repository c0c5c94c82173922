import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, retryAfterMs, standBackMs } from '../core/backoff.ts';
import { BodyError } from '../core/body.ts';
import type { Call, Ledger, Limit } from '../core/budget.ts';
import { StoppedError } from '../errors.ts';
import { isAllowed } from './allowed.ts';
import { ApiError } from './errors.ts';
import { type Fetched, fetchDocument } from './fetch.ts';
import type { Gate, Pass, Patience } from './gate.ts';

/**
 * What to ask for. `label` stands for the path in the ledger, in logs and errors: it holds nothing personal. `ifMissing` is the
 * document that a 404 stands for, where it is no failure. `maxBytes`: how large the answer may be, where that is less than usual.
 * `needsData`: an answer with nothing in it (`null`, `[]`, `{}`) is none; of others the second such answer in a row is believed.
 */
export type ApiRequest = {
  path: string;
  query: Readonly<Record<string, string>>;
  label: string;
  ifMissing?: unknown;
  maxBytes?: number;
  needsData?: boolean;
};

/** What was read from a document, and the request it answers. `askedAt`: how new its facts are. */
export type ApiAnswer<T> = { content: T; requestId: number; askedAt: Date };

export type ApiClient = {
  /**
   * One allowed GET, and what `read` makes of its document: `data` may be `Records`, to be read there. Where they turn out to be no JSON it
   * is asked again, and read anew. Throws `ApiError`, `StoppedError` when patience ended before the request was sent, and what `read` throws.
   */
  get<T>(
    request: ApiRequest,
    call: Omit<Call, 'path' | 'attempt'>,
    patience: Patience,
    read: (document: unknown) => T | Promise<T>,
  ): Promise<ApiAnswer<T>>;
};

const MAX_ATTEMPTS = 4;
/** Of what the longest window allows, so much may be spent on further attempts: a failing source is not to use up the day. */
const RETRY_SHARE = 0.1;

const JSON_TYPE = /^(application|text)\/([\w.-]+\+)?json\b/i;

/** A client for one account, for the time of a run. It keeps the key to itself. */
export function createClient({
  baseUrl,
  apiKey,
  gate,
  ledger,
  limits,
  maxBytes = 256 * 2 ** 20,
  random = Math.random,
  onRetry = () => {},
  onOddType = () => {},
}: {
  baseUrl: string;
  apiKey: string;
  gate: Gate;
  ledger: Ledger;
  limits: readonly Limit[];
  maxBytes?: number;
  random?: () => number;
  onRetry?: (error: ApiError, waitMs: number) => void;
  /** Told once: JSON came under another content type, and was taken. */
  onOddType?: (label: string, contentType: string) => void;
}): ApiClient {
  const windowsMs = limits.map(({ windowMs }) => windowMs);
  const longest = limits.reduce<Limit | undefined>((most, limit) => (most && most.windowMs > limit.windowMs ? most : limit), undefined);
  let saysType = onOddType;
  let retriesLeft = longest ? Math.ceil(longest.count * RETRY_SHARE) : Number.POSITIVE_INFINITY;

  async function attempt(
    { path, query, label, maxBytes: most = maxBytes }: ApiRequest,
    { timeLeftMs }: Pass,
    signal: AbortSignal | undefined,
  ) {
    const url = new URL(`${baseUrl}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const fetched = await fetchDocument(url, label, { apiKey, timeoutMs: timeLeftMs, maxBytes: most, signal });
    const { status, bytes } = fetched;
    return { settled: { ...(status === undefined ? {} : { status }), ...(bytes === undefined ? {} : { bytes }) }, result: () => fetched };
  }

  return {
    async get(request, call, patience, read) {
      if (!isAllowed(request.path, request.query))
        throw new ApiError('refused', request.label, 'is not one of the reads this program may make');
      let refusals = 0;
      let nothings = 0;
      for (let attempts = 1; ; ) {
        let pass: Pass | undefined;
        const fetched: Fetched = await gate.pass({ ...call, path: request.label, attempt: attempts + refusals }, patience, (granted) => {
          pass = granted;
          return attempt(request, granted, patience.signal);
        });
        const holdsNothing = 'document' in fetched && Object.keys(fetched.document ?? {}).length === 0;
        if (holdsNothing) nothings += 1;
        let error = 'error' in fetched ? fetched.error : new ApiError('content', request.label, 'an answer with nothing in it');
        if ('document' in fetched && pass && (!holdsNothing || (nothings === 2 && !request.needsData))) {
          const contentType = fetched.headers?.get('content-type') ?? 'none';
          if (!JSON_TYPE.test(contentType)) {
            saysType(request.label, contentType.slice(0, 60));
            saysType = () => {};
          }
          try {
            return { content: await read(fetched.document), requestId: pass.requestId, askedAt: pass.grantedAt };
          } catch (cause) {
            if (!(cause instanceof BodyError)) throw cause;
            error = new ApiError('content', request.label, cause.message, { status: fetched.status });
          }
        }
        if (fetched.status === 404 && request.ifMissing !== undefined && pass) {
          return { content: await read(request.ifMissing), requestId: pass.requestId, askedAt: pass.grantedAt };
        }
        const { headers } = fetched;
        const asked = retryAfterMs(headers?.get('retry-after') ?? null, headers?.get('date') ?? null, new Date());
        if (error.failure === 'rate_limited') {
          // Somebody else uses the key. All processes stand back, and the request is asked again: no fault of its own.
          refusals += 1;
          const waitMs = asked ?? standBackMs(refusals, windowsMs);
          onRetry(error, waitMs);
          await ledger.standBack(waitMs, 'the source answered 429');
        } else {
          if (!error.isRetryable || attempts === MAX_ATTEMPTS || retriesLeft === 0) throw error;
          retriesLeft -= 1;
          const waitMs = asked ?? backoffMs(attempts, random());
          onRetry(error, waitMs);
          await pause(waitMs, patience);
          attempts += 1;
        }
      }
    },
  };
}

async function pause(ms: number, { signal, until }: Patience): Promise<void> {
  if (until !== undefined && performance.now() + ms > until) throw new StoppedError('duration');
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => {
    throw new StoppedError('signal');
  });
}
