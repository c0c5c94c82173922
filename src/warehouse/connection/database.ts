import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy';
import type pg from 'pg';
import { sqlState } from '../../errors.ts';
import { reach } from '../../failpoint.ts';
import { ConnectionLostError } from './error-class.ts';
import { createRetryPolicy, type RetryPolicyOptions } from './retrying.ts';
import { type Client, createSessions, type SessionOptions } from './sessions.ts';

/** A failed transaction answers ROLLBACK to COMMIT, and pg takes that for success. */
export class NotCommittedError extends Error {
  override name = 'NotCommittedError';
  override message = 'the database rolled the transaction back instead of committing it';
}

export type { Client };

export type Database = {
  /** Makes a statement of its own on any session. It is made again when the database was away: it may be executed twice. */
  pool: Pick<pg.Pool, 'query'>;
  /** For schema and ordinary queries, which are made in the same way; loading uses plain SQL over `pool`. */
  drizzle: PgRemoteDatabase;
  /**
   * Runs work in one transaction and commits it. What the database kept from being done is run again from the start, also when nobody
   * knows whether it was committed: so it must do nothing outside the database, and may be done twice. `first`: a statement without
   * parameters that is to be its first one, sent in one message with its beginning.
   */
  transaction<T>(work: (client: Client) => Promise<T>, first?: string): Promise<T>;
  /** A session of the pool that the caller keeps, and releases. One that breaks while `setUp` prepares it is replaced by another. */
  connect(setUp?: (client: Client) => Promise<unknown>): Promise<Client>;
  /** A session of its own without limits of time, for what may take long; the caller ends it. */
  connectPatiently(): Promise<pg.Client>;
  close(): Promise<void>;
};

export type DatabaseOptions = Partial<RetryPolicyOptions> & SessionOptions;

/** The server may be on its way up, and is surely coming back when it was there. */
const PATIENCE = { firstMs: 20_000, laterMs: 300_000 };

/**
 * Opens a pool; nothing connects before the first query. Every session is set to what the work depends on, whatever the server's or the
 * user's defaults are. Behind a pooler that does not give each session a backend of its own, all work fails with `SharedBackendError`.
 */
export function createDatabase(url: string, { patience = PATIENCE, signal, onAway, ...options }: DatabaseOptions = {}): Database {
  const sessions = createSessions(url, options);
  const patiently = createRetryPolicy({ patience, signal, onAway });
  const query = (statement: string | pg.QueryConfig | pg.QueryArrayConfig, values?: unknown[]): Promise<pg.QueryResult> =>
    patiently(() => sessions.use((client) => client.query(statement as string, values)));

  return {
    // Whoever prints it does not print the password, as one would with a pool.
    pool: { query: query as pg.Pool['query'] },
    drizzle: drizzle((text, values, method) => query(method === 'all' ? { text, rowMode: 'array' } : text, values)),
    transaction: (work, first) =>
      patiently(() =>
        sessions.use(async (client) => {
          await client.query(first === undefined ? 'begin' : `begin; ${first}`);
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
        const client = await sessions.connect();
        try {
          await setUp?.(client);
          return client;
        } catch (error) {
          client.release(true);
          throw sqlState(error) === undefined ? new ConnectionLostError(error) : error;
        }
      }),
    connectPatiently: () => patiently(sessions.open),
    close: sessions.close,
  };
}

/** Which transactions a reader sees from now on: what commits later is not among them, whatever its time stamps say. */
export async function readSnapshot({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  return rows[0]?.snapshot ?? '';
}
