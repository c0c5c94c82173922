import { type Difference, readCoverage, readDifferences } from '../../evidence/coverage.store.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import type { RangeEvidence } from '../../evidence/judge/judge-range.ts';
import { judgeWindow, type WindowState, type WindowVerdict } from '../../evidence/judge/judge-window.ts';
import { rememberFilter } from '../../evidence/list-filter.store.ts';
import { filterOf } from '../../evidence/list-filter.ts';
import { addAgain, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import type { Reported } from '../../evidence/totals.store.ts';
import { WEEKLY_DAYS } from '../../records/resource.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import { CLOCKS_DIFFER_MS } from '../../time/clock-difference.ts';
import { overlap, type Period } from '../../time/period.ts';
import type { FetchContext } from './fetch-context.ts';
import { type Alone, lookAlone, readRange } from './look-alone.ts';
import type { Part } from './ranges/range-reading.ts';
import { inRanges } from './ranges/ranges.ts';
import {
  datesIn,
  fetchReport,
  isEndIncluded,
  isListEndIncluded,
  rememberNoReport,
  rememberReportOfAllDays,
  reportDatesFor,
  reportRangeFact,
  type SaidOfDays,
} from './reported-total.ts';
import { aboutDays, type PlannedDays, settleWindow } from './settle-window.ts';
import { splitWindow } from './split-window.ts';

/** Facts: how many records one answer has at most; the longest that nothing has proved; whether the report counts less than it. */
const CAP = 'cap';
const LONGEST = 'longest';
const COUNTS = 'report_counts';
/** Times have whole seconds: what seems to have begun just before a moment may have begun after it. */
const TOLD_MS = 2_000;

/**
 * Fetches days of which a report tells how many records they have, and sees to it that all of them come: long answers may be cut without a
 * word (L673). The report is asked before, so that what arrives in between is a surplus. When fewer come, the days are halved, and a single
 * day is split by its agents and more. Without a report, an answer that may be cut is asked for in halves once. Returns how many records came.
 */
export const fetchWindow = (planned: PlannedRequest, resource: Reported, context: FetchContext): Promise<number> =>
  inRanges(planned, context, (part) => fetchPart({ ...part, resource }, context));

/** What earlier runs found of a list and of these days, which of them they have read, and when the report was asked. */
type Known = {
  reportAt: Date;
  cap: number;
  longest: number | undefined;
  differences: Difference[];
  countsLess: boolean;
  read: readonly Period[];
};

/** Days on their way: what is asked for, and what is known before. */
type Window = { planned: PlannedDays; context: FetchContext; known: Known };

/** The records of these days that were received so far, and what the judge says of them. `range`: of these days, before the answer. */
type Answered = { reported: SaidOfDays; verdict: WindowVerdict; range?: RangeEvidence; brought: Received; received: number; askedAt: Date };

/** Asks for the report, then for all days at once, and for them in parts where that does not settle them. */
async function fetchPart(planned: PlannedDays, context: FetchContext): Promise<Part> {
  const { database, now } = context;
  const { resource, query } = planned;
  const reportAt = now();
  const reported = await fetchReport(context.requestContext(planned), resource, await reportDatesFor(database, resource, query));
  const window = { planned, context, known: { ...(await readKnown(planned, context)), reportAt } };
  const isTooLong = 'total' in reported && reported.total > window.known.cap;
  let answered: Answered = { reported, verdict: LACKS, brought: nothingReceived(), received: 0, askedAt: reportAt };
  if (!isTooLong) answered = await fetchAtOnce(window, reported);
  const looked = await fetchAlone(window, answered);
  answered.received += looked.received;
  if (looked.longest !== undefined) return { ...answered, longest: looked.longest };
  if (SETTLED.has(answered.verdict.state)) return answered;
  if (answered.verdict.state === 'lacks') {
    // The report and the list may not mean the same days.
    const dates = await findReportDates(planned, context);
    if (datesIn(resource, dates).last !== datesIn(resource, query).last && !isTooLong) {
      answered = await judgeAgain(window, answered, dates);
      if (SETTLED.has(answered.verdict.state)) return answered;
    }
  }
  return { ...answered, received: answered.received + (await fetchInParts(window, answered, isTooLong)) };
}

const LACKS: WindowVerdict = { state: 'lacks', doubts: [], alone: [] };
const SETTLED: ReadonlySet<WindowState> = new Set<WindowState>(['proved', 'unproved', 'differs', 'unusable']);

/** The name of a fact about the list of a resource. */
const factOf = ({ resource }: PlannedRequest, fact: string): string => `${resource.name}.${fact}`;

async function readKnown(planned: PlannedDays, { database }: FetchContext): Promise<Omit<Known, 'reportAt'>> {
  const readNumber = async (fact: string, days: number) => Number((await readFact(database, factOf(planned, fact), days)) ?? Number.NaN);
  const [cap, longest] = [await readNumber(CAP, WEEKLY_DAYS), await readNumber(LONGEST, FACT_DAYS)];
  const differences = (await readDifferences(database, planned.resource.name)).filter(
    ({ period }) => planned.days && overlap(period, planned.days.period),
  );
  const countsLess = (await readFact(database, factOf(planned, COUNTS), FACT_DAYS)) === 'less';
  const read = (await readCoverage(database, planned.resource.name)).get(planned.days?.scope ?? '') ?? [];
  return { cap, longest: Number.isNaN(longest) ? undefined : longest, differences, countsLess, read };
}

const remember = ({ planned, context }: Window, fact: string, value: string, evidence: string): Promise<boolean> =>
  rememberFact(context.database, factOf(planned, fact), value, `${planned.redactedUrl}: ${evidence}`);

function judge({ planned, context, known }: Window, received: Received, reported: SaidOfDays, range?: RangeEvidence): WindowVerdict {
  const { reportAt, cap, longest, differences, countsLess } = known;
  const countSince = (moment: number): number =>
    received.stored.filter(({ create_dt: at }) => at instanceof Date && at.getTime() > moment).length;
  // A report that gave totals, and has nothing to say of days that have records, does not work.
  const isBroken = 'none' in reported && reported.gaveTotals && !reported.isRefused && countReceived(received) > 0;
  return judgeWindow(aboutDays(planned, context), {
    received,
    reported: isBroken ? { failed: 'without a total' } : reported,
    sinceReport: countSince(reportAt.getTime() - CLOCKS_DIFFER_MS),
    afterReport: countSince(reportAt.getTime() - TOLD_MS),
    explained: differences.reduce((sum, { sourceTotal, warehouseTotal }) => sum + sourceTotal - warehouseTotal, 0),
    cap,
    longest,
    lacking: range?.lacking.length ?? 0,
    countsLess,
    ...(range && { range }),
  });
}

/** Asks for all days at once, and settles them in the transaction that loads the answer, unless the judge wants to know more. */
async function fetchAtOnce(window: Window, reported: SaidOfDays): Promise<Answered> {
  const { planned, context, known } = window;
  let verdict = LACKS;
  let range: RangeEvidence | undefined;
  const { received, brought, askedAt } = await context.fetch(planned, async (client, whole, at) => {
    range = await readRange(client, planned, whole, known.read, context);
    verdict = judge(window, whole, reported, range);
    const { differences } = known;
    if (SETTLED.has(verdict.state) && verdict.alone.length === 0)
      await settleWindow(client, planned, context, { verdict, received: whole, reported, differences, askedAt: at });
  });
  await noteFilter(planned, brought, context);
  if (verdict.doubts.some(({ reason }) => reason === 'report_counts_less') && !known.countsLess)
    await remember(window, COUNTS, 'less', 'more was listed than the report counts');
  // It may have been late then.
  if (verdict.state === 'proved' && known.countsLess) await remember(window, COUNTS, 'as many', 'all known were listed, and counted');
  if (!('total' in reported) && countReceived(brought) > 0 && 'none' in reported && !reported.isForbidden)
    await rememberNoReport(context.database, planned.resource, planned.redactedUrl);
  return { reported, verdict, ...(range && { range }), brought, received, askedAt };
}

/** Remembers by what the list tells the days of a record, once an answer shows it. */
async function noteFilter(planned: PlannedRequest, { stored }: Received, { database }: FetchContext): Promise<void> {
  const { from = '', last = '' } = datesIn(planned.resource, planned.query);
  const found = filterOf(stored, from, last);
  const evidence = `${planned.redactedUrl}: ${found?.evidence}`;
  if (found) await rememberFilter(database, planned.resource.name, { ...found, evidence });
}

/** Asks for those days by themselves that the judge names, and settles all of them where that shows no others. */
async function fetchAlone({ planned, context, known }: Window, answered: Answered): Promise<Alone> {
  const { database } = context;
  const { verdict, range, brought, reported, askedAt } = answered;
  if (!range || verdict.alone.length === 0) return { received: 0, doubts: [] };
  const looked = await lookAlone(planned, { alone: verdict.alone, range, askedAt, brought }, context);
  if (looked.longest !== undefined) {
    const evidence = `${planned.redactedUrl}: the report agreed with a list that lacked records`;
    if (verdict.state === 'proved') await rememberFact(database, reportRangeFact(planned.resource), String(looked.longest), evidence);
    return looked;
  }
  const doubts = [...verdict.doubts, ...looked.doubts];
  answered.verdict = { ...verdict, doubts, state: looked.doubts.length > 0 ? 'unusable' : verdict.state };
  const judged = { verdict: answered.verdict, received: brought, reported, differences: known.differences, askedAt };
  if (SETTLED.has(judged.verdict.state)) await database.transaction((client) => settleWindow(client, planned, context, judged));
  return looked;
}

/** The dates by which the report means the days of the list: both are asked whether the last day is part of a range of theirs. */
async function findReportDates(planned: PlannedDays, context: FetchContext): Promise<Record<string, string>> {
  const { resource, query } = planned;
  const requestContext = context.requestContext(planned);
  const isSame = (await isEndIncluded(requestContext, resource)) === (await isListEndIncluded(requestContext, resource));
  return isSame ? query : reportDatesFor(context.database, resource, query);
}

/** Asks the report for the days that the list answered for, and settles them where that explains what seemed to lack. */
async function judgeAgain(window: Window, answered: Answered, dates: Record<string, string>): Promise<Answered> {
  const { planned, context, known } = window;
  const reported = await fetchReport(context.requestContext(planned), planned.resource, dates);
  const verdict = judge(window, answered.brought, reported);
  if (SETTLED.has(verdict.state)) {
    const judged = { verdict, received: answered.brought, reported, differences: known.differences, askedAt: answered.askedAt };
    await context.database.transaction((client) => settleWindow(client, planned, context, judged));
  }
  return { ...answered, reported, verdict };
}

/** Asks for the days in parts, remembers what that shows of the list, and settles them. Returns how many records came. */
async function fetchInParts(window: Window, answered: Answered, isTooLong: boolean): Promise<number> {
  const { planned, context, known } = window;
  const { reported, verdict, brought, askedAt } = answered;
  const lacks = verdict.state === 'lacks';
  const split = await splitWindow(planned, context, {
    reported: lacks && 'total' in reported ? reported.total : undefined,
    brought,
    cap: isTooLong ? known.cap : countReceived(brought),
    isObserved: lacks && !isTooLong,
    countsLess: known.countsLess,
  });
  if (split.cap !== undefined) await remember(window, CAP, String(split.cap), 'more came in parts');
  else if (verdict.state === 'suspicious' || split.isReportOfAllDays)
    await remember(window, LONGEST, String(countReceived(brought)), 'no more came in halves');
  const whole = addAgain(brought, split.brought, planned.resource);
  if (split.isReportOfAllDays) await rememberReportOfAllDays(context.database, planned.resource, planned.redactedUrl);
  const said: SaidOfDays = split.isReportOfAllDays ? { none: true } : reported;
  // All of it may be as many as one answer has at most, without a cut: each part was shorter than that.
  const judged = judge({ ...window, known: { ...known, cap: Number.NaN } }, whole, said);
  const differences = split.isReportOfAllDays ? [] : [...split.differences];
  // Its parts are as long as the report says, and all of it is not.
  if (judged.state === 'lacks' && differences.length === 0 && 'total' in reported && planned.days)
    differences.push({ period: planned.days.period, sourceTotal: reported.total, warehouseTotal: whole.stored.length });
  const settled: WindowVerdict = { ...judged, state: stateAfter(judged, differences), doubts: [...judged.doubts, ...split.doubts] };
  await context.database.transaction((client) =>
    settleWindow(client, planned, context, { verdict: settled, received: whole, reported: said, differences, askedAt }),
  );
  return split.received;
}

/** What a window is after all ways of asking were tried. */
function stateAfter({ state }: WindowVerdict, differences: readonly Difference[]): WindowState {
  if (state === 'unusable') return 'unusable';
  if (differences.length > 0) return 'differs';
  return state === 'proved' ? 'proved' : 'unproved';
}
