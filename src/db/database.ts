import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { sqlState } from '../errors.ts';

/** A failed transaction answers ROLLBACK to COMMIT, and pg takes that for success. */
export class NotCommittedError extends Error {
  override name = 'NotCommittedError';
  override message = 'the database rolled the transaction back instead of committing it';
}

export type Client = pg.PoolClient;

export type Database = {
  pool: pg.Pool;
  /** For schema and ordinary queries; loading uses plain SQL over `pool`. */
  drizzle: NodePgDatabase;
  /**
   * Runs work in one transaction and commits it. A deadlock or a serialization failure runs it again from the start, so it must do
   * nothing outside the database.
   */
  transaction<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** A session of its own without limits of time, for what may take long; the caller ends it. */
  connectPatiently(): Promise<pg.Client>;
  close(): Promise<void>;
};

const STATEMENT_TIMEOUT_MS = 300_000;
/** Whatever the defaults of server, database and user are. The ledger counts on seeing what was committed while it waited for its lock. */
const SESSION = `set timezone to 'UTC'; set datestyle to 'ISO'; set client_min_messages to warning;
  set default_transaction_isolation to 'read committed'`;
const AGAIN = new Set(['40P01', '40001']);
const MAX_TRIES = 5;

/** Numbers instead of strings for bigint, `YYYY-MM-DD` instead of a local midnight for date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

/** Opens a pool; nothing connects before the first query. Every session is in UTC, whatever the server's or the user's defaults are. */
export function createDatabase(url: string, { max = 4 }: { max?: number } = {}): Database {
  const connection = {
    connectionString: url,
    types,
    application_name: 'chatrhub-sync',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const prepare = async (client: pg.ClientBase) => {
    // The pool listens to idle connections only; one that breaks while checked out reports to itself.
    client.on('error', () => {});
    await client.query(SESSION);
  };
  const pool = new pg.Pool({
    ...connection,
    max,
    maxLifetimeSeconds: 1_800,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The server gives up first: a query that only the client gave up on would still be running.
    query_timeout: STATEMENT_TIMEOUT_MS + 10_000,
    lock_timeout: 60_000,
    idle_in_transaction_session_timeout: 120_000,
    onConnect: prepare,
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', () => {});
  // Whoever prints a pool does not print the password.
  Object.defineProperty(pool.options, 'connectionString', { enumerable: false });

  async function attempt<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await work(client);
      const { command } = await client.query('commit');
      if (command !== 'COMMIT') throw new NotCommittedError();
      return result;
    } catch (error) {
      await client.query('rollback').catch((reason: Error) => {
        broken = reason;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    pool,
    drizzle: drizzle(pool),
    async transaction(work) {
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(work);
        } catch (error) {
          if (tries === MAX_TRIES || !AGAIN.has(sqlState(error) ?? '')) throw error;
          await sleep(tries * (20 + Math.random() * 80));
        }
      }
    },
    async connectPatiently() {
      const client = new pg.Client(connection);
      await client.connect();
      await prepare(client);
      return client;
    },
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

/** Which transactions a reader sees from now on: what commits later is not among them, whatever its time stamps say. */
export async function readSnapshot({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  return rows[0]?.snapshot ?? '';
}
