import { CERTIFICATE, constraintOf, sqlState, UsageError } from '../../errors.ts';

/**
 * What an error of the database means for the work it met. `away`: the server is not there, or not for us; the same will do when it is
 * back. `conflict`: somebody else was in the way; again at once. `slow`: once more, then it is too much. `settings`: until a person
 * changes something. `full`: nothing more can be written.
 */
export type ErrorClass = 'unavailable' | 'conflict' | 'slow' | 'settings' | 'full';

type Known = { is: ErrorClass; advice?: string };

const NOT_RUNNING = 'is PostgreSQL running where DATABASE_URL says?';
const UNREACHABLE: Known = { is: 'unavailable', advice: 'check the network between here and the host in DATABASE_URL' };
const CONFLICT: Known = { is: 'conflict' };
const STOPPING: Known = { is: 'unavailable', advice: 'the server is being stopped or started; try again when it is up' };

/** By the code of the error, PostgreSQL's or Node's, or by what is wrong with a certificate. */
const TROUBLES: Readonly<Record<string, Known>> = {
  '28P01': { is: 'settings', advice: 'check user and password in DATABASE_URL' },
  '28000': {
    is: 'settings',
    advice:
      'check the user in DATABASE_URL, and what pg_hba.conf allows it; a server that takes nobody without encryption needs ?sslmode=verify-full or ?sslmode=require',
  },
  '3D000': { is: 'settings', advice: 'create it, or check the name in DATABASE_URL' },
  '42501': {
    is: 'settings',
    advice: 'the user of DATABASE_URL needs to own the schemas, to be allowed to create them, or to be a member of chatrhub_loader',
  },
  '25006': { is: 'settings', advice: 'DATABASE_URL leads to a server that only reads; use the primary' },
  untrusted: {
    is: 'settings',
    advice:
      'its certificate is from an authority that this machine does not trust: set sslrootcert in DATABASE_URL to the file of that authority',
  },
  outdated: { is: 'settings', advice: 'its certificate is not valid at this time: renew it, or check the clock of this machine' },
  misnamed: { is: 'settings', advice: 'its certificate is for another name than the host in DATABASE_URL' },
  NO_FILE: { is: 'settings', advice: 'check sslrootcert, sslcert and sslkey in DATABASE_URL' },
  NO_TLS: { is: 'settings', advice: 'switch TLS on at the server, or remove sslmode from DATABASE_URL' },
  SHARED_BACKEND: {
    is: 'settings',
    advice:
      'settings, temporary tables and locks need a session that keeps its backend. Let DATABASE_URL lead to the server itself, or to a pooler in session mode (PgBouncer: pool_mode = session). Neon: the host without "-pooler"; Supabase: port 5432 instead of 6543; RDS Proxy: the endpoint of the instance or cluster itself',
  },
  // PgBouncer has this code for all that it says of its own accord.
  '08P01': {
    is: 'unavailable',
    advice: 'the error is from a pooler: see its log, and check DATABASE_URL and that the PostgreSQL behind it runs',
  },
  STARTUP_PARAMETER: {
    is: 'settings',
    advice: 'a pooler refuses options that it does not know: remove the options that it names from DATABASE_URL',
  },
  NO_BACKEND: {
    is: 'unavailable',
    advice:
      'a connection was made, and its first statement got no answer: the server is overloaded, or a pooler has no backend left for this user. A command needs up to 6 at once, "schedule" 9 (PgBouncer: default_pool_size)',
  },
  NO_PRIMARY: { is: 'unavailable', advice: 'target_session_attrs in DATABASE_URL wants a server that can be written to' },
  ECONNREFUSED: { is: 'unavailable', advice: NOT_RUNNING },
  ENOTFOUND: { is: 'unavailable', advice: 'check the host in DATABASE_URL' },
  EAI_AGAIN: { is: 'unavailable', advice: 'the name of the host in DATABASE_URL cannot be looked up now' },
  ECONNRESET: UNREACHABLE,
  EPIPE: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  '53300': { is: 'unavailable', advice: 'the server has no connection left; try again later, or raise its limit' },
  '57P01': STOPPING,
  '57P02': STOPPING,
  '57P03': STOPPING,
  // A process that was frozen finds its sessions ended.
  '57P05': UNREACHABLE,
  '25P03': UNREACHABLE,
  '53100': { is: 'full', advice: 'the disk of the database is full: make room and run it again; what was committed is there' },
  '40P01': CONFLICT,
  '40001': CONFLICT,
  '55P03': { is: 'conflict', advice: 'another session holds a lock on the tables, such as a long query or an ALTER: see pg_stat_activity' },
  '57014': { is: 'slow', advice: 'the server ended a statement that took too long' },
};

