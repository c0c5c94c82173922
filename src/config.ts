import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect, parseEnv } from 'node:util';
import { validate as isCron } from 'node-cron';
import { DOCUMENTED_LIMITS, parseLimits } from './budget/limits.ts';
import { explain, UsageError } from './errors.ts';
import { isLoopback, parseProxyUrl } from './network/proxies.ts';
import { isDatabaseUrl } from './settings/database-url.ts';
import { problemOf } from './settings/database-ways.ts';
import { findMisspelt, type Misspelt } from './settings/misspelt.ts';
import { SECRET_SETTINGS } from './settings/secrets.ts';
import { findUnreadHours, parseBusinessHours } from './time/business-hours.ts';
import { parseDuration, UNITS_MS } from './time/duration.ts';
import { addDays, type Day, dayOf, parseDay } from './time/period.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A timer of Node holds no more than 24 days, and fires at once when it is set for longer. */
function parseTimeout(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms && ms <= UNITS_MS.d ? ms : undefined;
}

/** What a setting is: how its text is parsed, what is expected of one that cannot be, and its value where it is not set. */
type Setting<T> = { parse: (text: string, now: Date) => T | undefined; expected: string | ((text: string) => string); otherwise: T };

const parsed = <T>(parse: Setting<T>['parse'], expected: Setting<T>['expected']) => ({
  optional: (): Setting<T | undefined> => ({ parse, expected, otherwise: undefined }),
  default: (otherwise: T): Setting<T> => ({ parse, expected, otherwise }),
});

const anyText = parsed((text) => text, 'a text');

const oneOf = <T extends string>(values: readonly T[], expected: string) =>
  parsed((text) => values.find((value) => value === text), expected);

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

const proxy = parsed(
  parseProxyUrl,
  'http://host:port or http://user:password@host:port, special characters in the password percent-encoded (SOCKS cannot be used)',
);

/** node-cron refuses a day that no month has, as 30 2 is: each of the two alone is good. */
function cronExpected(text: string): string {
  const fields = text.trim().split(/\s+/);
  const [day, month] = [fields.length - 3, fields.length - 2];
  return [day, month].every((at) => isCron(fields.map((field, i) => (i === at ? '*' : field)).join(' ')))
    ? 'a day of the month that its months have: this one never comes'
    : 'a cron expression such as 0 2 * * *';
}

function hoursExpected(text: string): string {
  const unread = findUnreadHours(text);
  return unread === undefined
    ? 'local hours that do not overlap, such as Mon-Fri 09:00-17:00, Sat 10:00-14:00'
    : `days and HH:MM-HH:MM, as in Mon-Fri 09:00-17:00, in place of ${JSON.stringify(unread)}`;
}

/** A day that has begun somewhere: in some time zones it is tomorrow already. */
const parseBegun = (text: string, now: Date): Day | undefined => (text > addDays(dayOf(now), 1) ? undefined : parseDay(text));

