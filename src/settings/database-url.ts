import { canDecode } from '../network/proxies.ts';
import { withFirstHost } from './database-ways.ts';

/** Whether a text is an address of PostgreSQL: what is special in user, password or name is percent-encoded. */
export function isDatabaseUrl(text: string): boolean {
  const url = parseDatabaseUrl(text);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) return false;
  const { hostname, pathname, searchParams, username, password } = url;
  const isWritten = [username, password, pathname].every(canDecode);
  return isWritten && (hostname !== '' || searchParams.has('host')) && !/[@/]/.test(pathname.slice(1));
}

/** With a socket's folder as `?host=` there may be a user and no host, which is no URL to Node. */
function parseDatabaseUrl(text: string): URL | undefined {
  const url = withFirstHost(text).replace(/^(\w+:\/\/[^/?#]*)@\/(?=[^?#]*\?(?:.*&)?host=)/, '$1@localhost/');
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** User and password of DATABASE_URL, decoded. */
export function loginOf(text: string): { user: string; password: string | undefined } {
  const { username = '', password = '', searchParams } = parseDatabaseUrl(text) ?? {};
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) || searchParams?.get('password') || undefined };
}
