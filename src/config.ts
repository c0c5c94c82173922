import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect, parseEnv } from 'node:util';
import { validate as isCron } from 'node-cron';
import { z } from 'zod';
import { DOCUMENTED_LIMITS, parseLimits } from './budget/limits.ts';
import { problemOf, withFirstHost } from './database-url.ts';
import { explain, UsageError } from './errors.ts';
import { parseBusinessHours } from './time/business-hours.ts';
import { parseDuration, UNITS_MS } from './time/duration.ts';
import { parseDay } from './time/period.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A timer of Node holds no more than 24 days, and fires at once when it is set for longer. */
function parseTimeout(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms && ms <= UNITS_MS.d ? ms : undefined;
}

/** A setting that is parsed: `expected` is what a person is told when it cannot be. */
const parsed = <T>(parse: (text: string) => T | undefined, expected: string) =>
  z.string().transform((text, context) => {
    const value = parse(text);
    if (value === undefined) context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return value as T;
  });

const wholeNumber = (from: number, to: number) =>
  parsed(
    (text) => (/^\d+$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined),
    `a whole number from ${from} to ${to}`,
  );

const timeZone = parsed((text) => {
  try {
    // Offsets, which newer versions of Node take, mean the opposite in PostgreSQL.
    return /^[A-Z]/i.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }) ? text : undefined;
  } catch {
    return undefined;
  }
}, 'an IANA time zone such as Europe/Berlin');

