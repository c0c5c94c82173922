import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeUsageError } from '../../src/cli/usage-errors.ts';
import { markedText, plainJson, plainLines, plainText } from '../../src/plain-text.ts';

const HOSTILE: [string, string][] = [
  ['C0', '\0\u0007\b\t\n\v\f\r\u001b\u007f'],
  ['C1', '\u0080\u0085\u009b\u009d\u009f'],
  ['escape sequences', '\u001b]0;title\u0007'],
  ['direction', '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e'],
  ['isolates', '\u2066\u2067\u2068\u2069'],
  ['no width', '\u00ad\u200b\u200c\u200d\u2060\u2064\ufeff'],
  ['line and paragraph', '\u2028\u2029'],
  ['tags', '\u{e0001}\u{e0041}\u{e007f}'],
  ['annotation', '\ufff9\ufffa\ufffb'],
  ['half characters', '\ud800'],
];
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe.each(HOSTILE)('%s', (_, characters) => {
  it('reach no terminal', () => {
    expect(plainText(`a${characters}b`)).not.toMatch(NOT_SHOWN);
    expect(plainText(`a${characters}b`)).toMatch(/^a .*b$/);
  });

  it('reach no log, which shows where they were', () => {
    const text = markedText(`a${characters}b`);
    expect(text).not.toMatch(NOT_SHOWN);
    expect(text).toMatch(/^a\ufffd.*b$/);
  });

  it('are escaped in JSON, which says the same', () => {
    const value = { [`name ${characters}`]: [`a${characters}b`] };
    const json = plainJson(value);
    expect(json).not.toMatch(NOT_SHOWN);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
  });
});

it('what is shown stays as it is, whatever language it is in', () => {
  for (const text of ['Zoë Müller', 'Жанна', '中文 日本語', 'שלום', 'مرحبا', 'नमस्ते', '😀👍🏽', 'a – b … “c”', 'x\u0301', '\u00a0'])
    expect([plainText(text), markedText(text), JSON.parse(plainJson(text))]).toEqual([text, text, text]);
});

it('lines of ours stay lines', () => {
  expect(plainLines('a\u202eb\nc\r\nd')).toBe('a b\nc \nd');
});

it('any text is what it was where it is shown', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff })), (codes) => {
      const text = String.fromCodePoint(...codes);
      expect(plainText(text)).not.toMatch(NOT_SHOWN);
      expect(plainText(plainText(text))).toBe(plainText(text));
      expect(JSON.parse(plainJson(text))).toBe(text);
    }),
  );
});

describe('a command line that is wrong', () => {
  it.each([
    ["error: unknown option '--api-key=fake-canary'", "error: unknown option '--api-key=...'", true],
    [
      "error: unknown option '--api-key=fake canary'\n(Did you mean --only?)",
      "error: unknown option '--api-key=...'\n(Did you mean --only?)",
      true,
    ],
    ["error: unknown option '--schlüssel=fake-canary'", "error: unknown option '--schlüssel=...'", false],
    ["error: unknown option '-k=fake-canary'", "error: unknown option '-k=...'", false],
    ["error: unknown option '--x=fake'canary\n'", "error: unknown option '--x=...'", false],
    ["error: unknown option '--password'", "error: unknown option '--password'", true],
    ["error: unknown option '--https-proxy'", "error: unknown option '--https-proxy'", true],
    ["error: option '--from <day>' argument '2018=x' is invalid.", "error: option '--from <day>' argument '2018=x' is invalid.", false],
    ["error: unknown command 'sy\u202enc'", "error: unknown command 'sy nc'", false],
  ])('%j shows no value of an option that nobody knows', (text, shown, isAdvised) => {
    const [first, advice = ''] = describeUsageError(`${text}\n`).split('Secrets are read');
    expect([first, advice !== '']).toEqual([`${shown}\n`, isAdvised]);
  });
});
