import { expect, inject } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { createLedger } from '../../src/budget/ledger.store.ts';
import { type Limit, parseLimits } from '../../src/budget/limits.ts';
import { createPermits } from '../../src/budget/permits.ts';
import { type ReplayOptions, replay } from '../../src/history/replay.ts';
import { createLogger } from '../../src/logger.ts';
import type { Resource, Row } from '../../src/records/resource.ts';
import { resources } from '../../src/resources/index.ts';
import { type BackfillOptions, backfill, backfillRange } from '../../src/runs/backfill.ts';
import { type Estimate, estimateBackfill } from '../../src/runs/estimate.ts';
import { type ReconcileOptions, type ReconcileReport, reconcile } from '../../src/runs/reconcile.ts';
import type { RunOptions } from '../../src/runs/run-options.ts';
import type { RunReport } from '../../src/runs/run-report.ts';
import { type SyncOptions, sync } from '../../src/runs/sync.ts';
import { type Account, type AccountOptions, createAccount } from '../../src/simulator/account/account.ts';
import type { Oddities } from '../../src/simulator/api/oddities.ts';
import { type Simulator, startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { readsOf } from '../../src/source/allow-list.ts';
import { createClient } from '../../src/source/client.ts';
import { type Day, dayOf } from '../../src/time/period.ts';
import { type Client, createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { loadBatch, type Outcome } from '../../src/warehouse/load/load.ts';
import { migrate } from '../../src/warehouse/schema/migrate.ts';
import { createTestDatabase, openAt, type TestDatabase, urlOf } from './database.ts';
import { BEGINNING_MS, createFakeClock, fakeClockUrl } from './fake-clock.ts';
import { expectedTables } from './oracle.ts';
import { readTables, TABLE_NAMES, type TableName } from './read-tables.ts';
import { WITHOUT_REFRESHES } from './unrefreshed.ts';

type Warehouse = {
  database: Database;
  /** Leads to it whatever `open` does. */
  direct: TestDatabase;
  /** Sets the database's clock, where that is a fake. */
  setClock(date: Date): Promise<void>;
  close(): Promise<void>;
};

/**
 * Whether its clock is one that the test sets; whether runs refresh what is stored of heavy views, a quarter of what a small one takes;
 * on which server it is, and how it is opened.
 */
export type Opening = { fakes?: boolean; refreshes?: boolean; adminUrl?: string | undefined; open?: (url: string) => Database };

/** A warehouse of a test's own: migrated, empty. `close` removes it. */
export async function createWarehouse({
  fakes = false,
  refreshes = false,
  adminUrl,
  open = createDatabase,
}: Opening = {}): Promise<Warehouse> {
  // Another server does not have the template.
  const testDatabase = await createTestDatabase(adminUrl ? undefined : inject('migratedDatabase'), adminUrl);
  const clock = fakes ? await createFakeClock(testDatabase.pool) : undefined;
  const database = openAt(fakes ? fakeClockUrl(testDatabase.url) : testDatabase.url, open);
  if (adminUrl) await migrate(database, catalogue);
  if (!refreshes) await testDatabase.pool.query(WITHOUT_REFRESHES);
  return {
    database,
    direct: testDatabase,
    setClock: async (date) => clock?.set(date.getTime() - BEGINNING_MS),
    async close() {
      await database.close();
      await testDatabase.drop();
    },
  };
}

/** A run of a test's own, without a life. */
export async function addRun({ pool }: Database, command = 'test'): Promise<{ runId: number }> {
  const { rows } = await pool.query<{ runId: number }>('insert into chatrhub_sync.runs (command) values ($1) returning run_id as "runId"', [
    command,
  ]);
  return rows[0] ?? { runId: 0 };
}

type Loading = { askedAt: Date; isOwn?: boolean; touch?: boolean };

/** Loads rows of the account 77 as one answer: the resource's own list, unless `isOwn` is false. */
export const loadRows = (
  client: Client,
  resource: Resource,
  rows: Row[],
  { askedAt, isOwn = true, touch = false }: Loading,
): Promise<Outcome> =>
  loadBatch(client, { resource, rows: rows.map((row) => ({ client_id: 77, ...row })), rejected: 0, isOwn }, askedAt, touch);

/** What one process does: a sync or a backfill, whose clock is the source's. */
export type Seat = {
  sync(overrides?: Partial<SyncOptions>): Promise<RunReport>;
  /** A backfill from a day on, by default to the last day that is over. */
  backfill(from: Day, overrides?: Partial<BackfillOptions> & { to?: Day }): Promise<RunReport>;
  /** Compares the warehouse with the source's report. */
  reconcile(overrides?: Partial<ReconcileOptions>): Promise<ReconcileReport>;
  /** Rebuilds the tables from the raw versions. */
  replay(overrides?: Partial<ReplayOptions>): Promise<RunReport>;
  /** What `backfill --dry-run` says that it would take. */
  estimate(from: Day, to?: Day): Promise<Estimate>;
};

/** A simulated account, served; an empty warehouse; and a seat between them. */
export type Workbench = Seat & {
  account: Account;
  simulator: Simulator;
  database: Database;
  direct: TestDatabase;
  /** As another process on the same warehouse, with connections of its own until the bench is closed. */
  seat(limits?: readonly Limit[], reserve?: number, timeoutMs?: number): Seat;
  /** Sets the database's clock to the account's, where that is a fake. */
  setClock(): Promise<void>;
  /** The requests the simulator has seen since this was last asked. */
  requestsSince(): string[];
  close(): Promise<void>;
};

/** No pause between requests: what a test is about is not the time it takes. */
const UNLIMITED = parseLimits('1000000/second') ?? [];
const TIMEOUT_MS = 30_000;

type SeatOptions = { limits?: readonly Limit[]; reserve?: number; timeoutMs?: number };

/** Where a seat finds its source, what time it is there, and on which day a first sync begins. */
export type SeatSource = { url: string; now(): Date; startDate: Day };

/** A process's place between a source and a warehouse, with the documented defaults. */
export function createSeat(
  { url, now, startDate }: SeatSource,
  database: Database,
  { limits = UNLIMITED, reserve = 0, timeoutMs = TIMEOUT_MS }: SeatOptions = {},
): Seat {
  const ledger = createLedger(database, { limits, scope: 'account', reserve });
  const permits = createPermits({ ledger, timeoutMs });
  const client = createClient({ baseUrl: url, apiKey: KEY, reads: readsOf(resources), permits, ledger, limits, random: () => 0 });
  const options: RunOptions = {
    database,
    client,
    logger: createLogger({ level: 'silent', secrets: [], isTerminal: false }),
    now,
    signal: new AbortController().signal,
    only: undefined,
    maxDurationMs: 600_000,
    limits,
    rateScope: 'account',
    reserve,
    privacy: { mode: 'keep' },
  };
  return {
    sync: (overrides = {}) => sync({ ...options, startDate, lookbackDays: 30, ...overrides }),
    backfill: (from, { to, ...overrides } = {}) =>
      backfill({ ...options, range: backfillRange(from, to, now()), refresh: false, ...overrides }),
    reconcile: (overrides = {}) => reconcile({ ...options, from: undefined, to: undefined, repair: false, ...overrides }),
    replay: (overrides = {}) => replay({ ...options, ...overrides }),
    estimate: (from, to) =>
      estimateBackfill({
        requestContext: { client, database, runId: null, lane: 'command', patience: {} },
        now: now(),
        only: undefined,
        range: backfillRange(from, to, now()),
        refresh: false,
      }),
  };
}

/** When accounts are born: their chats and tasks are the same whenever the tests run. Where no view is refreshed their agents' snapshots are few. */
const BORN = new Date('2026-09-17T14:20:00Z');

export async function createWorkbench(
  options: AccountOptions,
  oddities: Partial<Oddities> = {},
  opening: Opening = {},
): Promise<Workbench> {
  const account = createAccount({ now: BORN, snapshotMinutes: opening.refreshes ? 5 : 120, ...options });
  const simulator = await startSimulator({ account, oddities });
  const { database, direct, setClock, close } = await createWarehouse(opening);
  const source: SeatSource = { url: simulator.url, now: () => account.now(), startDate: dayOf(account.startedAt) };
  const others: Database[] = [];
  let seen = 0;
  return {
    ...createSeat(source, database),
    account,
    simulator,
    database,
    direct,
    setClock: () => setClock(account.now()),
    seat(limits = UNLIMITED, reserve = 0, timeoutMs = TIMEOUT_MS) {
      const other = createDatabase(urlOf(database));
      others.push(other);
      return createSeat(source, other, { limits, reserve, timeoutMs });
    },
    requestsSince() {
      const paths = simulator.requests.slice(seen).map(({ path }) => path);
      seen = simulator.requests.length;
      return paths;
    },
    async close() {
      await simulator.close();
      for (const other of others) await other.close();
      await close();
      if (simulator.violations.length > 0) throw new Error(`requests outside the allow-list: ${simulator.violations.join(', ')}`);
    },
  };
}

const KEY = 'test-key';

/** Compares tables of the warehouse, all when none is named, with what the account says they must hold. */
export async function expectWarehouse({ account, database }: Workbench, names: readonly TableName[] = TABLE_NAMES): Promise<void> {
  const [actual, expected] = [await readTables(database.pool, { only: names }), expectedTables(account, { only: names })];
  for (const name of names) expect(actual[name], name).toEqual(expected[name]);
}
