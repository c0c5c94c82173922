import type { Lane } from '../budget/limits.ts';
import { readErased } from '../erasure/erasures.store.ts';
import { redactBatch, redactRejects } from '../erasure/redact-response.ts';
import { noteListed } from '../evidence/absence.store.ts';
import { inheritVisitorFetch, isOfChats } from '../evidence/chat-fetches.store.ts';
import { loadCopies } from '../evidence/copies.store.ts';
import { addRefused, noneRefused, type Received, type Refused } from '../evidence/received.ts';
import { reach } from '../failpoint.ts';
import type { Answer, Batch, Rejected } from '../records/parse-answer.ts';
import { keyOf } from '../records/row.ts';
import { resources } from '../resources/index.ts';
import { pageOf } from '../source/pages.ts';
import type { PlannedRequest } from '../source/request-plan.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { classifyError, isRefusal } from '../warehouse/connection/error-class.ts';
import { addOutcomes, loadBatch, noOutcome, type Outcome } from '../warehouse/load/load.ts';
import { type Bisected, halvesOf, loadByBisection } from '../warehouse/load/load-by-bisection.ts';
import { keepVersions } from '../warehouse/load/versions.ts';
import { beginLoading, isContested, markLoaded } from '../warehouse/loaded-requests.ts';
import { noteRead } from '../warehouse/reads.ts';
import { keepRejected } from '../warehouse/rejected-records.ts';
import { addToRun } from '../warehouse/run-log.ts';
import { keepPage } from './fetch/lists.store.ts';

/** The request that an answer belongs to, as the ledger knows it; `listSays`: the attributes that the list of a resource holds. */
export type Source = { runId: number; requestId: number; lane: Lane; askedAt: Date; listSays(resource: string): ReadonlySet<string> };

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
  const { runId, requestId, lane, askedAt } = source;
  let committed = new Map<string, Outcome>();
  let isSlow = false;
  const commit = async (client: Client, isWary: boolean) => {
    // A commit whose answer was lost, and the transaction is run again: it has been counted.
    if ((await beginLoading(client, runId, requestId)).isLoaded) return;
    const outcomes = new Map<string, Outcome>();
    const refused = new Map<string, Refused>();
    const erased = await readErased(client);
    const rejects: Rejected[] = [];
    for (const whole of isSlow ? answer.batches.flatMap(halvesOf) : answer.batches) {
      const batch = erased ? await redactBatch(client, whole, erased) : whole;
      const { name } = batch.resource;
      const touch = batch.rows.length > 0 && (await isContested(client, runId, name, askedAt));
      const load = (part: Batch) => loadPart(client, part, { askedAt, touch, listSays: source.listSays(name) });
      const loaded: Bisected = isWary ? await loadByBisection(client, batch, load) : { outcome: await load(batch), rejects: [] };
      rejects.push(...loaded.rejects);
      if (loaded.rejects.length > 0) {
        const byDatabase = { ...noneRefused(), byDatabase: loaded.rejects.length, ...(loaded.code && { code: loaded.code }) };
        refused.set(name, addRefused(refused.get(name) ?? noneRefused(), byDatabase));
      }
      if (loaded.outcome.fetched > 0) {
        await addToRun(client, runId, loaded.outcome);
        outcomes.set(name, addOutcomes(outcomes.get(name) ?? noOutcome(), loaded.outcome));
      }
      for (const child of resources.filter(isOfChats))
        if (child.scope.of === batch.resource) await inheritVisitorFetch(client, child, batch.rows);
    }
    const fresh = await keepRejected(client, runId, erased ? await redactRejects(client, answer, erased) : answer.rejects);
    await keepRejected(client, runId, rejects);
    for (const { resource, rejected } of answer.batches) {
      const news = Math.min(rejected, fresh.get(resource.name) ?? 0);
      const ours = { fresh: news, known: rejected - news, byDatabase: 0 };
      if (rejected > 0) refused.set(resource.name, addRefused(refused.get(resource.name) ?? noneRefused(), ours));
    }
    const received = receivedOf(planned, answer, refused, rejects);
    await noteListed(client, planned.resource, received.stored, askedAt);
    if (planned.page) await keepPage(client, planned.page, pageOf(answer), askedAt);
    await settle(client, received, askedAt);
    reach('mark');
    await markLoaded(client, requestId, answer.received);
    // A backfill reads other days; a weekly list that it reads is left out by the syncs of that week. Last, as others wait for this row.
    if (lane === 'sync' || planned.resource.every === 'week') await noteRead(client, [planned.resource.name]);
    committed = outcomes;
  };
  const attempt = (isWary: boolean) =>
    database.transaction((client) =>
      commit(client, isWary).catch((error: unknown) => {
        // A statement took too long. It is tried once more, and then has half as much to do.
        isSlow ||= classifyError(error)?.is === 'slow';
        throw error;
      }),
    );
  await attempt(false).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
    return attempt(true);
  });
  reach('landed');
  return committed;
}

type Loading = { askedAt: Date; touch: boolean; listSays: ReadonlySet<string> };

/** Loads records and their versions. */
async function loadPart(client: Client, batch: Batch, loading: Loading): Promise<Outcome> {
  if (!batch.isOwn) return loadCopies(client, batch, loading);
  const outcome = await loadBatch(client, batch, loading.askedAt, loading.touch);
  reach('versions');
  await keepVersions(client, batch, loading.askedAt);
  return outcome;
}

/** What of an answer is stored, and what was refused of which resource. */
function receivedOf(
  { resource }: PlannedRequest,
  { batches, hints, form, ahead }: Answer,
  refused: ReadonlyMap<string, Refused>,
  rejects: readonly Rejected[],
): Received {
  const lost = new Set(rejects.flatMap((reject) => (reject.resource === resource.name ? [reject.recordKey] : [])));
  const rows = batches.find(({ isOwn }) => isOwn)?.rows ?? [];
  return {
    stored: lost.size === 0 ? rows : rows.filter((row) => !lost.has(keyOf(row, resource))),
    refused: refused.get(resource.name) ?? noneRefused(),
    embedded: new Map([...refused].filter(([name]) => name !== resource.name)),
    hints,
    form,
    ahead,
  };
}
