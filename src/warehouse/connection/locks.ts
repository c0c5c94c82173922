import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from '../../errors.ts';
import type { Client, Database } from './database.ts';
import { ConnectionLostError } from './error-class.ts';
import { FROZEN_MS } from './session-settings.ts';
import { isDoneSoon } from './time-limits.ts';

const LOCK_SPACE = 7_201_944;
/** In one message: until its locks are taken again, another run may begin. */
const SET_UP = `select set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
  set_config('tcp_keepalives_count', '3', false), set_config('idle_session_timeout', $1, false)`;
/** How often a process shows the server that it is at work, and after how long without that it has lost its locks, in milliseconds. */
const SIGNS = { everyMs: 60_000, frozenMs: FROZEN_MS };
/** The server frees the locks of a session that it ended a moment after it says so; of one that broke, when it notices: within a minute. */
const REGAIN_MS = 100;

/**
 * A session that holds locks by name until it is released. It has a connection of its own: the locks of a process that died are free as
 * soon as PostgreSQL notices, which keepalives make a matter of a minute; those of one that is frozen, after five. Should the connection
 * break while the process lives, another one takes the locks again, unless somebody else has them meanwhile.
 */
export type Locks = {
  /** Takes a lock, for the life of the session; false when another session holds it. */
  take(name: string): Promise<boolean>;
  release(): Promise<void>;
};

/** Opens one. `everyMs`: how often it shows that the process is at work; `frozenMs`: after how long without that its locks are lost. */
export async function openLocks(database: Database, { everyMs, frozenMs } = SIGNS): Promise<Locks> {
  const names: string[] = [];
  const released = new AbortController();
  let session: Client | undefined;

  async function connect(): Promise<Client> {
    const client = await database.connect((begun) => begun.query(SET_UP, [String(frozenMs)]));
    session = client;
    client.once('end', () => {
      if (session !== client || released.signal.aborted) return;
      session = undefined;
      client.release(true);
      void regain();
    });
    return client;
  }

  /** Without it the run continues, until another one begins: that marks it as interrupted, and then it writes nothing more. */
  async function regain(): Promise<void> {
    try {
      const client = await connect();
      if (released.signal.aborted) return client.release(true);
      for (const name of names) while (!(await tryLock(client, name))) await sleep(REGAIN_MS, undefined, { signal: released.signal });
    } catch {
      // Released meanwhile; broken again, which is looked after; or the database is away for good, which the run itself will meet.
    }
  }

  await connect();
  const signs = setInterval(() => void session?.query('select').catch(() => {}), everyMs).unref();
  return {
    async take(name) {
      if (!session) throw new ConnectionLostError('its locks are being taken again');
      const isTaken = await tryLock(session, name);
      if (isTaken) names.push(name);
      return isTaken;
    },
    async release() {
      released.abort();
      clearInterval(signs);
      if (!session) return;
      await isDoneSoon(session.query('select pg_advisory_unlock_all()'));
      // Where the connection is broken, the end of its session frees the locks.
      session.release(true);
    },
  };
}

async function tryLock(client: Client, name: string): Promise<boolean> {
  const { rows } = await client
    .query<{ taken: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as taken', [LOCK_SPACE, name])
    .catch((error: unknown) => {
      throw sqlState(error) === undefined ? new ConnectionLostError(error) : error;
    });
  return rows[0]?.taken ?? false;
}

/** SQL that says whether any session holds the lock whose name the expression `name` gives. */
export const isHeld = (name: string): string => `exists (
  select from pg_locks
  where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
    and classid = ${LOCK_SPACE} and objid::bigint = hashtext(${name})::bigint & 4294967295 and granted)`;
