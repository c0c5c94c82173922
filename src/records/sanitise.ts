/** Names of attributes that hold secrets, in any case; authorization_level is none of them. */
const SECRET = /password|passwd|secret|api_?key|private_key|access_token|auth_token|bearer|^token$/i;

/** Deeper JSON is refused: PostgreSQL's jsonb and JSON.stringify both end at some depth, and no record of the API nests this far. */
const MAX_DEPTH = 64;
/** JSON inside a text stays a text, however deep it is. It is read this deep to find secrets; what is deeper is cut by pattern. */
const MAX_TEXT_DEPTH = 1_000;

/** JSON that nests deeper than a record can. */
export class TooDeepError extends Error {
  override name = 'TooDeepError';
  override message = `nested deeper than ${MAX_DEPTH} levels`;
}

/** Names that were looked at: all records of a resource have the same ones. No more are kept than a source can be expected to have. */
const looked = new Map<string, boolean>();
const MOST_NAMES = 10_000;

/** Whether an attribute of this name holds a secret. */
export function isSecret(name: string): boolean {
  const known = looked.get(name);
  if (known !== undefined) return known;
  const isOne = SECRET.test(name);
  if (looked.size < MOST_NAMES) looked.set(name, isOne);
  return isOne;
}

/** Text that PostgreSQL can store: NUL and lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();
}

/**
 * A copy of a JSON value without secrets, at any depth and also inside stringified JSON. Text is left as it is, unless it was
 * stringified JSON with a secret: then it is written again without. A value without secrets is returned itself.
 */
export function withoutSecrets(value: unknown, depth = 0, maxDepth = MAX_DEPTH): unknown {
  if (typeof value === 'string') return textWithoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) throw new TooDeepError();
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutSecrets(item, depth + 1, maxDepth));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  // Most objects hold none, and are not copied.
  let kept: [string, unknown][] | undefined;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? '';
    const cleaned = isSecret(key) ? undefined : withoutSecrets(record[key], depth + 1, maxDepth);
    if (isSecret(key) || cleaned !== record[key]) kept ??= keys.slice(0, i).map((before) => [before, record[before]]);
    if (!isSecret(key)) kept?.push([key, cleaned]);
  }
  // fromEntries defines properties, so that a key "__proto__" stays a key.
  return kept ? Object.fromEntries(kept) : value;
}

/** A JSON value whose texts and keys PostgreSQL can store. */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw new TooDeepError();
  if (Array.isArray(value)) return value.map((item) => cleanJson(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), cleanJson(item, depth + 1)]));
}

const MAY_HOLD_SECRET = /passw|secret|api_?key|private_key|token|bearer|\\u00/i;

function textWithoutSecrets(text: string): string {
  if (!/^\s*[[{"]/.test(text) || !MAY_HOLD_SECRET.test(text)) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text;
  }
  try {
    const cleaned = withoutSecrets(parsed, 0, MAX_TEXT_DEPTH);
    return cleaned === parsed ? text : JSON.stringify(cleaned);
  } catch (error) {
    if (error instanceof TooDeepError || error instanceof RangeError) return cutSecrets(text);
    throw error;
  }
}

/** So long is no name; looking for where one begins ends there. */
const LONGEST_NAME = 1_000;

/**
 * A text without the values of members whose names are secret, found by pattern: for what nests too deep to be read as JSON. Quotes may
 * be escaped, as in JSON inside JSON.
 */
export function cutSecrets(text: string): string {
  let [kept, from] = ['', 0];
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    if (colon < from || !isSecret(nameBefore(text, colon))) continue;
    kept += `${text.slice(from, colon + 1)}null`;
    from = endOfValue(text, colon + 1);
  }
  return kept + text.slice(from);
}

const backslashesBefore = (text: string, at: number): number => {
  let count = 0;
  while (text[at - 1 - count] === '\\') count += 1;
  return count;
};

/** The name that stands in quotes before a colon; empty where there is none. */
function nameBefore(text: string, colon: number): string {
  let end = colon - 1;
  while (end > 0 && /\s/.test(text[end] ?? '')) end -= 1;
  if (text[end] !== '"') return '';
  end -= backslashesBefore(text, end);
  const name = text.slice(Math.max(0, end - LONGEST_NAME), end);
  return name
    .slice(name.lastIndexOf('"') + 1)
    .replace(/\\u00([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Where the value that begins at `start` ends: a text after its closing quote, anything else at the next comma, bracket or space. */
function endOfValue(text: string, start: number): number {
  let at = start;
  while (/\s/.test(text[at] ?? '')) at += 1;
  const opening = at;
  while (text[at] === '\\') at += 1;
  // What a secret object holds is secret, and nobody counts brackets here.
  if (text[at] === '{' || text[at] === '[') return text.length;
  if (text[at] !== '"') {
    while (at < text.length && !/[,}\]\s]/.test(text[at] ?? '')) at += 1;
    return at;
  }
  const escapes = at - opening;
  for (at = text.indexOf('"', at + 1); at >= 0; at = text.indexOf('"', at + 1)) if (backslashesBefore(text, at) === escapes) return at + 1;
  return text.length;
}
