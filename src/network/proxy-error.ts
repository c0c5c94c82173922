import { CERTIFICATE } from '../errors.ts';
import { type ProxyServer, showProxy } from './proxies.ts';

/** Answers of a proxy with which it may let the next attempt through. All others of the four hundreds say that a setting is wrong. */
const LATER = new Set([408, 425, 429]);

/** What to do about a proxy's answer, by its status; `setting` is the one that names the proxy, `target` host and port behind it. */
const BY_STATUS: Readonly<Record<number, (setting: string, target: string) => string>> = {
  407: (setting) =>
    `it wants a user and a password: put them into ${setting}, http://user:password@host:port, special characters percent-encoded`,
  403: (_, target) => `ask whoever runs it to allow CONNECT to ${target}, or name that host in NO_PROXY if it can be reached directly`,
  405: (setting) => `what answers there is no proxy, or not for CONNECT: check ${setting}`,
  502: (_, target) => `it cannot reach ${target} itself: ask whoever runs it`,
  503: () => 'it is overloaded or starting: ask whoever runs it if that lasts',
  504: (_, target) => `it gets no answer from ${target}: ask whoever runs it`,
};

/** What to do about a proxy that cannot be talked to, by the code of Node, or what is wrong with its certificate. */
const BY_CODE: Readonly<Record<string, (setting: string) => string>> = {
  ENOTFOUND: (setting) => `there is no such host: check ${setting}, and the name service (DNS) of this machine`,
  EAI_AGAIN: () => 'its name cannot be looked up now: check the name service (DNS) of this machine',
  ECONNREFUSED: (setting) => `nobody listens there: check the host and port of ${setting}, and that the proxy is up`,
  UND_ERR_CONNECT_TIMEOUT: (setting) => `it does not take connections: check the host and port of ${setting}, and firewalls`,
  UND_ERR_HEADERS_TIMEOUT: (setting) => `it takes connections and does not answer: check the port of ${setting}`,
  UND_ERR_SOCKET: (setting) => `it ends connections without an answer: check the port of ${setting}, and whether it wants https://`,
  ECONNRESET: (setting) => `it ends connections without an answer: check the port of ${setting}, and whether it wants https://`,
  HTTPParserError: (setting) =>
    `what answers there does not speak HTTP (it may be SOCKS, which cannot be used): check the port of ${setting}`,
  noTls: (setting) => `it does not speak TLS itself: let ${setting} begin with http://, which is right for https too`,
  untrusted: () =>
    'its certificate is from an authority that this machine does not trust: set NODE_EXTRA_CA_CERTS to the file of that authority',
  outdated: () => 'its certificate is not valid at this time: check the clock of this machine, else whoever runs it has to renew it',
  misnamed: (setting) => `its certificate is for another name: check the host of ${setting}`,
};

/** OpenSSL was answered in something else than TLS. */
const NO_TLS = /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|TLSV1_UNRECOGNIZED_NAME))$/;

/**
 * A proxy that did not open a way to `target` (host and port): by its answer's `status`, or because of `cause` it gave none. Nothing was
 * sent to the target. The message names the setting and what to do, and holds no password.
 */
export class ProxyError extends Error {
  override name = 'ProxyError';
  /** A setting is wrong, here or at the proxy: it answers the same again. */
  readonly isRefusal: boolean;

  constructor(proxy: ProxyServer, target: string, { status, cause }: { status?: number; cause?: unknown }) {
    const code = codeOf(cause);
    const known = status === undefined ? (CERTIFICATE[code] ?? (NO_TLS.test(code) ? 'noTls' : code)) : '';
    const advice = status === undefined ? BY_CODE[known]?.(proxy.setting) : BY_STATUS[status]?.(proxy.setting, target);
    const what = status === undefined ? `cannot be used (${code})` : `did not open a tunnel to ${target} (${status})`;
    super(`the proxy ${showProxy(proxy)} ${what}: ${advice ?? `check ${proxy.setting}, and ask whoever runs the proxy`}`);
    this.isRefusal = status !== undefined && status < 500 && !LATER.has(status);
  }
}

/** The code of an error, or of what is below it; its name where there is none. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

/** The proxy's part in a request that failed, if it had one. */
export function proxyErrorIn(error: unknown): ProxyError | undefined {
  if (error instanceof ProxyError) return error;
  return error instanceof Error ? proxyErrorIn(error.cause) : undefined;
}
