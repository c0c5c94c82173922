import { findJsonFault } from './json-fault.ts';
import { splitJsonArray } from './split-json-array.ts';

/** Bytes that are no JSON, or the beginning of some. */
export class BodyError extends Error {
  override name = 'BodyError';
}

/** Up to so many bytes are parsed at once. */
const WHOLE = 256 * 1024;
/** How an answer begins that is a document with a list, within so many bytes. */
const BEGINNING = 1024;
const DATA = /^(?:\u00EF\u00BB\u00BF)?\s*\{\s*"data"\s*:\s*\[/;

/**
 * The document that the bytes of an answer are; throws `BodyError`. In a large one that begins with `data`, that list is `Records`:
 * parsed when they are iterated, the bytes let go meanwhile. An answer of 60 MB would be 250 MB of objects at once, and a second in which
 * nothing else could be done.
 */
export function parseBody(chunks: readonly Uint8Array[]): unknown {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const start =
    bytes > WHOLE &&
    Buffer.from(chunks[0]?.subarray(0, BEGINNING) ?? [])
      .toString('latin1')
      .match(DATA)?.[0].length;
  if (start) return { data: new Records(chunks, start, bytes) };
  if (bytes === 0) throw new BodyError('an empty answer');
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body.
    throw notJson(bytes, text, 0);
  }
}

/** What is wrong with so many bytes of which a part, that begins at byte `from`, is no JSON. */
function notJson(bytes: number, text: string, from: number): BodyError {
  const { at, what } = findJsonFault(text) ?? { at: text.length, what: 'its end, which is too early: it is truncated' };
  const place = Math.min(bytes, from + Buffer.byteLength(text.slice(0, at)) + 1);
  return new BodyError(`${bytes} bytes that are not JSON, or not completely: at byte ${place} is ${what}`);
}

/**
 * The records of a large answer, in the order in which they came. They can be iterated once; it throws `BodyError` where the body turns
 * out to be no JSON, and at the end when what follows the list is none.
 */
export class Records implements Iterable<unknown> {
  readonly #chunks: (Uint8Array | undefined)[];
  readonly #start: number;
  readonly #bytes: number;
  #envelope: Record<string, unknown> = {};

  /** `start`: how many bytes stand before the first record. */
  constructor(chunks: readonly Uint8Array[], start: number, bytes: number) {
    this.#chunks = [...chunks];
    this.#start = start;
    this.#bytes = bytes;
  }

  /** What the document holds beside its records; known once they were iterated. */
  get envelope(): Record<string, unknown> {
    return this.#envelope;
  }

  *[Symbol.iterator](): Generator<unknown> {
    // Of what was read of the list so far, with the bracket that opens it.
    let from = this.#start - 1;
    for (const { text, isLast } of splitJsonArray(this.#letGo(), this.#start)) {
      if (isLast) return this.#expectEnd(text, from);
      // [1,2,] is no JSON: what was read before ended with the comma.
      if (text.trim() === '' && from >= this.#start) throw notJson(this.#bytes, `[1,${text}]`, from - 2);
      yield* this.#parse(`[${text}]`, from) as unknown[];
      from += Buffer.byteLength(text) + 1;
    }
    throw notJson(this.#bytes, '[', this.#bytes);
  }

  *#letGo(): Generator<Uint8Array> {
    for (let i = 0; i < this.#chunks.length; i += 1) {
      const chunk = this.#chunks[i];
      this.#chunks[i] = undefined;
      if (chunk) yield chunk;
    }
  }

  #expectEnd(rest: string, from: number): void {
    const before = '{"data":[';
    const { data, ...envelope } = this.#parse(`${before}${rest}`, from - before.length) as { data: unknown };
    if (!Array.isArray(data) || data.length > 0) throw new BodyError('an answer with two lists of data');
    this.#envelope = envelope;
  }

  #parse(text: string, from: number): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw notJson(this.#bytes, text, from);
    }
  }
}
