import { logEvent } from '../../events.ts';
import { storeJudgement } from '../../evidence/doubts.store.ts';
import { type Doubt, describeDays, doubt } from '../../evidence/doubts.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../evidence/facts.store.ts';
import type { Received } from '../../evidence/received.ts';
import type { Logger } from '../../logger.ts';
import { WEEKLY_DAYS } from '../../records/resource.ts';
import { ApiError } from '../../source/api-error.ts';
import { type PlannedRequest, planHalves, planLastDay, planPart } from '../../source/request-plan.ts';
import { addDays, type Day, dayOf, daysIn } from '../../time/period.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { doubtEarly, earliestFact, fromEarliest, readEarliest } from './range-begin.ts';
import { futureFact, minutesAhead, minutesShown, readRefusedAhead, withEarlierEnds } from './range-end.ts';

/** Statuses by which a source refuses a range of days: too many of them, or an end in the future. */
const REFUSED: readonly (number | undefined)[] = [400, 413, 422, 504];

/** Whether an error can mean that a range of days was too long, or ends in the future. */
export const isRangeRefused = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.failure === 'too_large' || REFUSED.includes(error.status));

/** Statuses besides those of a failing source, 500 and up, by which it may give up on a range of days that is too long. */
const GIVEN_UP: readonly (number | undefined)[] = [408, 414];

/** Whether an error can mean that a range of days took the source too long, and as well that it is down. */
const mayBeTooLong = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  error.retryAfterMs === undefined &&
  (error.failure === 'timeout' || GIVEN_UP.includes(error.status) || (error.status ?? 0) >= 500);

/** The fact that says how many days the source answers for at once. */
export const longestFact = (name: string): string => `${name}.longest_range`;
/** The fact that says of how many days up to today an answer was larger than what is taken at once. */
const tooLargeFact = (name: string): string => `${name}.too_large`;

/** Of what a run holds, what asking for ranges needs; `refusedRanges`: claims of which not even a day was answered. */
type Context = {
  database: Database;
  runId: number;
  now: () => Date;
  logger: Logger;
  refusedRanges: Set<string>;
  fetch: (planned: PlannedRequest) => Promise<unknown>;
  isSilent: () => boolean;
};

/** How many records came of a part of the days, and what its answer brought. */
export type Part = { received: number; brought: Received };

/**
 * Fetches days in as few parts as the source allows, newest first. Where it refuses a range, the last day alone tells whether that one lies
 * ahead: then it is asked for with an earlier end, else the range is halved. What was found out is remembered; what was too large last
 * night is asked for in halves at once, for a week. Returns how many records came; throws what a single day is refused with.
 */
