import type { Row } from './resource.ts';
import { cleanJson } from './sanitise.ts';

/** How JSON.stringify writes what PostgreSQL's text cannot hold: NUL and lone surrogates. Finds a few more, which does no harm. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/;

/** The attributes of a record as JSON text that jsonb takes: in keys and values NUL and lone surrogates become U+FFFD. */
export function rawText(attributes: Row): string {
  const text = JSON.stringify(attributes);
  return UNSTORABLE.test(text) ? JSON.stringify(cleanJson(attributes)) : text;
}
