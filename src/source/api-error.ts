/** Why a request brought no document. */
export type Failure =
  | 'unauthorized'
  | 'not_found'
  | 'rate_limited'
  | 'refused'
  | 'server'
  | 'network'
  | 'proxy_refused'
  | 'proxy_unavailable'
  | 'timeout'
  | 'redirect'
  | 'content'
  | 'too_large';

/** Another attempt may bring what this one did not. (A 429 is no attempt: all processes pause, and the request is repeated.) */
const RETRYABLE: ReadonlySet<Failure> = new Set(['server', 'network', 'proxy_unavailable', 'timeout', 'content']);

/** Every other request would fail in the same way. */
const OF_ALL: ReadonlySet<Failure> = new Set(['unauthorized', 'proxy_refused', 'proxy_unavailable']);

/** A request that failed; `failure` tells the kinds apart. Its message holds the path, never a parameter that is personal, nor a body. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly failure: Failure;
  readonly path: string;
  readonly status: number | undefined;
  /** What the source asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    failure: Failure,
    path: string,
    what: string,
    { status, retryAfterMs, cause }: { status?: number | undefined; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(`GET ${path}: ${what}`, cause === undefined ? {} : { cause });
    this.failure = failure;
    this.path = path;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  get isRetryable(): boolean {
    return RETRYABLE.has(this.failure);
  }

  /** Whether it is the key's or the way's fault, not that of one request: nothing more is to be spent. */
  get isOfAll(): boolean {
    return OF_ALL.has(this.failure);
  }
}
