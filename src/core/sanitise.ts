/** Names of attributes that hold secrets, in any case; authorization_level is none of them. */
const SECRET = /password|passwd|secret|api_?key|private_key|access_token|auth_token|bearer|^token$/i;

/** Deeper JSON is refused: PostgreSQL's jsonb and JSON.stringify both end at some depth, and no record of the API nests this far. */
const MAX_DEPTH = 64;

/** JSON that nests deeper than a record can. */
export class TooDeepError extends Error {
  override name = 'TooDeepError';
  override message = `nested deeper than ${MAX_DEPTH} levels`;
}

/** Whether an attribute of this name holds a secret. */
export const isSecret = (name: string): boolean => SECRET.test(name);

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
  let changed = false;
  const kept: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const cleaned = isSecret(key) ? undefined : withoutSecrets(item, depth + 1);
    if (!isSecret(key)) kept.push([key, cleaned]);
    changed ||= cleaned !== item || isSecret(key);
  }
  // fromEntries defines properties, so that a key "__proto__" stays a key.
  return changed ? Object.fromEntries(kept) : value;
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
