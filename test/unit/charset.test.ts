import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toUtf8 } from '../../src/source/charset.ts';

/** Bytes in chunks of these lengths, over and over. */
function chunksOf(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const length = lengths[i % lengths.length] ?? 1;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const isFatal = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return false;
  } catch {
    return true;
  }
};

it('text in UTF-8 is left as it is, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-composite' }), lengths, (text, cuts) => {
      const chunks = chunksOf(Buffer.from(text), cuts);
      expect(toUtf8(chunks, 'application/json')).toBe(chunks);
    }),
  );
});

it('bytes that are no UTF-8 are no text, wherever they are cut', () => {
  const broken = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.concat([bytes, Buffer.from('}')]));
  fc.assert(
    fc.property(broken.filter(isFatal), lengths, (bytes, cuts) => {
      expect(toUtf8(chunksOf(bytes, cuts), 'application/json; charset=utf-8')).toBeUndefined();
    }),
  );
});

it.each([
  ['iso-8859-15', [0xa4], '€'],
  ['shift_jis', [0x83, 0x65, 0x83, 0x58], 'テス'],
  ['utf-16be', [0x30, 0xc6], 'テ'],
])('text in %s is made UTF-8, wherever it is cut', (charset, bytes, text) => {
  for (const cut of [1, 2, 3]) {
    const made = toUtf8(chunksOf(Uint8Array.from(bytes), [cut]), `application/json; charset=${charset}`);
    expect(Buffer.concat(made ?? []).toString()).toBe(text);
  }
});
