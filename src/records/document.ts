import { Records } from './body.ts';
import { envelopeOf, type Hints, hintsOf } from './envelope.ts';
import type { Row } from './resource.ts';
import { cleanText } from './sanitise.ts';

/** An answer that is JSON and still no answer: an error message with status 200, for instance. */
export class DocumentError extends Error {
  override name = 'DocumentError';
}

/** The records of a document, not looked at yet. Throws `DocumentError` when it is no answer. */
export function itemsOf(document: unknown): Iterable<unknown> {
  if (Array.isArray(document)) return document;
  if (document === null) return [];
  if (!isObject(document)) throw new DocumentError(`the answer is a ${typeof document}, not a document`);
  if (!Object.hasOwn(document, 'data')) {
    const names = Object.keys(document);
    if (names.length > 0) throw new DocumentError(`the answer has no data, only ${names.slice(0, 5).map(cleanText).join(', ')}`);
    return [];
  }
  const { data } = document;
  if (Array.isArray(data) || data instanceof Records) return data;
  if (data !== null && !isObject(data)) throw new DocumentError(`the answer's data is a ${typeof data}`);
  return data && Object.keys(data).length > 0 ? [data] : [];
}

/** What a document says of itself beside its records; of a large one after these were read. */
export const hintsIn = (document: unknown): Hints =>
  hintsOf({ ...envelopeOf(document), ...(isObject(document) && document.data instanceof Records ? document.data.envelope : {}) });

/** No record is wrapped in so many documents and lists. */
const MOST_WRAPPED = 16;

/** What a record says: as resource, as document, as a list of one, or as its bare attributes; an empty list is a record without any. */
export function unwrap(item: unknown, depth = 0): { type: unknown; id: unknown; attributes: Row } | undefined {
  if (depth > MOST_WRAPPED) return undefined;
  if (Array.isArray(item)) return item.length < 2 ? unwrap(item[0] ?? {}, depth + 1) : undefined;
  if (!isObject(item)) return undefined;
  if (Object.hasOwn(item, 'attributes'))
    return { type: item.type, id: item.id ?? undefined, attributes: isObject(item.attributes) ? item.attributes : {} };
  if (typeof item.data === 'object') return unwrap(item.data ?? {}, depth + 1);
  const { type, id, ...attributes } = item;
  return { type, id: id ?? undefined, attributes };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
