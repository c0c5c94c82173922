import { FACT_DAYS, readFact } from '../../../evidence/facts.store.ts';
import type { Received } from '../../../evidence/received.ts';
import type { Resource } from '../../../records/resource.ts';
import type { PlannedRequest } from '../../../source/request-plan.ts';
import { addDays, type Day, dayOf, startOf, ZONES_MS } from '../../../time/period.ts';
import type { Database } from '../../../warehouse/connection/database.ts';

/* The last day of a range that is asked for: a source may refuse what lies in the future, as it means its days. */

/** The fact that says how many minutes ahead of the present a last day began that was refused as one of the future: later ones are, too. */
export const futureFact = (name: string): string => `${name}.refused_ahead`;
/**
 * The last days that are tried where the source refuses those of the future, counted from today in UTC: it may not count the last day in,
 * and be in another time zone.
 */
const LAST_DAYS = [1, 0, -1];

/** How many minutes ahead of the present a day begins, in UTC; negative when it has begun. */
export const minutesAhead = (day: Day, now: Date): number => Math.floor((startOf(day).getTime() - now.getTime()) / 60_000);

/**
 * How many minutes the source's days begin before those of UTC at least, as an answer shows that has records from before the first day: they
 * were made and last changed then. Undefined where it shows nothing of it, as when it has some that are of no time zone's day.
 */
export function minutesShown({ resource: { window }, query }: PlannedRequest, { stored, unasked }: Received): number | undefined {
  const { from, moment = 'create_dt' } = window ?? {};
  const first = from && query[from];
  if (!first || unasked > 0) return undefined;
  const before = stored.flatMap((row) => {
    const moments = [row[moment], row.updt_dt].filter((at) => at instanceof Date);
    return moments.length > 0 ? [startOf(first).getTime() - Math.max(...moments.map(Number))] : [];
  });
  const shown = before.reduce((most, ms) => Math.max(most, ms), 0);
  return shown > 0 && shown <= ZONES_MS.first ? shown / 60_000 : undefined;
}

/** A request as it is, and with earlier last days where its own lies ahead; without those that are known to be refused. */
export function withEarlierEnds(planned: PlannedRequest, refusedAhead: number, now: Date): [PlannedRequest, ...PlannedRequest[]] {
  const { resource, query, redactedUrl } = planned;
  const { window } = resource;
  const last = window && query[window.until];
  if (!window || last === undefined || last < dayOf(now)) return [planned];
  const endingOn = (day: Day): PlannedRequest => ({
    ...planned,
    query: { ...query, [window.until]: day },
    redactedUrl: redactedUrl.replace(`${window.until}=${last}`, `${window.until}=${day}`),
  });
  const days = [last, ...LAST_DAYS.map((after) => addDays(dayOf(now), after)).filter((day) => day < last)];
  const [first = days.at(-1) ?? last, ...others] = days.filter((day) => minutesAhead(day, now) < refusedAhead);
  return [endingOn(first), ...others.map(endingOn)];
}

/** From how many minutes ahead on the source is known to refuse a last day; infinite where it is not. */
export const readRefusedAhead = async (database: Database, { name }: Resource): Promise<number> =>
  Number((await readFact(database, futureFact(name), FACT_DAYS)) ?? Number.POSITIVE_INFINITY);

/** A request as the source is known to answer it: without a future end, where it refuses those. */
export async function asAnswered(
  planned: PlannedRequest,
  { database, now }: { database: Database; now: () => Date },
): Promise<PlannedRequest> {
  return withEarlierEnds(planned, await readRefusedAhead(database, planned.resource), now())[0];
}
