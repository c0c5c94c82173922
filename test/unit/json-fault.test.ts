import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBody, Records } from '../../src/records/body.ts';
import { findJsonFault } from '../../src/records/json-fault.ts';

const CASES: [string, string, string][] = [
  ['{"data":[1,2,', ']}', 'a comma before a closing bracket'],
  ['{"data":[], "a": 1 , ', '}', 'a comma before a closing bracket'],
  ['{"data":[1,', ',2]}', 'one comma too many'],
  ['{"data":[', ',2]}', 'one comma too many'],
  ['{"data":[]} ', '{"data":[]}', 'a second document after the first'],
  ['{"data":[]}\n', '<script src="x"></script>', 'a page (HTML or XML) after the document'],
  ['{"data":[]}', 'OK', 'something after the document'],
  ['', '<!doctype html><title>x</title>', 'a page (HTML or XML), not data'],
  ['', '<br />\n<b>Warning</b>: x {"data":[]}', 'a page (HTML or XML), not data'],
  ['', 'callback({"data":[]})', 'a call of a function (JSONP)'],
  ['', '// made by x\n{"data":[]}', 'a comment'],
  ['{"data":[', '/* none */]}', 'a comment'],
  ['{', "'data':[]}", 'single quotes, where JSON has double ones'],
  ['{"a":', "'x'}", 'single quotes, where JSON has double ones'],
  ['{"a":', 'NaN}', 'a word that JSON does not have, such as NaN or None'],
  ['{"a":', '-Infinity}', 'a word that JSON does not have, such as NaN or None'],
  ['{"a":', 'None}', 'a word that JSON does not have, such as NaN or None'],
  ['{', 'data:[]}', 'a name without quotes'],
  ['{"data":[1', '}}', 'a closing bracket of the other kind'],
  ['{"data":[{"id":1} ', '{"id":2}]}', 'no comma between two values'],
  ['{"a":0', '7}', 'no comma between two values'],
  ['{"a":', '+7}', 'a number as JSON does not write it'],
  ['{"a":"x', '\n"}', 'a line end or another control character in a text'],
  ['{"a":"x', '\\x41"}', 'a backslash before a letter that JSON does not escape'],
  ['{"a"', '="x"}', 'something other than a colon'],
  ['', '\ufffd\ufffd\ufffd', 'bytes that are no text in UTF-8: in another encoding, or compressed without saying so'],
  ...['', '{', '{"a', '{"a":"x\\', '{"a":"x\\u00', '{"a":', '{"data":[1', '{"data":[1,', '{"data":[]'].map(
    (text): [string, string, string] => [text, '', 'its end, which is too early: it is truncated'],
  ),
];

describe('what is wrong with an answer that is nearly JSON', () => {
  it.each(CASES)('%j and then %j: %s, and that is where it is', (good, bad, what) => {
    expect(findJsonFault(good + bad)).toEqual({ what, at: good.length });
  });

  it('is nothing where it is JSON, and something where it is none', () => {
    const letters = fc.constantFrom(...'{}[],:"\\ 01e-.tfn\n');
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.option(letters, { nil: '' }), fc.constantFrom(0, 1), (value, place, letter, cut) => {
        const text = JSON.stringify(value);
        const at = place % (text.length + 1);
        const damaged = text.slice(0, at) + letter + text.slice(at + cut);
        let isJson = true;
        try {
          JSON.parse(damaged);
        } catch {
          isJson = false;
        }
        expect(findJsonFault(text)).toBeUndefined();
        expect(findJsonFault(damaged) === undefined).toBe(isJson);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the place of it', () => {
  const messageOf = (body: string) => {
    try {
      const { data } = parseBody([Buffer.from(body)]) as { data: Iterable<unknown> };
      return data instanceof Records ? `${[...data].length} records` : 'read';
    } catch (error) {
      return String(error);
    }
  };
  const byteOf = (body: string, before: string) => Buffer.byteLength(body.slice(0, body.lastIndexOf(before) + before.length)) + 1;
  const many = Array.from({ length: 30_000 }, (_, id) => JSON.stringify({ id, name: 'Zoë' }));

  it.each([
    ['in a small body', '{"data":[{"name":"Zoë"},]}', '},'],
    ['at the end of the list of a large one', `{"data":[${many},]}`, '},'],
    ['in the midst of its list', `{"data":[${many.slice(1)},{"name":"Zoë",},${many}]}`, '"Zoë",}'.slice(0, -1)],
    ['after its list', `{"data":[${many}],"meta":{"Zoë":1,}}`, '1,'],
  ])('%s is told as a byte, and nothing of the body', (_, body, before) => {
    const place = before === '"Zoë",' ? Buffer.byteLength(body.slice(0, body.indexOf('",}') + 2)) + 1 : byteOf(body, before);
    const size = Buffer.byteLength(body);
    expect(messageOf(body)).toBe(
      `BodyError: ${size} bytes that are not JSON, or not completely: at byte ${place} is a comma before a closing bracket`,
    );
  });

  it('is told where the last piece of a large list is nothing but a comma', () => {
    const filling = JSON.stringify('x'.repeat(300_000));
    expect(messageOf(`{"data":[${filling}, ]}`)).toBe(
      `BodyError: ${filling.length + 13} bytes that are not JSON, or not completely: at byte ${filling.length + 12} is a comma before a closing bracket`,
    );
  });
});
