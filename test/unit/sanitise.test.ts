import { describe, expect, it } from 'vitest';
import { cleanJson, cleanText, isSecret, TooDeepError, withoutSecrets } from '../../src/records/sanitise.ts';

const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

describe('names of secrets', () => {
  it.each(['password', 'passwd', 'secret', 'api_key', 'apikey', 'private_key', 'access_token', 'auth_token', 'bearer'])(
    'contain "%s" anywhere and in any case, or are "token"',
    (part) => {
      for (const name of [part, `xmpp_${part}`, `${part}_2`, part.toUpperCase(), `My${part}s`, 'token', 'Token'])
        expect(isSecret(name)).toBe(true);
    },
  );

  it.each([
    'authorization_level',
    'tokens',
    'token_count',
    'id_token',
    'key',
    'apiikey',
    'api-key',
    'pass',
    'username',
    'xmpp_username',
    '',
  ])('are not "%s"', (name) => {
    expect(isSecret(name)).toBe(false);
  });
});

describe('removing secrets', () => {
  it.each<[string, unknown, unknown]>([
    ['an attribute', { id: 1, xmpp_password: 'fake' }, { id: 1 }],
    ['whatever it holds', { secret: { id: 1 }, api_key: null, bearer: [1] }, {}],
    ['in embedded records', { agent: { attributes: { XMPP_Password: 'fake', id: 4 } } }, { agent: { attributes: { id: 4 } } }],
    ['in lists', [{ token: 'fake', a: 1 }, 'x'], [{ a: 1 }, 'x']],
    ['in stringified JSON', { variables_: '{"password":"fake","city":"Ulm"}' }, { variables_: '{"city":"Ulm"}' }],
    ['in stringified JSON in stringified JSON', JSON.stringify({ a: JSON.stringify([{ token: 'fake' }]) }), '{"a":"[{}]"}'],
    ['in JSON stringified twice', JSON.stringify(JSON.stringify({ token: 'fake', a: 1 })), '"{\\"a\\":1}"'],
    ['when the name is written with escapes', '{"\\u0070assword":"fake"}', '{}'],
    [
      'beside a key "__proto__", which stays a key',
      JSON.parse('{"__proto__":{"a":1},"token":"fake"}'),
      JSON.parse('{"__proto__":{"a":1}}'),
    ],
  ])('%s', (_, value, expected) => {
    const cleaned = withoutSecrets(value);
    expect(JSON.stringify(cleaned)).toBe(JSON.stringify(expected));
    expect(JSON.stringify(cleaned)).not.toContain('fake');
  });

  it.each<[string, unknown]>([
    ['a record without secrets', { id: 1, authorization_level: 3, agent: { token_count: 2 }, list: [1, null] }],
    ['a text that mentions a password', 'my password is fake'],
    ['stringified JSON without secrets, spaces and large numbers included', '{ "tokens": 9007199254740993 }'],
    ['text that looks like JSON and is none', '{token: fake'],
    ['null', null],
  ])('leaves %s as it is, the same value', (_, value) => {
    expect(withoutSecrets(value)).toBe(value);
  });

  it('does not change what it was given', () => {
    const record = { agent: { password: 'fake', id: 1 } };
    withoutSecrets(record);
    expect(record).toEqual({ agent: { password: 'fake', id: 1 } });
  });

  it.each([100, 10_000])('refuses %d levels', (levels) => {
    expect(() => withoutSecrets(nested(levels))).toThrow(TooDeepError);
    expect(() => cleanJson(nested(levels))).toThrow(TooDeepError);
  });

  it('takes 60 levels', () => {
    expect(withoutSecrets(nested(60))).toEqual(nested(60));
    expect(cleanJson(nested(60))).toEqual(nested(60));
  });
});

describe('text PostgreSQL can store', () => {
  it.each([
    ['a\0b\0', 'a\uFFFDb\uFFFD'],
    ['\ud83d', '\uFFFD'],
    ['\ude00\ud83d', '\uFFFD\uFFFD'],
    ['😀 é \u001b\n', '😀 é \u001b\n'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it('is made of the keys and values of JSON too, at any depth', () => {
    expect(cleanJson({ 'a\0': ['\ud800', { '\udc00': 'x\0' }], n: 1, t: true, z: null })).toEqual({
      'a\uFFFD': ['\uFFFD', { '\uFFFD': 'x\uFFFD' }],
      n: 1,
      t: true,
      z: null,
    });
  });

  it('row 116: and a key "__proto__" stays a key', () => {
    const cleaned = cleanJson(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.hasOwn(cleaned as object, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(cleaned)).toBe(Object.prototype);
  });
});
