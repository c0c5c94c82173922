import { parseAnswer } from '../records/parse-answer.ts';
import type { Resource } from '../records/resource.ts';
import { ApiError } from '../source/api-error.ts';
import { planDates, planRequest } from '../source/request-plan.ts';
import { addDays, type Day } from '../time/period.ts';
import { markLoaded } from '../warehouse/loaded-requests.ts';
import { datesOf, type RequestContext, readListEndIncluded } from './fetch/reported-total.ts';
import { readBusiestDay, readListed } from './known-records.store.ts';

/** The fact by how many hours the source's days are ahead of UTC. */
export const aheadFact = ({ name }: Resource): string => `${name}.day_offset_hours`;

/** No time zone is farther from Greenwich, in hours. */
export const FARTHEST = 14;

/** All offsets that there may be, the smallest first. */
const OFFSETS: readonly number[] = Array.from({ length: 4 * FARTHEST + 1 }, (_, i) => i / 2 - FARTHEST).sort(
  (a, b) => Math.abs(a) - Math.abs(b),
);

/** When a day of the source begins, which is so many hours ahead of UTC. */
export const momentOf = (day: Day, ahead: number): Date => new Date(Date.parse(`${day}T00:00:00Z`) - ahead * 3_600_000);

/**
 * By how many hours the source's days may be ahead of UTC, which is not documented, the likeliest first: the records of the busiest day, as
 * the source lists them, tell, beside those that are known and not on its list. One request.
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
  const misfits = (ahead: number): number => {
    const [from, until] = [momentOf(day, ahead), momentOf(addDays(day, 1), ahead)];
    const isOfDay = ({ createdAt }: { createdAt: Date }): boolean => createdAt >= from && createdAt < until;
    return listed.filter((record) => !isOfDay(record)).length + others.filter(isOfDay).length;
  };
  const fits = OFFSETS.map((ahead) => ({ ahead, misfits: misfits(ahead) }));
  const fewest = Math.min(...fits.map(({ misfits }) => misfits));
  return fits.filter(({ misfits }) => misfits === fewest).map(({ ahead }) => ahead);
}

function orUnanswered(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.isOfAll) throw error;
}
