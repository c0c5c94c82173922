import { resolve } from 'node:path';
import { catalogue } from '../src/analytics/catalogue.ts';
import { type Limit, parseLimits } from '../src/budget/limits.ts';
import { connectSource } from '../src/cli/connect-source.ts';
import { createLogger } from '../src/logger.ts';
import { backfill } from '../src/runs/backfill.ts';
import { type Estimate, estimateBackfill } from '../src/runs/estimate.ts';
import type { RunReport } from '../src/runs/run-report.ts';
import { sync } from '../src/runs/sync.ts';
import type { Account } from '../src/simulator/account/account.ts';
import { type Simulator, startSimulator } from '../src/simulator/api/simulator-server.ts';
import type { Day, Period } from '../src/time/period.ts';
import { createDatabase, type Database } from '../src/warehouse/connection/database.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { addDatabase } from './postgres.ts';

export const API_KEY = 'test-key';
export const LOOKBACK_DAYS = 30;
const UNLIMITED: Limit[] = parseLimits('1000000/second') ?? [];

/** An account, served without limits, an empty warehouse, and runs between them in this process, whose clock is the account's. */
export type Workbench = {
  url: string;
  database: Database;
  simulator: Simulator;
  /** Throws when it does not end complete. `startDate`: the first day of an empty warehouse's first sync; `only` some resources. */
  sync(startDate?: Day, only?: readonly string[]): Promise<void>;
  backfill(range: Period): Promise<void>;
  estimate(range: Period): Promise<Estimate>;
  close(): Promise<void>;
};

/** `name`: of the new database on the server of `serverUrl`. */
export async function openWorkbench(serverUrl: string, name: string, account: Account): Promise<Workbench> {
  const simulator = await startSimulator({ account, apiKey: API_KEY });
  const url = await addDatabase(serverUrl, name);
  const database = createDatabase(url);
  await migrate(database, catalogue, resolve('drizzle'));
  const source = {
    baseUrl: simulator.url,
    apiKey: API_KEY,
    limits: UNLIMITED,
    rateScope: 'account' as const,
    reserve: 0,
    timeoutMs: 30_000,
  };
  const logger = createLogger({ level: 'silent', secrets: [], isTerminal: false });
  const client = connectSource(database, logger, source);
  const { signal } = new AbortController();
  const options = {
    ...source,
    database,
    client,
    logger,
    now: () => account.now(),
    signal,
    only: undefined,
    maxDurationMs: undefined,
    privacy: { mode: 'keep' as const },
  };
  return {
    url,
    database,
    simulator,
    sync: async (startDate, only) => complete(await sync({ ...options, only, startDate, lookbackDays: LOOKBACK_DAYS })),
    backfill: async (range) => complete(await backfill({ ...options, range, refresh: false })),
    estimate: (range) =>
      estimateBackfill({
        requestContext: { client, database, runId: null, lane: 'command', patience: { signal } },
        now: account.now(),
        only: undefined,
        range,
        refresh: false,
      }),
    async close() {
      await simulator.close();
      await database.close();
    },
  };
}

function complete({ command, status, errors }: RunReport): void {
  if (status !== 'complete') throw new Error(`a ${command} ended ${status}: ${JSON.stringify(errors)}`);
}

/** Lets what was asked so far be so much longer ago, such as `1 day`: no window counts it any more. No trigger takes that for news. */
export async function age({ connectPatiently }: Database, interval: string): Promise<void> {
  const moments = {
    runs: ['started_at', 'finished_at'],
    requests: ['granted_at', 'deadline_at', 'settled_at', 'loaded_at'],
    chat_fetches: ['asked_at'],
    visitor_fetches: ['asked_at'],
  };
  const client = await connectPatiently();
  try {
    await client.query('set session_replication_role = replica');
    for (const [table, columns] of Object.entries(moments))
      await client.query(`update chatrhub_sync.${table} set ${columns.map((name) => `${name} = ${name} - interval '${interval}'`).join()}`);
  } finally {
    await client.end();
  }
}
