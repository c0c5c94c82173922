import type { WriteStream } from 'node:tty';
import { plainText } from '../plain-text.ts';

/** Lines that stay below all else that is written to a terminal. */
export type StatusLines = {
  /** Draws what `render` makes for so many columns, now and after each resize and whatever else is written. */
  show(render: (columns: number) => readonly string[]): void;
  /** Takes the lines away. */
  end(): void;
};

type Terminal = Pick<WriteStream, 'write' | 'columns' | 'rows' | 'on' | 'off'>;

const UP = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '');
const ERASE_BELOW = '\u001b[J';

/**
 * Keeps lines at the bottom of a terminal. They are cut to its width, so that each is one row; after a resize they may be more, which is
 * reckoned with as terminals do that wrap again. While it has no width nothing is drawn. The cursor is never hidden, nor are colours used.
 */
export function startStatusLines(terminal: Terminal): StatusLines {
  const original = terminal.write;
  let render: (columns: number) => readonly string[] = () => [];
  let drawn: readonly string[] = [];
  /** Somebody else's line is not at its end: what were drawn now would stand in it. */
  let isMidLine = false;

  const write = (...args: unknown[]): boolean => Reflect.apply(original, terminal, args);
  const erasing = (): string => {
    if (drawn.length === 0) return '';
    const rows = drawn.reduce((sum, line) => sum + rowsOf(line, terminal.columns), 0);
    drawn = [];
    return `\r${UP(rows - 1)}${ERASE_BELOW}`;
  };
  const drawing = (): string => {
    if (!(terminal.columns > 0) || isMidLine) return '';
    drawn = render(terminal.columns)
      .slice(0, Math.max(1, (terminal.rows || Number.POSITIVE_INFINITY) - 1))
      .map((line) => cut(plainText(line), Math.max(1, terminal.columns - 1)));
    return drawn.join('\n');
  };
  const redraw = () => write(erasing() + drawing());

  terminal.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    const before = erasing();
    if (before) write(before);
    const isTaken = write(chunk, ...rest);
    isMidLine = chunk.length > 0 ? !['\n', 10].includes(chunk.at(-1) ?? '') : isMidLine;
    const after = drawing();
    if (after) write(after);
    return isTaken;
  }) as Terminal['write'];
  terminal.on('resize', redraw);

  return {
    show(next) {
      render = next;
      redraw();
    },
    end() {
      terminal.off('resize', redraw);
      terminal.write = original;
      const last = erasing();
      if (last) write(last);
    },
  };
}

/** How many rows a line takes that was drawn, in a terminal of so many columns. */
const rowsOf = (line: string, columns: number): number => (columns > 0 ? Math.max(1, Math.ceil(Array.from(line).length / columns)) : 1);

/** A line of so many characters at most. */
function cut(line: string, width: number): string {
  const letters = Array.from(line);
  return letters.length <= width ? line : `${letters.slice(0, width - 1).join('')}…`;
}
