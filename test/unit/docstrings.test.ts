import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** A function that a file exports. */
const EXPORTED = /^export (?:async )?(?:function\*? (\w+)|const (\w+)(?:: .+?)? = (?:async )?[(<])/gm;

/** The exported functions of a text, and whether a docstring stands before each. */
function functionsOf(text: string): { name: string; isDescribed: boolean }[] {
  return [...text.matchAll(EXPORTED)].map(({ 1: name, 2: constant, index }) => ({
    name: name ?? constant ?? '',
    isDescribed: text.slice(0, index).trimEnd().endsWith('*/'),
  }));
}

describe('an exported function', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const found = files.flatMap((file) => functionsOf(readFileSync(source + file, 'utf8')).map((each) => ({ file, ...each })));

  it('says what it is for', () => {
    expect(found.length).toBeGreaterThan(700);
    expect(found.flatMap(({ file, name, isDescribed }) => (isDescribed ? [] : [`${file}: ${name}`]))).toEqual([]);
  });

  it.each([
    ['export function one() {}', false],
    ['/** Words. */\nexport async function one() {}', true],
    ['/** Words. */\nexport const one = <T>(x: T): T => x;', true],
    ['/** Words. */\nconst two = 2;\nexport const one = (): number => 1;', false],
  ])('is found in %j', (text, isDescribed) => {
    expect(functionsOf(text)).toEqual([{ name: 'one', isDescribed }]);
  });
});
