import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coerce, Unfit } from '../../src/records/coerce.ts';

const INSTANT = 'timestamp with time zone';
const TYPES = ['smallint', 'integer', 'bigint', 'boolean', 'double precision', 'numeric(5, 2)', 'text', INSTANT, 'jsonb'] as const;
const BEYOND = 'beyond 2^53, where numbers lose digits';

const refused = (value: unknown, sqlType: string, isRounded = false): string | undefined => {
  const coerced = coerce(value, sqlType, isRounded);
  return coerced instanceof Unfit ? coerced.reason : undefined;
};

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('null and the empty text', () => {
  it.each(TYPES)('null and an attribute without a value are null in a column of type %s', (sqlType) => {
    expect([coerce(null, sqlType), coerce(undefined, sqlType)]).toEqual([null, null]);
  });

  it.each(TYPES.filter((sqlType) => sqlType !== 'text'))('an empty text is null in a column of type %s', (sqlType) => {
    expect(coerce('', sqlType)).toBeNull();
  });

  it('an empty text stays an empty text in a text column', () => {
    expect(coerce('', 'text')).toBe('');
  });

  it('a column of a type nobody thought of is a mistake of the program, not of the data', () => {
    expect(() => coerce(1, 'interval')).toThrow(TypeError);
  });
});

describe('whole numbers', () => {
  it.each([
    [0, 'integer', 0],
    [-0, 'integer', 0],
    ['-0', 'double precision', 0],
    [61, 'integer', 61],
    [61.0, 'integer', 61],
    ['61', 'integer', 61],
    [' 61 ', 'integer', 61],
    ['-7', 'integer', -7],
    ['61.0', 'integer', 61],
    [32_767, 'smallint', 32_767],
    [2_147_483_647, 'integer', 2_147_483_647],
    [Number.MAX_SAFE_INTEGER, 'bigint', 9_007_199_254_740_991],
    ['9007199254740991', 'bigint', 9_007_199_254_740_991],
    [-Number.MAX_SAFE_INTEGER, 'bigint', -9_007_199_254_740_991],
  ])('%j in %s is %d', (value, sqlType, expected) => {
    expect(coerce(value, sqlType)).toBe(expected);
  });

  it.each([
    [61.4, 'integer', 'not a whole number'],
    ['61.4', 'bigint', 'not a whole number'],
    ['12abc', 'bigint', 'not a number'],
    ['0x10', 'integer', 'not a number'],
    ['1e3', 'integer', 'not a number'],
    ['١', 'integer', 'not a number'],
    [true, 'bigint', 'not a number'],
    [[], 'integer', 'not a number'],
    [[5], 'integer', 'not a number'],
    [{}, 'bigint', 'not a number'],
    [32_768, 'smallint', 'out of range'],
    [2_147_483_648, 'integer', 'out of range'],
    [Number.POSITIVE_INFINITY, 'integer', 'out of range'],
    ['9'.repeat(400), 'bigint', 'out of range'],
    [2 ** 53, 'bigint', BEYOND],
    ['9007199254740992', 'bigint', BEYOND],
    ['9007199254740993', 'bigint', BEYOND],
    [-(2 ** 53), 'bigint', BEYOND],
  ])('%j does not fit %s: %s', (value, sqlType, reason) => {
    expect(refused(value, sqlType)).toBe(reason);
  });

  it.each([
    [61.4, 61],
    ['61.5', 62],
    [2.6, 3],
  ])('whole seconds and counts are rounded: %j is %d', (value, expected) => {
    expect(coerce(value, 'integer', true)).toBe(expected);
  });

  it('rounds before it looks at the range', () => {
    expect(coerce(2_147_483_647.4, 'integer', true)).toBe(2_147_483_647);
    expect(refused(2_147_483_647.6, 'integer', true)).toBe('out of range');
  });
});

describe('fractions', () => {
  it.each([
    [0.5, 'double precision', 0.5],
    ['0.5', 'double precision', 0.5],
    [-3, 'double precision', -3],
    [87.0, 'numeric(5, 2)', 87],
    ['87.25', 'numeric(5, 2)', 87.25],
    [999.99, 'numeric(5, 2)', 999.99],
    [999.994, 'numeric(5, 2)', 999.994],
    [-999.99, 'numeric(5, 2)', -999.99],
  ])('%j in %s is %d', (value, sqlType, expected) => {
    expect(coerce(value, sqlType)).toBe(expected);
  });

  it.each([
    ['half', 'double precision', 'not a number'],
    ['NaN', 'double precision', 'not a number'],
    ['Infinity', 'double precision', 'not a number'],
    [JSON.parse('1e400'), 'double precision', 'out of range'],
    [false, 'numeric(5, 2)', 'not a number'],
    [1000, 'numeric(5, 2)', 'out of range'],
    [999.995, 'numeric(5, 2)', 'out of range'],
    [-1000, 'numeric(5, 2)', 'out of range'],
  ])('%j does not fit %s: %s', (value, sqlType, reason) => {
    expect(refused(value, sqlType)).toBe(reason);
  });
});

