import type { Lane } from '../budget/limits.ts';
import { readErased } from '../erasure/erasures.store.ts';
import type { Erased } from '../erasure/redact-erased.ts';
import { redactBatch, redactRejects } from '../erasure/redact-response.ts';
import { noteListed } from '../evidence/absence.store.ts';
import { isOfChats } from '../evidence/chat-fetches.store.ts';
import { loadCopies } from '../evidence/copies.store.ts';
import { addRefused, noneRefused, type Received, type Refused } from '../evidence/received.ts';
import type { Unread } from '../evidence/unread-values.ts';
import { forgetSharedNames, inheritVisitorFetch } from '../evidence/visitor-fetches.store.ts';
import { reach } from '../failpoint.ts';
import type { Answer, Batch, Rejected } from '../records/answer.ts';
import { comesInParts, type Resource, type Row } from '../records/resource.ts';
import { keyOf } from '../records/row.ts';
import { resources } from '../resources/index.ts';
import { pageOf } from '../source/pages.ts';
import type { PlannedRequest } from '../source/request-plan.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { classifyError, isRefusal } from '../warehouse/connection/error-class.ts';
import { addOutcomes, type Loaded, loadBatch, noOutcome, type Outcome } from '../warehouse/load/load.ts';
import { type Bisected, halvesOf, loadByBisection } from '../warehouse/load/load-by-bisection.ts';
import { rejectNamesakes } from '../warehouse/load/namesakes.ts';
import { keepVersions } from '../warehouse/load/versions.ts';
import { beginLoading, markLoaded } from '../warehouse/loaded-requests.ts';
import { keepRejected } from '../warehouse/rejected-records.ts';
import { askedOf } from './fetch/asked-records.ts';
import { keepPage } from './fetch/lists.store.ts';

/**
 * The request that an answer belongs to, as the ledger knows it; `listSays`: the attributes that the list of a resource holds; `unread`: one
 * whose values cannot be read.
 */
export type Source = {
  runId: number;
  requestId: number;
  lane: Lane;
  askedAt: Date;
  listSays(resource: string): ReadonlySet<string>;
  unread?: Unread | undefined;
};

/** How a claim is settled, in the transaction that loads its last answer: it gets what was received, and when it was requested. */
export type Settle = (client: Client, received: Received, askedAt: Date) => Promise<void>;

/**
 * Commits what an answer brought, in one transaction: its rows and those embedded in them, their raw versions, what was rejected (all
 * without what belongs to people who were erased), what the source lists again, what `settle` makes of the claim, and the mark that the
 * request's work is done. Returns the outcomes of the records, by resource.
 */
export async function commitResponse(
  database: Database,
  planned: PlannedRequest,
  answer: Answer,
  source: Source,
  settle: Settle,
): Promise<Map<string, Outcome>> {
  let committed = new Map<string, Outcome>();
  let isSlow = false;
  const attempt = (isWary: boolean) =>
    database.transaction(async (client) => {
      try {
        // A commit whose answer was lost, and the transaction is run again: it has been counted.
        const names = answer.batches.map(({ resource }) => resource.name);
        const { isLoaded, contested } = await beginLoading(client, source, names);
        if (isLoaded) return;
        committed = await load(client, planned, answer, { ...source, contested, isWary, isSlow }, settle);
      } catch (error) {
        // A statement took too long. It is tried once more, and then has half as much to do.
        isSlow ||= classifyError(error)?.is === 'slow';
        throw error;
      }
    });
  await attempt(false).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
    return attempt(true);
  });
  reach('landed');
  return committed;
}

/** How it is loaded. `isWary`: the database has refused a row, which is to be found; `isSlow`: batches are halved. */
type Loading = Source & { contested: ReadonlySet<string>; isWary: boolean; isSlow: boolean };

