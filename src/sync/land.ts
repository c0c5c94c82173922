import { coveredBy } from '../core/period.ts';
import type { Planned } from '../core/plan.ts';
import { type Answer, type Batch, countOwn, pageOf, type Rejected } from '../core/record.ts';
import { noteAbsence } from '../db/absence.ts';
import { addCoverage } from '../db/coverage.ts';
import type { Client, Database } from '../db/database.ts';
import { readErased } from '../db/erasures.ts';
import { keepPage } from '../db/lists.ts';
import { addOutcomes, loadBatch, noOutcome, type Outcome } from '../db/load.ts';
import { adoptMessages, markMessagesFetched } from '../db/message-fetches.ts';
import { keepVersions } from '../db/raw.ts';
import { addToRun, beginLoading, isContested, keepRejected, markLoaded } from '../db/runs.ts';
import { isRefusal, troubleOf } from '../db/trouble.ts';
import { reach } from '../failpoint.ts';
import { halvesOf, loadInPieces } from './pieces.ts';
import { withholdBatch, withholdRejects } from './withhold.ts';

/** The request that an answer belongs to, as the ledger knows it. */
export type Source = { runId: number; requestId: number; askedAt: Date; now: Date };

/**
 * Commits what an answer brought, in one transaction: its rows and those embedded in them, their raw versions, what was rejected (all
 * without what belongs to people who were erased), what
 * the source no longer lists, the days or chats it covers, and the mark that the request's work is done. An answer without `data` proves
 * nothing and covers nothing, unless the plan believes it; neither does one that lacks what the source's report counted. Returns what
 * became of the records, by resource.
 */
export async function landAnswer(database: Database, planned: Planned, answer: Answer, source: Source): Promise<Map<string, Outcome>> {
  const { runId, requestId, askedAt, now } = source;
  let outcomes = new Map<string, Outcome>();
  let isSlow = false;
  const land = async (client: Client, isWary: boolean) => {
    // A commit whose answer was lost, and the transaction is run again: it has been counted.
    if ((await beginLoading(client, runId, requestId)).isLoaded) return;
    outcomes = new Map();
    const erased = await readErased(client);
    const batches: Batch[] = [];
    const refused: Rejected[] = [];
    for (const received of isSlow ? answer.batches.flatMap(halvesOf) : answer.batches) {
      const batch = erased ? await withholdBatch(client, received, erased) : received;
      batches.push(batch);
      const touch = batch.rows.length > 0 && (await isContested(client, runId, batch.resource.name, askedAt));
      const { outcome, rejects } = isWary
        ? await loadInPieces(client, batch, askedAt, touch)
        : { outcome: await loadBatch(client, batch, askedAt, touch), rejects: [] };
      refused.push(...rejects);
      if (outcome.fetched > 0) {
        await addToRun(client, runId, outcome);
        outcomes.set(batch.resource.name, addOutcomes(outcomes.get(batch.resource.name) ?? noOutcome(), outcome));
      }
      if (batch.resource.type === 'chats')
        await adoptMessages(
          client,
          batch.rows.map(({ id }) => Number(id)),
        );
    }
    reach('versions');
    if (!isWary) for (const batch of batches) await keepVersions(client, batch, askedAt);
    await noteAbsence(client, planned, answer, askedAt);
    await keepRejected(client, runId, [...(erased ? await withholdRejects(client, answer, erased) : answer.rejects), ...refused]);
    if (planned.page) await keepPage(client, planned.page, pageOf(answer), askedAt);
    if (answer.hasData || planned.believesNothing) {
      const covered = planned.days && coveredBy(planned.days.period, now);
      const { expected } = planned;
      const own = countOwn(answer);
      const isVerified = expected !== undefined && own >= expected.total;
      const totals = isVerified ? { source: expected.total, warehouse: own } : undefined;
      if (planned.days && covered && (expected === undefined || own >= expected.atLeast))
        await addCoverage(client, planned.resource.name, planned.days.scope, covered, { isVerified, totals });
      if (planned.messagesOf) await markMessagesFetched(client, planned.messagesOf, askedAt);
    }
    reach('mark');
    await markLoaded(client, requestId, answer.received);
  };
  const commit = (isWary: boolean) =>
    database.transaction((client) =>
      land(client, isWary).catch((error: unknown) => {
        // A statement took too long. It is tried once more, and then has half as much to do.
        isSlow ||= troubleOf(error)?.is === 'slow';
        throw error;
      }),
    );
  await commit(false).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
    return commit(true);
  });
  reach('landed');
  return outcomes;
}
