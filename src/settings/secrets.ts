import { credentialsOf } from '../network/proxies.ts';
import { loginOf } from './database-url.ts';

/** Settings whose values are, or can hold, a secret: no message quotes them, and they are not printed. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  'CHATRHUB_API_KEY',
  'DATABASE_URL',
  'PII_HASH_KEY',
  'ALERT_WEBHOOK_URL',
  'CHATRHUB_API_URL',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'ALL_PROXY',
]);

/** The settings that hold the secrets. */
type Holders = 'apiKey' | 'PII_HASH_KEY' | 'DATABASE_URL' | 'ALERT_WEBHOOK_URL' | 'HTTPS_PROXY' | 'HTTP_PROXY' | 'ALL_PROXY';
type SecretSettings = { readonly [name in Holders]?: string | undefined };

/** A webhook's path is as good as a password; shorter ones are words of everybody's. */
const SHORTEST_PATH = 12;

/** The texts that nobody may read, in whatever form: keys, addresses that hold a secret, the passwords in them, and what is sent of them. */
export function secretsOf({
  apiKey,
  PII_HASH_KEY,
  DATABASE_URL,
  ALERT_WEBHOOK_URL,
  HTTPS_PROXY,
  HTTP_PROXY,
  ALL_PROXY,
}: SecretSettings): string[] {
  const login = DATABASE_URL ? loginOf(DATABASE_URL) : undefined;
  const webhook = ALERT_WEBHOOK_URL ? new URL(ALERT_WEBHOOK_URL) : undefined;
  const path = webhook ? `${webhook.pathname}${webhook.search}` : '';
  const proxies = [HTTPS_PROXY, HTTP_PROXY, ALL_PROXY].flatMap((text) => (text ? [new URL(text)] : []));
  return [
    apiKey,
    PII_HASH_KEY,
    DATABASE_URL,
    login?.password,
    login?.password && `${login.user}:${login.password}`,
    ALERT_WEBHOOK_URL,
    webhook?.href,
    path.length >= SHORTEST_PATH ? path : undefined,
    ...proxies.flatMap(loginSecrets),
  ].filter((secret): secret is string => Boolean(secret));
}

/** What is secret of a proxy's login: its password, and the whole as it is sent; a user without one is a token. */
function loginSecrets(url: URL): string[] {
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (!user && !password) return [];
  return [credentialsOf({ url }), password || user];
}
