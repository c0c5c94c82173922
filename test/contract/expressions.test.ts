import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyNode, parse } from 'acorn';
import { analyse } from 'scslre';
import { describe, expect, it } from 'vitest';

/** What is built of the sources: plain JavaScript, with the same expressions. The chart library is bundled beside it: its texts are ours. */
const built = fileURLToPath(new URL('../../dist', import.meta.url));
const files = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.js') && !file.endsWith('charting.js'),
);

type Found = { file: string; source: string; flags: string };

/** Every node below one. */
function* nodesOf(node: unknown): Generator<AnyNode> {
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node) yield node as AnyNode;
  for (const child of Object.values(node)) yield* nodesOf(child);
}

const expressions: Found[] = [];
const made: string[] = [];
for (const file of files) {
  const tree = parse(readFileSync(join(built, file), 'utf8'), { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  for (const node of nodesOf(tree)) {
    if (node.type === 'Literal' && node.regex) expressions.push({ file, source: node.regex.pattern, flags: node.regex.flags });
    if (
      (node.type === 'NewExpression' || node.type === 'CallExpression') &&
      node.callee.type === 'Identifier' &&
      node.callee.name === 'RegExp'
    )
      made.push(file);
  }
}

/** Whether an expression takes more than linear time for some text, as far as its shape tells. */
const isSlow = ({ source, flags }: Pick<Found, 'source' | 'flags'>) => analyse({ source, flags }).reports.length > 0;

describe('row 116: regular expressions', () => {
  it('take no longer than their text is long', () => {
    expect(expressions.length).toBeGreaterThan(60);
    expect(expressions.filter(isSlow)).toEqual([]);
  });

  it('are all written out, so that each was looked at, but those that are made of secrets: nothing in them repeats', () => {
    expect(made).toEqual(['scrubber.js']);
  });

  it('that take longer are found', () => {
    for (const source of ['(a+)+$', '\\/+$', '[^\\s@]+@[^\\s@]+', '(a|a)*b', '^\\s*(\\w+\\s*)*$'])
      expect(isSlow({ source, flags: '' }), source).toBe(true);
  });
});
