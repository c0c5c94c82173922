/** Settings or usage: the run has not begun, nothing was touched. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Another process holds the lock of the same command. Exit code 3. */
export class LockedError extends Error {
  override name = 'LockedError';
}

/** The schemas of the database are not the ones this version can work with. Exit code 2. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

/** PostgreSQL cannot be run here: the message says why and what to do instead. */
export class EmbeddedUnavailableError extends Error {
  override name = 'EmbeddedUnavailableError';

  constructor(reason: string, options?: ErrorOptions) {
    super(`${reason}. Or set DATABASE_URL to a PostgreSQL (15 or newer) of your own.`, options);
  }
}

/** Stopped on purpose: by a signal, or because the run's time is used up. What was fetched is committed. */
export class RunAbortedError extends Error {
  override name = 'RunAbortedError';
  readonly reason: 'signal' | 'duration';
  constructor(reason: 'signal' | 'duration') {
    super(reason === 'signal' ? 'stopped by a signal' : 'the time for this run is used up');
    this.reason = reason;
  }
}

/** Another run has this piece of work under way, or has done it since it was planned: plan again. */
export class AlreadyClaimedError extends Error {
  override name = 'AlreadyClaimedError';
}

/** Nothing moves although it could: what hangs is not known, so only an end of the process helps. */
export class StalledError extends Error {
  override name = 'StalledError';
}

/** This run lost its connection to the database for so long that another one took it for dead: what it writes now could be older. */
export class RunSupersededError extends Error {
  override name = 'RunSupersededError';
  override message =
    'this run lost its connection to the database, and another run has replaced it; this one stops, and the next run continues';
}

/**
 * The text of an error for people: its message and those of its causes, never a stack, and no data. A query that failed would be shown
 * with all its parameters (drizzle), a value that does not fit with the value (PostgreSQL's class 22).
 */
export function explain(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(explain).join('; ');
  if (!(error instanceof Error)) return String(error);
  if ('params' in error && error.cause !== undefined) return explain(error.cause);
  const isAboutData = 'code' in error && /^22\w{3}$/.test(String(error.code));
  const message = isAboutData ? error.message.replace(/"[\s\S]*"|: [\s\S]*/, '...') : error.message || error.name;
  return error.cause === undefined ? message : `${message}: ${explain(error.cause)}`;
}

/** PostgreSQL's five-letter code of an error, also of one that drizzle wrapped. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : sqlState(error.cause);
}

/** The name of the constraint that an error of PostgreSQL is about. */
export function constraintOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : constraintOf(error.cause);
}

/** What is wrong with the certificate of the other side, by the code of Node or OpenSSL. */
export const CERTIFICATE: Readonly<Record<string, 'untrusted' | 'outdated' | 'misnamed'>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  CERT_HAS_EXPIRED: 'outdated',
  CERT_NOT_YET_VALID: 'outdated',
  ERR_TLS_CERT_ALTNAME_INVALID: 'misnamed',
};
