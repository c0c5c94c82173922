import type { Period } from '../../time/period.ts';
import { claimOfDays, claimOfReport } from '../claims.ts';
import { type About, type Doubt, describeDays, doubt } from '../doubts.ts';
import { countReceived, type Received } from '../received.ts';
import { judgeAnswer } from './judge-answer.ts';
import { daysToAskAlone, type RangeEvidence } from './judge-range.ts';
import { isPage } from './page-sizes.ts';

/** What the source's report says of the days of a request: a total, nothing, or that it failed. */
export type Reported = { total: number } | { none: true } | { failed: string };

/**
 * What is known of the days of a window. `sinceReport`: stored records that may have begun after the report was asked for, as clocks differ;
 * `afterReport`: those that did by what they say; `explained`: records that earlier runs could not get either. `cap`: how many records an
 * answer has at most, NaN where that is not known; `longest`: the longest answer so far that no report proved; `lacking`: on how many of these
 * days records are known that did not come; `countsLess`: the report was found to count less than the list, so that it can prove nothing;
 * `range`: the days at once, where they may be more than the source answers for.
 */
export type WindowEvidence = {
  received: Received;
  reported: Reported;
  sinceReport: number;
  afterReport: number;
  explained: number;
  cap: number;
  longest: number | undefined;
  lacking: number;
  countsLess: boolean;
  range?: RangeEvidence;
};

/**
 * `proved`: the report counts just what is stored. `unproved`: nothing contradicts it, and nothing proves it. `differs`: as much is lacking
 * as before. `lacks`: find out why. `suspicious`: it may be cut, look at its halves. `unusable`: nothing is settled. `alone`: days to ask for
 * by themselves before that.
 */
export type WindowState = 'proved' | 'unproved' | 'differs' | 'lacks' | 'suspicious' | 'unusable';
type Judged = { state: WindowState; doubts: Doubt[] };
export type WindowVerdict = Judged & { alone: Period[] };

/** Judges days of which a report may say how many records they have (evidence.md: "chats of days"). */
export function judgeWindow(about: About, evidence: WindowEvidence): WindowVerdict {
  const { received, cap, range } = evidence;
  const judged = judgeCount(about, evidence);
  // What the report says, or how many came, tells that it is cut otherwise.
  const isCut = judged.state === 'lacks' || judged.state === 'unusable' || countReceived(received) === cap || isPage(received);
  return { ...judged, alone: isCut || !range ? [] : daysToAskAlone(range) };
}

function judgeCount(about: About, evidence: WindowEvidence): Judged {
  const { received, reported, sinceReport, afterReport, explained, cap, longest, lacking, countsLess } = evidence;
  const { isUsable, doubts } = judgeAnswer(about, received);
  const stored = received.stored.length;
  const came = countReceived(received);
  const lacks = 'total' in reported && came < reported.total - explained;
  // That there is more, as the report says too, is no reason not to ask for it in parts.
  if (!isUsable) return { state: lacks && doubts.every(({ reason }) => reason === 'more_announced') ? 'lacks' : 'unusable', doubts };
  const isLongest = came === cap || came === longest || isPage(received);
  const maybeCut = longest === undefined || lacking > 0 || isLongest;
  const unproved = (reason: Doubt): Judged =>
    came === 0 && lacking > 0
      ? { state: 'unusable', doubts: [...doubts, reason, doubt(about, 'stored_not_sent')] }
      : { state: maybeCut && came > 0 ? 'suspicious' : 'unproved', doubts: [...doubts, reason] };
  if ('failed' in reported) return unproved(doubt(about, 'report_failed', { status: reported.failed }));
  if ('none' in reported) return unproved(doubt(everywhere(about), 'no_report'));
  const { total } = reported;
  // One that counted less, and counts all that is known now, does so no more.
  if (stored - sinceReport > total || (countsLess && came >= total && !(came === total && lacking === 0)))
    return unproved(doubt(everywhere(about), 'report_counts_less', { reported: total, stored }));
  // What began since the report was asked for, or may have, may stand in the place of what the list cuts; and the report may count less.
  const mayHide = came === cap || (stored - afterReport !== total && (lacking > 0 || isLongest));
  if (stored >= total) return { state: mayHide ? 'suspicious' : 'proved', doubts };
  // What was refused is in doubt by itself, when it is news.
  if (came >= total) return { state: 'unproved', doubts };
  return { state: lacks ? 'lacks' : 'differs', doubts };
}

const everywhere = ({ resource }: About): About => ({ resource, claim: claimOfReport(resource), subject: 'all days' });

/** Days that lack records after all ways of asking were tried. */
export const lackingDays = (resource: string, days: Period, reported: number, stored: number): Doubt =>
  doubt({ resource, claim: claimOfDays(resource, days), subject: describeDays(days), days }, 'fewer_than_reported', { reported, stored });
