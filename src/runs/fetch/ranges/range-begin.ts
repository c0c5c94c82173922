import { claimOfDays } from '../../../evidence/claims.ts';
import { readCoverage } from '../../../evidence/coverage.store.ts';
import { storeJudgement } from '../../../evidence/doubts.store.ts';
import { describeDays, doubt } from '../../../evidence/doubts.ts';
import { FACT_DAYS, readFact } from '../../../evidence/facts.store.ts';
import type { Resource } from '../../../records/resource.ts';
import { type PlannedRequest, planPart } from '../../../source/request-plan.ts';
import { addDays, type Day, dayOf, daysIn, earlier, later, subtract } from '../../../time/period.ts';
import type { Database } from '../../../warehouse/connection/database.ts';

/* The first day of a range that is asked for: a source may refuse days that are long over. */

/** The fact that says how many days before today the earliest day is that the source answers for. */
export const earliestFact = (name: string): string => `${name}.earliest_day`;

/** The earliest day that the source is known to answer for. */
export async function readEarliest(database: Database, { name }: Resource, now: Date): Promise<Day | undefined> {
  const known = await readFact(database, earliestFact(name), FACT_DAYS);
  return known === undefined ? undefined : addDays(dayOf(now), -Number(known));
}

/** What is left of a request from the earliest day on; undefined where that is nothing. */
export function fromEarliest(planned: PlannedRequest, earliest: Day | undefined): PlannedRequest | undefined {
  if (!planned.days || earliest === undefined || planned.days.period.from >= earliest) return planned;
  const period = { from: earliest, until: later(earliest, planned.days.period.until) };
  return daysIn(period) === 0 ? undefined : planPart(planned, period);
}

/** Doubts the days of a request before the earliest one that no run has read. */
export async function doubtEarly(
  { resource, days }: PlannedRequest,
  earliest: Day,
  { database, runId }: { database: Database; runId: number },
) {
  if (!days || days.period.from >= earliest) return;
  const { period, scope } = days;
  const covered = (await readCoverage(database, resource.name)).get(scope) ?? [];
  const unread = subtract({ from: period.from, until: earlier(earliest, period.until) }, covered);
  for (const part of unread) {
    const claim = claimOfDays(resource.name, part, scope);
    const about = { resource: resource.name, claim, subject: `${scope.replace('_id=', ' ')} ${describeDays(part)}`.trim(), days: part };
    await storeJudgement(database.pool, runId, [claim], [doubt(about, 'days_too_early', { earliest })]);
  }
}
