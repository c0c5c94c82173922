import { claimOfDays } from '../../../evidence/claims.ts';
import { storeJudgement } from '../../../evidence/doubts.store.ts';
import { type Doubt, describeDays, doubt } from '../../../evidence/doubts.ts';
import { rememberFact } from '../../../evidence/facts.store.ts';
import { resources } from '../../../resources/index.ts';
import type { ApiError } from '../../../source/api-error.ts';
import { type PlannedRequest, planHalves, planLastDay } from '../../../source/request-plan.ts';
import { addDays, daysIn } from '../../../time/period.ts';
import { doubtEarly, fromEarliest } from './range-begin.ts';
import { futureFact, minutesShown, readRefusedAhead, withEarlierEnds } from './range-end.ts';
import { fetchLastDay, isTooEarly } from './range-limits.ts';
import { askAlone, beginReading, learn, longestFact, type Part, type RangeContext, type Reading, tooLargeFact } from './range-reading.ts';
import { isRangeRefused, unlessRefused } from './range-refusal.ts';

/**
 * Fetches days in as few parts as the source allows, newest first. Where it refuses a range, the last day alone tells whether that one lies
 * ahead: then it is asked for with an earlier end, else the range is halved. What was found out is remembered; what was too large last
 * night is asked for in halves at once, for a week. Returns how many records came; throws what a single day is refused with.
 */
export async function inRanges(planned: PlannedRequest, context: RangeContext, fetch: Reading['fetch']): Promise<number> {
  const { database, runId, refusedRanges } = context;
  const reading = await beginReading(planned, context, fetch);
  const received = await readPart(reading, planned).finally(() => {
    const { shorter } = reading;
    return shorter && learn(reading, longestFact(planned.resource.name), String(shorter.days), shorter.evidence);
  });
  if (reading.earliest !== undefined) await doubtEarly(planned, reading.earliest, { database, runId });
  if (refusedRanges.delete(planned.claimKey)) await storeJudgement(database.pool, runId, [planned.claimKey], []);
  return received;
}

/** Reads days at once, or in halves where they are known to be too many, or turn out to be. */
async function readPart(reading: Reading, all: PlannedRequest): Promise<number> {
  const asked = fromEarliest(all, reading.earliest);
  if (!asked) return 0;
  const days = countDays(asked);
  const halves = planHalves(asked);
  if (halves && (days > reading.longest || days >= reading.tooLarge)) return readHalves(reading, halves);
  const [own, ...earlier] = withEarlierEnds(asked, reading.refusedAhead, reading.context.now());
  const answered = await unlessRefused(() => reading.fetch(own), halves && (() => isDayAnswered(reading, halves)));
  if ('result' in answered) return afterAnswer(reading, asked, own, answered.result);
  return afterRefusal(reading, asked, { own, earlier, halves, refusal: answered.refusal });
}

type Halves = readonly [PlannedRequest, PlannedRequest];

const readHalves = async (reading: Reading, [newer, older]: Halves): Promise<number> =>
  (await readPart(reading, newer)) + (await readPart(reading, older));

const countDays = ({ days }: PlannedRequest): number => (days ? daysIn(days.period) : 1);

/**
 * Notes what an answer shows of ranges. Asks again in smaller parts where it was of fewer days than were asked for, and where its days begin
 * earlier than when a later end was refused: they go farther, too.
 */
