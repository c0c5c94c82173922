import { formatTable } from '../src/commands/table.ts';

/** Something measured that must not be more than `most`. */
export type Promised = { promise: string; most: number; measured: number };

/** A part of the account of the budget: what was measured, under a sentence, and what is promised of it. */
export type Section = { title: string; rows: Record<string, unknown>[]; notes?: string[]; promised: Promised[] };

/** A section as text, and whether all its promises hold. */
export function showSection({ title, rows, notes = [], promised }: Section): { text: string; holds: boolean } {
  const promises = promised.map((each) => ({ ...each, holds: each.measured <= each.most ? 'yes' : 'NO' }));
  const parts = [title, formatTable(rows), ...notes.map((note) => `  ${note}`), formatTable(promises)];
  return { text: parts.join('\n'), holds: promises.every(({ holds }) => holds === 'yes') };
}

/** How much more `measured` is than `reference`, in percent to two decimals. */
export const percentOver = (measured: number, reference: number): number => Math.round((measured / reference - 1) * 10_000) / 100;
