import { type Day, dayOf, daysIn, earlier, later, type Period } from '../core/period.ts';
import { type Doubt, doubt } from './doubts.ts';
import { type About, judgeAnswer } from './judge-answer.ts';
import { countReceived, type Received } from './received.ts';
import { isPageSize } from './sizes.ts';

/**
 * What is known of a claim on days of which each has rows on a grid. `claim`: the days, all of them over; `moment`: the attribute that says
 * when a row is; `begins`: no rows are to be expected before this day; `isIdle`: none are to be expected at all; `wasSilent`: the days
 * before had no rows either, and were believed.
 */
export type SpanEvidence = {
  received: Received;
  claim: Period;
  moment: string;
  begins: Day | undefined;
  isIdle: boolean;
  wasSilent: boolean;
};

/** `covered`: days that are proved. `edges`: days without rows at an end of the answer, each to be asked for once more by itself. */
export type SpanVerdict = { covered: Period[]; edges: Period[]; doubts: Doubt[] };

/** Judges the days from the first row to the last one as there, and what lies outside of them as in doubt. */
export function judgeSpan(about: About, evidence: SpanEvidence): SpanVerdict {
  const { received, claim, moment, begins, isIdle, wasSilent } = evidence;
  const { isUsable, doubts } = judgeAnswer(about, received);
  if (!isUsable) return { covered: [], edges: [], doubts };
  const thin = judgeDensity(about, evidence);
  if (thin) return { covered: [], edges: [], doubts: [...doubts, thin] };
  const from = begins === undefined ? claim.from : later(claim.from, begins);
  const expected = { from, until: claim.until };
  const whole = wholeDays(received, moment, claim);
  if (isIdle || daysIn(expected) === 0 || (received.stored.length === 0 && wasSilent)) return { covered: [claim], edges: [], doubts };
  if (!whole) return { covered: [], edges: [expected], doubts };
  const edges = [
    { from, until: whole.from },
    { from: whole.until, until: claim.until },
  ].filter((edge) => daysIn(edge) > 0);
  return { covered: [whole.from <= from ? { ...whole, from: claim.from } : whole], edges, doubts };
}

/**
 * The days of a claim that rows surely fill: from the first row to the last one, without a day in which they begin or end in the middle.
 * Undefined when there is none.
 */
export function wholeDays(received: Received, moment: string, claim: Period): Period | undefined {
  const at = received.stored.flatMap((row) => (row[moment] instanceof Date ? [row[moment].getTime()] : [])).sort((a, b) => a - b);
  const [first, last] = [at[0], at.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const slack = SLACK_ROWS * (DAY_MS / (promisedPerDay(received, moment) || 1));
  const from = later(claim.from, dayOf(new Date(first - slack + DAY_MS)));
  const until = earlier(claim.until, dayOf(new Date(last + slack)));
  return daysIn({ from, until }) > 0 ? { from, until } : undefined;
}

/** So many rows may lack at either end of a day that is whole. */
const SLACK_ROWS = 2;

/** The days, in UTC, on which rows are. */
export const daysWithRows = ({ stored }: Received, moment: string): Day[] =>
  [...new Set(stored.flatMap((row) => (row[moment] instanceof Date ? [dayOf(row[moment])] : [])))].sort();

/** A day has fewer rows than this share of what their own interval promises: it is not all of them. */
const LEAST_SHARE = 0.5;
const DAY_MS = 86_400_000;

/** The doubt that an answer is far below what the interval of its rows promises, and has the size of a page. */
function judgeDensity(about: About, { received, claim, moment }: SpanEvidence): Doubt | undefined {
  const came = countReceived(received);
  if (!isPageSize(came)) return undefined;
  const promised = promisedPerDay(received, moment) * daysIn(claim);
  return came < LEAST_SHARE * promised ? doubt(about, 'span_cut', { received: came, promised: Math.round(promised) }) : undefined;
}

/** How many rows a day has at the interval that most of these rows keep; 0 where there are too few to tell. */
export function promisedPerDay({ stored }: Received, moment: string): number {
  const at = stored.flatMap((row) => (row[moment] instanceof Date ? [row[moment].getTime()] : [])).sort((a, b) => a - b);
  const gaps = at
    .slice(1)
    .map((time, i) => time - (at[i] ?? time))
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)];
  return median ? DAY_MS / median : 0;
}
