import { CERTIFICATE } from '../errors.ts';

const NO_HTTP = 'what answers there does not speak HTTP';

/** What to do about a connection that could not be made or used, by the code of Node or what is wrong with a certificate. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOTFOUND:
    'there is no such host: check CHATRHUB_API_URL, and the name service (DNS) of this machine; where internet access needs a proxy, set HTTPS_PROXY',
  EAI_AGAIN: 'its name cannot be looked up now: check the name service (DNS) of this machine',
  ECONNREFUSED: 'nobody listens there: check CHATRHUB_API_URL',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take connections: check firewalls; where internet access needs a proxy, set HTTPS_PROXY',
  ENETUNREACH: 'there is no route to its network: check the connection of this machine, or set HTTPS_PROXY',
  EHOSTUNREACH: 'there is no route to it: check firewalls, or set HTTPS_PROXY',
  EPROTO: 'what answers there does not speak TLS: check CHATRHUB_API_URL, and what stands between',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS: check CHATRHUB_API_URL, and what stands between',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers there does not speak TLS: check CHATRHUB_API_URL, and what stands between',
  HPE_INVALID_CONSTANT: `${NO_HTTP}: check CHATRHUB_API_URL, and what stands between`,
  ERR_ASSERTION: `${NO_HTTP}, its answer has an invalid status: check what stands between`,
  'bad response':
    'it answered 100 Continue, which was not requested: a gateway in between is at fault; ask whoever runs it to send no interim answers',
  'bad upgrade':
    'it answered 101 and continues in another protocol, which was not requested: a gateway in between is at fault; ask whoever runs it',
  untrusted: 'its certificate is from an authority that this machine does not trust; set NODE_EXTRA_CA_CERTS to the file of that authority',
  outdated: 'its certificate is not valid at this time: check the clock of this machine, else the other side has to renew it',
  misnamed: 'its certificate is for another name: check CHATRHUB_API_URL',
};

/** undici has one code for all that goes wrong with a connection in use; its words tell these apart. */
const INTERIM = new Set(['bad response', 'bad upgrade']);

/** Which host a connection failed to, with what code, and what to do. Messages below fetch are left out: they can hold the URL or a header. */
export function describeConnection(host: string, cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : inner instanceof Error ? inner.name : 'unknown';
  const kind = code === 'UND_ERR_SOCKET' && inner instanceof Error && INTERIM.has(inner.message) ? inner.message : code;
  const advice = ADVICE[CERTIFICATE[code] ?? kind];
  return `the connection to ${host} failed (${code})${advice ? `: ${advice}` : ''}`;
}
