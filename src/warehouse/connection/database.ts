import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy';
import pg from 'pg';
import { sqlState } from '../../errors.ts';
import { reach } from '../../failpoint.ts';
import { ConnectionLostError, connectionError, NoPrimaryError } from './error-class.ts';
import { assertOwnBackend } from './own-backend.ts';
import { createRetryPolicy, type RetryPolicyOptions } from './retrying.ts';
import { PATIENT, type SessionLimits, startSession } from './session-settings.ts';
import { createWays } from './ways.ts';

/** A failed transaction answers ROLLBACK to COMMIT, and pg takes that for success. */
export class NotCommittedError extends Error {
  override name = 'NotCommittedError';
  override message = 'the database rolled the transaction back instead of committing it';
}

export type Client = pg.PoolClient;

export type Database = {
  /** Makes a statement of its own on any session. It is made again when the database was away: it may be executed twice. */
  pool: Pick<pg.Pool, 'query'>;
  /** For schema and ordinary queries, which are made in the same way; loading uses plain SQL over `pool`. */
  drizzle: PgRemoteDatabase;
  /**
   * Runs work in one transaction and commits it. What the database kept from being done is run again from the start, also when nobody
   * knows whether it was committed: so it must do nothing outside the database, and may be done twice.
   */
  transaction<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** A session of the pool that the caller keeps, and releases. One that breaks while `setUp` prepares it is replaced by another. */
  connect(setUp?: (client: Client) => Promise<unknown>): Promise<Client>;
  /** A session of its own without limits of time, for what may take long; the caller ends it. */
  connectPatiently(): Promise<pg.Client>;
  close(): Promise<void>;
};

export type DatabaseOptions = Partial<RetryPolicyOptions> & {
  max?: number;
  statementTimeoutMs?: number;
  lockTimeoutMs?: number;
  /** Told of each session when it is ready, and of the server's process that serves it. */
  onSession?: ((client: pg.ClientBase, pid: number) => void) | undefined;
};

/** The server may be on its way up, and is surely coming back when it was there. */
const PATIENCE = { firstMs: 20_000, laterMs: 300_000 };
/** For a connection, and for the first answer on it: a pooler may take the one, and have no backend for the other. */
const CONNECT_MS = 10_000;
/** too_many_connections */
const NO_CONNECTION_LEFT = '53300';
/** A session that does not roll back in this time is not there any more. */
const ROLLBACK_MS = 2_000;

/** Numbers instead of strings for bigint, `YYYY-MM-DD` instead of a local midnight for date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

/**
 * Opens a pool; nothing connects before the first query. Every session is set to what the work depends on, whatever the server's or the
 * user's defaults are. Behind a pooler that does not give each session a backend of its own, all work fails with `SharedBackendError`.
 */
export function createDatabase(
  url: string,
  { max = 4, statementTimeoutMs = 300_000, lockTimeoutMs = 10_000, patience = PATIENCE, signal, onAway, onSession }: DatabaseOptions = {},
): Database {
  const ways = createWays(url);
  const connection = {
    connectionString: ways.current(),
    types,
    application_name: 'chatrhub-sync',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const openedAt = new WeakMap<pg.ClientBase, number>();
  let lostAt = 0;
  let checked: Promise<void> | undefined;
  /** Looks once whether sessions have a backend each: a second one is opened for the time of a look, if there is room for it. */
  async function check(client: pg.ClientBase): Promise<void> {
    const other = new pg.Client({ ...connection, query_timeout: CONNECT_MS });
    other.on('error', () => {});
    try {
      await other.connect();
      await assertOwnBackend(client, other);
    } catch (error) {
      checked = undefined;
      if (sqlState(error) !== NO_CONNECTION_LEFT) throw error;
    } finally {
      await isDoneSoon(other.end());
    }
  }
  const prepare = async (client: pg.ClientBase, limits: SessionLimits) => {
    // The pool listens to idle connections only; one that breaks while checked out reports to itself.
    client.on('error', () => {});
    const { isReadOnly, pid } = await startSession(client, limits, CONNECT_MS);
    checked ??= check(client);
    await checked;
    if (isReadOnly && ways.mustWrite) throw new NoPrimaryError();
    openedAt.set(client, performance.now());
    onSession?.(client, pid);
  };
  const pool = new pg.Pool({
    ...connection,
    max,
    maxLifetimeSeconds: 1_800,
    // The server gives up first: a query that only the client gave up on would still be running. A server that is gone does not.
    query_timeout: statementTimeoutMs + Math.min(10_000, statementTimeoutMs),
    async onConnect(client) {
      await prepare(client, { statementTimeoutMs, lockTimeoutMs, idleInTransactionMs: 120_000, idleMs: 0 });
    },
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', () => {});
  const patiently = createRetryPolicy({ patience, signal, onAway });
  const reached = async <T>(connecting: () => Promise<T>): Promise<T> => {
    for (;;) {
      const tried = ways.current();
      try {
        return await connecting();
      } catch (cause) {
        if (pool.ending) throw cause;
        const error = connectionError(cause);
        const isLast = !ways.leave(tried, error);
        connection.connectionString = ways.current();
        pool.options.connectionString = ways.current();
        if (isLast) throw error;
      }
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

  const query = (statement: string | pg.QueryArrayConfig, values?: unknown[]): Promise<pg.QueryResult> =>
    patiently(() => withClient((client) => client.query(statement as string, values)));

  return {
    // Whoever prints it does not print the password, as one would with a pool.
    pool: { query: query as pg.Pool['query'] },
    drizzle: drizzle((text, values, method) => query(method === 'all' ? { text, rowMode: 'array' } : text, values)),
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
    connect: (setUp) =>
      patiently(async () => {
        const client = await connect();
        try {
          await setUp?.(client);
          return client;
        } catch (error) {
          client.release(true);
          throw sqlState(error) === undefined ? new ConnectionLostError(error) : error;
        }
      }),
    connectPatiently: () =>
      patiently(() =>
        reached(async () => {
          const client = new pg.Client(connection);
          await client.connect();
          await prepare(client, PATIENT).catch(async (error: unknown) => {
            await isDoneSoon(client.end());
            throw error;
          });
          return client;
        }),
      ),
    close: () => pool.end(),
  };
}

/** The answer of a query, unless it takes longer; the query itself continues, up to its own limit. */
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
