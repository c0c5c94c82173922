import type pg from 'pg';
import { sqlState, UsageError } from '../../errors.ts';

/** What a session of this program may take, in milliseconds; 0 is without limit. `idleMs`: between two statements, outside a transaction. */
export type SessionLimits = { statementTimeoutMs: number; lockTimeoutMs: number; idleInTransactionMs: number; idleMs: number };

/**
 * A process that is frozen, or whose machine is, keeps its connections. After so long without a sign of it the server ends a session
 * that holds a lock, which others wait for.
 */
export const FROZEN_MS = 300_000;

/** For sessions that may take long: a migration, a refresh of stored views. Their statements follow one another. */
export const PATIENT: SessionLimits = { statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionMs: FROZEN_MS, idleMs: FROZEN_MS };

/**
 * What our statements depend on, whatever server, database and role have been given. The ledger counts on seeing what was committed while it
 * waited for its lock; views are compared by their text; triggers note what changed; COPY and literals are written in one way.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  client_encoding: 'UTF8',
  client_min_messages: 'warning',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  xmlbinary: 'base64',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  session_replication_role: 'origin',
  check_function_bodies: 'on',
  work_mem: '64MB',
  // To compile a statement takes longer than to run it, save for those that no sync has.
  jit: 'off',
  transaction_timeout: '0',
};

/**
 * Overruled only where a role or a database has it. A server that only reads as a whole, because its disk is nearly full for instance, is not
 * to be written to; one that is to be fast rather than safe is its administrator's choice; a path in DATABASE_URL is ours.
 */
const OF_ROLES: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog',
  default_transaction_read_only: 'off',
  synchronous_commit: 'on',
};

const rowsOf = (settings: Readonly<Record<string, string>>, isOfRoles: boolean): string[] =>
  Object.entries(settings).map(([name, value]) => `('${name}', '${value}', ${isOfRoles})`);

/** Settings that this server does not have are left out: older ones lack transaction_timeout. */
const statement = ({ statementTimeoutMs, lockTimeoutMs, idleInTransactionMs, idleMs }: SessionLimits): string => `
  select count(set_config(s.name, w.value, false))
  from (values ${[
    ...rowsOf(SETTINGS, false),
    ...rowsOf(OF_ROLES, true),
    ...rowsOf(
      {
        statement_timeout: String(statementTimeoutMs),
        lock_timeout: String(lockTimeoutMs),
        idle_in_transaction_session_timeout: String(idleInTransactionMs),
        idle_session_timeout: String(idleMs),
      },
      false,
    ),
  ].join(', ')}) w (name, value, is_of_roles)
  join pg_settings s on lower(s.name) = w.name
  where s.setting <> w.value and (not w.is_of_roles or s.source in ('global', 'database', 'user', 'database user'));
  select pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as "isReadOnly", pg_backend_pid() as pid`;

/** What a session is like: whether nothing can be written there, and the server's process that serves it. */
type SessionStart = { isReadOnly: boolean; pid: number };

/**
 * Gives a new session what it depends on, in one message, before anything else. Settings do not travel with the connection's
 * first message, as poolers refuse those that they do not know. Throws when there is no answer
 * within `timeoutMs`, and `UsageError` where an administrator has set something that this user may not change.
 */
export async function startSession(client: pg.ClientBase, limits: SessionLimits, timeoutMs: number): Promise<SessionStart> {
  const query: pg.QueryConfig & { query_timeout: number } = { text: statement(limits), query_timeout: timeoutMs };
  // Two statements have two results, of which pg's types know nothing.
  const results = (await client.query(query).catch((error: unknown) => {
    if (sqlState(error) !== '42501') throw error;
    throw new UsageError(
      `${(error as Error).message}: it was set for the user or the database of DATABASE_URL, and keeps triggers from noting what changed; an administrator resets it with: alter role ... reset session_replication_role`,
    );
  })) as unknown as pg.QueryResult<SessionStart>[];
  const start = results.at(-1)?.rows[0];
  if (!start) throw new Error('the database did not say how a session began');
  return start;
}
