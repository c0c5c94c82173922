import { InvalidArgumentError, Option } from 'commander';
import type { FederatedAccount } from '../analytics/federation.ts';
import { parseLimits } from '../budget/limits.ts';
import { RESOURCE_NAMES } from '../resources/resource-names.ts';
import { parseDuration } from '../time/duration.ts';
import { parseDay } from '../time/period.ts';

/* What the command line takes, and what it says of what it does not. Light: it is loaded for `--help` too. */

/** `--only`, and the next two: options that several commands have. */
export function only(): Option {
  return new Option('--only <resources>', `some of ${RESOURCE_NAMES.join(', ')}; separated by commas`).argParser(parseNames);
}
/** `--max-duration`, in milliseconds. */
export function maxDuration(): Option {
  return new Option('--max-duration <duration>', 'stop cleanly after this time, such as 6h or 90m').argParser(parseMs);
}
/** `--json`. */
export function json(): Option {
  return new Option('--json', 'print one JSON object on stdout').default(false);
}

function parseNames(text: string): string[] {
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => RESOURCE_NAMES.every((known) => known !== name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(
      `unknown: ${unknown.map((name) => name || 'an empty name').join(', ')}; allowed are ${RESOURCE_NAMES.join(', ')}.`,
    );
  return wanted;
}

/** A text that says something. */
export function parseFilled(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('the value is empty.');
  return text;
}

/** A day that exists. */
export function parseDayOption(text: string): string {
  const day = parseDay(text);
  if (!day) throw new InvalidArgumentError('allowed are days that exist, YYYY-MM-DD.');
  return day;
}

function parseMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('allowed are durations such as 6h, 90m, 30s.');
  return ms;
}

/** Limits as CHATRHUB_RATE_LIMITS has them. */
export function parseLimitsOption(text: string): string {
  if (!parseLimits(text)) throw new InvalidArgumentError('allowed are count/window, such as 20/minute,150/hour or 20/2s.');
  return text;
}

/** Options of a connection that postgres_fdw takes from an address. */
const FDW_OPTIONS = ['sslmode', 'sslrootcert', 'connect_timeout'];

/** An account and its warehouse, `name=postgres://user@host:5432/database`, after those named before. */
export function parseAccount(text: string, others: readonly FederatedAccount[] = []): FederatedAccount[] {
  const [, name = '', address = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!/^[a-z][a-z0-9_]{0,30}$/.test(name))
    throw new InvalidArgumentError('allowed are names of small letters, digits and _: acme=postgres://...');
  if (others.some((other) => other.name === name)) throw new InvalidArgumentError(`there are two accounts ${name}.`);
  const url = /^postgres(ql)?:\/\//.test(address) && URL.canParse(address) ? new URL(address) : undefined;
  if (!url?.hostname || !url.username || url.pathname.length < 2)
    throw new InvalidArgumentError('expected postgres://user@host:5432/database after the name.');
  if (url.password) throw new InvalidArgumentError('leave the password out: whoever lists processes would see it.');
  const params = Object.fromEntries(url.searchParams);
  const unknown = Object.keys(params).filter((option) => !FDW_OPTIONS.includes(option));
  if (unknown.length > 0) throw new InvalidArgumentError(`${unknown.join(', ')}: allowed are ${FDW_OPTIONS.join(', ')}.`);
  const where = { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || '5432', dbname: decodeURIComponent(url.pathname.slice(1)) };
  return [...others, { name, user: decodeURIComponent(url.username), options: { ...where, ...params } }];
}

/** Whole numbers of a range. */
export function parseCount(from: number, to: number): (text: string) => number {
  return (text) => {
    if (!/^\d+$/.test(text) || Number(text) < from || Number(text) > to)
      throw new InvalidArgumentError(`allowed are whole numbers from ${from} to ${to}.`);
    return Number(text);
  };
}
