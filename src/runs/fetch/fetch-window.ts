import { countBeside, markGoneOfDays } from '../../evidence/absence.store.ts';
import { claimOfDays, claimOfReport } from '../../evidence/claims.ts';
import { addCoverage, addDifference, type Difference, readDifferences } from '../../evidence/coverage.store.ts';
import { settleDays, storeJudgement } from '../../evidence/doubts.store.ts';
import { type About, describeDays } from '../../evidence/doubts.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import { judgeWindow, lackingDays, type WindowState, type WindowVerdict } from '../../evidence/judge/judge-window.ts';
import { filterFact, filterOf } from '../../evidence/list-filter.ts';
import { addAgain, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import { type Reported, totalsOfRows } from '../../evidence/totals.store.ts';
import { differingTotals, totalsOfReport } from '../../evidence/totals.ts';
import { reach } from '../../failpoint.ts';
import { WEEKLY_DAYS } from '../../records/resource.ts';
import { keyOf } from '../../records/row.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import { CLOCKS_DIFFER_MS } from '../../time/clock-difference.ts';
import { coveredBy, daysIn, earlier, firstUnfinishedDay, later, overlap } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import { otherwiseFact } from '../find-differences.ts';
import type { FetchContext } from './fetch-context.ts';
import { inRanges } from './ranges.ts';
import {
  datesIn,
  fetchReport,
  isEndIncluded,
  isListEndIncluded,
  rememberNoReport,
  reportDatesFor,
  type SaidOfDays,
} from './reported-total.ts';
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
export async function fetchWindow(planned: PlannedRequest, resource: Reported, context: FetchContext): Promise<number> {
  const parts = await inRanges(planned, context, (part) => fetchPart({ ...part, resource }, context));
  return parts.reduce((sum, received) => sum + received, 0);
}

/** A request for days of which a report tells. */
type PlannedDays = PlannedRequest & { resource: Reported };

/** The name of a fact about the list of a resource. */
const factOf = ({ resource }: PlannedRequest, fact: string): string => `${resource.name}.${fact}`;

async function fetchPart(planned: PlannedDays, context: FetchContext): Promise<number> {
  const { fetch, database, now } = context;
  const { resource } = planned;
  const requestContext = context.requestContext(planned);
  const readNumber = async (fact: string, days: number) => Number((await readFact(database, factOf(planned, fact), days)) ?? Number.NaN);
  const reportAt = now();
  let reported = await fetchReport(requestContext, resource, await reportDatesFor(database, resource, planned.query));
  const [cap, longest] = [await readNumber(CAP, WEEKLY_DAYS), await readNumber(LONGEST, FACT_DAYS)];
  const differences = (await readDifferences(database, planned.resource.name)).filter(
    ({ period }) => planned.days && overlap(period, planned.days.period),
  );
  const countsLess = (await readFact(database, factOf(planned, COUNTS), FACT_DAYS)) === 'less';
  const countSince = ({ stored }: Received, moment: number): number =>
    stored.filter(({ create_dt: at }) => at instanceof Date && at.getTime() > moment).length;
  const judge = (received: Received, lacking: number): WindowVerdict =>
    judgeWindow(aboutDays(planned, now()), {
      received,
      reported,
      sinceReport: countSince(received, reportAt.getTime() - CLOCKS_DIFFER_MS),
      afterReport: countSince(received, reportAt.getTime() - TOLD_MS),
      explained: differences.reduce((sum, { sourceTotal, warehouseTotal }) => sum + sourceTotal - warehouseTotal, 0),
      longest: Number.isNaN(longest) ? undefined : longest,
      lacking,
      countsLess,
    });
  const isTooLong = 'total' in reported && reported.total > cap;
  let [received, brought, askedAt] = [0, nothingReceived(), reportAt];
  let verdict: WindowVerdict = { state: 'lacks', doubts: [] };
  if (!isTooLong) {
    const landed = await fetch(planned, async (client, whole, at) => {
      verdict = judge(whole, await countLacking(client, planned, whole));
      if (SETTLED.has(verdict.state))
        await settle(client, planned, context, { verdict, received: whole, reported, differences, askedAt: at });
    });
    ({ received, brought, askedAt } = landed);
    await rememberFilter(planned, brought, context);
    if (verdict.doubts.some(({ reason }) => reason === 'report_counts_less') && !countsLess)
      await rememberFact(database, factOf(planned, COUNTS), 'less', `${planned.redactedUrl}: more was listed than the report counts`);
    if (!('total' in reported) && countReceived(brought) > 0 && 'none' in reported)
      await rememberNoReport(database, resource, planned.redactedUrl);
    if (SETTLED.has(verdict.state)) return received;
  }
  if (verdict.state === 'lacks') {
    // The report and the list may not mean the same days.
    const dates =
      (await isEndIncluded(requestContext, resource)) !== (await isListEndIncluded(requestContext, resource))
        ? await reportDatesFor(database, resource, planned.query)
        : planned.query;
    if (datesIn(resource, dates).last !== datesIn(resource, planned.query).last && !isTooLong) {
      reported = await fetchReport(requestContext, resource, dates);
      verdict = judge(brought, 0);
      if (SETTLED.has(verdict.state)) {
        await settleLater(planned, context, { verdict, received: brought, reported, differences, askedAt });
        return received;
      }
    }
  }
  const split = await splitWindow(planned, context, {
    reported: verdict.state === 'lacks' && 'total' in reported ? reported.total : undefined,
    brought,
    cap: isTooLong ? cap : countReceived(brought),
    isObserved: !isTooLong,
  });
  const whole = addAgain(brought, split.brought, planned.resource);
  if (split.cap !== undefined)
    await rememberFact(database, factOf(planned, CAP), String(split.cap), `${planned.redactedUrl}: more came in parts`);
  if (verdict.state === 'suspicious' && split.cap === undefined)
    await rememberFact(
      database,
      factOf(planned, LONGEST),
      String(countReceived(brought)),
      `${planned.redactedUrl}: no more came in halves`,
    );
  const judged = judge(whole, 0);
  const left = [...split.differences];
  // Its parts are as long as the report says, and all of it is not.
  if (judged.state === 'lacks' && left.length === 0 && 'total' in reported && planned.days)
    left.push({ period: planned.days.period, sourceTotal: reported.total, warehouseTotal: whole.stored.length });
  await settleLater(planned, context, {
    verdict: { state: stateAfter(judged, left), doubts: [...judged.doubts, ...split.doubts] },
    received: whole,
    reported,
    differences: left,
    askedAt,
  });
  return received + split.received;
}

/** What a window is after all ways of asking were tried. */
function stateAfter({ state }: WindowVerdict, differences: readonly Difference[]): WindowState {
  if (state === 'unusable') return 'unusable';
  if (differences.length > 0) return 'differs';
  return state === 'proved' ? 'proved' : 'unproved';
}

const SETTLED: ReadonlySet<WindowState> = new Set<WindowState>(['proved', 'unproved', 'differs', 'unusable']);

function aboutDays({ resource, days }: PlannedRequest, now: Date): About {
  const covered = days && coveredBy(days.period, now);
  const period = covered ?? days?.period ?? { from: '', until: '' };
  const isNewest = covered === undefined || covered.until === firstUnfinishedDay(now);
  return { resource: resource.name, claim: claimOfDays(resource.name, period, '', isNewest), subject: describeDays(period), days: period };
}

/** Remembers by what the list tells the days of a record, once an answer shows it. */
async function rememberFilter(planned: PlannedRequest, { stored }: Received, { database }: FetchContext): Promise<void> {
  const { from = '', last = '' } = datesIn(planned.resource, planned.query);
  const found = filterOf(stored, from, last);
  if (found && found.by !== (await readFact(database, filterFact(planned.resource.name))))
    await rememberFact(database, filterFact(planned.resource.name), found.by, `${planned.redactedUrl}: ${found.evidence}`);
}

/** Records of the days of a request that are known, were not found missing, and did not come. */
const countLacking = (client: Client, { resource, days }: PlannedRequest, { stored }: Received): Promise<number> =>
  days
    ? countBeside(
        client,
        resource,
        stored.map((row) => keyOf(row, resource)),
        days.period,
      )
    : Promise.resolve(0);

type Judged = { verdict: WindowVerdict; received: Received; reported: SaidOfDays; differences: readonly Difference[]; askedAt: Date };

const settleLater = (planned: PlannedDays, context: FetchContext, judged: Judged): Promise<void> =>
  context.database.transaction((client) => settle(client, planned, context, judged));

/** Does what the judge says: days are covered, and verified where they are proved; what proved days lack is gone; doubts are stored. */
async function settle(
  client: Client,
  planned: PlannedDays,
  { database, runId, now }: FetchContext,
  { verdict, received, reported, differences, askedAt }: Judged,
): Promise<void> {
  const { resource, days } = planned;
  const { state, doubts } = verdict;
  const about = aboutDays(planned, now());
  const covered = days && coveredBy(days.period, now());
  // What is lacking of days that are asked for on either side is not of these days.
  const lacking = (state === 'differs' ? differences : [])
    .map(({ period, ...sums }) => {
      const [from, until] = [later(period.from, covered?.from ?? period.from), earlier(period.until, covered?.until ?? period.until)];
      return { period: { from, until }, ...sums };
    })
    .filter(({ period }) => daysIn(period) > 0);
  if (days && state === 'proved') {
    const { from = '', last = '' } = datesIn(resource, planned.query);
    const shown = filterOf(received.stored, from, last)?.by;
    const by = shown ?? ((await readFact(database, filterFact(planned.resource.name))) === 'change' ? 'change' : undefined);
    const keys = received.stored.map((row) => keyOf(row, resource));
    if (by !== 'change' || days.period.until > firstUnfinishedDay(now()))
      await markGoneOfDays(client, resource, keys, askedAt, { days: days.period, by });
    const differing =
      'total' in reported && reported.report
        ? differingTotals(totalsOfReport(resource.report, reported.report), totalsOfRows(resource, received.stored))
        : {};
    const names = Object.keys(differing).join(', ');
    if (names !== ((await readFact(database, otherwiseFact(resource))) ?? ''))
      await rememberFact(
        database,
        otherwiseFact(resource),
        names,
        `${planned.redactedUrl}: of the report and what one answer had, these differ`,
      );
    await settleDays(client, runId, resource.name, days.period, { keepsTotals: names !== '' });
  }
  if (covered && state !== 'unusable') {
    reach('whole');
    const totals = 'total' in reported ? { source: reported.total, warehouse: received.stored.length } : undefined;
    await addCoverage(client, resource.name, days.scope, covered, {
      isVerified: state === 'proved' || state === 'differs',
      totals: state === 'differs' ? undefined : totals,
    });
    for (const difference of lacking) await addDifference(client, resource.name, difference);
  }
  const known = lacking.map(({ period, sourceTotal, warehouseTotal }) => lackingDays(resource.name, period, sourceTotal, warehouseTotal));
  await storeJudgement(client, runId, [about.claim, claimOfReport(resource.name)], [...doubts, ...known]);
}
