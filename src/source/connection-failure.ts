import { CERTIFICATE } from '../errors.ts';

/** What to do about a connection that could not be made, by the code of Node or what is wrong with a certificate. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host: check CHATRHUB_API_URL, and the name service (DNS) of this machine',
  EAI_AGAIN: 'its name cannot be looked up now: check the name service (DNS) of this machine',
  ECONNREFUSED: 'nobody listens there: check CHATRHUB_API_URL',
  untrusted:
    'nobody whom this machine trusts has issued its certificate; where that is a company of its own, let NODE_EXTRA_CA_CERTS name the file',
  outdated: 'its certificate is not valid at this time: check the clock of this machine, else the other side has to renew it',
  misnamed: 'its certificate is for another name: check CHATRHUB_API_URL',
};

/** Which host a connection failed to, with what code, and what to do. Messages below fetch are left out: they can hold the URL or a header. */
export function describeConnection(host: string, cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : inner instanceof Error ? inner.name : 'unknown';
  const advice = ADVICE[CERTIFICATE[code] ?? code];
  return `the connection to ${host} failed (${code})${advice ? `: ${advice}` : ''}`;
}
