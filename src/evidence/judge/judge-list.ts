import { type About, type Doubt, doubt } from '../doubts.ts';
import { countReceived, fullBySign, type Received } from '../received.ts';
import { judgeAnswer } from './judge-answer.ts';
import { isPage } from './page-sizes.ts';

/**
 * What is known beside a list that should be whole. Counts are of records that the list lacks: `listed` had been shown by it before,
 * `shown` are in records of the last days, `known` are in the table for whatever reason; those that such a list may leave out (bots,
 * say) are no part of the last two. `expected`: how many it had shown before. `previous`: its size the last time. `wasDoubted`: a run
 * before this one found it to lack as much.
 */
export type ListEvidence = {
  received: Received;
  lacking: { listed: number; shown: number; known: number };
  expected: number;
  previous: number | undefined;
  wasDoubted: boolean;
};

/** Whether the list is whole, so that what it lacks is gone; and what is in doubt. */
export type ListVerdict = { isWhole: boolean; doubts: Doubt[] };

/** A list that lacks more than both of these of what it had is looked at once more before it is believed. */
const SUSPICIOUS = { count: 10, share: 0.1 };

/** Judges a list of everything there is of a resource (evidence.md: "the list is whole"). */
export function judgeList(about: About, { received, lacking, expected, previous, wasDoubted }: ListEvidence): ListVerdict {
  const { isUsable, doubts } = judgeAnswer(about, received);
  if (!isUsable) return { isWhole: false, doubts };
  const came = countReceived(received);
  const full = fullBySign(received);
  const lacksMuch = lacking.listed > SUSPICIOUS.count && lacking.listed > SUSPICIOUS.share * expected;
  if (came === 0 && expected > 0) doubts.push(doubt(about, 'list_empty', { known: expected }));
  else if (lacking.shown > 0) doubts.push(doubt(about, 'list_lacks_shown', { lacking: lacking.shown }));
  else if (full) doubts.push(doubt(about, 'list_full', { received: came, sign: full }));
  else if (isPage(received) && previous === came && lacking.known > 0)
    doubts.push(doubt(about, 'list_round', { received: came, lacking: lacking.known }));
  else if (lacksMuch && !wasDoubted) doubts.push(doubt(about, 'list_lacks_much', { lacking: lacking.listed, known: expected }));
  else return { isWhole: true, doubts };
  return { isWhole: false, doubts };
}

/** Whether an agent's list of groups, and the like, is whole: an empty one counts when a second look agrees. */
export function judgeScopedList(about: About, received: Received, looks: number, expected: number): ListVerdict {
  const { isUsable, doubts } = judgeAnswer(about, received);
  const isBelieved = countReceived(received) > 0 || looks > 1 || expected === 0;
  const full = fullBySign(received);
  if (full) doubts.push(doubt(about, 'list_full', { received: countReceived(received), sign: full }));
  return { isWhole: isUsable && isBelieved && !full, doubts };
}
