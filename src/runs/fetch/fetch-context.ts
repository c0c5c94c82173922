import type { Lane } from '../../budget/limits.ts';
import type { Sightings } from '../../evidence/sightings.ts';
import type { Logger } from '../../logger.ts';
import type { Resource } from '../../records/resource.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import type { Settle } from '../commit-response.ts';
import type { CommittedResponse } from './fetcher.ts';
import type { ListState } from './list-state.ts';
import type { RequestContext } from './reported-total.ts';

/** What fetching a claim needs, whatever it is about. Its requests are refused when another run has done their work since they were planned. */
export type FetchContext = {
  /** Asks for something and loads it; `settle` makes of the claim what there is to be made, with the last of its answers; `onPage` with each before. */
  fetch(planned: PlannedRequest, settle?: Settle, onPage?: Settle): Promise<CommittedResponse>;
  database: Database;
  runId: number;
  lane: Lane;
  /** The clock that the source's times are compared with. */
  now(): Date;
  /** In whose name the source's report is asked. */
  requestContext(work: { claimKey: string }): RequestContext;
  /** How the lists of a resource that come in pages are read, as far as it is known. */
  listState(resource: Resource): Promise<ListState>;
  /** The same, whose requests see what is committed now: for a second look. */
  again(): Promise<FetchContext>;
  logger: Logger;
  /** Claims that are in doubt as not even a day of theirs was answered. */
  refusedRanges: Set<string>;
  /** Whether the source did not answer what was asked for before: it may be down. */
  isSilent(): boolean;
  /** What this run has seen so far. */
  sightings: Sightings;
};
