import { cleanJson, cleanText, TooDeepError } from './sanitise.ts';

/** A value that does not fit its column, and why. */
export class Unfit {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

type Coerce = (value: unknown, isRounded: boolean) => unknown;

const LARGEST = { smallint: 32_767, integer: 2_147_483_647, bigint: Number.MAX_SAFE_INTEGER } as const;

/** Source values by the type of the column they go to. Null stays null; an empty text means null in any column that is not text. */
const coercions: Record<string, Coerce> = {
  smallint: (value, isRounded) => toInteger(value, isRounded, LARGEST.smallint),
  integer: (value, isRounded) => toInteger(value, isRounded, LARGEST.integer),
  bigint: (value, isRounded) => toInteger(value, isRounded, LARGEST.bigint),
  boolean: toBoolean,
  'double precision': (value) => toNumber(value),
  'numeric(5, 2)': (value) => {
    const number = toNumber(value);
    return typeof number === 'number' && Math.abs(number) >= 999.995 ? new Unfit('out of range') : number;
  },
  text: toText,
  'timestamp with time zone': toInstant,
  jsonb: toJson,
};

/**
 * A value of the source as the value of a column: number, boolean, string, Date, JSON text for jsonb, or null; `Unfit` when it does
 * not fit. `sqlType` is PostgreSQL's name of the column's type; `isRounded`: a fraction is rounded, as of seconds and counts.
 */
export function coerce(value: unknown, sqlType: string, isRounded = false): unknown {
  if (value === null || value === undefined) return null;
  if (value === '' && sqlType !== 'text') return null;
  const coercion = coercions[sqlType];
  if (!coercion) throw new TypeError(`no coercion for ${sqlType}`);
  return coercion(value, isRounded);
}

function toNumber(value: unknown): number | Unfit {
  const number = typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return new Unfit('not a number');
  if (!Number.isFinite(number)) return new Unfit('out of range');
  // JSON knows -0, and PostgreSQL's integers do not.
  return number + 0;
}

function toInteger(value: unknown, isRounded: boolean, largest: number): number | Unfit {
  const number = toNumber(value);
  if (typeof number !== 'number') return number;
  const whole = isRounded ? Math.round(number) : number;
  if (!Number.isInteger(whole)) return new Unfit('not a whole number');
  if (Math.abs(whole) > largest) return new Unfit(largest === LARGEST.bigint ? 'beyond 2^53, where numbers lose digits' : 'out of range');
  return whole;
}

const BOOLEANS = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['1', true],
  ['0', false],
  ['true', true],
  ['false', false],
]);

function toBoolean(value: unknown): boolean | Unfit {
  return BOOLEANS.get(typeof value === 'string' ? value.trim().toLowerCase() : value) ?? new Unfit('not a boolean');
}

function toText(value: unknown): string | Unfit {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'number') return new Unfit('not a text');
  if (!Number.isFinite(value)) return new Unfit('out of range');
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? new Unfit('beyond 2^53, where numbers lose digits') : String(value);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2})(?::?(\d{2}))?)$/;

/** ISO 8601 with an offset, strictly: PostgreSQL's own parser takes `now`, `01/02/2018` and times without a zone, and is wrong. */
function toInstant(value: unknown): Date | Unfit {
  if (typeof value !== 'string' || !INSTANT.test(value)) return new Unfit('not an ISO 8601 time with an offset');
  // All of it but a fraction and an offset has its place, which spares most times the pieces of a match.
  const digits = (from: number, until: number): number => Number(value.slice(from, until));
  const [year, month, day] = [digits(0, 4), digits(5, 7), digits(8, 10)];
  const [hour, minute, second] = [digits(11, 13), digits(14, 16), digits(17, 19)];
  const isPlain = value.endsWith('Z') ? value.length === 20 : value.length === 25 && value.endsWith('00:00');
  const [, fraction = '0', sign, hours = 0, minutes = 0] = isPlain ? [] : (INSTANT.exec(value) ?? []);
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second, Math.floor(Number(`0.${fraction}`) * 1000));
  const [offsetHours, offsetMinutes] = [Number(hours), Number(minutes)];
  const exists = year > 0 && local.getUTCMonth() === month - 1 && local.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists || offsetHours > 15 || offsetMinutes > 59) return new Unfit('a time that does not exist');
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000 * (sign === '-' ? -1 : 1);
  return new Date(local.getTime() - offsetMs);
}

/** JSON, also inside a string; `[""]` is how the API writes an empty list. Returned as JSON text. */
function toJson(value: unknown): string | null | Unfit {
  try {
    const json = cleanJson(typeof value === 'string' ? JSON.parse(value) : value);
    if (json === null) return null;
    if (hasUnsafeInteger(json)) return new Unfit('holds a number beyond 2^53, where numbers lose digits');
    return JSON.stringify(Array.isArray(json) && json.length === 1 && json[0] === '' ? [] : json);
  } catch (error) {
    return new Unfit(error instanceof TooDeepError ? error.message : 'not JSON');
  }
}

function hasUnsafeInteger(json: unknown): boolean {
  if (typeof json === 'number') return !Number.isFinite(json) || (Number.isInteger(json) && !Number.isSafeInteger(json));
  return typeof json === 'object' && json !== null && Object.values(json).some(hasUnsafeInteger);
}
