import { formatTable } from '../src/cli/text-table.ts';

/** Something measured that must not be more than `most`, or less than `least`. */
export type Promised = { promise: string; measured: number } & ({ most: number } | { least: number });

/** A part of an account: what was measured, under a sentence, and what is promised of it. */
export type Section = { title: string; rows: Record<string, unknown>[]; notes?: string[]; promised: Promised[] };

/** A section as text, and whether all its promises hold. */
export function showSection({ title, rows, notes = [], promised }: Section): { text: string; holds: boolean } {
  const promises = promised.map((each) => {
    const [bound, holds] =
      'most' in each ? [`at most ${each.most}`, each.measured <= each.most] : [`at least ${each.least}`, each.measured >= each.least];
    return { promise: each.promise, promised: bound, measured: each.measured, holds: holds ? 'yes' : 'NO' };
  });
  const parts = [title, formatTable(rows), ...notes.map((note) => `  ${note}`), ...(promises.length > 0 ? [formatTable(promises)] : [])];
  return { text: parts.join('\n'), holds: promises.every(({ holds }) => holds === 'yes') };
}

/** How much more `measured` is than `reference`, in percent to two decimals. */
export const percentOver = (measured: number, reference: number): number => Math.round((measured / reference - 1) * 10_000) / 100;
