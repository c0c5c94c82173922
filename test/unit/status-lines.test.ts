import { describe, expect, it } from 'vitest';
import { startStatusLines } from '../../src/cli/status-lines.ts';
import { TestTerminal } from '../support/terminal.ts';

const start = (columns: number) => {
  const terminal = new TestTerminal(columns);
  return { terminal, lines: startStatusLines(terminal as unknown as Parameters<typeof startStatusLines>[0]) };
};

describe('lines at the bottom of a terminal', () => {
  it('stay below what is written, and go when they are ended', () => {
    const { terminal, lines } = start(20);
    terminal.write('before\n');
    lines.show(() => ['one', 'two']);
    terminal.write('a line of the log\n');
    expect(terminal.screen).toEqual(['before', 'a line of the log', 'one', 'two']);
    lines.show(() => ['three']);
    terminal.write('another\n');
    expect(terminal.screen).toEqual(['before', 'a line of the log', 'another', 'three']);
    lines.end();
    terminal.write('after');
    expect(terminal.screen).toEqual(['before', 'a line of the log', 'another', 'after']);
  });

  it('wait for the end of a line that somebody else has begun', () => {
    const { terminal, lines } = start(20);
    lines.show(() => ['one']);
    terminal.write('half');
    terminal.write(Buffer.from(' a line'));
    expect(terminal.screen).toEqual(['half a line']);
    terminal.write('\n');
    expect(terminal.screen).toEqual(['half a line', 'one']);
  });

  it.each([1, 2, 5, 20])('are one row each on %d columns, and below a line of the log that takes several', (columns) => {
    const { terminal, lines } = start(columns);
    lines.show(() => ['x'.repeat(50), 'y'.repeat(50)]);
    for (const _time of [1, 2, 3]) terminal.write(`${'z'.repeat(30)}\n`);
    expect(terminal.screen.slice(-2).map((row) => row[0])).toEqual(columns > 2 ? ['x', 'y'] : ['…', '…']);
    expect(terminal.screen.filter((row) => /[xy…]/.test(row))).toHaveLength(2);
    expect(terminal.screen.join('').match(/z/g)).toHaveLength(90);
  });

  it('leave nothing behind and eat nothing when the terminal becomes narrower or wider', () => {
    const { terminal, lines } = start(60);
    terminal.write('a line of the log\n');
    lines.show((columns) => [`on ${columns} columns: ${'x'.repeat(50)}`, 'short']);
    for (const columns of [59, 30, 17, 9, 45, 80, 20]) {
      terminal.resize(columns);
      expect(terminal.screen.join('').match(/on \d+ c/g) ?? ['cut']).toHaveLength(1);
      expect(terminal.screen.join('')).toContain('a line of the log');
      expect(terminal.screen.filter((row) => row.startsWith('short'))).toHaveLength(1);
    }
    lines.end();
    expect(terminal.screen).toEqual(['a line of the log', '']);
  });

  it('are not drawn while the terminal has no width, and are again when it has', () => {
    const { terminal, lines } = start(30);
    lines.show(() => ['one']);
    terminal.resize(0);
    terminal.write('log\n');
    lines.show(() => ['two']);
    expect(terminal.screen.join('')).toBe('log');
    terminal.resize(30);
    expect(terminal.screen).toEqual(['log', 'two']);
  });

  it('are no more than there are rows', () => {
    const { terminal, lines } = start(30);
    terminal.rows = 3;
    lines.show(() => ['one', 'two', 'three', 'four']);
    expect(terminal.screen).toEqual(['one', 'two']);
  });

  it('say what came from the source in characters that are shown, and hold neither colours nor a hidden cursor', () => {
    const { terminal, lines } = start(30);
    lines.show(() => ['a\u202eb\u001b[31mc\nd']);
    expect(terminal.screen).toEqual(['a b [31mc d']);
    expect(terminal.written).not.toContain('\u001b');
  });
});
