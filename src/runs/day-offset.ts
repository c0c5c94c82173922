import { FACT_DAYS, readFact } from '../evidence/facts.store.ts';
import { parseAnswer } from '../records/parse-answer.ts';
import type { Resource } from '../records/resource.ts';
import { ApiError } from '../source/api-error.ts';
import { planDates, planRequest } from '../source/request-plan.ts';
import { addDays, type Day, type Period } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { markLoaded } from '../warehouse/loaded-requests.ts';
import { datesOf, type RequestContext, readListEndIncluded } from './fetch/reported-total.ts';
import { readBusiestDay, readListed } from './known-records.store.ts';

/** The fact by how many hours the source's days are ahead of UTC. */
export const aheadFact = ({ name }: Resource): string => `${name}.day_offset_hours`;

/** The offset, where the source has shown it within the last month. */
export async function readOffset(database: Database, resource: Resource): Promise<number | undefined> {
  const known = await readFact(database, aheadFact(resource), FACT_DAYS);
  return known === undefined ? undefined : Number(known);
}

/** No time zone is farther from Greenwich, in hours. */
export const FARTHEST = 14;

/** All offsets that there may be, the smallest first. */
const OFFSETS: readonly number[] = Array.from({ length: 4 * FARTHEST + 1 }, (_, i) => i / 2 - FARTHEST).sort(
  (a, b) => Math.abs(a) - Math.abs(b),
);

/** When a day of the source begins, which is so many hours ahead of UTC. */
export const momentOf = (day: Day, ahead: number): Date => new Date(Date.parse(`${day}T00:00:00Z`) - ahead * 3_600_000);

/**
 * By how many hours the source's days may be ahead of UTC, which is not documented, the likeliest first: UTC, where that may be. The
 * records of the busiest day, as the source lists them, are of that day; those that are known and not on its list may be gone. One request.
 */
export async function readOffsets(requestContext: RequestContext, resource: Resource): Promise<readonly number[]> {
  const { client, database, patience, runId, lane } = requestContext;
  const day = await readBusiestDay(database, resource);
  if (day === undefined) return [0];
  const { path, query, redactedUrl } = planDates(
    planRequest(resource),
    datesOf(resource, { from: day, until: addDays(day, 1) }, await readListEndIncluded(database, resource)),
  );
  const call = { runId, lane, resource: resource.name, endpoint: path };
  const read = (document: unknown) => parseAnswer(document, resource);
  const answer = await client.get({ path, query, redactedUrl }, call, patience, read).catch(orUnanswered);
  // What the totals themselves say has to do.
  if (!answer) return OFFSETS;
  const { content, requestId } = answer;
  await markLoaded(database.pool, requestId, 0);
  const listed = (content.batches.find(({ isOwn }) => isOwn)?.rows ?? []).flatMap(({ id, create_dt }) =>
    create_dt instanceof Date ? [{ id: Number(id), createdAt: create_dt }] : [],
  );
  const isListed = new Set(listed.map(({ id }) => id));
  const near = await readListed(database, resource, momentOf(day, FARTHEST), momentOf(addDays(day, 1), -FARTHEST));
  const others = near.filter(({ id }) => !isListed.has(id));
  const isOfDay = ({ createdAt }: { createdAt: Date }, ahead: number): boolean =>
    createdAt >= momentOf(day, ahead) && createdAt < momentOf(addDays(day, 1), ahead);
  const possible = OFFSETS.filter((ahead) => listed.every((record) => isOfDay(record, ahead)));
  // A list by another moment than that of creation tells nothing.
  if (possible.length === 0 || listed.length === 0) return OFFSETS;
  if (possible.includes(0)) return possible;
  const countMissing = (ahead: number): number => others.filter((record) => isOfDay(record, ahead)).length;
  return possible.toSorted((a, b) => countMissing(a) - countMissing(b));
}

/** A total that the source gave of some days, and whether it fits with each offset. */
export type Fitting = { days: Period; fits(ahead: number): boolean };

/** So many totals of different days must speak for another midnight than that of UTC, for each that speaks against it. */
const LEAST_PROOF = 3;

/**
 * Which of the offsets the totals speak for. Where UTC is possible, another one has to be proved: records that are gone, or new, let totals
 * fit with a wrong one by chance, and would be hidden by it. Where it is not, it is the one with which most totals fit.
 */
export function chooseOffset(candidates: readonly number[], totals: readonly Fitting[]): number {
  const [likeliest = 0] = candidates;
  const scoreOf = (ahead: number): number => {
    if (likeliest !== 0) return totals.filter(({ fits }) => fits(ahead)).length;
    const speaking = totals.filter(({ fits }) => fits(ahead) && !fits(0));
    const against = totals.filter(({ fits }) => !fits(ahead) && fits(0)).length;
    const proof = countApart(speaking.map(({ days }) => days));
    return proof >= LEAST_PROOF * (1 + against) ? proof - against : 0;
  };
  let [best, score] = [likeliest, scoreOf(likeliest)];
  for (const ahead of candidates.slice(1)) {
    const other = scoreOf(ahead);
    if (other > score) [best, score] = [ahead, other];
  }
  return best;
}

/** How many of these periods have no day in common, at most. */
function countApart(periods: readonly Period[]): number {
  let [count, until] = [0, ''];
  for (const period of periods.toSorted((a, b) => (a.until < b.until ? -1 : 1))) {
    if (period.from < until) continue;
    count += 1;
    until = period.until;
  }
  return count;
}

/** The days of UTC that days of the source reach into. */
export const inUtc = ({ from, until }: Period, ahead: number): Period => ({
  from: ahead > 0 ? addDays(from, -1) : from,
  until: ahead < 0 ? addDays(until, 1) : until,
});

function orUnanswered(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.isOfAll) throw error;
}
