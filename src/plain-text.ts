/**
 * What a terminal or a log would obey instead of showing: control characters (C0, C1 and with them escape sequences), format characters
 * (direction and its isolates, characters without width, tags), separators of lines and paragraphs, and halves of characters.
 */
const EACH = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const RUN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** A text as a line of a terminal or a log may have it: each run of characters that are not for showing becomes a space. */
export const plainText = (text: string): string => text.replace(RUN, ' ');

/** The same for a text of several lines, all of which are ours: no text of the source is in one of them with a line end of its own. */
export const plainLines = (text: string): string => text.split('\n').map(plainText).join('\n');

/** The same, with a mark for each character that was there: who reads a log is to see it. */
export const markedText = (text: string): string => text.replace(EACH, '\uFFFD');

/** JSON that says the same and holds no such character: they are escaped. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replace(EACH, (character) => character.split('').map(escapeUnit).join(''));

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
