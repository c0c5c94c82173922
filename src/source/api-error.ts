/** Why a request brought no document. */
export type Failure =
  | 'unauthorized'
  | 'not_found'
  | 'rate_limited'
  | 'refused'
  | 'server'
  | 'network'
  | 'timeout'
  | 'redirect'
  | 'content'
  | 'too_large';

/** Another attempt may bring what this one did not. (A 429 is no attempt: the budget stands back and it is asked again.) */
const RETRYABLE: ReadonlySet<Failure> = new Set(['server', 'network', 'timeout', 'content']);

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
}
