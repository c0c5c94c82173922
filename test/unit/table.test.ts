import { describe, expect, it } from 'vitest';
import { formatSeconds, formatTable } from '../../src/cli/text-table.ts';

describe('a table', () => {
  it('has numbers to the right, grouped by thousands, everything else to the left, and no space at the ends of its lines', () => {
    const rows = [
      { resource: 'chats', rows: 1_234_567, share: 0.5, status: 'ok' },
      { resource: 'agent_activities', rows: 12, share: null, status: 'failed' },
    ];
    expect(formatTable(rows)).toBe(
      [
        '  resource               rows  share  status',
        '  ----------------  ---------  -----  ------',
        '  chats             1,234,567    0.5  ok',
        '  agent_activities         12      -  failed',
      ].join('\n'),
    );
  });

  it('goes on in line after a character of two UTF-16 units', () => {
    expect(
      formatTable([
        { name: '𝄞é', n: 1 },
        { name: 'ab', n: 2 },
        { name: 'abcde', n: 3 },
      ])
        .split('\n')
        .slice(2),
    ).toEqual(['  𝄞é     1', '  ab     2', '  abcde  3']);
  });

  it.each([
    ['no value', undefined, '-'],
    ['null', null, '-'],
    ['an empty text', '', ''],
    ['a truth', false, 'false'],
    ['a date, to the minute and in UTC', new Date('2018-06-20T21:44:59.999+02:00'), '2018-06-20 19:44'],
    ['control characters of the source', 'a\u001b[31m\r\n\0\u0007\u009bb', 'a [31m b'],
    ['marks that turn the direction of a line', 'a\u202eb', 'a b'],
  ])('shows %s', (_, value, text) => {
    const line = formatTable([{ value }, { value: 'a text' }]).split('\n')[2];
    expect(line).toBe(`  ${text}`.trimEnd());
  });

  it('without rows says so', () => {
    expect(formatTable([])).toBe('  (no rows)');
  });
});

it.each([
  [0, '0 s'],
  [12.4, '12 s'],
  [59, '59 s'],
  [59.6, '1 min 0 s'],
  [119.7, '2 min 0 s'],
  [60, '1 min 0 s'],
  [184, '3 min 4 s'],
  [3_600, '1 h 0 min'],
  [7_559, '2 h 5 min'],
  [360_000, '100 h 0 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
