import { addDays, type Day, dayOf, daysIn, earlier, later, type Period, startOf } from '../../time/period.ts';
import type { About, Doubt } from '../doubts.ts';
import type { Received } from '../received.ts';
import { judgeAnswer } from './judge-answer.ts';
import { isPage } from './page-sizes.ts';

/**
 * What is known of days of which each has rows on a grid. `expected`: the days that should have rows; `moment`: the attribute that says when
 * a row is; `rowsPerDay`: how many a day has as documented, where the rows do not show it; `now`: rows go up to it; `isIdle`: none are to be
 * expected at all; `wasSilent`: the days before had no rows either, and were believed; `newestAt`: the moment of the newest row that was
 * stored before.
 */
export type SpanEvidence = {
  received: Received;
  expected: Period;
  moment: string;
  rowsPerDay: number;
  now: Date;
  isIdle: boolean;
  wasSilent: boolean;
  newestAt: Date | null;
};

/** Days at an end of an answer that are not filled with rows, and which of them to ask for once more: those without any. */
export type Edge = { days: Period; look: Period };

/** `covered`: days that are proved; `edges`: days that are not. */
export type SpanVerdict = { covered: Period[]; edges: Edge[]; doubts: Doubt[] };

/** Judges the days from the first row to the last one as there, and those outside of them as in doubt (evidence.md: "activity of days"). */
export function judgeSpan(
  about: About,
  { received, expected, moment, rowsPerDay, now, isIdle, wasSilent, newestAt }: SpanEvidence,
): SpanVerdict {
  const { isUsable, doubts } = judgeAnswer(about, received);
  if (!isUsable) return { covered: [], edges: [], doubts };
  const isEmpty = received.stored.length === 0;
  // Rows that are stored were asked for too, as a day before is, and do not come either: nothing proves that there is nothing.
  const isHidden = isEmpty && newestAt !== null && newestAt.getTime() >= startOf(expected.from).getTime() - DAY_MS / 2;
  if (isIdle && isHidden) return { covered: [], edges: [], doubts };
  if (isIdle || daysIn(expected) === 0 || (isEmpty && wasSilent && !isHidden)) return { covered: [expected], edges: [], doubts };
  const days = daysWithRows(received, moment);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return { covered: [], edges: [{ days: expected, look: expected }], doubts };
  // Where no day is whole, those before the last one with rows are in doubt as much as it and those after.
  const place = earlier(later(last, expected.from), expected.until);
  const whole = wholeDays(received, moment, expected, { now, rowsPerDay: promisedPerDay(received, moment, rowsPerDay) }) ?? {
    from: place,
    until: place,
  };
  const before = { from: expected.from, until: whole.from };
  const after = { from: whole.until, until: expected.until };
  const edges = [
    { days: before, look: { ...before, until: earlier(before.until, later(first, before.from)) } },
    { days: after, look: { ...after, from: later(after.from, addDays(last, 1)) } },
  ]
    .filter((edge) => daysIn(edge.days) > 0)
    .map((edge) => (daysIn(edge.look) > 0 ? edge : { ...edge, look: edge.days }));
  // Rows begin and end in the middle of a day, too: a part of one is in doubt beside days without any, or in an answer that may be cut.
  const isPart = ({ days: of, look }: Edge): boolean => look.from === of.from && look.until === of.until && daysWithin(days, of) > 0;
  const doubted = edges.filter((edge) => !isPart(edge) || isPage(received));
  const from = doubted.some(({ days: of }) => of.from === expected.from) ? whole.from : expected.from;
  const until = doubted.some(({ days: of }) => of.until === expected.until) ? whole.until : expected.until;
  return { covered: daysIn({ from, until }) > 0 ? [{ from, until }] : [], edges: doubted, doubts };
}

const daysWithin = (days: readonly Day[], { from, until }: Period): number => days.filter((day) => day >= from && day < until).length;

/** The last rows may be so old when they are asked for. */
export const FRESH_MS = 3_600_000;
/** So many rows may lack at either end of a day that is whole. */
const SLACK_ROWS = 2;
const DAY_MS = 86_400_000;

/**
 * The days of a period that rows surely fill: from the first row to the last one, without a day in which they begin or end in the middle,
 * unless they end at `now`. Undefined when there is none. `rowsPerDay`: how many a whole day has.
 */
export function wholeDays(
  received: Received,
  moment: string,
  { from, until }: Period,
  { now, rowsPerDay }: { now: Date; rowsPerDay: number },
): Period | undefined {
  const at = momentsOf(received, moment);
  const [first, last] = [at[0], at.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const slack = SLACK_ROWS * (DAY_MS / rowsPerDay);
  const end = last >= now.getTime() - Math.max(FRESH_MS, slack) ? until : dayOf(new Date(last + slack));
  const whole = { from: later(from, dayOf(new Date(first - slack + DAY_MS))), until: earlier(until, end) };
  return daysIn(whole) > 0 ? whole : undefined;
}

/** The moments of the rows that are stored, in milliseconds since 1970, the first one first. */
export const momentsOf = ({ stored }: Received, moment: string): number[] =>
  stored.flatMap((row) => (row[moment] instanceof Date ? [row[moment].getTime()] : [])).sort((a, b) => a - b);

/** The days, in UTC, on which rows are. */
export const daysWithRows = (received: Received, moment: string): Day[] => [
  ...new Set(momentsOf(received, moment).map((at) => dayOf(new Date(at)))),
];

/** How many rows a day has at the interval that most of these rows keep; `otherwise` where there are too few to tell. */
export function promisedPerDay(received: Received, moment: string, otherwise: number): number {
  const at = momentsOf(received, moment);
  const gaps = at
    .slice(1)
    .map((time, i) => time - (at[i] ?? time))
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)];
  return median ? DAY_MS / median : otherwise;
}
