import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.ts';

const ROWS = 116;
const root = new URL('../../', import.meta.url);

/** The names of tests, of what they are grouped in, and of cases in tables: the first text after a parenthesis or bracket. */
const namesIn = (source: string): string[] =>
  [...source.matchAll(/[([]\s*(['"`])((?:\\.|(?!\1)[^\n])*)\1/g)].map(([, , text = '']) => text.replaceAll("\\'", "'"));

describe('the catalogue of faults', () => {
  it('has all its rows, and no others', () => {
    expect(Object.keys(CATALOGUE).map(Number)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  });

  it.each(Object.entries(CATALOGUE))('row %s is tied to tests that there are, or to a reason', (_, proofs) => {
    expect(proofs.length).toBeGreaterThan(0);
    for (const proof of proofs) {
      if ('reason' in proof) expect(proof.reason.length).toBeGreaterThan(20);
      else {
        const names = namesIn(readFileSync(new URL(proof.file, root), 'utf8'));
        expect(names.filter((name) => name.includes(proof.test)).length, `${proof.file}: ${proof.test}`).toBeGreaterThan(0);
      }
    }
  });
});
