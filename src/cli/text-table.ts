import { plainText } from '../plain-text.ts';

/** Rows as a text table under a line of column names: numbers to the right, everything else to the left. */
export function formatTable(rows: readonly Record<string, unknown>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return '  (no rows)';
  const cells = rows.map((row) => columns.map((column) => textOf(row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((line) => [...(line[i] ?? '')].length)));
  const isNumber = columns.map((column) => rows.every((row) => row[column] === null || typeof row[column] === 'number'));
  const line = (texts: readonly string[]): string =>
    `  ${texts.map((text, i) => (isNumber[i] ? ' '.repeat((widths[i] ?? 0) - text.length) + text : text + ' '.repeat((widths[i] ?? 0) - [...text].length))).join('  ')}`.trimEnd();
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') return value.toLocaleString('en');
  if (value instanceof Date) return value.toISOString().slice(0, 16).replace('T', ' ');
  return plainText(String(value));
}

/** Seconds as `2 h 5 min`, `3 min 4 s`, `12 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60), whole % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}
