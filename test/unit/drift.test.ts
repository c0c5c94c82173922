import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countUndeclared } from '../../src/core/drift.ts';
import { parseAnswer } from '../../src/core/record.ts';
import groups from '../../src/resources/groups.ts';
import { resources } from '../../src/resources/index.ts';

const undeclaredIn = (document: unknown, resource = groups) =>
  parseAnswer(document, resource, { defaults: resource.scope.over === 'agents' ? { agent_id: 1 } : {} }).batches.flatMap((batch) => [
    ...countUndeclared(batch),
  ]);
const group = (id: number, attributes: object) => ({ type: 'groups', id, attributes: { client_id: 77, ...attributes } });

describe('attributes that no column takes', () => {
  it.each(resources.map((resource) => [resource.name, resource] as const))(
    'there are none in what is documented of %s',
    (name, resource) => {
      const document = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
      expect(undeclaredIn(document, resource)).toEqual([]);
    },
  );

  it('are counted by name, in as many records as have them, null ones too', () => {
    const data = [group(1, { mood: 'good', colour: null }), group(2, { mood: { of: 'all' } }), group(3, { group_name: 'x' })];
    expect(undeclaredIn({ data })).toEqual([
      ['mood', 2],
      ['colour', 1],
    ]);
  });

  it('are counted up to a hundred names, of two hundred characters', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i} ${'x'.repeat(300)}`, 1]));
    const names = undeclaredIn({ data: [group(1, many)] }).map(([name]) => name);
    expect(names).toHaveLength(100);
    expect(Math.max(...names.map((name) => name.length))).toBe(200);
  });

  it('hold no secret by name', () => {
    expect(undeclaredIn({ data: [group(1, { some_password: 'x', some_name: 'y' })] })).toEqual([['some_name', 1]]);
  });
});