/** Connections that fail or break (08 is PostgreSQL's class of them). */
const CONNECTION: Known = { is: 'unavailable', advice: NOT_RUNNING };

/** The connection broke, or does not answer any more. What was under way may have been done or not. */
export class ConnectionLostError extends Error {
  override name = 'ConnectionLostError';
  /** connection_failure */
  readonly code = '08006';
  constructor(cause: unknown) {
    super('the connection to the database broke', { cause });
  }
}

/** A server answers that can only be read, as a standby does, and DATABASE_URL wants another one. */
export class NoPrimaryError extends Error {
  override name = 'NoPrimaryError';
  override message = 'the server only reads, as a standby does';
  readonly code = 'NO_PRIMARY';
}

/** A connection was made, and what it was asked first was not answered. */
class NotAnsweredError extends Error {
  override name = 'NotAnsweredError';
  override message = 'the database took a connection, and did not answer on it';
  readonly code = 'NO_BACKEND';
}

/** What pg (without a code) and poolers (all with 08P01, some versions) name by its text alone, when a connection is made. */
const BY_TEXT: readonly [RegExp, code: string][] = [
  [/^The server does not support SSL connections$/, 'NO_TLS'],
  [/^unsupported startup parameter/, 'STARTUP_PARAMETER'],
  [/authentication failed$/, '28P01'],
  [/^no such user/, '28P01'],
  [/^(no such database|database "[\s\S]*" does not exist$)/, '3D000'],
];

/** What a connection that could not be made fails with. */
export function connectionError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UsageError) return error;
  if (error.message === 'Query read timeout') return new NotAnsweredError();
  const code = sqlState(error);
  const isVague = code === undefined || code === '08P01';
  const ours =
    'syscall' in error && error.syscall === 'open' ? 'NO_FILE' : BY_TEXT.find(([text]) => isVague && text.test(error.message))?.[1];
  if (ours) return Object.assign(error, { code: ours });
  return code === undefined ? new ConnectionLostError(error) : error;
}

/**
 * Whether another process has inserted a row with the same key at the same moment: it is there by now, and found. A unique index that
 * somebody added refuses a row for good.
 */
const isRace = (error: unknown): boolean => sqlState(error) === '23505' && /_pk(ey)?$/.test(constraintOf(error) ?? '');

/** What is known of an error, when it is one that the database, or the way to it, is to blame for. */
export function classifyError(error: unknown): Known | undefined {
  if (isRace(error)) return CONFLICT;
  const code = sqlState(error) ?? '';
  return TROUBLES[CERTIFICATE[code] ?? code] ?? (code.length === 5 && code.startsWith('08') ? CONNECTION : undefined);
}

/**
 * Whether the database refused values: 22, 23, 42, 44 and 54 are PostgreSQL's classes of such errors, and P0 that of triggers. A right
 * that is lacking is no matter of values.
 */
export const isRefusal = (error: unknown): boolean =>
  !isRace(error) && classifyError(error) === undefined && /^(22|23|42|44|54|P0)...$/.test(sqlState(error) ?? '');

/** Whether the database refused just this statement or its values, or was kept from it for too long: others may go well. */
export function isOfOneStatement(error: unknown): boolean {
  const { is } = classifyError(error) ?? {};
  return is === 'conflict' || is === 'slow' || isRefusal(error);
}
