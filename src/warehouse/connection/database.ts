import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { sqlState } from '../../errors.ts';
import { reach } from '../../failpoint.ts';
import { ConnectionLostError, connectionError } from './error-class.ts';
import { createRetryPolicy, type RetryPolicyOptions } from './retrying.ts';

/** A failed transaction answers ROLLBACK to COMMIT, and pg takes that for success. */
export class NotCommittedError extends Error {
  override name = 'NotCommittedError';
  override message = 'the database rolled the transaction back instead of committing it';
}

export type Client = pg.PoolClient;

export type Database = {
  /** A statement of its own is made again when the database was away: it may be executed twice. */
  pool: pg.Pool;
  /** For schema and ordinary queries; loading uses plain SQL over `pool`. */
  drizzle: NodePgDatabase;
  /**
   * Runs work in one transaction and commits it. What the database kept from being done is run again from the start, also when nobody
   * knows whether it was committed: so it must do nothing outside the database, and may be done twice.
   */
  transaction<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** A session of the pool that the caller keeps, and releases. */
  connect(): Promise<Client>;
  /** A session of its own without limits of time, for what may take long; the caller ends it. */
  connectPatiently(): Promise<pg.Client>;
  close(): Promise<void>;
};

export type DatabaseOptions = Partial<RetryPolicyOptions> & { max?: number; statementTimeoutMs?: number; lockTimeoutMs?: number };

/** The server may be on its way up, and is surely coming back when it was there. */
const PATIENCE = { firstMs: 20_000, laterMs: 300_000 };
/**
 * Whatever the defaults of server, database and user are. The ledger counts on seeing what was committed while it waited for its lock. A
 * session that holds a lock may be idle for as long as a run takes. Compiling a statement (JIT) takes longer than executing it: a merge of
 * forty rows took a second.
 */
const SESSION = `set timezone to 'UTC'; set datestyle to 'ISO'; set client_min_messages to warning;
  set default_transaction_isolation to 'read committed'; set work_mem to '64MB'; set jit to off; set standard_conforming_strings to on;
  set array_nulls to on; ${unlimited(['idle_session_timeout', 'transaction_timeout'])}`;
/** What limits the sessions of the pool, which have limits of ours. */
const PATIENT = unlimited(['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']);
/** A session that does not roll back in this time is not there any more. */
const ROLLBACK_MS = 2_000;

/** SQL that takes limits of time from a session, of those that this version of PostgreSQL has. */
function unlimited(limits: readonly string[]): string {
  return `select set_config(name, '0', false) from pg_catalog.pg_settings where name in ('${limits.join("', '")}')`;
}

/** Numbers instead of strings for bigint, `YYYY-MM-DD` instead of a local midnight for date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

/** Opens a pool; nothing connects before the first query. Every session is in UTC, whatever the server's or the user's defaults are. */
export function createDatabase(
  url: string,
  { max = 4, statementTimeoutMs = 300_000, lockTimeoutMs = 10_000, patience = PATIENCE, signal, onAway }: DatabaseOptions = {},
): Database {
  const connection = {
    connectionString: url,
    types,
    application_name: 'chatrhub-sync',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const openedAt = new WeakMap<pg.ClientBase, number>();
  let lostAt = 0;
  const prepare = async (client: pg.ClientBase) => {
    // The pool listens to idle connections only; one that breaks while checked out reports to itself.
    client.on('error', () => {});
    await client.query(SESSION);
    openedAt.set(client, performance.now());
  };
  const pool = new pg.Pool({
    ...connection,
    max,
    maxLifetimeSeconds: 1_800,
    statement_timeout: statementTimeoutMs,
    // The server gives up first: a query that only the client gave up on would still be running. A server that is gone does not.
    query_timeout: statementTimeoutMs + Math.min(10_000, statementTimeoutMs),
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: 120_000,
    onConnect: prepare,
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', () => {});
  // Whoever prints a pool does not print the password.
  Object.defineProperty(pool.options, 'connectionString', { enumerable: false });
  const patiently = createRetryPolicy({ patience, signal, onAway });
  const reached = async <T>(connecting: () => Promise<T>): Promise<T> => {
    try {
      return await connecting();
    } catch (error) {
      throw pool.ending ? error : connectionError(error);
    }
  };

  /** A session of the pool. Where one broke, the others may be half open: each would have to be waited for until its time is up. */
  async function connect(): Promise<Client> {
    for (;;) {
      const client = await reached(() => pool.connect());
      if ((openedAt.get(client) ?? 0) > lostAt) return client;
      client.release(true);
    }
  }

  /** Work on a session of the pool. One that broke, or does not even roll back, is thrown away, and its error says so. */
  async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await connect();
    let isBroken = false;
    try {
      return await work(client);
    } catch (error) {
      isBroken = !(await isDoneSoon(client.query('rollback')));
      if (isBroken) lostAt = performance.now();
      throw isBroken && sqlState(error) === undefined ? new ConnectionLostError(error) : error;
    } finally {
      client.release(isBroken);
    }
  }

  // In place, so that drizzle's queries and those of the pool are made alike.
  pool.query = ((text: string, values?: unknown[]) =>
    patiently(() => withClient((client) => client.query(text, values)))) as typeof pool.query;

  return {
    pool,
    drizzle: drizzle(pool),
    transaction: (work) =>
      patiently(() =>
        withClient(async (client) => {
          await client.query('begin');
          const result = await work(client);
          reach('commit');
          const { command } = await client.query('commit');
          if (command !== 'COMMIT') throw new NotCommittedError();
          reach('committed');
          return result;
        }),
      ),
    connect: () => patiently(connect),
    connectPatiently: () =>
      patiently(async () => {
        const client = await reached(async () => {
          const connecting = new pg.Client(connection);
          await connecting.connect();
          return connecting;
        });
        await prepare(client);
        await client.query(PATIENT);
        return client;
      }),
    close: () => pool.end(),
  };
}

/** The answer of a query, unless it takes longer; the query itself goes on, up to its own limit. */
export async function withinMs<T>(answer: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(`the database has not answered within ${ms} ms`);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    late.catch(() => {});
    over.abort();
  }
}

/** Whether a statement that is to take no time has been executed. A connection that is half open lets it wait for minutes. */
export async function isDoneSoon(statement: Promise<unknown>): Promise<boolean> {
  const done = statement.then(
    () => true,
    () => false,
  );
  return Promise.race([done, sleep(ROLLBACK_MS, false, { ref: false })]);
}

/** Which transactions a reader sees from now on: what commits later is not among them, whatever its time stamps say. */
export async function readSnapshot({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  return rows[0]?.snapshot ?? '';
}