export async function inRanges(
  planned: PlannedRequest,
  { database, runId, now, logger, refusedRanges, fetch: fetchAlone, isSilent }: Context,
  fetch: (planned: PlannedRequest) => Promise<Part>,
): Promise<number> {
  const { resource } = planned;
  const { name } = resource;
  const today = dayOf(now());
  const longest = Number((await readFact(database, longestFact(name), FACT_DAYS)) ?? Number.POSITIVE_INFINITY);
  const isNewest = planned.days?.scope === '' && planned.days.period.until > today;
  let tooLarge = (isNewest && Number(await readFact(database, tooLargeFact(name), WEEKLY_DAYS))) || Number.POSITIVE_INFINITY;
  let refusedAhead = await readRefusedAhead(database, resource);
  let refusedDays = Number.POSITIVE_INFINITY;
  let earliest = await readEarliest(database, resource, now());
  let answeredFrom: Day | undefined;
  let shorter: { days: number; evidence: string } | undefined;
  let isEndKnown = false;
  let isForgotten = false;

  const learn = async (fact: string, value: string, evidence: string): Promise<void> => {
    if (await rememberFact(database, fact, value, evidence)) logEvent(logger, 'day_range_refused', { fact, value, evidence });
  };
  const inHalves = async ([newer, older]: readonly [PlannedRequest, PlannedRequest]): Promise<number> =>
    (await part(newer)) + (await part(older));
  async function part(all: PlannedRequest): Promise<number> {
    const asked = fromEarliest(all, earliest);
    if (!asked) return 0;
    const days = asked.days ? daysIn(asked.days.period) : 1;
    const halves = planHalves(asked);
    if (halves && (days > longest || days >= tooLarge)) return inHalves(halves);
    const [own, ...earlier] = withEarlierEnds(asked, refusedAhead, now());
    const answered = await unlessRefused(() => fetch(own), halves && (() => isDayAnswered(halves)));
    if ('result' in answered) {
      if (days < refusedDays && Number.isFinite(refusedDays))
        shorter = { days, evidence: `${refusedDays} days were refused, ${days} were answered` };
      answeredFrom = asked.days?.period.from;
      const { received, brought } = answered.result;
      const shown = own.redactedUrl === asked.redactedUrl || isForgotten ? undefined : minutesShown(own, brought);
      if (shown === undefined || shown < refusedAhead) return received;
      // Its days begin earlier than when it refused a later end: they go farther, too.
      isForgotten = true;
      refusedAhead = Number.POSITIVE_INFINITY;
      await learn(futureFact(name), String(refusedAhead), `${own.redactedUrl} had records of ${shown} minutes before the first day`);
      return part(asked);
    }
    const { refusal } = answered;
    const isTooLarge = refusal.failure === 'too_large';
    if (!isTooLarge && !isEndKnown && isRangeRefused(refusal) && earlier.length > 0) {
      const known = await readRefusedAhead(database, resource);
      // Another request has found it out meanwhile.
      if (known < refusedAhead) {
        refusedAhead = known;
        return part(asked);
      }
      isEndKnown = true;
      const newest = await fetchLastDay(asked, own, earlier);
      if (newest) return newest.received + (newest.rest ? await part(newest.rest) : 0);
    }
    if (!halves && (await isTooEarly(asked, refusal))) return 0;
    if (!halves) {
      refusedRanges.add(planned.claimKey);
      await storeJudgement(database.pool, runId, [planned.claimKey], [refusedRange(asked, refusal)]);
      throw refusal;
    }
    if (!isTooLarge) refusedDays = Math.min(refusedDays, days);
    if (isTooLarge && isNewest) {
      tooLarge = days;
      await rememberFact(database, tooLargeFact(name), String(days), `${asked.redactedUrl}: ${refusal.message}`);
    }
    return inHalves(halves);
  }
  /** Asks for a day alone, at one attempt. Returns why it is not answered. */
  const askAlone = (day: PlannedRequest): Promise<ApiError | undefined> =>
    fetchAlone({ ...day, claimKey: `${day.claimKey} alone`, attempts: 1 }).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ApiError) return error;
        throw error;
      },
    );
  /** Whether a day is refused as all before it are, while all after it, up to the newest, were answered. That is remembered. */
  async function isTooEarly({ days, redactedUrl }: PlannedRequest, refusal: ApiError): Promise<boolean> {
    if (!days || !planned.days || days.period.until !== answeredFrom || planned.days.period.until <= today) return false;
    const { from: first } = planned.days.period;
    const oldest = planPart(planned, { from: first, until: addDays(first, 1) });
    if (first !== days.period.from && !isRangeRefused(await askAlone(oldest))) return false;
    earliest = answeredFrom;
    shorter = undefined;
    const ago = daysIn({ from: earliest, until: today });
    await learn(earliestFact(name), String(ago), `${redactedUrl} was refused (${refusal.status}) and later days were answered`);
    return true;
  }
  /** Whether a day of the middle of a range that failed is answered, at the first attempt: then its length is what failed. */
  async function isDayAnswered([, older]: readonly [PlannedRequest, PlannedRequest]): Promise<boolean> {
    const [day = older] = planLastDay(older) ?? [];
    return !isSilent() && (await askAlone(day)) === undefined;
  }
  /** Fetches the last day of a refused request alone, which tells whether its end lies ahead; undefined where that day is refused too. */
  async function fetchLastDay(
    asked: PlannedRequest,
    own: PlannedRequest,
    earlier: readonly PlannedRequest[],
  ): Promise<{ received: number; rest?: PlannedRequest } | undefined> {
    const [last, rest] = planLastDay(asked) ?? [];
    let refused = last ? undefined : own;
    for (const ending of last ? withEarlierEnds(last, refusedAhead, now()) : earlier) {
      const found = await unlessRefused(() => fetch(ending));
      if ('result' in found) {
        if (refused) await learnFuture(refused, ending);
        answeredFrom = (last ?? asked).days?.period.from;
        return { received: found.result.received, ...(rest && { rest }) };
      }
      refused = ending;
    }
    return undefined;
  }
  async function learnFuture({ query, redactedUrl }: PlannedRequest, answered: PlannedRequest): Promise<void> {
    refusedAhead = minutesAhead((resource.window && query[resource.window.until]) ?? today, now());
    await learn(futureFact(name), String(refusedAhead), `${redactedUrl} was refused, ${answered.redactedUrl} was answered`);
  }

  /** Of days that were refused as they are too early, their number says nothing. */
  const learnLongest = async () => shorter && learn(longestFact(name), String(shorter.days), shorter.evidence);

  const received = await part(planned).finally(learnLongest);
  if (earliest !== undefined) await doubtEarly(planned, earliest, { database, runId });
  if (refusedRanges.delete(planned.claimKey)) await storeJudgement(database.pool, runId, [planned.claimKey], []);
  return received;
}

/** Not even a day is answered. */
const refusedRange = ({ resource, claimKey, days }: PlannedRequest, { status, failure }: ApiError): Doubt =>
  doubt({ resource: resource.name, claim: claimKey, subject: days ? describeDays(days.period) : 'all days' }, 'range_refused', {
    status: status ?? failure,
  });

/** `isShorterAnswered`: asked where the source failed for days that may be too many. */
const unlessRefused = async (
  fetch: () => Promise<Part>,
  isShorterAnswered: () => Promise<boolean> = async () => false,
): Promise<{ result: Part } | { refusal: ApiError }> =>
  fetch().then(
    (result) => ({ result }),
    async (refusal: unknown) => {
      if (isRangeRefused(refusal) || (mayBeTooLong(refusal) && (await isShorterAnswered()))) return { refusal };
      throw refusal;
    },
  );
