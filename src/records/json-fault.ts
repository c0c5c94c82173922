/** What may come next where a reader of JSON is; `end`: nothing more. */
type Wanted = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or bracket' | 'end';

/** Where a text stops being JSON, what would have come there, and whether that is inside a text in quotes. */
type Stop = { at: number; wanted: Wanted; isInQuotes: boolean };

/** Where a text is no JSON, and what stands there instead: in words, as nobody's data are quoted. */
export type JsonFault = { at: number; what: string };

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** What gateways, templates and other languages make of JSON; the first that fits is reported. `begins`: what stands at the place. */
const KINDS: readonly { wanted?: readonly Wanted[]; isInQuotes?: boolean; begins: RegExp; what: string }[] = [
  { isInQuotes: true, begins: /^\\/, what: 'a backslash before a letter that JSON does not escape' },
  { isInQuotes: true, begins: /^/, what: 'a line end or another control character in a text' },
  { wanted: ['value', 'name'], begins: /^[\]}]/, what: 'a comma before a closing bracket' },
  { wanted: ['value', 'value or ]', 'name', 'name or }'], begins: /^,/, what: 'one comma too many' },
  { wanted: ['end'], begins: /^[[{]/, what: 'a second document after the first' },
  { wanted: ['end'], begins: /^</, what: 'a page (HTML or XML) after the document' },
  { wanted: ['end'], begins: /^/, what: 'something after the document' },
  { begins: /^<(?:!|\w)/, what: 'a page (HTML or XML), not data' },
  { begins: /^\/[/*]/, what: 'a comment' },
  { begins: /^'/, what: 'single quotes, where JSON has double ones' },
  { begins: /^[+-]?(?:NaN|Infinity|undefined|None|True|False|nan|inf)\b/, what: 'a word that JSON does not have, such as NaN or None' },
  { wanted: ['name', 'name or }'], begins: /^[\w$]/, what: 'a name without quotes' },
  { wanted: ['comma or bracket'], begins: /^[\]}]/, what: 'a closing bracket of the other kind' },
  { wanted: ['comma or bracket'], begins: /^["[{\w-]/, what: 'no comma between two values' },
  { wanted: ['value'], begins: /^[+.]?\d/, what: 'a number as JSON does not write it' },
  { begins: /^[\w$.]+\(/, what: 'a call of a function (JSONP)' },
  { begins: /^\uFFFD/, what: 'bytes that are no text in UTF-8: in another encoding, or compressed without saying so' },
];

/** Finds where a text stops being JSON. Undefined where it does not. A text of half a million characters takes some milliseconds. */
export function findJsonFault(text: string): JsonFault | undefined {
  const stop = findStop(text);
  if (!stop) return undefined;
  const { at, wanted, isInQuotes } = stop;
  if (at >= text.length) return { at, what: 'its end, which is too early: it is truncated' };
  const here = text.slice(at, at + 40);
  const kind = KINDS.find(
    (kind) => (kind.isInQuotes ?? false) === isInQuotes && (kind.wanted?.includes(wanted) ?? true) && kind.begins.test(here),
  );
  return { at, what: kind?.what ?? `something other than ${wanted === 'end' ? 'its end' : `a ${wanted}`}` };
}

const matchAt = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
};

function findStop(text: string): Stop | undefined {
  const open: ('[' | '{')[] = [];
  let wanted: Wanted = 'value';
  const afterValue = (): Wanted => (open.length > 0 ? 'comma or bracket' : 'end');
  for (let at = matchAt(SPACE, text, 0); at < text.length; at += matchAt(SPACE, text, at)) {
    const letter = text[at] as string;
    const isEmpty = (wanted === 'value or ]' && letter === ']') || (wanted === 'name or }' && letter === '}');
    if (isEmpty || (wanted === 'comma or bracket' && letter === (open.at(-1) === '[' ? ']' : '}'))) {
      open.pop();
      wanted = afterValue();
      at += 1;
    } else if (wanted === 'colon' && letter === ':') {
      wanted = 'value';
      at += 1;
    } else if (wanted === 'comma or bracket' && letter === ',') {
      wanted = open.at(-1) === '[' ? 'value' : 'name';
      at += 1;
    } else if (letter === '"' && wanted !== 'comma or bracket' && wanted !== 'colon' && wanted !== 'end') {
      const end = endOfText(text, at + 1);
      if (text[end] !== '"') return { at: end, wanted, isInQuotes: end < text.length };
      wanted = wanted.startsWith('name') ? 'colon' : afterValue();
      at = end + 1;
    } else if (wanted.startsWith('value') && (letter === '[' || letter === '{')) {
      open.push(letter);
      wanted = letter === '[' ? 'value or ]' : 'name or }';
      at += 1;
    } else {
      const length = wanted.startsWith('value') ? matchAt(NUMBER, text, at) || matchAt(WORD, text, at) : 0;
      if (length === 0) return { at, wanted, isInQuotes: false };
      wanted = afterValue();
      at += length;
    }
  }
  return wanted === 'end' ? undefined : { at: text.length, wanted, isInQuotes: false };
}

/** What stands in a text as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON does not take in a text.
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** Where a text in quotes ends: at its closing quote, at what may not be in it, or at the end of all. */
function endOfText(text: string, from: number): number {
  let at = from;
  for (;;) {
    at += matchAt(PLAIN, text, at);
    if (text[at] !== '\\') return at;
    const length = matchAt(ESCAPE, text, at);
    if (length === 0) return /^\\(?:$|u[\da-fA-F]{0,3}$)/.test(text.slice(at, at + 6)) ? text.length : at;
    at += length;
  }
}
