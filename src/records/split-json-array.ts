const [QUOTE, BACKSLASH, COMMA, BRACE, CLOSING_BRACE] = [0x22, 0x5c, 0x2c, 0x7b, 0x7d] as const;
/** `[` and `]` differ from the braces in this bit. */
const BRACKET = 0x20;

/** So many bytes of elements are a text: they are parsed in a fraction of a millisecond. */
const PIECE = 64 * 1024;

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
 * Cuts a JSON list between elements, from byte `start` on, its first: texts of some elements each, and last what follows them, `]` included; no
 * last one when the bytes end before.
 */
export function* splitJsonArray(chunks: Iterable<Uint8Array>, start: number): Generator<{ text: string; isLast: boolean }> {
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
