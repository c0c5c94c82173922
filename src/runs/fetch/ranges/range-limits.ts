import type { ApiError } from '../../../source/api-error.ts';
import { type PlannedRequest, planLastDay, planPart } from '../../../source/request-plan.ts';
import { addDays, daysIn } from '../../../time/period.ts';
import { earliestFact } from './range-begin.ts';
import { futureFact, minutesAhead, withEarlierEnds } from './range-end.ts';
import { askAlone, learn, type Reading } from './range-reading.ts';
import { isRangeRefused, unlessRefused } from './range-refusal.ts';

/* Which days a source answers for, found out by asking for one alone. */

/** Whether a day is refused as all before it are, while all after it, up to the newest, were answered. That is remembered. */
export async function isTooEarly(reading: Reading, { days, redactedUrl }: PlannedRequest, refusal: ApiError): Promise<boolean> {
  const { planned, today, answeredFrom } = reading;
  if (!days || !planned.days || days.period.until !== answeredFrom || planned.days.period.until <= today) return false;
  const { from: first } = planned.days.period;
  const oldest = planPart(planned, { from: first, until: addDays(first, 1) });
  if (first !== days.period.from && !isRangeRefused(await askAlone(reading, oldest))) return false;
  reading.earliest = answeredFrom;
  // Of days that were refused as they are too early, their number says nothing.
  reading.shorter = undefined;
  const ago = daysIn({ from: answeredFrom, until: today });
  const evidence = `${redactedUrl} was refused (${refusal.status}) and later days were answered`;
  await learn(reading, earliestFact(planned.resource.name), String(ago), evidence);
  return true;
}

/** Fetches the last day of a refused request alone, which tells whether its end lies ahead; undefined where that day is refused too. */
export async function fetchLastDay(
  reading: Reading,
  asked: PlannedRequest,
  own: PlannedRequest,
  earlier: readonly PlannedRequest[],
): Promise<{ received: number; rest?: PlannedRequest } | undefined> {
  const [last, rest] = planLastDay(asked) ?? [];
  let refused = last ? undefined : own;
  for (const ending of last ? withEarlierEnds(last, reading.refusedAhead, reading.context.now()) : earlier) {
    const found = await unlessRefused(() => reading.fetch(ending));
    if ('result' in found) {
      if (refused) await learnFuture(reading, refused, ending);
      reading.answeredFrom = (last ?? asked).days?.period.from;
      return { received: found.result.received, ...(rest && { rest }) };
    }
    refused = ending;
  }
  return undefined;
}

/** Remembers that the last day of a request was refused as one of the future, and an earlier one was answered. */
async function learnFuture(reading: Reading, { resource, query, redactedUrl }: PlannedRequest, answered: PlannedRequest): Promise<void> {
  const last = (resource.window && query[resource.window.until]) ?? reading.today;
  reading.refusedAhead = minutesAhead(last, reading.context.now());
  const evidence = `${redactedUrl} was refused, ${answered.redactedUrl} was answered`;
  await learn(reading, futureFact(resource.name), String(reading.refusedAhead), evidence);
}
