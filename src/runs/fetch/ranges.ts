import { logEvent } from '../../events.ts';
import { readClaimsInDoubt, storeJudgement } from '../../evidence/doubts.store.ts';
import { type Doubt, describeDays, doubt } from '../../evidence/doubts.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import type { Logger } from '../../logger.ts';
import { WEEKLY_DAYS } from '../../records/resource.ts';
import { ApiError } from '../../source/api-error.ts';
import { type PlannedRequest, planHalves } from '../../source/request-plan.ts';
import { type Day, dayOf, daysIn } from '../../time/period.ts';
import type { Database } from '../../warehouse/connection/database.ts';

/** Statuses by which a source refuses a range of days: too many of them, or an end in the future. */
const REFUSED: readonly (number | undefined)[] = [400, 413, 422, 504];

/** Whether an error can mean that a range of days was too long, or ends in the future. */
export const isRangeRefused = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.failure === 'too_large' || REFUSED.includes(error.status));

/** The fact that says how many days the source answers for at once. */
export const longestFact = (name: string): string => `${name}.longest_range`;
/** The fact that says of how many days up to today an answer was larger than what is taken at once. */
const tooLargeFact = (name: string): string => `${name}.too_large`;
const futureFact = (name: string): string => `${name}.future_end`;

/** A request whose last day is not later than `today`. */
function endingBy(planned: PlannedRequest, today: Day): PlannedRequest {
  const { window } = planned.resource;
  const last = window && planned.query[window.until];
  if (!window || last === undefined || last <= today) return planned;
  return {
    ...planned,
    query: { ...planned.query, [window.until]: today },
    redactedUrl: planned.redactedUrl.replace(`${window.until}=${last}`, `${window.until}=${today}`),
  };
}

/** A request as the source is known to answer it: without a future end, where it refuses those. */
export const asAnswered = async (
  planned: PlannedRequest,
  { database, now }: { database: Database; now: () => Date },
): Promise<PlannedRequest> =>
  (await readFact(database, futureFact(planned.resource.name), FACT_DAYS)) === undefined ? planned : endingBy(planned, dayOf(now()));

/**
 * Fetches days in as few parts as the source allows, newest first: a range that it refuses is asked for without its future end, and in
 * halves. What was found out is remembered: what was too large last night is asked for in halves at once, for a week. Returns what each part brought; throws what a single day is refused with.
 */
export async function inRanges<T>(
  planned: PlannedRequest,
  { database, runId, now, logger }: { database: Database; runId: number; now: () => Date; logger: Logger },
  fetch: (planned: PlannedRequest) => Promise<T>,
): Promise<T[]> {
  const { name } = planned.resource;
  const today = dayOf(now());
  const longest = Number((await readFact(database, longestFact(name), FACT_DAYS)) ?? Number.POSITIVE_INFINITY);
  const isNewest = planned.days?.scope === '' && planned.days.period.until > today;
  let tooLarge = (isNewest && Number(await readFact(database, tooLargeFact(name), WEEKLY_DAYS))) || Number.POSITIVE_INFINITY;
  let endsToday = (await readFact(database, futureFact(name), FACT_DAYS)) !== undefined;
  let refusedDays = Number.POSITIVE_INFINITY;
  let wasRefused = false;

  const learn = async (fact: string, value: string, evidence: string): Promise<void> => {
    if (await rememberFact(database, fact, value, evidence)) logEvent(logger, 'day_range_refused', { fact, value, evidence });
  };
  async function part(asked: PlannedRequest): Promise<T[]> {
    const days = asked.days ? daysIn(asked.days.period) : 1;
    const halves = planHalves(asked);
    if (halves && (days > longest || days >= tooLarge)) return [...(await part(halves[0])), ...(await part(halves[1]))];
    try {
      const result = await fetch(endsToday ? endingBy(asked, today) : asked);
      if (days < refusedDays && Number.isFinite(refusedDays))
        await learn(longestFact(name), String(days), `${refusedDays} days were refused, ${days} were answered`);
      return [result];
    } catch (error) {
      if (!isRangeRefused(error)) throw error;
      const clipped = endingBy(asked, today);
      const isTooLarge = error.failure === 'too_large';
      const found = endsToday || isTooLarge || clipped === asked ? undefined : await unlessRefused(() => fetch(clipped));
      if (found) {
        endsToday = true;
        await learn(futureFact(name), 'refused', `${asked.redactedUrl} was refused, ${clipped.redactedUrl} was answered`);
        return [found.result];
      }
      if (!halves) {
        wasRefused = true;
        await storeJudgement(database.pool, runId, [planned.claimKey], [refusedRange(asked, error)]);
        throw error;
      }
      if (!isTooLarge) refusedDays = Math.min(refusedDays, days);
      if (isTooLarge && isNewest) {
        tooLarge = days;
        await rememberFact(database, tooLargeFact(name), String(days), `${asked.redactedUrl}: ${error.message}`);
      }
      return [...(await part(halves[0])), ...(await part(halves[1]))];
    }
  }

  const parts = await part(planned);
  if (!wasRefused && (await readClaimsInDoubt(database)).has(planned.claimKey))
    await storeJudgement(database.pool, runId, [planned.claimKey], []);
  return parts;
}

/** Not even a day is answered. */
const refusedRange = ({ resource, claimKey, days }: PlannedRequest, { status, failure }: ApiError): Doubt =>
  doubt({ resource: resource.name, claim: claimKey, subject: days ? describeDays(days.period) : 'all days' }, 'range_refused', {
    status: status ?? failure,
  });

const unlessRefused = async <T>(fetch: () => Promise<T>): Promise<{ result: T } | undefined> =>
  fetch().then(
    (result) => ({ result }),
    (error: unknown) => {
      if (isRangeRefused(error)) return undefined;
      throw error;
    },
  );
