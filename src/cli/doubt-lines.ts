import { type ShownDoubts, sumUpDoubts } from '../evidence/doubt-summary.ts';
import { plainText } from '../plain-text.ts';

/** What is in doubt, as lines for a terminal. */
export const formatDoubts = (shown: ShownDoubts): string[] =>
  sumUpDoubts(shown).flatMap(({ heading, groups }) => [
    `  ${heading}:`,
    ...groups.flatMap(({ doubts, more }) => [...doubts.map(({ text }) => `    ${plainText(text)}`), ...(more ? [`    ${more}`] : [])]),
  ]);
