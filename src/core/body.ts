/** Bytes that are no JSON, or the beginning of some. */
export class BodyError extends Error {
  override name = 'BodyError';
}

/** Up to so many bytes are parsed at once. */
const WHOLE = 256 * 1024;
/** So many bytes of records are parsed at a time: a fraction of a millisecond. */
const PIECE = 64 * 1024;

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
  try {
    return JSON.parse(new TextDecoder().decode(Buffer.concat(chunks)));
  } catch {
    // The parser's message quotes the body.
    throw notJson(bytes);
  }
}

const notJson = (bytes: number): BodyError => new BodyError(`${bytes} bytes that are not JSON, or not all of it`);

/**
 * The records of a large answer, in the order in which they came. They can be iterated once; it throws `BodyError` where the body turns
 * out to be no JSON, and at the end when what follows the list is none.
 */
export class Records implements Iterable<unknown> {
  readonly #chunks: (Uint8Array | undefined)[];
  readonly #start: number;
  readonly #bytes: number;

  /** `start`: how many bytes stand before the first record. */
  constructor(chunks: readonly Uint8Array[], start: number, bytes: number) {
    this.#chunks = [...chunks];
    this.#start = start;
    this.#bytes = bytes;
  }

  *[Symbol.iterator](): Generator<unknown> {
    let isFirst = true;
    for (const { text, isLast } of cut(this.#letGo(), this.#start)) {
      if (isLast) return this.#expectEnd(text);
      // [1,2,] is no JSON.
      if (text.trim() === '' && !isFirst) throw notJson(this.#bytes);
      isFirst = false;
      yield* this.#parse(`[${text}]`) as unknown[];
    }
    throw notJson(this.#bytes);
  }

  *#letGo(): Generator<Uint8Array> {
    for (let i = 0; i < this.#chunks.length; i += 1) {
      const chunk = this.#chunks[i];
      this.#chunks[i] = undefined;
      if (chunk) yield chunk;
    }
  }

  #expectEnd(rest: string): void {
    const { data } = this.#parse(`{"data":[${rest}`) as { data: unknown };
    if (!Array.isArray(data) || data.length > 0) throw new BodyError('an answer with two lists of data');
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw notJson(this.#bytes);
    }
  }
}

const [QUOTE, BACKSLASH, COMMA, BRACE, CLOSING_BRACE] = [0x22, 0x5c, 0x2c, 0x7b, 0x7d] as const;
/** `[` and `]` differ from the braces in this bit. */
const BRACKET = 0x20;

/** Where a reader of JSON is in a list: how deep below it, in a text or not, behind a backslash or not. */
class Place {
  #depth = 0;
  #isText = false;
  #isEscaped = false;

  /** Whether the list has ended. */
  get isOver(): boolean {
    return this.#depth < 0;
  }

  /**
   * Reads on from `from`, up to the first comma between elements of the list at `least` or later, or to the end of the list: the place of
   * that byte, or the chunk's length. Bytes of UTF-8 that stand for JSON's own characters stand for nothing else.
   */
  read(chunk: Uint8Array, from: number, least: number): number {
    let i = from;
    for (; i < chunk.length; i += 1) {
      if (this.#isText) {
        i = this.#readText(chunk, i);
        continue;
      }
      const byte = chunk[i] as number;
      if (byte === QUOTE) this.#isText = true;
      else if (byte === COMMA) {
        if (this.#depth === 0 && i >= least) break;
      } else if ((byte | BRACKET) === BRACE) this.#depth += 1;
      else if ((byte | BRACKET) === CLOSING_BRACE) {
        this.#depth -= 1;
        if (this.#depth < 0) break;
      }
    }
    return Math.min(i, chunk.length);
  }

  /** The place of the quote that ends the text, or the chunk's length. */
  #readText(chunk: Uint8Array, from: number): number {
    let i = from;
    if (this.#isEscaped) i += 1;
    this.#isEscaped = false;
    for (; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (byte === QUOTE) {
        this.#isText = false;
        return i;
      }
      if (byte === BACKSLASH) {
        i += 1;
        this.#isEscaped = i === chunk.length;
      }
    }
    return chunk.length;
  }
}

/**
 * Cuts a JSON list between elements, from its first byte on: texts of some elements each, and last what follows them, `]` included; no
 * last one when the bytes end before.
 */
function* cut(chunks: Iterable<Uint8Array>, start: number): Generator<{ text: string; isLast: boolean }> {
  const place = new Place();
  let before: Uint8Array[] = [];
  let size = 0;
  let from = start;
  for (const chunk of chunks) {
    while (!place.isOver) {
      const until = place.read(chunk, from, from + PIECE - size);
      if (until === chunk.length) break;
      yield { text: textOf([...before, chunk.subarray(from, until)]), isLast: false };
      before = [];
      size = 0;
      from = place.isOver ? until : until + 1;
    }
    before.push(chunk.subarray(from));
    size += chunk.length - from;
    from = 0;
  }
  if (place.isOver) yield { text: textOf(before), isLast: true };
}

const textOf = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString('utf8');
