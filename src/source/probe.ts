import { pauseMs, retryAfterMs } from '../budget/back-off.ts';
import type { Ledger, Limit } from '../budget/limits.ts';
import type { Deadline, Permits } from '../budget/permits.ts';
import type { Fetch } from '../network/fetch-through.ts';
import type { Resource } from '../records/resource.ts';
import type { ApiError } from './api-error.ts';
import { fetchDocument } from './fetch-document.ts';

const LONGEST_MS = 30_000;
const MAX_BYTES = 64 * 2 ** 20;

/** What one request shows: its error, if there is one, and what time the source thinks it is, where it says so. */
export type Probed = { error: ApiError | undefined; sourceTime: Date | undefined };

/**
 * Makes one request for the list of a resource, without another attempt, that is granted by the ledger as all are. Throws `RunAbortedError`
 * when patience ends before.
 */
export async function probe(
  { name, path }: Pick<Resource, 'name' | 'path'>,
  { baseUrl, apiKey, limits, fetch }: { baseUrl: string; apiKey: string; limits: readonly Limit[]; fetch: Fetch },
  { permits, ledger }: { permits: Permits; ledger: Ledger },
  patience: Deadline,
): Promise<Probed> {
  const call = { runId: null, lane: 'command', resource: name, endpoint: path, path, attempt: 1 } as const;
  const fetched = await permits.acquire(call, patience, async ({ timeLeftMs }) => {
    const options = { fetch, apiKey, timeoutMs: Math.min(timeLeftMs, LONGEST_MS), maxBytes: MAX_BYTES, signal: patience.signal };
    const result = await fetchDocument(new URL(`${baseUrl}${path}`), path, options);
    return { settled: result.status === undefined ? {} : { status: result.status }, result: () => result };
  });
  const { error, headers } = 'error' in fetched ? fetched : { error: undefined, headers: fetched.headers };
  if (error?.failure === 'rate_limited') {
    const asked = retryAfterMs(headers?.get('retry-after') ?? null, headers?.get('date') ?? null, new Date());
    const windows = limits.map(({ windowMs }) => windowMs);
    await ledger.pauseAll(asked ?? pauseMs(1, windows), 'the source answered 429');
  }
  const time = new Date(headers?.get('date') ?? Number.NaN);
  return { error, sourceTime: Number.isNaN(time.getTime()) ? undefined : time };
}
