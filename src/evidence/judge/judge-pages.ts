import type { Hints } from '../../records/envelope.ts';
import { isRound, type ListRead } from '../../source/pages.ts';
import { type About, type Doubt, doubt } from '../doubts.ts';

/**
 * How a list that comes in pages was read. `known`: how many records came; `strays`: how many of them say that they belong into another
 * list; `ofOthers`: the largest page of another list of the run; `alike`: how many other lists ended in the same way with a page of the same
 * size; `announced`: how many the source says there are; `more`: what the last answer says of others.
 */
export type PagesEvidence = {
  read: Pick<ListRead, 'end' | 'lastPage'>;
  known: number;
  strays: number;
  ofOthers: number;
  alike: number;
  announced: Hints['total'];
  more: Hints['more'];
};

/** Whether most of the records that came belong into another list. */
export const areStrays = (strays: number, known: number): boolean => strays > known - strays;

/** Whether pages may have so many records, also where that is not round: 15, 24, 48. */
const isLikely = (count: number): boolean => count % 5 === 0 || count % 12 === 0 || count % 16 === 0;

/** Judges lists of which none had a record, though so many open ones are known: they are believed when they have been in doubt for a week. */
export const judgeEmptyLists = (about: About, open: number, wasDoubted: boolean): Doubt[] =>
  open > 0 && !wasDoubted ? [doubt(about, 'list_empty', { known: open })] : [];

/**
 * Judges whether a list was read to its end: by a page that is empty or short. One that cannot be continued is whole unless it has the
 * size of a page, or that of another list, or an answer left out its end, and no other list had a larger page: then the source may mean
 * something else by its parameter.
 */
export function judgePages(
  about: About,
  { read, known, strays, ofOthers, alike, announced, more }: PagesEvidence,
): { isWhole: boolean; doubts: Doubt[] } {
  const doubts: Doubt[] = [];
  const isFull = isRound(read.lastPage) || (read.lastPage > 1 && alike > 0) || (read.end === 'away' && isLikely(read.lastPage));
  if (read.end !== 'reached' && isFull && read.lastPage >= ofOthers)
    doubts.push(doubt(about, 'list_end_unknown', { received: read.lastPage, known }));
  if (areStrays(strays, known)) doubts.push(doubt(about, 'not_asked_for', { received: strays }));
  // A page that was asked for from within another says that there are others also when it is the last.
  const isThere = more?.pages !== undefined && known > (more.pages - 1) * Math.max(read.lastPage, ofOthers);
  const sign = (isThere ? undefined : more?.sign) ?? (announced && announced.count > known ? announced.sign : undefined);
  if (sign) doubts.push(doubt(about, 'more_announced', { sign, received: known }));
  return { isWhole: doubts.length === 0, doubts };
}
