import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyNode, parse } from 'acorn';
import { transformSync } from 'esbuild';
import { analyse } from 'scslre';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

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
  // Without types it is what the parser reads, with the same expressions.
  const { code } = transformSync(readFileSync(join(source, file), 'utf8'), { loader: 'ts' });
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
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
    expect(made).toEqual(['scrubber.ts']);
  });

  it('that take longer are found', () => {
    for (const source of ['(a+)+$', '\\/+$', '[^\\s@]+@[^\\s@]+', '(a|a)*b', '^\\s*(\\w+\\s*)*$'])
      expect(isSlow({ source, flags: '' }), source).toBe(true);
  });
});
