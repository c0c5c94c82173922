import type { Row } from './resource.ts';

/**
 * What an answer says of itself beside its records, in any spelling: by which member it failed, by which it continues (`next` is the link,
 * `pages` the number of pages, where there is one), how many records it announces, and how many an answer has at most. No envelope is
 * documented; sources grow them.
 */
export type Hints = {
  failed?: string;
  more?: { sign: string; next?: string; pages?: number };
  total?: { sign: string; count: number };
  limit?: { sign: string; count: number };
};

/** How a source says "nothing": the documented list without records, a document without any, or a status. */
export type NothingForm = 'data: []' | 'data: {}' | 'data: null' | '[]' | '{}' | 'null' | '204' | '404';

const DEPTH = 3;
/** What a member is called that says so, in small letters without anything between them. */
const NAMES = {
  failed: /^(is|has)?(errors?|err|fault|exception|failed|failure|(error|fault)(s|message|code|text|string|description|type)|problems?)$/,
  succeeded: /^(is)?(success|successful|succeeded|ok)$/,
  status: /^(http)?(status|code)(code)?$/,
  result: /^(result|outcome)$/,
  next: /^(odata)?next((page|set|records|results)?(url|uri|link|href|path|cursor|token|offset|marker|start|key|number)?)$/,
  continues: /^(continuation|resumption|continue)(token|key)?$|^lastevaluatedkey$/,
  hasMore:
    /^(is|has|was|are|were)?((more|next|truncated|incomplete|partial)(pages?|results?|items|records|rows|data|list)?(available|exists?)?|limit(exceeded|reached)|overlimit)$/,
  isLast: /^(is|was|has)?(last|lastpage|final|done|complete|completed|finished|exhausted|endoflist|endreached)$/,
  total:
    /^(total|count|found|(total|num|number|numberof|totalnumberof|totalnumber)(count|found|records|items|results|entries|elements|hits|rows|objects|size)|(record|records|item|items|result|results|row|rows|entry|object|objects|hit|hits)(count|total|found))$/,
  limit: /^(limit|perpage|pagesize|(items|results|records)perpage|max(results|records|items|rows))$/,
  pages: /^((total|last|max|num|nb|number|numberof|totalnumberof)pages?|pages(count|total)?|page(count|total))$/,
  page: /^(current)?page(number|no|num|index)?$|^number$/,
  notice: /^(warnings?|messages?|notices?|infos?|notes?)$/,
} as const;
/** A sentence of a source that sent less than there is. */
const SAYS_MORE =
  /truncat|incomplete|partial|only the (first|last|newest|oldest|latest)|limited to|limit (was )?(exceeded|reached)|too many/i;

/** Reads the hints of a document without its `data`. Of several signs the first of each kind counts. */
export function hintsOf(envelope: Row): Hints {
  const hints: Hints = {};
  look(envelope, '', 0, hints);
  return hints;
}

/**
 * Reads the hints of an answer's headers: a link to the next page, the total beside a range, and what some sources write there instead of in
 * the document (`X-Total-Count`, `X-Next-Page`). That it failed is no affair of theirs.
 */
