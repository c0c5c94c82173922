import type { Row } from './resource.ts';

/**
 * What an answer says of itself beside its records, in any spelling: by which member it failed, by which it continues (`next` is the link,
 * where there is one), how many records it announces, and how many an answer has at most. No envelope is documented; sources grow them.
 */
export type Hints = {
  failed?: string;
  more?: { sign: string; next?: string };
  total?: { sign: string; count: number };
  limit?: { sign: string; count: number };
};

/** How a source says "nothing": the documented list without records, a document without any, or a status. */
export type NothingForm = 'data: []' | 'data: {}' | 'data: null' | '[]' | '{}' | 'null' | '204' | '404';

const DEPTH = 3;
const FAILED = new Set(['error', 'errors', 'err', 'fault', 'exception']);
const SUCCEEDED = new Set(['success', 'ok', 'issuccess', 'successful']);
const STATUS = new Set(['status', 'code', 'statuscode', 'httpstatus', 'httpcode']);
const NEXT = new Set(['next', 'nextpage', 'nexturl', 'nextpageurl', 'nextlink', 'nextcursor', 'nextpagetoken', 'nextoffset']);
const HAS_MORE = new Set(['hasmore', 'hasnext', 'hasnextpage', 'more', 'moreresults', 'istruncated', 'truncated', 'incomplete']);
const TOTAL =
  /^(total|count|totalcount|totalrecords|totalitems|totalresults|totalentries|totalsize|recordcount|recordstotal|itemcount|resultcount)$/;
const LIMIT = new Set(['limit', 'perpage', 'pagesize', 'itemsperpage', 'resultsperpage', 'maxresults', 'maxrecords']);
const PAGES = new Set(['totalpages', 'lastpage', 'pagecount', 'pages', 'pagestotal']);
const PAGE = new Set(['page', 'currentpage', 'pagenumber']);

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
  const { more, total } = hintsOf(Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-'))));
  return {
    ...(next === undefined
      ? more && { more }
      : { more: { sign: 'Link', ...linkOf(next.slice(next.indexOf('<') + 1, next.indexOf('>'))) } }),
    ...(count === undefined ? total && { total } : { total: { sign: 'Content-Range', count } }),
  };
}

function look(members: Row, path: string, depth: number, hints: Hints): void {
  const pageOf = Object.entries(members).find(([name, value]) => PAGE.has(plain(name)) && numberOf(value) !== undefined);
  const page = numberOf(pageOf?.[1]) ?? 1;
  for (const [name, value] of Object.entries(members)) {
    const key = plain(name);
    const sign = path ? `${path}.${name}` : name;
    if (FAILED.has(key) && isSaid(value)) hints.failed ??= sign;
    else if (SUCCEEDED.has(key) && (value === false || value === 0 || value === 'false' || value === '0')) hints.failed ??= sign;
    else if (STATUS.has(key) && isFailure(value)) hints.failed ??= sign;
    else if (NEXT.has(key) && isSaid(value)) hints.more ??= { sign, ...linkOf(value) };
    else if (HAS_MORE.has(key) && (value === true || value === 'true' || value === 1)) hints.more ??= { sign };
    else if (PAGES.has(key) && (numberOf(value) ?? 0) > page) hints.more ??= { sign };
    else if (TOTAL.test(key) && numberOf(value) !== undefined) hints.total ??= { sign, count: numberOf(value) ?? 0 };
    else if (LIMIT.has(key) && (numberOf(value) ?? 0) > 0) hints.limit ??= { sign, count: numberOf(value) ?? 0 };
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

/** How a member says nothing, as text too. */
const UNSAID = new Set<unknown>([undefined, null, false, 0, '', '0', 'false', 'null']);

const isSaid = (value: unknown): boolean => {
  if (UNSAID.has(value)) return false;
  return typeof value !== 'object' || Object.keys(value as object).length > 0;
};

const isFailure = (value: unknown): boolean =>
  (numberOf(value) ?? 0) >= 400 || (typeof value === 'string' && /^(error|errors|fail|failed|failure)$/i.test(value));

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A link as a text, or as JSON:API's object; a cursor or a page number is none. */
function linkOf(value: unknown): { next?: string } {
  const link = isObject(value) ? (value.href ?? value.url) : value;
  return typeof link === 'string' && /[/?]/.test(link) ? { next: link } : {};
}
