import type { ApiClient } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Limit } from '../core/budget.ts';
import { type Page, type Reading, readPages } from '../core/pages.ts';
import { ASKING_ORDER, type Planned } from '../core/plan.ts';
import type { Privacy } from '../core/privacy.ts';
import { DocumentError } from '../core/record.ts';
import type { Resource } from '../core/resource.ts';
import { readClientId } from '../db/agents.ts';
import type { Database } from '../db/database.ts';
import { readFact, rememberFact } from '../db/facts.ts';
import type { RateScope } from '../db/ledger.ts';
import { takeLock } from '../db/lock.ts';
import { finishRun, type RunStatus, startRun } from '../db/runs.ts';
import { explain, LockedError, StoppedError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { resources } from '../resources/index.ts';
import { type Asker, createAsker } from './asker.ts';
import { type RunReport, reportRun } from './report.ts';
import { planStage } from './stage.ts';

export type SyncOptions = {
  database: Database;
  client: ApiClient;
  logger: Logger;
  now: () => Date;
  /** Stops the run: no new request, what is under way is committed. */
  signal: AbortSignal;
  /** Names of resources; all when undefined. */
  only: readonly string[] | undefined;
  maxDurationMs: number;
  startDate: string | undefined;
  lookbackDays: number;
  limits: readonly Limit[];
  rateScope: RateScope;
  privacy: Privacy;
};

/** So many requests of one resource fail in a row before the others of it are left for the next run. */
const FAILURES_IN_A_ROW = 3;
/** Requests under way at once; the budget is what limits, this only hides their latency. */
const CONCURRENCY = 4;

/** One incremental run over all resources. Throws `LockedError` when another sync is running; every other end is in the report. */
export async function sync(options: SyncOptions): Promise<RunReport> {
  const { database, client, logger, now, signal, only, maxDurationMs } = options;
  const lock = await takeLock(database, 'sync');
  if (!lock) throw new LockedError('another sync is running on this database; wait for it, or stop it');
  try {
    const { runId } = await startRun(database, 'sync');
    logger.info({ run_id: runId }, 'sync started');
    const patience = { signal, until: performance.now() + maxDurationMs };
    const asker = createAsker({
      client,
      database,
      runId,
      lane: 'sync',
      patience,
      now,
      clientId: await readClientId(database),
      privacy: options.privacy,
    });
    const chosen = ASKING_ORDER.filter((name) => only?.includes(name) ?? true).map((name) =>
      resources.find((r) => r.name === name),
    ) as Resource[];
    const errors: { resource: string; error: string }[] = [];
    const backlog: Record<string, number> = Object.fromEntries(chosen.map(({ name }) => [name, 0]));
    const lists: ListState = { reading: (await readFact(database, AFTER)) as Reading | undefined, pageSize: { largest: 0 } };
    let end: unknown;
    for (const resource of chosen) {
      const planned = await planStage(resource, { ...options, now: now() });
      if (end !== undefined) {
        backlog[resource.name] = planned.length;
        continue;
      }
      // Pages follow one another, and lists of one resource too: what moves from the first to the second is met in both.
      const stage = await askAll(planned, resource.pages ? 1 : CONCURRENCY, (request) => askOne(request, asker, lists));
      backlog[resource.name] = stage.left;
      end = stage.end;
      errors.push(...stage.failures.map((error) => ({ resource: resource.name, error: explain(error) })));
      for (const error of stage.failures) logger.error({ resource: resource.name, err: error }, 'request failed');
      if (resource.pages && lists.reading) await rememberReading(database, logger, runId, lists.reading);
      logger.info({ resource: resource.name, done: planned.length - stage.left, ...asker.outcomes.get(resource.name) }, 'resource done');
    }
    if (end !== undefined && !(end instanceof StoppedError)) errors.push({ resource: 'all', error: explain(end) });
    const status = statusOf({ end, errors, backlog });
    const run = await finishRun(database, runId, status, errors[0]?.error ?? null, {
      errors,
      backlog,
      resources: Object.fromEntries(asker.outcomes),
    });
    logger.info(
      { run_id: runId, status, requests: run.requests, inserted: run.rowsInserted, updated: run.rowsUpdated, backlog },
      'sync ended',
    );
    return await reportRun(database, run, { outcomes: asker.outcomes, backlog, errors, ...options });
  } finally {
    await lock.release();
  }
}

/** The fact that tells how `after` is read. */
const AFTER = 'q_tasks.after';

async function rememberReading(database: Database, logger: Logger, runId: number, reading: Reading): Promise<void> {
  const evidence = `run ${runId}: a page asked for with \`after\` as ${reading} continued the page before it`;
  if (await rememberFact(database, AFTER, reading, evidence))
    logger.info({ fact: AFTER, value: reading }, 'found out how the API pages its tasks');
}

type ListState = { reading: Reading | undefined; pageSize: { largest: number } };

/** One planned request; a list that comes in pages is read to its end. */
async function askOne(planned: Planned, asker: Asker, lists: ListState): Promise<void> {
  const { resource } = planned;
  if (!resource.pages) {
    await asker.ask(planned);
    return;
  }
  const { parameter } = resource.pages;
  const page = async (after: number): Promise<Page> => {
    const query = { ...planned.query, [parameter]: String(after) };
    const { received, batches } = await asker.ask({ ...planned, query, label: `${planned.path}?${new URLSearchParams(query)}` });
    return { received, ids: (batches.find((batch) => batch.isOwn)?.rows ?? []).map(({ id }) => Number(id)) };
  };
  lists.reading = (await readPages(page, lists)).reading;
}

type Stage = { left: number; failures: Error[]; end: unknown };

/**
 * Makes requests, `concurrency` at a time. A failed one does not keep the others from being made, unless several fail in a row; what ends the
 * run (a stop, a refused key, the database) ends the stage and is returned as `end`.
 */
async function askAll(planned: readonly Planned[], concurrency: number, ask: (planned: Planned) => Promise<void>): Promise<Stage> {
  const stage: Stage = { left: planned.length, failures: [], end: undefined };
  const queue = planned.values();
  let inARow = 0;
  const worker = async () => {
    for (const request of queue) {
      try {
        await ask(request);
        stage.left -= 1;
        inARow = 0;
      } catch (error) {
        if (isFailureOfOne(error)) {
          stage.failures.push(error);
          inARow += 1;
        } else stage.end ??= error;
      }
      if (stage.end !== undefined || inARow >= FAILURES_IN_A_ROW) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, planned.length) }, worker));
  return stage;
}

const isFailureOfOne = (error: unknown): error is Error =>
  (error instanceof ApiError && error.failure !== 'unauthorized') || error instanceof DocumentError;

function statusOf({
  end,
  errors,
  backlog,
}: {
  end: unknown;
  errors: readonly { resource: string }[];
  backlog: Record<string, number>;
}): RunStatus {
  if (end instanceof StoppedError && end.reason === 'signal') return 'interrupted';
  if (end !== undefined && !(end instanceof StoppedError)) return 'failed';
  if (errors.length > 0) return new Set(errors.map(({ resource }) => resource)).size === Object.keys(backlog).length ? 'failed' : 'partial';
  return Object.values(backlog).some((left) => left > 0) ? 'incomplete' : 'complete';
}
