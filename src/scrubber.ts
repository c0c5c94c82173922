/** Shorter secrets look like words. */
const SHORTEST = 4;
/** Shorter ones are replaced where they stand as words of their own: a password `sync` is no reason to spoil the name of this program. */
const SHORTEST_ANYWHERE = 12;
/** So many bytes in base64 are no coincidence. */
const SHORTEST_BASE64 = 8;

/**
 * Replaces secrets by value, however they are written: as they are, in either normal form of Unicode, percent-encoded in part or whole,
 * escaped as in JSON or HTML, read in the wrong character set, or in base64, also inside it. Where they overlap, or one is
 * part of another, all of both goes. `anywhere`: from how many characters on they are replaced within words too.
 */
export function createScrubber(secrets: readonly string[], { anywhere = SHORTEST_ANYWHERE } = {}): (text: string) => string {
  const written = new Set(secrets.flatMap((secret) => [secret, secret.normalize('NFC'), secret.normalize('NFD')]));
  const patterns = [...written].filter((secret) => secret.length >= SHORTEST).map((secret) => patternOf(secret, secret.length < anywhere));
  return (whole) => {
    const found = patterns.flatMap((pattern) =>
      Array.from(whole.matchAll(pattern), ({ index, 1: match = '' }) => ({ from: index, until: index + match.length })),
    );
    let [text, end] = ['', 0];
    for (const { from, until } of found.sort((a, b) => a.from - b.from)) {
      if (from >= end) text += `${whole.slice(end, from)}[secret]`;
      end = Math.max(end, until);
    }
    return text + whole.slice(end);
  };
}

/** Between letters no word begins or ends; after a character that is percent-encoded or escaped one does. */
const WORD_BEGINS = '(?<=^|[^\\p{L}\\p{N}_-]|%[0-9a-fA-F]{2}|\\\\[nrt])';
const WORD_ENDS = '(?![\\p{L}\\p{N}_-])';

/** Matches a secret in each form, at each place: one that begins within another is found too. */
function patternOf(secret: string, isWord: boolean): RegExp {
  const [before, after] = isWord ? [WORD_BEGINS, WORD_ENDS] : ['', ''];
  const letters = Array.from(secret, (letter) => `(?:${writingsOf(letter).join('|')})`).join('');
  return new RegExp(`(?=(${[`${before}${letters}${after}`, ...inBase64(Buffer.from(secret))].join('|')}))`, 'gu');
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The ways in which a letter is written, as regular expressions. */
function writingsOf(letter: string): string[] {
  const bytes = Buffer.from(letter);
  const units = Array.from({ length: letter.length }, (_, i) => `\\\\u${hex(letter.charCodeAt(i), 4)}`).join('');
  const percent = Array.from(bytes, (byte) => `%${hex(byte, 2)}`).join('');
  const others = [
    JSON.stringify(letter).slice(1, -1),
    HTML[letter] ?? letter,
    bytes.toString('latin1'),
    letter === ' ' ? '+' : letter,
    letter,
  ];
  return [...new Set([units, percent, ...others.map(literally)])];
}

/** A number as a pattern of so many hexadecimal digits, large or small. */
const hex = (number: number, digits: number): string =>
  number
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

/** One character of base64, in either alphabet. */
const SIXTET = '[A-Za-z0-9+/_-]';

/** A secret in base64, from each of the three places at which it can begin, with the characters that it shares with what is around it. */
function inBase64(bytes: Buffer): string[] {
  if (bytes.length < SHORTEST_BASE64) return [];
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const isShared = (before + bytes.length) % 3 > 0;
    const own = text.slice([0, 2, 3][before], isShared ? -1 : undefined);
    const core = own.replaceAll('+', '[+-]').replaceAll('/', '[/_]');
    return `${before > 0 ? SIXTET : ''}${core}${isShared ? `${SIXTET}={0,2}` : ''}`;
  });
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
