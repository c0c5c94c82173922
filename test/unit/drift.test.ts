import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findDrift, type KnownAttribute } from '../../src/drift/find-drift.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import { addToShape, mergeShape, noShape, type Shape, undeclaredIn } from '../../src/records/shape.ts';
import groups from '../../src/resources/groups.ts';
import { resources } from '../../src/resources/index.ts';

const undeclared = (document: unknown, resource = groups) =>
  parseAnswer(document, resource, { defaults: resource.scope.over === 'eachAgent' ? { agent_id: 1 } : {} }).batches.flatMap((batch) =>
    Object.entries(undeclaredIn(batch.shape, batch.resource)),
  );
const group = (id: number, attributes: object) => ({ type: 'groups', id, attributes: { client_id: 77, ...attributes } });

describe('attributes that no column takes', () => {
  it.each(resources.map((resource) => [resource.name, resource] as const))(
    'there are none in what is documented of %s',
    (name, resource) => {
      const document = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
      expect(undeclared(document, resource)).toEqual([]);
    },
  );

  it('are counted by name, in as many records as have them, null ones too', () => {
    const data = [group(1, { mood: 'good', colour: null }), group(2, { mood: { of: 'all' } }), group(3, { group_name: 'x' })];
    expect(undeclared({ data })).toEqual([
      ['mood', 2],
      ['colour', 1],
    ]);
  });

  it('are counted up to two hundred names, of two hundred characters', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i} ${'x'.repeat(300)}`, 1]));
    const names = undeclared({ data: [group(1, many)] }).map(([name]) => name);
    expect(names).toHaveLength(199);
    expect(Math.max(...names.map((name) => name.length))).toBe(200);
  });

  it('hold no secret by name', () => {
    expect(undeclared({ data: [group(1, { some_password: 'x', some_name: 'y' })] })).toEqual([['some_name', 1]]);
  });
});

const shapeOf = (...records: object[]): Shape => {
  const shape = noShape();
  for (const record of records) addToShape(shape, record);
  return shape;
};
const known = (attribute: string, rest: Partial<KnownAttribute> = {}): KnownAttribute => ({
  attribute,
  kinds: ['text'],
  records: 100,
  present: 100,
  isGone: false,
  ...rest,
});

describe('what records look like', () => {
  it('is how many there are, and how many have each attribute as what; null is of no type', () => {
    const { records, attributes } = shapeOf({ a: 'x', b: null }, { a: 1, b: [] }, { a: false, c: {} });
    expect(records).toBe(3);
    expect([...attributes].map(([name, { count, unfit: _, ...kinds }]) => [name, count, Object.values(kinds).join('')])).toEqual([
      ['a', 3, '11100'],
      ['b', 2, '00010'],
      ['c', 1, '00001'],
    ]);
  });

  it('is the same in one answer as in two', () => {
    const records = [{ a: 1 }, { b: 'x' }, { a: '1', b: null }];
    const two = shapeOf(...records.slice(0, 1));
    mergeShape(two, shapeOf(...records.slice(1)));
    expect(two).toEqual(shapeOf(...records));
  });

  it('is not counted for versions of our own', () => {
    const { batches } = parseAnswer({ data: [group(1, {})] }, groups, { isStored: true });
    expect(batches.at(-1)?.shape).toEqual(noShape());
  });
});

describe('drift', () => {
  it('is nothing where nothing was known, and where nothing came', () => {
    expect(findDrift([], shapeOf({ a: 1 }))).toEqual([]);
    expect(findDrift([known('a')], noShape())).toEqual([]);
  });

  it('is an attribute that was not there before, with the share of records that have it', () => {
    const changes = findDrift([known('a')], shapeOf({ a: 'x' }, { a: 'x', b: 1 }, { a: 'x' }, { a: 'x', b: '1' }));
    expect(changes).toEqual([{ attribute: 'b', change: 'new', was: null, became: 'text or number', share: 0.5 }]);
  });

  it('is one that comes back', () => {
    expect(findDrift([known('a', { isGone: true })], shapeOf({ a: 'x' }))).toMatchObject([{ attribute: 'a', change: 'new', share: 1 }]);
  });

  it('is one of another type, but not one that was only ever null, nor null', () => {
    const before = [known('a'), known('b', { kinds: [] }), known('c')];
    const changes = findDrift(before, shapeOf({ a: 1, b: 1, c: null }, { a: 'x', b: 2, c: 'x' }));
    expect(changes).toEqual([{ attribute: 'a', change: 'retyped', was: 'text', became: 'number', share: 0.5 }]);
  });

  it('is one that all records had and none has any more', () => {
    expect(findDrift([known('a'), known('b')], shapeOf({ b: 'x' }))).toEqual([
      { attribute: 'a', change: 'vanished', was: 'text', became: null, share: 1 },
    ]);
  });

  it.each([
    [10, 65, []],
    [10, 66, ['a']],
    [50, 9, []],
    [50, 10, ['a']],
  ])('is one that %i %% of the records had when %i records without it are no chance: %j', (present, records, expected) => {
    const shape = shapeOf(...Array.from({ length: records }, () => ({ b: 'x' })));
    expect(findDrift([known('a', { present }), known('b')], shape).map(({ attribute }) => attribute)).toEqual(expected);
  });

  it('is told once', () => {
    expect(findDrift([known('a', { isGone: true }), known('b')], shapeOf({ b: 'x' }))).toEqual([]);
  });
});
