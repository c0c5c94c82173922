import { addDays, type Day, dayOf, daysIn, later, type Period } from '../core/period.ts';
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
  const days = daysWithRows(received, moment).filter((day) => day >= claim.from && day < claim.until);
  const [first, last] = [days[0], days.at(-1)];
  if (isIdle || daysIn(expected) === 0 || (first === undefined && wasSilent)) return { covered: [claim], edges: [], doubts };
  if (first === undefined || last === undefined) return { covered: [], edges: [expected], doubts };
  const edges = [
    { from, until: first },
    { from: addDays(last, 1), until: claim.until },
  ].filter((edge) => daysIn(edge) > 0);
  return { covered: [{ from: first <= from ? claim.from : first, until: addDays(last, 1) }], edges, doubts };
}

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
