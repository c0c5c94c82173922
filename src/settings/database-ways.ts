/** PostgreSQL's words for how far TLS is demanded, from not at all to a certificate for the very host. */
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];
/** Which server of several is meant; this program writes, so one that only reads is of no use. */
const SESSION_ATTRS: readonly string[] = ['any', 'read-write', 'primary'];

/** One way to connect, as a URL that node-postgres takes; `host` with its port. */
export type Way = { url: string; host: string };

type Parts = { scheme: string; user: string; hosts: string[]; path: string; params: URLSearchParams };

/** Splits a text where `mark` is first; the whole is before it where there is none. */
function splitAt(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** Takes a URL apart as libpq does: there may be several hosts, which is no URL to Node. `user` is with its password and the `@`. */
function takeApart(url: string): Parts {
  const [scheme, rest] = splitAt(url, '://');
  const [address, query] = splitAt(rest, '?');
  const [authority] = splitAt(address, '/');
  const user = authority.slice(0, authority.lastIndexOf('@') + 1);
  const hosts = authority.slice(user.length).split(',');
  return { scheme, user, hosts, path: address.slice(authority.length), params: new URLSearchParams(query) };
}

const isSslMode = (word: string): word is SslMode => SSL_MODES.some((mode) => mode === word);

/** A URL with the first of its hosts alone. */
export function withFirstHost(url: string): string {
  const { hosts } = takeApart(url);
  return hosts.length > 1 ? url.replace(hosts.join(','), hosts[0] ?? '') : url;
}

/** What is wrong with the parameters of a URL, as the rest of `DATABASE_URL: ...`; undefined when nothing is. */
export function problemOf(url: string): string | undefined {
  const { hosts, params } = takeApart(url);
  const found = (value: string): string => (/^[\w-]{1,20}$/.test(value) ? `, found ${JSON.stringify(value)}` : '');
  const mode = params.get('sslmode');
  if (mode !== null && !isSslMode(mode)) return `expected one of ${SSL_MODES.join(', ')} as sslmode${found(mode)}`;
  if (mode === 'verify-ca' && !params.has('sslrootcert'))
    return 'sslmode=verify-ca needs sslrootcert, the file with the certificate of the authority; or use sslmode=verify-full';
  if (params.get('sslrootcert') === 'system' && mode !== null && mode !== 'verify-full')
    return `sslrootcert=system needs sslmode=verify-full${found(mode)}`;
  const attrs = params.get('target_session_attrs');
  if (attrs !== null && !SESSION_ATTRS.includes(attrs))
    return `expected one of ${SESSION_ATTRS.join(', ')} as target_session_attrs, as this program writes${found(attrs)}`;
  if (hosts.some((host) => host === '') && hosts.length > 1) return 'expected a host between each two commas';
  if (params.get('host')?.includes(','))
    return 'expected several hosts before the database, as in postgres://user:password@one:5432,two:5432/database';
  return undefined;
}

/** Whether only a server that can be written to is meant. */
export const mustWrite = (url: string): boolean => /^(read-write|primary)$/.test(takeApart(url).params.get('target_session_attrs') ?? '');

/**
 * The ways to connect, the first one first: for each host with TLS or without it, where `sslmode` leaves both open. `sslmode` means what it
 * means to libpq, which node-postgres takes from a parameter of its own.
 */
export function waysTo(url: string): Way[] {
  const { scheme, user, hosts, path, params } = takeApart(url);
  // Limits of time are set once the session is there: poolers refuse them before.
  for (const name of ['target_session_attrs', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
    params.delete(name);
  const isOfSystem = params.get('sslrootcert') === 'system';
  if (isOfSystem) params.delete('sslrootcert');
  const given = isOfSystem ? 'verify-full' : params.get('sslmode');
  const modes = given === null ? [null] : isSslMode(given) ? WAYS[given] : [given];
  return hosts.flatMap((host) =>
    modes.map((mode) => {
      const query = new URLSearchParams(params);
      if (mode !== null) query.set('sslmode', mode);
      if (mode !== null && mode !== 'verify-full') query.set('uselibpqcompat', 'true');
      const text = query.size > 0 ? `?${query}` : '';
      return { url: `${scheme}://${user}${host}${path}${text}`, host };
    }),
  );
}

/** What is tried for each word, in turn; `prefer` here is TLS with any certificate. */
const WAYS: Readonly<Record<SslMode, readonly SslMode[]>> = {
  disable: ['disable'],
  allow: ['disable', 'prefer'],
  prefer: ['prefer', 'disable'],
  require: ['require'],
  'verify-ca': ['verify-ca'],
  'verify-full': ['verify-full'],
};