/** Defaults and forms, in the order of the contract's table. Secrets are never quoted in a message: see `isSecret`. */
const settings = {
  CHATRHUB_API_KEY: parsed(
    (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
    'a key of printable ASCII characters without spaces',
  ).optional(),
  CHATRHUB_API_KEY_FILE: z.string().optional(),
  CHATRHUB_API_URL: parsed(parseApiUrl, 'an https URL without user, query or fragment (http only for this machine)').default(
    'https://api.chatrhub.com/api/v1',
  ),
  CHATRHUB_RATE_LIMITS: parsed(parseLimits, `count/window, separated by commas: ${DOCUMENTED_LIMITS} or 20/2s`).default(
    parseLimits(DOCUMENTED_LIMITS) ?? [],
  ),
  CHATRHUB_RATE_SCOPE: z.enum(['account', 'endpoint'], { error: 'expected account or endpoint' }).default('account'),
  CHATRHUB_REQUEST_TIMEOUT: parsed(parseTimeout, 'a duration such as 120s, at most a day').default(120_000),
  DATABASE_URL: parsed(
    (text) => (isDatabaseUrl(text) ? text : undefined),
    'postgres://user:password@host:5432/database, special characters in the password percent-encoded',
  ).optional(),
  CHATRHUB_DATA_DIR: z.string().default('.chatrhub-sync'),
  SYNC_START_DATE: parsed(parseDay, 'a day that exists, YYYY-MM-DD').optional(),
  SYNC_LOOKBACK_DAYS: wholeNumber(0, 3_650).default(30),
  SYNC_MAX_DURATION: parsed(parseDuration, 'a duration such as 6h').default(6 * 3_600_000),
  SYNC_CRON: parsed((text) => (isCron(text) ? text : undefined), 'a cron expression such as 0 2 * * *').default('0 2 * * *'),
  SYNC_TIMEZONE: timeZone.default('UTC'),
  BACKFILL_RESERVE: parsed(
    (text) => (/^\d{1,2}(\.\d+)?%$|^100%$/.test(text) ? Number(text.slice(0, -1)) / 100 : undefined),
    'a share such as 25%',
  ).default(0.25),
  REPORTING_TIMEZONE: timeZone.default('UTC'),
  PII_MODE: z.enum(['keep', 'hash', 'drop'], { error: 'expected keep, hash or drop' }).default('keep'),
  PII_HASH_KEY: parsed((text) => (text.length >= 16 ? text : undefined), 'at least 16 characters').optional(),
  STATUS_HOST: z.string().default('127.0.0.1'),
  STATUS_PORT: wholeNumber(0, 65_535).default(8080),
  BUSINESS_HOURS: parsed(parseBusinessHours, 'local hours that do not overlap, such as Mon-Fri 09:00-17:00, Sat 10:00-14:00').optional(),
  ALERT_WEBHOOK_URL: parsed((text) => (URL.canParse(text) && /^https?:/.test(text) ? text : undefined), 'an http or https URL').optional(),
  LOG_LEVEL: z.enum(LEVELS, { error: `expected one of ${LEVELS.join(', ')}` }).default('info'),
};

/** The names of all settings, in the order in which `.env.example` lists them. */
export const settingNames: readonly string[] = Object.keys(settings);

const SECRETS: ReadonlySet<string> = new Set(['CHATRHUB_API_KEY', 'DATABASE_URL', 'PII_HASH_KEY', 'ALERT_WEBHOOK_URL', 'CHATRHUB_API_URL']);

const schema = z.object(settings);

type Settings = Readonly<z.infer<typeof schema>>;
export type Config = Settings & { readonly apiKey: string | undefined };

/**
 * The settings of the environment, and of `.env` in `directory` where the environment does not set them; an empty value counts as
 * not set. Throws one `UsageError` that names every problem, with what was expected and, unless it is a secret, what was found.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, directory: string, { needsKey = true } = {}): Config {
  const given = { ...readEnvFile(resolve(directory, '.env')), ...keyOf(env), ...withoutEmpty(env) };
  const result = schema.safeParse(Object.fromEntries(settingNames.filter((name) => given[name]).map((name) => [name, given[name]])));
  const problems = (result.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}: ${message}${SECRETS.has(name) ? '' : `, found ${JSON.stringify(given[name])?.slice(0, 100)}`}`;
  });
  const ofDatabase = given.DATABASE_URL && isDatabaseUrl(given.DATABASE_URL) && problemOf(given.DATABASE_URL);
  if (ofDatabase) problems.push(`DATABASE_URL: ${ofDatabase}`);
  const key = readKey(given, directory);
  if (key.problem) problems.push(key.problem);
  else if (needsKey && !given.CHATRHUB_API_KEY && !key.fromFile)
    problems.push('CHATRHUB_API_KEY: required (or CHATRHUB_API_KEY_FILE, the path of a file that holds it)');
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    problems.push(
      'NODE_TLS_REJECT_UNAUTHORIZED: 0 lets anybody pose as the API and read the key; unset it (NODE_EXTRA_CA_CERTS takes an authority of your own)',
    );
  if (given.PII_MODE === 'hash' && !given.PII_HASH_KEY) problems.push('PII_HASH_KEY: required when PII_MODE is hash');
  if (!result.success || problems.length > 0)
    throw new UsageError(`settings that cannot be used:\n${problems.map((p) => `  ${p}`).join('\n')}`);
  return withoutSecretsInPrint({ ...result.data, apiKey: result.data.CHATRHUB_API_KEY ?? key.fromFile });
}

/** Either form of the key takes the place of both in `.env`. */
const keyOf = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  env.CHATRHUB_API_KEY || env.CHATRHUB_API_KEY_FILE ? { CHATRHUB_API_KEY: '', CHATRHUB_API_KEY_FILE: '' } : {};

/** Settings that show no secret when they are printed or become JSON. */
function withoutSecretsInPrint(config: Config): Config {
  const isHidden = (name: string, value: unknown): boolean => value !== undefined && (name === 'apiKey' || SECRETS.has(name));
  const shown = () => Object.fromEntries(Object.entries(config).map(([name, value]) => [name, isHidden(name, value) ? '[secret]' : value]));
  const print = { value: shown, enumerable: false };
  return Object.freeze(Object.defineProperties(config, { toJSON: print, [inspect.custom]: print }));
}

function readKey(given: Readonly<Record<string, string | undefined>>, directory: string): { fromFile?: string; problem?: string } {
  const file = given.CHATRHUB_API_KEY_FILE;
  if (!file) return {};
  if (given.CHATRHUB_API_KEY) return { problem: 'CHATRHUB_API_KEY_FILE: set either this or CHATRHUB_API_KEY, not both' };
  try {
    const key = readFileSync(resolve(directory, file), 'utf8').trim();
    return /^[\x21-\x7e]+$/.test(key)
      ? { fromFile: key }
      : { problem: `CHATRHUB_API_KEY_FILE: expected one key of printable ASCII characters in ${file}` };
  } catch (error) {
    return { problem: `CHATRHUB_API_KEY_FILE: cannot be read: ${explain(error)}` };
  }
}

function readEnvFile(path: string): Record<string, string> {
  try {
    // Editors of some systems begin a file with a byte order mark, which would be part of the first name.
    return withoutEmpty(parseEnv(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new UsageError(`.env cannot be read: ${explain(error)}`);
  }
}

const withoutEmpty = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));

function parseApiUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const isPlain = !url.username && !url.password && !url.search && !url.hash;
  return isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))
    ? url.href.replace(/(?<!\/)\/+$/, '')
    : undefined;
}

function isDatabaseUrl(text: string): boolean {
  const url = parseDatabaseUrl(text);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) return false;
  const { hostname, pathname, searchParams } = url;
  return (hostname !== '' || searchParams.has('host')) && !/[@/]/.test(pathname.slice(1));
}

/** With a socket's folder as `?host=` there may be a user and no host, which is no URL to Node. */
function parseDatabaseUrl(text: string): URL | undefined {
  const url = withFirstHost(text).replace(/^(\w+:\/\/[^/?#]*)@\/(?=[^?#]*\?(?:.*&)?host=)/, '$1@localhost/');
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** The password of DATABASE_URL. */
export const passwordOf = (text: string): string | undefined => decodeURIComponent(parseDatabaseUrl(text)?.password ?? '') || undefined;
