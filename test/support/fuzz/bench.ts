import pg from 'pg';
import { createLedger } from '../../../src/budget/ledger.store.ts';
import { parseLimits } from '../../../src/budget/limits.ts';
import { createPermits } from '../../../src/budget/permits.ts';
import { createLogger } from '../../../src/logger.ts';
import { resources } from '../../../src/resources/index.ts';
import { backfill, backfillRange } from '../../../src/runs/backfill.ts';
import type { RunOptions } from '../../../src/runs/run-options.ts';
import type { RunReport } from '../../../src/runs/run-report.ts';
import { sync } from '../../../src/runs/sync.ts';
import type { Account } from '../../../src/simulator/account/account.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/api/simulator-server.ts';
import { readsOf } from '../../../src/source/allow-list.ts';
import { createClient } from '../../../src/source/client.ts';
import type { Day } from '../../../src/time/period.ts';
import { createDatabase, type Database } from '../../../src/warehouse/connection/database.ts';
import { BEGINNING_MS, createFakeClock, fakeClockUrl } from '../fake-clock.ts';
import { WITHOUT_REFRESHES } from '../unrefreshed.ts';

/** A warehouse that one draw after the other is played on, under a fake clock. */
export type Bench = {
  /** Leads to it on the real clock. */
  pool: pg.Pool;
  database: Database;
  setClock(date: Date): Promise<void>;
  /** Makes it as empty as a new one. */
  reset(): Promise<void>;
  close(): Promise<void>;
};

/** Draws after which the space of deleted rows is given back. */
const VACUUM_EVERY = 50;

/**
 * Deletes what is in the tables, and puts back what a new warehouse has: that was kept beside. Constraints wait meanwhile, so that the
 * order of the tables does not matter.
 */
const RESET = `
  do $$ declare each record; begin
    set local session_replication_role = replica;
    for each in
      select format('%I.%I', table_schema, table_name) as name, to_regclass(format('fake.%I', table_schema || '_' || table_name)) as kept
      from information_schema.tables
      where table_schema in ('chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync', 'chatrhub_bi_store') and table_type = 'BASE TABLE'
    loop
      execute 'delete from ' || each.name;
      if each.kept is not null then execute format('insert into %s overriding system value select * from %s', each.name, each.kept); end if;
    end loop;
  end $$`;

/** Remembers what a new warehouse has. */
const KEEP = `
  ${WITHOUT_REFRESHES}
  do $$ declare each record; has boolean; begin
    for each in
      select format('%I.%I', table_schema, table_name) as name, format('fake.%I', table_schema || '_' || table_name) as kept
      from information_schema.tables
      where table_schema in ('chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync', 'chatrhub_bi_store') and table_type = 'BASE TABLE'
    loop
      execute format('select exists (select from %s)', each.name) into has;
      if has then execute format('create table %s as select * from %s', each.kept, each.name); end if;
    end loop;
  end $$`;

/** Takes a migrated database of its own. */
export async function openBench(url: string): Promise<Bench> {
  const pool = new pg.Pool({ connectionString: url, max: 3 });
  pool.on('error', () => undefined);
  const clock = await createFakeClock(pool);
  await pool.query(KEEP);
  const database = createDatabase(fakeClockUrl(url));
  let draws = 0;
  return {
    pool,
    database,
    setClock: (date) => clock.set(date.getTime() - BEGINNING_MS),
    async reset() {
      await pool.query(RESET);
      draws += 1;
      if (draws % VACUUM_EVERY === 0) await pool.query('vacuum');
    },
    async close() {
      await database.close();
      await pool.end();
    },
  };
}

/** Runs between a source and the bench's warehouse, each at a moment of the program's clock and the database's. */
export type Seat = {
  simulator: Simulator;
  sync(now: Date, startDate: Day, lookbackDays: number): Promise<RunReport>;
  backfill(now: Date, from: Day): Promise<RunReport>;
};

const KEY = 'test-key';
/** Nothing is waited for: what a draw is about is not the time it takes. */
const UNLIMITED = parseLimits('1000000/second') ?? [];

export async function takeSeat(bench: Bench, account: Account): Promise<Seat> {
  const { database } = bench;
  const simulator = await startSimulator({ account, apiKey: KEY });
  const ledger = createLedger(database, { limits: UNLIMITED, scope: 'account', reserve: 0 });
  const permits = createPermits({ ledger, timeoutMs: 5_000 });
  const options: Omit<RunOptions, 'now'> = {
    database,
    client: createClient({
      baseUrl: simulator.url,
      apiKey: KEY,
      reads: readsOf(resources),
      permits,
      ledger,
      limits: UNLIMITED,
      random: () => 0,
    }),
    logger: createLogger({ level: 'silent', secrets: [], isTerminal: false }),
    signal: new AbortController().signal,
    only: undefined,
    maxDurationMs: 60_000,
    limits: UNLIMITED,
    rateScope: 'account',
    reserve: 0,
    privacy: { mode: 'keep' },
  };
  return {
    simulator,
    async sync(now, startDate, lookbackDays) {
      await bench.setClock(now);
      return sync({ ...options, now: () => now, startDate, lookbackDays });
    },
    async backfill(now, from) {
      await bench.setClock(now);
      return backfill({ ...options, now: () => now, range: backfillRange(from, undefined, now), refresh: false });
    },
  };
}