describe('booleans', () => {
  it.each([true, 1, '1', 'true', 'TRUE', ' true '])('%j is true', (value) => {
    expect(coerce(value, 'boolean')).toBe(true);
  });
  it.each([false, 0, '0', 'false', 'False'])('%j is false', (value) => {
    expect(coerce(value, 'boolean')).toBe(false);
  });
  it.each([2, -1, 0.5, 'yes', 'on', 't', [], [1], {}])('%j is neither', (value) => {
    expect(refused(value, 'boolean')).toBe('not a boolean');
  });
});

describe('texts', () => {
  it.each([
    ['01234', '01234'],
    ['Hi\n', 'Hi\n'],
    [61, '61'],
    [0.25, '0.25'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['NUL \0 here', 'NUL \uFFFD here'],
    ['half \ud83d a pair', 'half \uFFFD a pair'],
    ['a whole 😀 pair', 'a whole 😀 pair'],
    ['\u001b[31m\t', '\u001b[31m\t'],
  ])('%j becomes %j', (value, expected) => {
    expect(coerce(value, 'text')).toBe(expected);
  });

  it.each([
    [true, 'not a text'],
    [{ a: 1 }, 'not a text'],
    [['a'], 'not a text'],
    [2 ** 53, BEYOND],
    [JSON.parse('1e400'), 'out of range'],
  ])('%j is refused: %s', (value, reason) => {
    expect(refused(value, 'text')).toBe(reason);
  });
});

describe('JSON', () => {
  it.each([
    ['[]', '[]'],
    ['{}', '{}'],
    [' {"a": 1} ', '{"a":1}'],
    [{ a: [1, null, 'x'] }, '{"a":[1,null,"x"]}'],
    [['555'], '["555"]'],
    ['[""]', '[]'],
    [[''], '[]'],
    ['["",""]', '["",""]'],
    ['["a",""]', '["a",""]'],
    ['{"a":[""]}', '{"a":[""]}'],
    [{ 'k\0ey': 'v\0al' }, '{"k\uFFFDey":"v\uFFFDal"}'],
    ['{"\\ud800":"\\u0000"}', '{"\uFFFD":"\uFFFD"}'],
    ['{"__proto__": {"polluted": true}}', '{"__proto__":{"polluted":true}}'],
    ['0.1', '0.1'],
  ])('%j becomes %s', (value, expected) => {
    expect(coerce(value, 'jsonb')).toBe(expected);
  });

  it.each([
    ['{"a": ', 'not JSON'],
    ['hello', 'not JSON'],
    ["{'a': 1}", 'not JSON'],
    ['NaN', 'not JSON'],
    ['{"a": 9007199254740993}', `holds a number ${BEYOND}`],
    [{ a: [{ b: 2 ** 53 }] }, `holds a number ${BEYOND}`],
    ['[1e400]', `holds a number ${BEYOND}`],
  ])('%j is refused: %s', (value, reason) => {
    expect(refused(value, 'jsonb')).toBe(reason);
  });

  it('what nests as deep as a record may is taken, what nests deeper is refused, whether or not it is stringified', () => {
    expect(coerce(nested(60), 'jsonb')).toBe(JSON.stringify(nested(60)));
    for (const levels of [100, 20_000]) {
      expect(refused(nested(levels), 'jsonb')).toBe('nested deeper than 64 levels');
      expect(refused('['.repeat(levels) + ']'.repeat(levels), 'jsonb')).toBe('nested deeper than 64 levels');
    }
  });
});

/** Whether PostgreSQL takes a value as it is; jsonb comes as its text. */
function isStorable(value: unknown, sqlType: string): boolean {
  if (value === null) return true;
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0') && (sqlType !== 'jsonb' || isStorableJson(value));
  if (typeof value === 'number') return Number.isFinite(value) && (/int/.test(sqlType) ? Number.isSafeInteger(value) : true);
  return value instanceof Date ? !Number.isNaN(value.getTime()) : typeof value === 'boolean';
}

const isStorableJson = (text: string): boolean =>
  JSON.stringify(JSON.parse(text)) === text && !/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(text);

describe('whatever a record holds', () => {
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }),
    fc.json({ maxDepth: 4, stringUnit: 'binary' }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
    fc.integer().map(String),
    fc.double(),
  );

  it.each(TYPES)('coercing to %s gives a value PostgreSQL can take or says why not, and never throws', (sqlType) => {
    fc.assert(
      fc.property(values, fc.boolean(), (value, isRounded) => {
        const coerced = coerce(value, sqlType, isRounded);
        if (coerced instanceof Unfit) expect(coerced.reason).not.toBe('');
        else expect(isStorable(coerced, sqlType), String(coerced)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
