import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/errors.ts';
import { maskMessage, maskValue } from '../../src/operations/mask.ts';
import { html } from '../../src/pages/html.ts';
import { coerce } from '../../src/records/coerce.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import { pseudonymiseText } from '../../src/records/pseudonyms.ts';
import { cleanJson, cleanText, isSecret, withoutSecrets } from '../../src/records/sanitise.ts';
import agents from '../../src/resources/agents.ts';
import { createScrubber } from '../../src/scrubber.ts';

/** Half a million characters: what takes a step for each pair of them does not end within any test. */
const LENGTH = 500_000;
const UNITS = [
  'a',
  '9',
  ' ',
  '@',
  '=(',
  '"',
  "'",
  '[',
  '{"a":',
  '\\u00',
  '\\',
  '-',
  '<',
  '&',
  '\0',
  '\ud800',
  '\n',
  'a@',
  '1.',
  ': "',
  'params:',
];
const ENDS = ['', '!', '\ud800'];

const scrub = createScrubber(['fake-secret-of-the-test', 'aaaaaaaaaaaaaaaaaaab']);
const TYPES = ['bigint', 'smallint', 'numeric(5, 2)', 'boolean', 'timestamp with time zone', 'date', 'jsonb', 'text'];

/** Everything that is given a text of the source. */
const READERS: Record<string, (text: string) => unknown> = {
  cleanText,
  cleanJson: (text) => cleanJson({ [text.slice(0, 1_000)]: text }),
  withoutSecrets: (text) => withoutSecrets({ value: text }),
  isSecret,
  maskMessage,
  maskValue,
  'protectText of an address': (text) => pseudonymiseText(text, { mode: 'hash', key: 'fake-hash-key' }),
  'protectText of JSON': (text) => pseudonymiseText(text, { mode: 'hash', key: 'fake-hash-key' }, true),
  explain: (text) => explain(Object.assign(new Error(text), { code: '22P02' })),
  scrub,
  html: (text) => html`<p>${text}</p>`,
  parseAnswer: (text) =>
    parseAnswer({ data: [{ type: 'agents', id: 1, attributes: { client_id: 1, username: text, [text]: 1 } }] }, agents),
  ...Object.fromEntries(TYPES.map((type) => [`coerce to ${type}`, (text: string) => silently(() => coerce(text, type, true))])),
};

/** That a text does not fit is an answer, too. */
function silently(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** Far more than what is linear takes on a busy machine, and far less than what is not. */
const LONGEST_MS = 20_000;
const inTime = (work: () => void) => runInNewContext('work()', { work }, { timeout: LONGEST_MS });

describe('row 116: a text of half a million characters, whatever they are, is read in one go', () => {
  it.each(Object.entries(READERS))('by %s', (_, read) => {
    inTime(() => {
      for (const unit of UNITS) for (const end of ENDS) read(unit.repeat(LENGTH / unit.length) + end);
    });
  });

  it('and one that is read again and again is ended', () => {
    expect(() => runInNewContext('work()', { work: () => /(a+)+$/.test(`${'a'.repeat(LENGTH)}!`) }, { timeout: 200 })).toThrow(/timed out/);
  });
});
