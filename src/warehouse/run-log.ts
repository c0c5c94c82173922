import { and, desc, eq, getTableColumns, gt, inArray, isNotNull, isNull, max, min, notInArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { LockedError, RunSupersededError } from '../errors.ts';
import { reach } from '../failpoint.ts';
import type { Day } from '../time/period.ts';
import type { Client, Database } from './connection/database.ts';
import { isHeld, openLocks } from './connection/locks.ts';
import type { Outcome } from './load/load.ts';
import { type RunProgress, runs } from './schema/run-tables.ts';

export type Run = typeof runs.$inferSelect;

export type RunStatus = Run['status'];

/** What a run says of itself from its beginning: see the columns of `runs`. */
export type RunBeginning = Partial<Pick<Run, 'since' | 'onlyResources' | 'slotAt' | 'machineTime' | 'details'>>;

/** What a run says of itself at its end; `details` are added to those of its beginning. */
export type RunEnding = Partial<Pick<Run, 'backlog' | 'errors' | 'undeclared' | 'details'>>;

/** The lock that a sync holds: there is one at a time, and backfills pause for it. */
export const SYNC_LOCK = 'sync';

/** SQL for the name of the lock that every run holds while it lives; `runId` is an SQL expression. */
export const RUN_LOCK = (runId: string): string => `('run ' || ${runId})`;

const isSync = eq(runs.command, SYNC_LOCK);

/** A run that lives until it is released: then, or when its process dies, the locks of its session are free. */
export type LiveRun = { run: Run; release(): Promise<void> };

/**
 * Begins a run, and marks those whose process died as interrupted. Throws `LockedError` when it is a sync and another one runs.
 * `claim`: what is the run's own from the same moment on; when it throws, there is no run.
 */
export async function openRun(
  database: Database,
  command: string,
  beginning: RunBeginning = {},
  claim: (client: Client, runId: number) => Promise<void> = async () => {},
): Promise<LiveRun> {
  const locks = await openLocks(database);
  try {
    const runId = await database.transaction(async (client) => {
      if (command === SYNC_LOCK && !(await locks.take(SYNC_LOCK)))
        throw new LockedError('another sync is running on this database; wait for it, or stop it');
      await client.query(
        `update chatrhub_sync.runs r set status = 'interrupted', finished_at = clock_timestamp(),
           error = 'the process ended before the run did', progress = null,
           requests = (select count(*) from chatrhub_sync.requests q where q.run_id = r.run_id)
         where status = 'running' and not ${isHeld(RUN_LOCK('run_id'))}`,
      );
      const begun = await drizzle(client)
        .insert(runs)
        .values({ command, ...beginning })
        .returning({ id: runs.runId });
      const id = begun[0]?.id ?? Number.NaN;
      // Before anybody else can see the run.
      await locks.take(`run ${id}`);
      await claim(client, id);
      reach('begin');
      return id;
    });
    reach('begun');
    return { run: await readRun(database, runId), release: locks.release };
  } catch (error) {
    await locks.release();
    throw error;
  }
}

/**
 * Says how far a run is, for whoever looks at the database meanwhile. It does not wait for a transaction that is loading, and counts its
 * rows in the same row: the next note is not far.
 */
export async function noteProgress(database: Database, runId: number, progress: RunProgress): Promise<void> {
  const free = database.drizzle
    .select({ runId: runs.runId })
    .from(runs)
    .where(and(eq(runs.runId, runId), eq(runs.status, 'running')))
    .for('no key update', { skipLocked: true });
  await database.drizzle.update(runs).set({ progress }).where(inArray(runs.runId, free));
}

async function readRun(database: Database, runId: number): Promise<Run> {
  const [run] = await database.drizzle.select().from(runs).where(eq(runs.runId, runId));
  if (!run) throw new Error(`run ${runId} no longer exists; somebody deleted it from chatrhub_sync.runs`);
  return run;
}

/** Says that all data of a run are loaded: what is made of them later is newer. The run continues until it has a status. */
export async function endLoading({ pool }: Database, runId: number): Promise<void> {
  await pool.query(`update chatrhub_sync.runs set finished_at = clock_timestamp() where run_id = $1 and status = 'running'`, [runId]);
}

/** Ends a run with its status, unless another run took it for dead meanwhile; returns it as stored. */
export async function finishRun(
  database: Database,
  runId: number,
  status: RunStatus,
  error: string | null,
  { details = {}, ...ending }: RunEnding = {},
): Promise<Run> {
  reach('finish');
  const [run] = await database.drizzle
    .update(runs)
    .set({
      ...ending,
      status,
      error,
      progress: null,
      details: sql`${runs.details} || ${JSON.stringify(details)}::jsonb`,
      finishedAt: sql`coalesce(${runs.finishedAt}, clock_timestamp())`,
      requests: sql`(select count(*) from chatrhub_sync.requests r where r.run_id = ${runId})`,
    })
    .where(and(eq(runs.runId, runId), eq(runs.status, 'running')))
    .returning();
  reach('finished');
  return run ?? (await readRun(database, runId));
}

const requestsSoFar = sql`case when ${runs.status} = 'running'
  then (select count(*) from chatrhub_sync.requests r where r.run_id = ${runs.runId}) else ${runs.requests} end`.mapWith(Number);

/** The last runs, newest first; those under way with the requests they have made so far. */
export async function lastRuns({ drizzle }: Database, count: number): Promise<Run[]> {
  return drizzle
    .select({ ...getTableColumns(runs), requests: requestsSoFar })
    .from(runs)
    .orderBy(desc(runs.runId))
    .limit(count);
}

/** SQL that adds rows to the counts of a run `r`: those inserted are the parameter of this number, the others those after it. */
export const COUNTED = (first: number): string =>
  ['inserted', 'updated', 'unchanged', 'rejected'].map((what, i) => `rows_${what} = r.rows_${what} + $${first + i}`).join(', ');

/** Adds rows to the counts of a run. */
export async function addToRun(client: Client, runId: number, { inserted, updated, unchanged, rejected }: Outcome): Promise<void> {
  await client.query(`update chatrhub_sync.runs r set ${COUNTED(2)} where run_id = $1`, [runId, inserted, updated, unchanged, rejected]);
}

/** The rows that a run has counted. */
export async function readCounts(database: Database, runId: number) {
  const { rowsInserted, rowsUpdated, rowsUnchanged, rowsRejected } = runs;
  const [counts] = await database.drizzle
    .select({ rowsInserted, rowsUpdated, rowsUnchanged, rowsRejected })
    .from(runs)
    .where(eq(runs.runId, runId));
  if (!counts) throw new Error(`run ${runId} no longer exists; somebody deleted it from chatrhub_sync.runs`);
  return counts;
}

/** Throws `RunSupersededError` unless a run with this status lives; requests of no run have none. */
export function expectAlive(status: RunStatus | null | undefined): void {
  if (status !== 'running' && status !== null && status !== undefined) throw new RunSupersededError();
}

/** When the last syncs that came to an end began: by the clock of their machine, and how many milliseconds ago by that of the database. */
export async function readLastSyncs({ drizzle }: Database, count: number): Promise<{ at: Date; agoMs: number }[]> {
  const agoMs = sql<number>`extract(epoch from clock_timestamp() - ${runs.startedAt})::float8 * 1000`;
  const rows = await drizzle
    .select({ at: runs.machineTime, agoMs })
    .from(runs)
    .where(and(isSync, isNotNull(runs.machineTime), notInArray(runs.status, ['running', 'interrupted'])))
    .orderBy(desc(runs.runId))
    .limit(count);
  return rows.flatMap(({ at, agoMs }) => (at ? [{ at, agoMs }] : []));
}

/** The first day that syncs look after: where the first of them began. Undefined when there was none. */
export async function readFirstDay({ drizzle }: Database): Promise<Day | undefined> {
  const [row] = await drizzle
    .select({ since: min(runs.since) })
    .from(runs)
    .where(isSync);
  return row?.since ?? undefined;
}

/** When a sync of all resources was last complete; null for never. */
export async function readLastComplete({ drizzle }: Database): Promise<Date | null> {
  const [row] = await drizzle
    .select({ at: max(runs.finishedAt) })
    .from(runs)
    .where(and(isSync, isNull(runs.onlyResources), eq(runs.status, 'complete')));
  return row?.at ?? null;
}

/** Requests left by the last sync that counted them, by resource. */
export async function readLastBacklog({ drizzle }: Database): Promise<Record<string, number>> {
  const [row] = await drizzle
    .select({ backlog: runs.backlog })
    .from(runs)
    .where(and(isSync, isNotNull(runs.backlog)))
    .orderBy(desc(runs.runId))
    .limit(1);
  return row?.backlog ?? {};
}

/** Attributes of the last run's answers that no column takes, by resource, and in how many records they were. */
export async function readLastUndeclared({ drizzle }: Database): Promise<Record<string, Record<string, number>>> {
  const [row] = await drizzle
    .select({ undeclared: runs.undeclared })
    .from(runs)
    .where(isNotNull(runs.undeclared))
    .orderBy(desc(runs.runId))
    .limit(1);
  return row?.undeclared ?? {};
}

/** The runs whose process lives, the last one first, with the requests they have made so far. */
export async function readUnderWay({ drizzle }: Database): Promise<Run[]> {
  return drizzle
    .select({ ...getTableColumns(runs), requests: requestsSoFar })
    .from(runs)
    .where(and(eq(runs.status, 'running'), sql.raw(isHeld(RUN_LOCK('run_id')))))
    .orderBy(desc(runs.runId));
}

/** Runs that ended within the last `withinMs` milliseconds, in the order of their beginning. */
export async function readEnded({ drizzle }: Database, withinMs: number): Promise<Run[]> {
  return drizzle
    .select()
    .from(runs)
    .where(gt(runs.finishedAt, sql`clock_timestamp() - ${withinMs} * interval '1 ms'`))
    .orderBy(runs.runId);
}
