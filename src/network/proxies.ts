import { BlockList, isIP } from 'node:net';

/** The settings that say which way requests go. */
export type ProxySettings = { readonly [setting in ProxyServer['setting'] | 'NO_PROXY']?: string | undefined };

/** A proxy, and the setting that names it. */
export type ProxyServer = { url: URL; setting: 'HTTPS_PROXY' | 'HTTP_PROXY' | 'ALL_PROXY' };

/** Which way requests to an address go: through a proxy, or directly, and why. */
export type Route = { proxy: ProxyServer } | { proxy: undefined; because: string; isUnset: boolean };

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/** Whether a host's name or address is this machine's own. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);

/**
 * A proxy's address as its setting has it: http, https, or, as other programs take it, without either. Undefined when it is no address,
 * has a path, or another protocol such as SOCKS, or when its user or password cannot be decoded.
 */
export function parseProxyUrl(text: string): string | undefined {
  const address = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, pathname, search, hash, username, password, href } = new URL(address);
  const isPlain = /^https?:$/.test(protocol) && hostname !== '' && pathname === '/' && search === '' && hash === '';
  return isPlain && canDecode(username) && canDecode(password) ? href : undefined;
}

/** Whether each `%` in a part of a URL begins a character of UTF-8. */
export function canDecode(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/**
 * Decides which way requests to `url` go. As everywhere, HTTPS_PROXY is for https and HTTP_PROXY for http, ALL_PROXY for what has none of
 * these, and NO_PROXY names hosts that are reached directly. This machine is none of a proxy's business: what the key is sent to in clear must never be one.
 */
export function findRoute(url: URL, settings: ProxySettings): Route {
  const own = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const setting = settings[own] ? own : 'ALL_PROXY';
  const address = settings[setting];
  if (isLoopback(url.hostname)) return directly('it is this machine');
  if (!address) return directly(`${own} is not set`, true);
  if (isExempt(url, settings.NO_PROXY ?? '')) return directly('NO_PROXY names it');
  return { proxy: { url: new URL(address), setting } };
}

const directly = (because: string, isUnset = false): Route => ({ proxy: undefined, because, isUnset });

/** A proxy's address for people: where it is, and that it has a password, without the password. */
export const showProxy = ({ url: { protocol, host, username }, setting }: ProxyServer): string =>
  `${protocol}//${username ? '[secret]@' : ''}${host} (${setting})`;

/** User and password of a proxy, as Basic authentication has them before base64. */
export const credentialsOf = ({ url: { username, password } }: Pick<ProxyServer, 'url'>): string =>
  `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;

/**
 * Whether NO_PROXY names a URL's host: by `*`, by its name or a domain it is in (with a dot or `*.` before it, or without), by its
 * address, or by a network such as 10.0.0.0/8; each with a port or for all of them.
 */
function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return noProxy.split(/[\s,]+/).some((entry) => {
    const { name, port = ownPort } = parseEntry(entry.toLowerCase());
    if (name === '' || port !== ownPort) return false;
    return name === '*' || (isIP(host) ? isOfNetwork(host, name) : host === name || host.endsWith(`.${name}`));
  });
}

function parseEntry(entry: string): { name: string; port?: string | undefined } {
  const bracketed = /^\[([\da-f:.]+)\](?::(\d+))?$/.exec(entry);
  if (bracketed) return { name: bracketed[1] ?? '', port: bracketed[2] };
  // More than one colon is an address of IPv6, or a network of them.
  const [name = '', port, ...more] = entry.split(':');
  return more.length > 0 ? { name: entry } : { name: name.replace(/^\*?\./, ''), port };
}

/** Whether an address is another one, however it is written, or of a network (`address/bits`). */
function isOfNetwork(host: string, network: string): boolean {
  const [address = '', bits] = network.split('/');
  const [family, most] = isIP(address) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
  const prefix = bits === undefined ? most : Number(bits);
  if (!isIP(address) || !Number.isInteger(prefix) || prefix < 0 || prefix > most) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