export function hintsOfHeaders(headers: Headers): Hints {
  const next = headers
    .get('link')
    ?.split(',')
    .find((link) => /;\s*rel="?next\b/i.test(link));
  const count = numberOf(headers.get('content-range')?.split('/').at(-1));
  const { more = saysMore(headers.get('warning')) ? { sign: 'Warning' } : undefined, total } = hintsOf(
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-'))),
  );
  return {
    ...(next === undefined
      ? more && { more }
      : { more: { sign: 'Link', ...linkOf(next.slice(next.indexOf('<') + 1, next.indexOf('>'))) } }),
    ...(count === undefined ? total && { total } : { total: { sign: 'Content-Range', count } }),
  };
}

function look(members: Row, path: string, depth: number, hints: Hints): void {
  const named = (key: string, is: keyof typeof NAMES): boolean => NAMES[is].test(key);
  const pageOf = Object.entries(members).find(([name, value]) => named(plain(name), 'page') && numberOf(value) !== undefined);
  // Some count pages from 0: of the first one both say the same.
  const page = Math.max(1, numberOf(pageOf?.[1]) ?? 1);
  for (const [name, value] of Object.entries(members)) {
    const key = plain(name);
    const sign = path ? `${path}.${name}` : name;
    const count = numberOf(isObject(value) ? value.value : value);
    if (named(key, 'failed') && isSaid(value, NO_FAILURE)) hints.failed ??= sign;
    else if (named(key, 'succeeded') && isNo(value)) hints.failed ??= sign;
    else if (named(key, 'status') && ((count ?? 0) >= 400 || isFailure(value))) hints.failed ??= sign;
    else if (named(key, 'result') && isFailure(value)) hints.failed ??= sign;
    else if (named(key, 'next') && isSaid(value, NO_NEXT)) hints.more ??= { sign, ...linkOf(value) };
    else if (named(key, 'continues') && isSaid(value, NO_NEXT)) hints.more ??= { sign };
    else if (named(key, 'hasMore') && isYes(value)) hints.more ??= { sign };
    // As a number it counts records that are done with.
    else if (named(key, 'isLast') && typeof value !== 'number' && isNo(value)) hints.more ??= { sign };
    else if (named(key, 'notice') && saysMore(value)) hints.more ??= { sign };
    else if (named(key, 'pages') && count !== undefined && count > page) hints.more ??= { sign, pages: count };
    else if (named(key, 'total') && count !== undefined) hints.total ??= { sign, count };
    else if (named(key, 'limit') && (count ?? 0) > 0) hints.limit ??= { sign, count: count ?? 0 };
    else if (depth < DEPTH && isObject(value)) look(value, sign, depth + 1, hints);
  }
}

/** Which form of nothing a document is; undefined when it holds something, or what it holds has to be read first. */
export function nothingFormOf(document: unknown): NothingForm | undefined {
  if (document === null) return 'null';
  if (Array.isArray(document)) return document.length === 0 ? '[]' : undefined;
  if (!isObject(document)) return undefined;
  if (Object.keys(document).length === 0) return '{}';
  const { data } = document;
  if (data === null) return 'data: null';
  if (Array.isArray(data)) return data.length === 0 ? 'data: []' : undefined;
  return isObject(data) && Object.getPrototypeOf(data) === Object.prototype && Object.keys(data).length === 0 ? 'data: {}' : undefined;
}

/** A document without its records. What `data` says of itself counts where it is no record: an error under `data`, for instance. */
export function envelopeOf(document: unknown): Row {
  if (!isObject(document)) return {};
  const { data, ...envelope } = document;
  const isRecord = !isObject(data) || ['id', 'type', 'attributes', 'data'].some((name) => Object.hasOwn(data, name));
  return isRecord || !hintsOf(data).failed ? envelope : { ...envelope, data };
}

/** A name without what the spelling of a source, or of a header, adds. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^x-(pagination-)?/, '')
    .replace(/[^a-z]/g, '');

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** How a member says that nothing failed, or that nothing follows, as text too. */
const NO_FAILURE = /^(0|200|false|null|none|nil|undefined|no|n\/?a|-|(200 )?ok|success|no (errors?|failures?|problems?)( found)?\.?)?$/i;
const NO_NEXT = /^(0|false|null|none|nil|undefined|#)?$/i;

/** Whether a member says something else than that, or holds a value that does. */
function isSaid(value: unknown, nothing: RegExp, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return !nothing.test(String(value ?? '').trim());
  const values = Object.values(value);
  return depth === DEPTH ? values.length > 0 : values.some((one) => isSaid(one, nothing, depth + 1));
}

/** How a member says no, or yes, as text too, in small letters. An object says neither, and cannot always be made a text. */
const NO = new Set(['false', '0', 'no', 'n', 'f']);
const YES = new Set(['true', '1', 'yes', 'y', 't']);
const isNo = (value: unknown): boolean => typeof value !== 'object' && NO.has(String(value).toLowerCase());
const isYes = (value: unknown): boolean => typeof value !== 'object' && YES.has(String(value).toLowerCase());

/** Whether a sentence, or one in a list or an object of them, says that there is more. */
function saysMore(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return SAYS_MORE.test(value);
  if (typeof value !== 'object' || value === null || depth === DEPTH) return false;
  return Object.values(value).some((one) => saysMore(one, depth + 1));
}

const isFailure = (value: unknown): boolean => typeof value === 'string' && /^(error|errors|fail|failed|failure)$/i.test(value);

function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number' || (typeof value === 'string' && /^\d[\d,]*$/.test(value))
      ? Number(String(value).replaceAll(',', ''))
      : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A link as a text, or as JSON:API's object; a cursor or a page number is none. */
function linkOf(value: unknown): { next?: string } {
  const link = isObject(value) ? (value.href ?? value.url) : value;
  return typeof link === 'string' && /[/?]/.test(link) ? { next: link } : {};
}
