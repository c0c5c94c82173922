import { logEvent } from '../../../events.ts';
import { FACT_DAYS, readFact, rememberFact } from '../../../evidence/facts.store.ts';
import type { Received } from '../../../evidence/received.ts';
import type { Logger } from '../../../logger.ts';
import { WEEKLY_DAYS } from '../../../records/resource.ts';
import { ApiError } from '../../../source/api-error.ts';
import type { PlannedRequest } from '../../../source/request-plan.ts';
import { type Day, dayOf } from '../../../time/period.ts';
import type { Database } from '../../../warehouse/connection/database.ts';
import { readEarliest } from './range-begin.ts';
import { readRefusedAhead } from './range-end.ts';

/** Of what a run holds, what asking for ranges needs; `refusedRanges`: claims of which not even a day was answered. */
export type RangeContext = {
  database: Database;
  runId: number;
  now: () => Date;
  logger: Logger;
  refusedRanges: Set<string>;
  fetch: (planned: PlannedRequest) => Promise<unknown>;
  isSilent: () => boolean;
};

/**
 * How many records came of a part of the days, and what its answer brought. `longest`: so many days are answered for at most, as was found
 * out, so that nothing of them is settled.
 */
export type Part = { received: number; brought: Received; longest?: number };

/**
 * Days that are being read, and what is known of the ranges that the source answers for. `longest`: so many days at most; `tooLarge`: so many
 * up to today were too large an answer; `refusedAhead`: from how many minutes ahead on a last day is refused; `earliest`: the first day that
 * is answered. Of this reading: `refusedDays`: the least that were refused; `shorter`: how many were answered then; `answeredFrom`: the first
 * day of the last part that was; whether it is known which last day is answered, and whether what was known of it was found to be wrong.
 */
export type Reading = {
  planned: PlannedRequest;
  context: RangeContext;
  fetch: (planned: PlannedRequest) => Promise<Part>;
  today: Day;
  isNewest: boolean;
  longest: number;
  tooLarge: number;
  refusedAhead: number;
  earliest: Day | undefined;
  refusedDays: number;
  shorter: { days: number; evidence: string } | undefined;
  answeredFrom: Day | undefined;
  isEndKnown: boolean;
  isForgotten: boolean;
};

/** The fact that says how many days the source answers for at once. */
export const longestFact = (name: string): string => `${name}.longest_range`;
/** The fact that says of how many days up to today an answer was larger than what is taken at once. */
export const tooLargeFact = (name: string): string => `${name}.too_large`;

/** Begins to read days, with what earlier runs found out of ranges. */
export async function beginReading(planned: PlannedRequest, context: RangeContext, fetch: Reading['fetch']): Promise<Reading> {
  const { resource, days } = planned;
  const { database, now } = context;
  const today = dayOf(now());
  const isNewest = days?.scope === '' && days.period.until > today;
  const readDays = async (fact: string, within: number) => Number((await readFact(database, fact, within)) ?? Number.POSITIVE_INFINITY);
  return {
    ...{ planned, context, fetch, today, isNewest },
    longest: await readDays(longestFact(resource.name), FACT_DAYS),
    tooLarge: isNewest ? await readDays(tooLargeFact(resource.name), WEEKLY_DAYS) : Number.POSITIVE_INFINITY,
    refusedAhead: await readRefusedAhead(database, resource),
    earliest: await readEarliest(database, resource, now()),
    refusedDays: Number.POSITIVE_INFINITY,
    shorter: undefined,
    answeredFrom: undefined,
    isEndKnown: false,
    isForgotten: false,
  };
}

/** Remembers what a source has shown of ranges, and says so. */
export async function learn({ context: { database, logger } }: Reading, fact: string, value: string, evidence: string): Promise<void> {
  if (await rememberFact(database, fact, value, evidence)) logEvent(logger, 'day_range_refused', { fact, value, evidence });
}

/** Asks for a day alone, at one attempt. Returns why it is not answered. */
export const askAlone = ({ context }: Reading, day: PlannedRequest): Promise<ApiError | undefined> =>
  context.fetch({ ...day, claimKey: `${day.claimKey} alone`, attempts: 1 }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    },
  );
