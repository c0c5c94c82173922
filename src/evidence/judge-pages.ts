import type { ListRead } from '../core/pages.ts';
import { type Doubt, doubt } from './doubts.ts';
import type { About } from './judge-answer.ts';

/** How a list that comes in pages was read. `known`: how many of its records came; `announced`: how many the source says there are. */
export type PagesEvidence = {
  read: Pick<ListRead, 'end' | 'lastPage'>;
  known: number;
  announced: { sign: string; count: number } | undefined;
};

/**
 * Judges whether a list was read to its end: by a page that is empty or short, or one that goes on and brings nothing new. A source that
 * hands out the same page whatever it is asked hands out whole lists, unless that page has the size of one.
 */
export function judgePages(about: About, { read, known, announced }: PagesEvidence): { isWhole: boolean; doubts: Doubt[] } {
  const doubts: Doubt[] = [];
  const isOpen = read.end === 'astray' || (read.end === 'same' && isRound(read.lastPage));
  if (isOpen) doubts.push(doubt(about, 'list_end_unknown', { received: read.lastPage, known }));
  if (announced && announced.count > known) doubts.push(doubt(about, 'more_announced', { sign: announced.sign, received: known }));
  return { isWhole: doubts.length === 0, doubts };
}

const isRound = (count: number): boolean => count > 0 && (count % 10 === 0 || count % 25 === 0);
