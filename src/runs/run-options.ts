import type { RateScope } from '../budget/ledger.store.ts';
import type { Limit } from '../budget/limits.ts';
import type { Logger } from '../logger.ts';
import type { Privacy } from '../records/pseudonyms.ts';
import type { ApiClient } from '../source/client.ts';
import type { Database } from '../warehouse/connection/database.ts';
import type { Progress, ProgressView } from './progress.ts';

/** What any run needs. */
export type RunOptions = {
  database: Database;
  client: ApiClient;
  logger: Logger;
  now: () => Date;
  /** Stops the run: no new request, what is under way is committed. */
  signal: AbortSignal;
  /** Names of resources; all when undefined. */
  only: readonly string[] | undefined;
  /** The run stops cleanly when it is used up; it has no end of its own when undefined. */
  maxDurationMs: number | undefined;
  limits: readonly Limit[];
  rateScope: RateScope;
  privacy: Privacy;
  /** The share of the longest window that backfills leave, 0 to 1. */
  reserve: number;
  /** Where it says how far it is. */
  progress?: Progress;
  /** Who receives its progress, and how often; a line of the log each minute otherwise. */
  watch?: { everyMs: number; show(view: ProgressView): void };
};
