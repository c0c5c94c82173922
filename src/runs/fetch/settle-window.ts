import { countUndecided, markGoneOfDays, readLeft, saysChanges } from '../../evidence/absence.store.ts';
import { claimOfDays, claimOfReport } from '../../evidence/claims.ts';
import { addCoverage, addDifference, type Difference } from '../../evidence/coverage.store.ts';
import { settleDays, storeJudgement } from '../../evidence/doubts.store.ts';
import { type About, describeDays } from '../../evidence/doubts.ts';
import { readFact, rememberFact } from '../../evidence/facts.store.ts';
import { lackingDays, type WindowVerdict } from '../../evidence/judge/judge-window.ts';
import { readFilter } from '../../evidence/list-filter.store.ts';
import { type Filter, filterOf } from '../../evidence/list-filter.ts';
import type { Received } from '../../evidence/received.ts';
import { type Reported, totalsOfRows } from '../../evidence/totals.store.ts';
import { differingTotals, totalsOfReport } from '../../evidence/totals.ts';
import { reach } from '../../failpoint.ts';
import { keyOf } from '../../records/row.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import { addDays, coveredBy, daysIn, earlier, firstUnfinishedDay, later, type Period } from '../../time/period.ts';
import type { Client } from '../../warehouse/connection/database.ts';
import { otherwiseFact } from '../find-differences.ts';
import type { FetchContext } from './fetch-context.ts';
import { datesIn, type SaidOfDays } from './reported-total.ts';

/** A request for days of which a report tells. */
export type PlannedDays = PlannedRequest & { resource: Reported };

/** What the judge says of a window, and of what. `differences`: days that lack some; `askedAt`: when the first answer was asked for. */
export type Judged = {
  verdict: WindowVerdict;
  received: Received;
  reported: SaidOfDays;
  differences: readonly Difference[];
  askedAt: Date;
};

/** The claim of the days of a request: those of them that are over, or all where none is. */
export function aboutDays({ resource, days }: PlannedRequest, { lane, now: clock }: Pick<FetchContext, 'lane' | 'now'>): About {
  const now = clock();
  const covered = days && coveredBy(days.period, now);
  const period = covered ?? days?.period ?? { from: '', until: '' };
  const isNewest = lane === 'sync' && (covered === undefined || covered.until === firstUnfinishedDay(now));
  return { resource: resource.name, claim: claimOfDays(resource.name, period, '', isNewest), subject: describeDays(period), days: period };
}

/** Does what the judge says: days are covered, and verified where they are proved; what proved days lack is gone; doubts are stored. */
export async function settleWindow(client: Client, planned: PlannedDays, context: FetchContext, judged: Judged): Promise<void> {
  const { runId, now } = context;
  const { resource, days } = planned;
  const { received, reported } = judged;
  const { state, doubts } = judged.verdict;
  const about = aboutDays(planned, context);
  const covered = days && coveredBy(days.period, now());
  // What is lacking of days that are asked for on either side is not of these days.
  const lacking = (state === 'differs' ? judged.differences : [])
    .map(({ period, ...sums }) => {
      const [from, until] = [later(period.from, covered?.from ?? period.from), earlier(period.until, covered?.until ?? period.until)];
      return { period: { from, until }, ...sums };
    })
    .filter(({ period }) => daysIn(period) > 0);
  const hasLeft = days !== undefined && (await noteLeft(client, { ...planned, days }, context, judged));
  if (days && state === 'proved') await settleProved(client, { ...planned, days }, context, judged, hasLeft);
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

type WithDays = PlannedDays & Required<Pick<PlannedDays, 'days'>>;

/** By what the list tells days. Where no record says when it changed, that may decide, and nothing would show it. */
const readBy = async (
  client: Client,
  { resource, query }: WithDays,
  { database }: FetchContext,
  { received }: Judged,
): Promise<Filter['by'] | undefined> => {
  const { from = '', last = '' } = datesIn(resource, query);
  const known = filterOf(received.stored, from, last)?.by ?? (await readFilter(database, resource.name));
  return known ?? ((await saysChanges(client, resource)) ? undefined : 'change');
};

const keysOf = ({ resource }: PlannedDays, { received }: Judged): string[] => received.stored.map((row) => keyOf(row, resource));

/**
 * Notes the records that a list by change lacks of days before the newest: they are gone, or have changed since and are listed on another
 * day, which later answers tell. Returns whether there are any.
 */
async function noteLeft(client: Client, planned: WithDays, context: FetchContext, judged: Judged): Promise<boolean> {
  const { resource, days } = planned;
  const { askedAt, verdict } = judged;
  const isSettled = verdict.state === 'proved' || verdict.state === 'differs';
  if (!isSettled || isNewest(days.period, context) || (await readBy(client, planned, context, judged)) !== 'change') return false;
  const left = await readLeft(client, resource, keysOf(planned, judged), askedAt, days.period);
  const isProved = verdict.state === 'proved';
  for (const { day, keys } of left) context.sightings.left.push({ keys, days: { from: day, until: addDays(day, 1) }, askedAt, isProved });
  return left.length > 0;
}

const isNewest = ({ until }: Period, { now }: FetchContext): boolean => until > firstUnfinishedDay(now());

/** Of days that came whole: what is known and did not come is gone, and what the report counts otherwise than the list is a fact. */
async function settleProved(client: Client, planned: WithDays, context: FetchContext, judged: Judged, hasLeft: boolean): Promise<void> {
  const { resource, redactedUrl, days } = planned;
  const { database, runId, sightings } = context;
  const { received, reported, askedAt } = judged;
  const by = await readBy(client, planned, context, judged);
  const keys = keysOf(planned, judged);
  if (by !== 'change' || isNewest(days.period, context)) await markGoneOfDays(client, resource, keys, askedAt, { days: days.period, by });
  sightings.proved.set(resource, [...(sightings.proved.get(resource) ?? []), days.period]);
  const differing =
    'total' in reported && reported.report
      ? differingTotals(totalsOfReport(resource.report, reported.report), totalsOfRows(resource, received.stored))
      : {};
  const names = Object.keys(differing).join(', ');
  if (names !== ((await readFact(database, otherwiseFact(resource))) ?? ''))
    await rememberFact(database, otherwiseFact(resource), names, `${redactedUrl}: of the report and what one answer had, these differ`);
  const undecided = by === undefined ? await countUndecided(client, resource, keys, days.period) : 0;
  await settleDays(client, runId, resource.name, days.period, { keepsTotals: names !== '' || undecided > 0 || hasLeft });
}