/** Defaults and forms, in the order of the contract's table. Secrets are never quoted in a message: see `isSecret`. */
const settings = {
  CHATRHUB_API_KEY: parsed(
    (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
    'a key of printable ASCII characters without spaces',
  ).optional(),
  CHATRHUB_API_KEY_FILE: anyText.optional(),
  CHATRHUB_API_URL: parsed(parseApiUrl, 'an https URL without user, query or fragment (http only for this machine)').default(
    'https://api.chatrhub.com/api/v1',
  ),
  CHATRHUB_RATE_LIMITS: parsed(parseLimits, `count/window, separated by commas: ${DOCUMENTED_LIMITS} or 20/2s`).default(
    parseLimits(DOCUMENTED_LIMITS) ?? [],
  ),
  CHATRHUB_RATE_SCOPE: oneOf(['account', 'endpoint'], 'account or endpoint').default('account'),
  CHATRHUB_REQUEST_TIMEOUT: parsed(parseTimeout, 'a duration such as 120s, at most a day').default(120_000),
  DATABASE_URL: parsed(
    (text) => (isDatabaseUrl(text) ? text : undefined),
    'postgres://user:password@host:5432/database, special characters in the password percent-encoded (% is %25, # is %23, @ is %40, / is %2F)',
  ).optional(),
  CHATRHUB_DATA_DIR: anyText.default('.chatrhub-sync'),
  SYNC_START_DATE: parsed(parseBegun, (text) => (parseDay(text) ? 'a day that has begun' : 'a day that exists, YYYY-MM-DD')).optional(),
  SYNC_LOOKBACK_DAYS: wholeNumber(0, 3_650).default(30),
  SYNC_MAX_DURATION: parsed(parseDuration, 'a duration such as 6h').default(6 * 3_600_000),
  SYNC_CRON: parsed((text) => (isCron(text) ? text : undefined), cronExpected).default('0 2 * * *'),
  SYNC_TIMEZONE: timeZone.default('UTC'),
  BACKFILL_RESERVE: parsed(
    (text) => (/^\d{1,2}(\.\d+)?%$|^100%$/.test(text) ? Number(text.slice(0, -1)) / 100 : undefined),
    'a share such as 25%',
  ).default(0.25),
  REPORTING_TIMEZONE: timeZone.default('UTC'),
  PII_MODE: oneOf(['keep', 'hash', 'drop'], 'keep, hash or drop').default('keep'),
  PII_HASH_KEY: parsed((text) => (text.length >= 16 ? text : undefined), 'at least 16 characters').optional(),
  STATUS_HOST: anyText.default('127.0.0.1'),
  STATUS_PORT: wholeNumber(0, 65_535).default(8080),
  STATUS_HOSTS: parsed(parseHostNames, 'names of hosts separated by commas, such as status.example.com,schedule').default([]),
  BUSINESS_HOURS: parsed(parseBusinessHours, hoursExpected).optional(),
  HTTPS_PROXY: proxy.optional(),
  HTTP_PROXY: proxy.optional(),
  ALL_PROXY: proxy.optional(),
  NO_PROXY: anyText.optional(),
  ALERT_WEBHOOK_URL: parsed(parseWebhook, 'an http or https URL without user and password').optional(),
  LOG_LEVEL: oneOf(LEVELS, `one of ${LEVELS.join(', ')}`).default('info'),
};

/** The names of all settings, in the order in which `.env.example` lists them. */
export const settingNames: readonly string[] = Object.keys(settings);

type Settings = { readonly [Name in keyof typeof settings]: (typeof settings)[Name]['otherwise'] };
export type Config = Settings & { readonly apiKey: string | undefined };

/**
 * The settings of the environment, and of `.env` in `directory` where the environment does not set them; an empty value counts as
 * not set. Throws one `UsageError` that names every problem, with what was expected and, unless it is a secret, what was found.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
  { needsKey = true, now = new Date() } = {},
): Config {
  const given: Record<string, string> = {
    ...withProxies(readEnvFile(resolve(directory, '.env'))),
    ...keyOf(env),
    ...withProxies(withoutEmpty(env)),
  };
  // Nothing would go through it: then it may be what it likes, such as SOCKS for other programs.
  if (given.HTTPS_PROXY && given.HTTP_PROXY) delete given.ALL_PROXY;
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { parse, expected, otherwise }] of Object.entries<Setting<unknown>>(settings)) {
    const text = given[name];
    values[name] = text ? parse(text, now) : otherwise;
    if (!text || values[name] !== undefined) continue;
    const wanted = typeof expected === 'string' ? expected : expected(text);
    problems.push(`${name}: expected ${wanted}${SECRET_SETTINGS.has(name) ? '' : `, found ${JSON.stringify(text).slice(0, 100)}`}`);
  }
  problems.push(...findMisspelt(given, settingNames).map(describeMisspelt));
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
  if (problems.length > 0) throw new UsageError(`settings that cannot be used:\n${problems.map((p) => `  ${p}`).join('\n')}`);
  const config = values as Settings;
  return withoutSecretsInPrint({ ...config, apiKey: config.CHATRHUB_API_KEY ?? key.fromFile });
}

/** Either form of the key takes the place of both in `.env`. */
const keyOf = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  env.CHATRHUB_API_KEY || env.CHATRHUB_API_KEY_FILE ? { CHATRHUB_API_KEY: '', CHATRHUB_API_KEY_FILE: '' } : {};

/** Settings that show no secret when they are printed or become JSON. */
function withoutSecretsInPrint(config: Config): Config {
  const isHidden = (name: string, value: unknown): boolean => value !== undefined && (name === 'apiKey' || SECRET_SETTINGS.has(name));
  const shown = () => Object.fromEntries(Object.entries(config).map(([name, value]) => [name, isHidden(name, value) ? '[secret]' : value]));
  const print = { value: shown, enumerable: false };
  return Object.freeze(Object.defineProperties(config, { toJSON: print, [inspect.custom]: print }));
}

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;

/** Proxies have names in small letters too, which win, as with curl and Node. */
function withProxies(given: Readonly<Record<string, string>>): Record<string, string> {
  const small = PROXIES.map((name) => [name, given[name.toLowerCase()]] as const);
  return { ...given, ...Object.fromEntries(small.filter((entry): entry is [(typeof entry)[0], string] => entry[1] !== undefined)) };
}

/** A name that is no setting, and what to do about it. Its value may be a secret. */
const describeMisspelt = ({ name, meant }: Misspelt): string =>
  meant
    ? `${name}: there is no such setting; did you mean ${meant}? If it is another program's, unset it for this one`
    : `${name}: there is no such setting; docs/settings.md and .env.example list all`;

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
  const isPlain = !url.username && !url.password && !url.search && !url.hash;
  return isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
    ? url.href.replace(/(?<!\/)\/+$/, '')
    : undefined;
}

/** Names of hosts, in small letters; undefined where one is none, with a scheme or a port for instance. */
function parseHostNames(text: string): string[] | undefined {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  return names.every((name) => /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(name)) ? names : undefined;
}

/** fetch takes no URL with a user and a password in it. */
function parseWebhook(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && !username && !password ? text : undefined;
}
