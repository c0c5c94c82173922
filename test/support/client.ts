import { inspect } from 'node:util';
import { beforeAll, beforeEach, expect } from 'vitest';
import { createLedger } from '../../src/budget/ledger.store.ts';
import { createPermits } from '../../src/budget/permits.ts';
import { resources } from '../../src/resources/index.ts';
import type { Fault } from '../../src/simulator/api/faults.ts';
import { readsOf } from '../../src/source/allow-list.ts';
import { ApiError, type Failure } from '../../src/source/api-error.ts';
import { type ApiAnswer, type ApiClient, type ApiRequest, createClient } from '../../src/source/client.ts';
import { addRun, createWorkbench, type Workbench } from './warehouse.ts';

export const API_KEY = 'test-key';
export const AGENTS: ApiRequest = { path: '/agents.json', query: {}, redactedUrl: '/agents.json' };
const UNLIMITED = [{ count: 1_000_000, windowMs: 1_000 }];

type Options = Partial<Pick<Parameters<typeof createClient>[0], 'baseUrl' | 'fetch' | 'maxBytes' | 'limits' | 'onOddType'>> & {
  timeoutMs?: number;
};
type Attempt = { attempt: number; status: number | null; isSettled: boolean };

/** A simulated account, and clients that ask it in the name of one test at a time. */
export type ClientBench = Workbench & {
  /** A run for the next test; earlier requests are forgotten. Its id. */
  begin(): Promise<number>;
  /** A client of the simulated account, or of `baseUrl`, that does not pause before another attempt. */
  clientOf(options?: Options): ApiClient;
  get(client: ApiClient, request?: ApiRequest, signal?: AbortSignal): Promise<ApiAnswer<unknown>>;
  /** How a request fails; throws when it does not, or not with an `ApiError`. */
  failureOf(client: ApiClient, request?: ApiRequest, signal?: AbortSignal): Promise<Failure>;
  /** Makes the next requests for agents fail. */
  failAgents(fault: Fault, times?: number): void;
  /** The attempts of this test as the ledger knows them. */
  attempts(): Promise<Attempt[]>;
  /** All errors of all tests, those that were met with another attempt too. */
  seenErrors: unknown[];
  /** Neither the errors nor the ledger hold what is secret, personal or received. */
  expectDiscretion(): Promise<void>;
};

async function createClientBench(): Promise<ClientBench> {
  const bench = await createWorkbench({ seed: 3, agents: 4, days: 1, chats: 5 });
  const { pool } = bench.database;
  const seenErrors: unknown[] = [];
  let runId = 0;
  const get: ClientBench['get'] = (client, request = AGENTS, signal) =>
    client.get(
      request,
      { runId, lane: 'command', resource: 'agents', endpoint: request.path.replace(/\d+/, '{id}') },
      { signal },
      (document) => document,
    );
  return {
    ...bench,
    get,
    seenErrors,
    async begin() {
      ({ runId } = await addRun(bench.database));
      bench.requestsSince();
      return runId;
    },
    clientOf({ baseUrl = bench.simulator.url, timeoutMs = 10_000, limits = UNLIMITED, ...options } = {}) {
      const ledger = createLedger(bench.database, { limits, scope: 'account' });
      return createClient({
        baseUrl,
        apiKey: API_KEY,
        reads: readsOf(resources),
        ledger,
        limits,
        permits: createPermits({ ledger, timeoutMs }),
        // Takes all of the pause before another attempt away.
        random: () => -1,
        onRetry: (error) => seenErrors.push(error),
        ...options,
      });
    },
    async failureOf(...asked) {
      const error: unknown = await get(...asked).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      seenErrors.push(error);
      if (!(error instanceof ApiError)) throw new Error('no ApiError', { cause: error });
      return error.failure;
    },
    failAgents: (fault, times = 1) => bench.simulator.fail((path) => path.startsWith('/agents.json'), fault, times),
    async attempts() {
      const { rows } = await pool.query<Attempt>(
        `select attempt, status, settled_at is not null as "isSettled" from chatrhub_sync.requests where run_id = $1 order by request_id`,
        [runId],
      );
      return rows;
    },
    async expectDiscretion() {
      expect(seenErrors).not.toEqual([]);
      for (const error of seenErrors) {
        expect(inspect(error, { depth: 10 })).not.toMatch(/test-key|personal-name|Secret Person|secret FROM|Maintenance|passwd/);
      }
      const { rows } = await pool.query<{ requests: string }>(`select string_agg(r::text, '') as requests from chatrhub_sync.requests r`);
      expect(rows[0]?.requests).not.toMatch(/test-key|personal-name/);
    },
  };
}

/** The bench of a test file, made before its tests and closed after them; each test has a run of its own. */
export function useClientBench(): { readonly bench: ClientBench; readonly runId: number } {
  const used: Partial<{ bench: ClientBench; runId: number }> = {};
  beforeAll(async () => {
    used.bench = await createClientBench();
    return used.bench.close;
  });
  beforeEach(async () => {
    if (used.bench) used.runId = await used.bench.begin();
  });
  return used as { bench: ClientBench; runId: number };
}