/** All that is done in the transaction of an answer. */
async function load(
  client: Client,
  planned: PlannedRequest,
  parsed: Answer,
  loading: Loading,
  settle: Settle,
): Promise<Map<string, Outcome>> {
  const { runId, requestId, lane, askedAt } = loading;
  const erased = await readErased(client);
  const answer = await rejectNamesakes(client, parsed);
  const { outcomes, older, refused, rejects } = await loadBatches(client, answer.batches, loading, erased);
  const fresh = await keepRejected(client, runId, erased ? await redactRejects(client, answer, erased) : answer.rejects);
  await keepRejected(client, runId, rejects);
  for (const { resource, rejected } of answer.batches) {
    const news = Math.min(rejected, fresh.get(resource.name) ?? 0);
    if (rejected > 0) refuse(refused, resource.name, { fresh: news, known: rejected - news, byDatabase: 0 });
  }
  const stored = storedOf(planned.resource, answer, rejects);
  const received = { ...receivedOf(planned, answer, stored, refused), older, unread: loading.unread };
  await noteListed(client, planned.resource, stored, askedAt);
  if (planned.page) await keepPage(client, planned.page, pageOf(answer), askedAt);
  await settle(client, received, askedAt);
  reach('mark');
  // A backfill reads other days; a weekly list that it reads is left out by the syncs of that week.
  const isRead = (lane === 'sync' && !comesInParts(planned.resource)) || planned.resource.every === 'week';
  await markLoaded(client, requestId, answer.received, {
    outcome: [...outcomes.values()].reduce(addOutcomes, noOutcome()),
    read: isRead ? [planned.resource.name] : [],
  });
  return outcomes;
}

/** The outcomes of the records of an answer, by resource, how many are older than what was stored, and what the database refused. */
type LoadedAll = { outcomes: Map<string, Outcome>; older: number; refused: Map<string, Refused>; rejects: Rejected[] };

async function loadBatches(
  client: Client,
  batches: readonly Batch[],
  { askedAt, listSays, contested, isWary, isSlow }: Loading,
  erased: Erased | undefined,
): Promise<LoadedAll> {
  const { outcomes, refused, rejects }: Omit<LoadedAll, 'older'> = { outcomes: new Map(), refused: new Map(), rejects: [] };
  let older = 0;
  for (const whole of isSlow ? batches.flatMap(halvesOf) : batches) {
    const batch = erased ? await redactBatch(client, whole, erased) : whole;
    const { name } = batch.resource;
    const loadOne = (part: Batch) => loadPart(client, part, { askedAt, touch: contested.has(name), listSays: listSays(name) });
    const loaded: Bisected = isWary ? await loadByBisection(client, batch, loadOne) : { outcome: await loadOne(batch), rejects: [] };
    older += loaded.outcome.older ?? 0;
    rejects.push(...loaded.rejects);
    if (loaded.rejects.length > 0)
      refuse(refused, name, { ...noneRefused(), byDatabase: loaded.rejects.length, ...(loaded.code && { code: loaded.code }) });
    if (loaded.outcome.fetched > 0) outcomes.set(name, addOutcomes(outcomes.get(name) ?? noOutcome(), loaded.outcome));
    for (const child of resources.filter(isOfChats)) {
      if (child.scope.of === batch.resource) await inheritVisitorFetch(client, child, batch.rows);
      await forgetSharedNames(client, child, batch.rows);
    }
  }
  return { outcomes, older, refused, rejects };
}

const refuse = (refused: Map<string, Refused>, name: string, more: Refused): unknown =>
  refused.set(name, addRefused(refused.get(name) ?? noneRefused(), more));

type PartLoading = { askedAt: Date; touch: boolean; listSays: ReadonlySet<string> };

/** Loads records and their versions. */
async function loadPart(client: Client, batch: Batch, how: PartLoading): Promise<Loaded> {
  if (!batch.isOwn) return loadCopies(client, batch, how);
  const outcome = await loadBatch(client, batch, how.askedAt, how.touch);
  reach('versions');
  await keepVersions(client, batch, how.askedAt);
  return outcome;
}

/** The rows of an answer that the database has taken. */
function storedOf(resource: Resource, { batches }: Answer, rejects: readonly Rejected[]): Row[] {
  const lost = new Set(rejects.flatMap((reject) => (reject.resource === resource.name ? [reject.recordKey] : [])));
  const rows = batches.find(({ isOwn }) => isOwn)?.rows ?? [];
  return lost.size === 0 ? rows : rows.filter((row) => !lost.has(keyOf(row, resource)));
}

/** What an answer brought to the claim of its request: rows that are stored, and what was refused of which resource. */
function receivedOf(
  planned: PlannedRequest,
  { hints, form, ahead }: Answer,
  stored: readonly Row[],
  refused: ReadonlyMap<string, Refused>,
): Received {
  const { resource } = planned;
  const asked = askedOf(planned, stored);
  return {
    stored: asked,
    unasked: stored.length - asked.length,
    refused: refused.get(resource.name) ?? noneRefused(),
    embedded: new Map([...refused].filter(([name]) => name !== resource.name)),
    older: 0,
    hints,
    form,
    ahead,
  };
}
