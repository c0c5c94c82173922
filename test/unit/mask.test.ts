import { expect, it } from 'vitest';
import { maskMessage, maskValue } from '../../src/operations/mask.ts';

it.each([
  ['Anna Müller, 030/1234', 'xxxx xxxxxx, 999/9999'],
  ['Žluťoučký kůň Ωmega', 'xxxxxxxxx xxx xxxxx'],
  ['Е\u0301лена \u4E2D\u6587', 'xxxxxx xx'],
  ['\u0663\u0664\u0665 \u2167', '999 9'],
  ['\u{1D400}\u{1D401}', 'xx'],
  ['a'.repeat(61), `${'x'.repeat(60)}…`],
  ['', ''],
])('of the value %j just the shape is shown: %j', (value, shape) => {
  expect(maskValue(value)).toBe(shape);
});

it.each([
  ['invalid input syntax for type integer: "Müller"', 'invalid input syntax for type integer: "…"'],
  ['Key (email)=(jürgen@example.org) already exists', 'Key (email)=(…) already exists'],
  ["Unexpected token 'Ж', ...", 'Unexpected token "…", ...'],
  ['sent by жанна@пример.рф to us', 'sent by … to us'],
  ['Failed query: insert params: Łukasz', 'Failed query: insert '],
])('the message %j is shown as %j', (message, shown) => {
  expect(maskMessage(message)).toBe(shown);
});