async function afterAnswer(reading: Reading, asked: PlannedRequest, own: PlannedRequest, part: Part): Promise<number> {
  const { received, brought, longest } = part;
  const days = countDays(asked);
  if (longest !== undefined && longest < days) {
    reading.longest = longest;
    await learn(reading, longestFact(asked.resource.name), String(longest), `${own.redactedUrl} lacked records of days that have some`);
    return received + (await readPart(reading, asked));
  }
  if (days < reading.refusedDays && Number.isFinite(reading.refusedDays))
    reading.shorter = { days, evidence: `${reading.refusedDays} days were refused, ${days} were answered` };
  reading.answeredFrom = asked.days?.period.from;
  const shown = own.redactedUrl === asked.redactedUrl || reading.isForgotten ? undefined : minutesShown(own, brought);
  if (shown === undefined || shown < reading.refusedAhead) return received;
  reading.isForgotten = true;
  reading.refusedAhead = Number.POSITIVE_INFINITY;
  const evidence = `${own.redactedUrl} had records of ${shown} minutes before the first day`;
  await learn(reading, futureFact(asked.resource.name), String(reading.refusedAhead), evidence);
  await doubtEarlierEnds(reading, shown, evidence);
  return readPart(reading, asked);
}

/** What was read before in this run, with an end that was as wrong, may lack the newest days: the next run asks for them. */
async function doubtEarlierEnds(reading: Reading, shown: number, evidence: string): Promise<void> {
  const { context, planned, today } = reading;
  const { database, runId } = context;
  const days = { from: today, until: addDays(today, 1) };
  for (const other of resources.filter(({ window, order }) => window && order < planned.resource.order)) {
    if ((await readRefusedAhead(database, other)) > shown) continue;
    await learn(reading, futureFact(other.name), String(Number.POSITIVE_INFINITY), evidence);
    const about = { resource: other.name, claim: claimOfDays(other.name, days, '', true), subject: describeDays(days), days };
    await storeJudgement(database.pool, runId, [], [doubt(about, 'unfinished')]);
  }
}

type Refused = { own: PlannedRequest; earlier: readonly PlannedRequest[]; halves: Halves | undefined; refusal: ApiError };

/** Finds out what of a range was refused: its end, its first days, or how many they are. Then what is left is read. */
async function afterRefusal(reading: Reading, asked: PlannedRequest, { own, earlier, halves, refusal }: Refused): Promise<number> {
  const { database, runId, refusedRanges } = reading.context;
  const { claimKey, resource } = reading.planned;
  const isTooLarge = refusal.failure === 'too_large';
  if (!isTooLarge && !reading.isEndKnown && isRangeRefused(refusal) && earlier.length > 0) {
    const known = await readRefusedAhead(database, resource);
    // Another request has found it out meanwhile.
    if (known < reading.refusedAhead) {
      reading.refusedAhead = known;
      return readPart(reading, asked);
    }
    reading.isEndKnown = true;
    const newest = await fetchLastDay(reading, asked, own, earlier);
    if (newest) return newest.received + (newest.rest ? await readPart(reading, newest.rest) : 0);
  }
  if (!halves && (await isTooEarly(reading, asked, refusal))) return 0;
  if (!halves) {
    refusedRanges.add(claimKey);
    await storeJudgement(database.pool, runId, [claimKey], [refusedRange(asked, refusal)]);
    throw refusal;
  }
  const days = countDays(asked);
  if (!isTooLarge) reading.refusedDays = Math.min(reading.refusedDays, days);
  if (isTooLarge && reading.isNewest) {
    reading.tooLarge = days;
    await rememberFact(database, tooLargeFact(resource.name), String(days), `${asked.redactedUrl}: ${refusal.message}`);
  }
  return readHalves(reading, halves);
}

/** Whether a day of the middle of a range that failed is answered, at the first attempt: then its length is what failed. */
async function isDayAnswered(reading: Reading, [, older]: Halves): Promise<boolean> {
  const [day = older] = planLastDay(older) ?? [];
  return !reading.context.isSilent() && (await askAlone(reading, day)) === undefined;
}

/** Not even a day is answered. */
const refusedRange = ({ resource, claimKey, days }: PlannedRequest, { status, failure }: ApiError): Doubt =>
  doubt({ resource: resource.name, claim: claimKey, subject: days ? describeDays(days.period) : 'all days' }, 'range_refused', {
    status: status ?? failure,
  });
