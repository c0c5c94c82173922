import { isUtf8 } from 'node:buffer';

/**
 * The bytes of a body as UTF-8, whatever character set its content type names; undefined when they are no text in that one. What is called
 * Latin-1, as some servers call everything, and reads as UTF-8, is that; so is what begins with its mark.
 */
export function toUtf8(chunks: readonly Uint8Array[], contentType: string): readonly Uint8Array[] | undefined {
  const decoder = decoderOf(charsetOf(contentType) ?? 'utf-8');
  const { encoding } = decoder;
  if (encoding === 'utf-8') return areUtf8(chunks) ? chunks : undefined;
  if (beginsWithMark(chunks) || (encoding === 'windows-1252' && areUtf8(chunks))) return chunks;
  try {
    const texts = chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
    return [...texts, decoder.decode()].map((text) => Buffer.from(text));
  } catch {
    return undefined;
  }
}

const MARK = Buffer.from('\uFEFF');
const beginsWithMark = ([first]: readonly Uint8Array[]): boolean => first !== undefined && MARK.equals(first.subarray(0, MARK.length));

/** The character set that a content type names. */
export const charsetOf = (contentType: string): string | undefined => /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1];

/** JSON is UTF-8 where nothing that is known is named. */
function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return new TextDecoder('utf-8', { fatal: true });
  }
}

/** Whether the bytes are UTF-8, as far as they go: characters may begin in one chunk and end in the next. */
function areUtf8(chunks: readonly Uint8Array[]): boolean {
  let begun: Uint8Array = new Uint8Array();
  for (const chunk of chunks) {
    const bytes = begun.length > 0 ? Buffer.concat([begun, chunk]) : chunk;
    const end = bytes.length - countBegun(bytes);
    if (!isUtf8(bytes.subarray(0, end))) return false;
    begun = bytes.subarray(end);
  }
  return true;
}

/** The first byte of a character of 4, 3 and 2 bytes is at least so large. */
const LEADS = [0xf0, 0xe0, 0xc0];

/** How many bytes at the end begin a character that they do not end. */
function countBegun(bytes: Uint8Array): number {
  const back = [1, 2, 3].find((from) => ((bytes.at(-from) ?? 0) & 0xc0) !== 0x80) ?? 0;
  const lead = LEADS.findIndex((least) => (bytes.at(-back) ?? 0) >= least);
  return back > 0 && lead >= 0 && back < 4 - lead ? back : 0;
}
