/** Names of attributes that hold secrets, in any case; authorization_level is none of them. */
const SECRET = /password|passwd|secret|api_?key|private_key|access_token|auth_token|bearer|^token$/i;

/** Deeper JSON is refused: PostgreSQL's jsonb and JSON.stringify both end at some depth, and no record of the API nests this far. */
const MAX_DEPTH = 64;

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
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return textWithoutSecrets(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw new TooDeepError();
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutSecrets(item, depth + 1));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  // Most objects hold none, and are not copied.
  let kept: [string, unknown][] | undefined;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? '';
    const cleaned = isSecret(key) ? undefined : withoutSecrets(record[key], depth + 1);
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

function textWithoutSecrets(text: string, depth: number): string {
  if (!/^\s*[[{"]/.test(text) || !/passw|secret|api_?key|private_key|token|bearer|\\u00/i.test(text)) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text;
  }
  const cleaned = withoutSecrets(parsed, depth + 1);
  return cleaned === parsed ? text : JSON.stringify(cleaned);
}
