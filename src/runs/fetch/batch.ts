import { AlreadyClaimedError } from '../../errors.ts';
import { DocumentError } from '../../records/document.ts';
import { ApiError } from '../../source/api-error.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import { isOfOneStatement } from '../../warehouse/connection/error-class.ts';

/** The source does not answer at all: every further request would be spent for nothing. */
export class SourceDownError extends Error {
  override name = 'SourceDownError';
}

/**
 * The outcome of a batch of requests: which were answered, with how many records, which failed, how many are another run's work, and what
 * ends the run, if anything does. `hasGivenUp`: several in a row failed, and the others were not made.
 */
export type BatchResult = {
  answered: { planned: PlannedRequest; received: number }[];
  failed: { planned: PlannedRequest; error: Error }[];
  taken: number;
  hasGivenUp: boolean;
  end: unknown;
};

/** How many requests in a row the source did not answer, over all batches of a run. */
export type Health = { silent: number };

/** So many in a row fail before the others of a batch are left for the next run, or, when the source is silent, the run ends. */
const IN_A_ROW = 3;

/**
 * Makes requests, `concurrency` at a time; `fetch` returns how many records came. One that fails does not keep the others from being made,
 * unless several fail in a row. What concerns all of them (a stop, a refused key, a proxy that lets nothing through, a silent source, the
 * database) ends the batch and is returned as `end`. `failedBefore`: pieces of work that earlier runs have failed at, whose failure says nothing of the source.
 */
export async function sendBatch(
  planned: readonly PlannedRequest[],
  fetch: (planned: PlannedRequest) => Promise<number>,
  { concurrency, health, failedBefore = new Set() }: { concurrency: number; health: Health; failedBefore?: ReadonlySet<string> },
): Promise<BatchResult> {
  const batch: BatchResult = { answered: [], failed: [], taken: 0, hasGivenUp: false, end: undefined };
  const queue = planned.values();
  let failed = 0;
  const worker = async () => {
    for (const request of queue) {
      try {
        batch.answered.push({ planned: request, received: await fetch(request) });
        failed = 0;
        health.silent = 0;
      } catch (error) {
        if (error instanceof AlreadyClaimedError) batch.taken += 1;
        else if (!isOfOneRequest(error)) batch.end ??= error;
        else {
          batch.failed.push({ planned: request, error });
          failed += 1;
          if (error instanceof ApiError && error.isRetryable && !failedBefore.has(request.claimKey)) health.silent += 1;
          if (health.silent >= IN_A_ROW)
            batch.end ??= new SourceDownError('the source failed several requests in a row; the rest is left for the next run');
        }
      }
      batch.hasGivenUp ||= failed >= IN_A_ROW;
      if (batch.end !== undefined || batch.hasGivenUp) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, planned.length) }, worker));
  return batch;
}

const isOfOneRequest = (error: unknown): error is Error =>
  (error instanceof ApiError && !error.isOfAll) || error instanceof DocumentError || (error instanceof Error && isOfOneStatement(error));
