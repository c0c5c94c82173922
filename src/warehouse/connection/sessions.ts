import pg from 'pg';
import { sqlState } from '../../errors.ts';
import { ConnectionLostError, connectionError, NoPrimaryError } from './error-class.ts';
import { assertOwnBackend } from './own-backend.ts';
import { PATIENT, type SessionLimits, startSession } from './session-settings.ts';
import { isDoneSoon } from './time-limits.ts';
import { createWays } from './ways.ts';

export type Client = pg.PoolClient;

export type SessionOptions = {
  max?: number;
  statementTimeoutMs?: number;
  lockTimeoutMs?: number;
  /** Told of each session when it is ready, and of the server's process that serves it. */
  onSession?: ((client: pg.ClientBase, pid: number) => void) | undefined;
};

/** Sessions of a database, each set up as the work needs it. */
export type Sessions = {
  /** One of the pool, which the caller releases. */
  connect(): Promise<Client>;
  /** Work on one of the pool. One that broke, or does not even roll back, is thrown away, and its error says so. */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** One of its own without limits of time, which the caller ends. */
  open(): Promise<pg.Client>;
  close(): Promise<void>;
};

/** For a connection, and for the first answer on it: a pooler may take the one, and have no backend for the other. */
const CONNECT_MS = 10_000;
/** too_many_connections */
const NO_CONNECTION_LEFT = '53300';

/** Numbers instead of strings for bigint, `YYYY-MM-DD` instead of a local midnight for date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

/** Opens a pool; nothing connects before the first use. Where several servers are named, the next one is tried. */
export function createSessions(
  url: string,
  { max = 4, statementTimeoutMs = 300_000, lockTimeoutMs = 10_000, onSession }: SessionOptions,
): Sessions {
  const ways = createWays(url);
  const connection = { ...CONNECTION, connectionString: ways.current() };
  const openedAt = new WeakMap<pg.ClientBase, number>();
  let lostAt = 0;
  const check = checkOnce(connection);
  const prepare = async (client: pg.ClientBase, limits: SessionLimits) => {
    // The pool listens to idle connections only; one that breaks while checked out reports to itself.
    client.on('error', () => {});
    const { isReadOnly, pid } = await startSession(client, limits, CONNECT_MS);
    await check(client);
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
  const reached = createReach(ways, pool, connection);

  /** Where one session broke, the others may be half open: each would have to be waited for until its time is up. */
  async function connect(): Promise<Client> {
    for (;;) {
      const client = await reached(() => pool.connect());
      if ((openedAt.get(client) ?? 0) > lostAt) return client;
      client.release(true);
    }
  }

  return {
    connect,
    async use(work) {
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
    },
    open: () => reached(() => openAlone(connection, prepare)),
    close: () => pool.end(),
  };
}

/** What all sessions have in common. */
const CONNECTION = {
  types,
  application_name: 'chatrhub-sync',
  connectionTimeoutMillis: CONNECT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
};

/** Connects to the server that was reached last, and to the others, one after the other, where that is gone. */
function createReach(ways: ReturnType<typeof createWays>, pool: pg.Pool, connection: { connectionString: string }) {
  return async <T>(connecting: () => Promise<T>): Promise<T> => {
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
}

/** A session of its own, which is in no pool. */
async function openAlone(connection: pg.ClientConfig, prepare: (client: pg.Client, limits: SessionLimits) => Promise<void>) {
  const client = new pg.Client(connection);
  await client.connect();
  await prepare(client, PATIENT).catch(async (error: unknown) => {
    await isDoneSoon(client.end());
    throw error;
  });
  return client;
}

/** Looks once whether sessions have a backend each: a second one is opened for the time of a look, if there is room for it. */
function checkOnce(connection: pg.ClientConfig): (client: pg.ClientBase) => Promise<void> {
  let checked: Promise<void> | undefined;
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
  return (client) => {
    checked ??= check(client);
    return checked;
  };
}
