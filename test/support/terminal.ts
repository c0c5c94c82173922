import { EventEmitter } from 'node:events';

/**
 * A terminal as people have them: so many columns and rows, wrapping what is longer, and wrapping anew when it is resized. It knows line
 * ends, carriage return, going up, and erasing below; anything else it would not show fails the test.
 */
export class TestTerminal extends EventEmitter {
  columns: number;
  rows = 24;
  /** Everything that was written. */
  written = '';
  /** Lines as they were written; a row of the screen is a part of one. */
  #lines: string[] = [''];
  /** The place of the cursor: which line, and how far in it. */
  #line = 0;
  #at = 0;

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

  write(chunk: string | Uint8Array): boolean {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    this.written += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told is made of them.
    for (const part of text.match(/\u001b\[\d*[AJ]|[\s\S]/gu) ?? []) this.#take(part);
    return true;
  }

  resize(columns: number): void {
    this.columns = columns;
    this.emit('resize');
  }

  /** What a person sees, row by row. */
  get screen(): string[] {
    return this.#lines.flatMap((line) => this.#rowsOf(line));
  }

  #rowsOf(line: string): string[] {
    const letters = Array.from(line);
    if (!(this.columns > 0) || letters.length === 0) return [line];
    return Array.from({ length: Math.ceil(letters.length / this.columns) }, (_, row) =>
      letters.slice(row * this.columns, (row + 1) * this.columns).join(''),
    );
  }

  #take(part: string): void {
    if (part === '\n') {
      this.#line += 1;
      this.#at = 0;
      if (this.#line === this.#lines.length) this.#lines.push('');
    } else if (part === '\r') this.#at = Math.max(0, Math.floor((this.#at - 1) / (this.columns || Number.MAX_SAFE_INTEGER)) * this.columns);
    else if (part.endsWith('A') && part.length > 1) for (let row = Number(part.slice(2, -1)); row > 0; row -= 1) this.#goUp();
    else if (part.endsWith('J') && part.length > 1) {
      this.#lines.length = this.#line + 1;
      this.#lines[this.#line] = Array.from(this.#lines[this.#line] ?? '')
        .slice(0, this.#at)
        .join('');
    } else if (/\p{Cc}/u.test(part)) throw new Error(`no terminal shows ${JSON.stringify(part)}`);
    else {
      const letters = Array.from(this.#lines[this.#line] ?? '');
      letters[this.#at] = part;
      this.#lines[this.#line] = letters.join('');
      this.#at += 1;
    }
  }

  #goUp(): void {
    if (this.#at >= this.columns) {
      this.#at -= this.columns;
      return;
    }
    this.#line = Math.max(0, this.#line - 1);
    this.#at = (this.#rowsOf(this.#lines[this.#line] ?? '').length - 1) * this.columns;
  }
}
