import { explain, sqlState } from '../../errors.ts';
import type { StoreUnit, ViewDefinition } from '../../records/view.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { LOCKS, waitForLock } from '../../warehouse/connection/wait-for-lock.ts';
import { keyOf, pathOf } from '../../warehouse/schema/apply-views.ts';
import { STORE } from '../stored-views.ts';
import {
  countRows,
  fillBusy,
  fillChats,
  fillDays,
  fillExchanges,
  fillTaskDays,
  fillTasks,
  inputTables,
  keepChats,
  keepTasks,
  markAllDays,
  markDaysOfChats,
  markOtherDays,
  takeChanges,
} from './changed-units.ts';

/** The outcome of a refresh: how long each stored view took, in milliseconds; or what failed, and why. */
export type Refreshed = { done: { view: string; ms: number }[]; failed: { view: string; error: string }[]; isRebuild: boolean };

type Session = Awaited<ReturnType<Database['connectPatiently']>>;

/** Which rows of a stored view are computed again. */
const CHANGED: Record<StoreUnit, string> = {
  chats: 'chat_id in (select chat_id from bi_chats)',
  tasks: 'task_id in (select task_id from bi_tasks)',
  days: 'date_day in (select date_day from bi_days where has_chats)',
  busy_days: 'date_day in (select date_day from bi_days where is_busy)',
  turn_days: 'date_day in (select date_day from bi_days where has_turns)',
  // Messages of chats that are known by these alone have no day.
  message_days: `date_day = any(array(select date_day from bi_days where has_messages union all select '-infinity'))`,
  snapshot_days: 'date_day in (select date_day from bi_days where has_snapshots)',
  task_days: 'date_day in (select date_day from bi_task_days)',
  settings: 'true',
  all: 'true',
};

/**
 * Brings what is stored of heavy views up to date with what was written since the last time: in one transaction, at one moment, so that who
 * reads sees all of it or nothing. All is computed again where a definition, the time zone or the business hours changed. One process at a
 * time: others wait, and find nothing left to do. What fails is as it was, and due again. `signal` ends it; `say` receives which session
 * it waits for.
 */
export async function refreshStore(
  database: Database,
  views: readonly ViewDefinition[],
  signal?: AbortSignal,
  say: (note: string) => void = () => {},
): Promise<Refreshed> {
  const result: Refreshed = { done: [], failed: [], isRebuild: false };
  if (signal?.aborted || !(await isDue(database.pool))) return result;
  const client = await database.connectPatiently();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const cancel = () => void database.pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => {});
  signal?.addEventListener('abort', cancel, { once: true });
  const steps = { name: STORE };
  try {
    // It may have come while the session was opened.
    if (signal?.aborted) return result;
    await client.query(SETTINGS);
    await waitForLock(client, LOCKS.refresh, { what: 'another refresh of the stored views', say, signal });
    await refreshOnce(client, views, result, steps).catch(async (error: unknown) => {
      // Settings were changed meanwhile, which no lock keeps anybody from.
      if (sqlState(error) !== '40001') throw error;
      await client.query('rollback');
      result.done = [];
      await refreshOnce(client, views, result, steps);
    });
  } catch (error) {
    result.done = [];
    if (!signal?.aborted) result.failed.push({ view: steps.name, error: explain(error) });
  } finally {
    signal?.removeEventListener('abort', cancel);
    // Ending the session frees the lock, whatever happened.
    await client.end().catch(() => {});
  }
  return result;
}

/**
 * Sorting millions of messages in memory halves the time. What a night changed is looked up by its keys, which are in memory: as dear as the
 * planner takes that for, it would read whole tables.
 */
const SETTINGS = `set client_connection_check_interval = 2000; set work_mem = '128MB'; set temp_buffers = '64MB'; set random_page_cost = 1`;

async function refreshOnce(client: Session, views: readonly ViewDefinition[], result: Refreshed, steps: { name: string }): Promise<void> {
  await client.query('begin isolation level repeatable read');
  if (await isDue(client)) await compute(client, views, result, steps);
  await client.query('commit');
}

async function isDue(client: Pick<Session, 'query'>): Promise<boolean> {
  const { rows } = await client.query<{ due: boolean }>(
    `select refreshed_at is null or exists (select from ${STORE}.changes) as due from ${STORE}.state`,
  );
  if (!rows[0])
    throw new Error(`${STORE}.state has lost its row, without which nothing is refreshed: insert into ${STORE}.state default values`);
  return rows[0].due;
}

/** The columns of each stored view in their order, which need not be that of its SQL. */
async function readColumns(client: Session): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ view: string; columns: string }>(
    `select '${STORE}.' || relname as view, string_agg(quote_ident(attname), ', ' order by attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0 and not attisdropped
     where relnamespace = '${STORE}'::regnamespace group by relname`,
  );
  return new Map(rows.map(({ view, columns }) => [view, columns]));
}

async function compute(client: Session, views: readonly ViewDefinition[], result: Refreshed, steps: { name: string }): Promise<void> {
  const { rows } = await client.query<{ rebuild: boolean }>(`select refreshed_at is null as rebuild from ${STORE}.state`);
  const isRebuild = rows[0]?.rebuild ?? true;
  result.isRebuild = isRebuild;
  const run = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await client.query(statement);
  };
  const columns = await readColumns(client);
  const store = async (units: readonly StoreUnit[]): Promise<void> => {
    for (const view of views) {
      if (!view.unit || !units.includes(view.unit)) continue;
      steps.name = keyOf(view);
      const began = performance.now();
      await client.query(`delete from ${pathOf(view)}${isRebuild ? '' : ` where ${CHANGED[view.unit]}`}`);
      await client.query(`insert into ${pathOf(view)} select ${columns.get(keyOf(view))} from (${view.sql}) s`);
      if (isRebuild) await client.query(`analyze ${pathOf(view)}`);
      result.done.push({ view: keyOf(view), ms: Math.round(performance.now() - began) });
    }
    steps.name = STORE;
  };
  await run([
    ...inputTables,
    takeChanges,
    'analyze bi_changes',
    fillChats(isRebuild),
    fillTasks(isRebuild),
    'analyze bi_chats',
    'analyze bi_tasks',
    ...fillExchanges,
  ]);
  if (!isRebuild) await run(keepChats);
  await store(['settings', 'chats']);
  await run([...(isRebuild ? markAllDays : [...markDaysOfChats, ...markOtherDays]), ...fillDays, ...fillBusy]);
  await store(['snapshot_days', 'days', 'busy_days', 'turn_days', 'message_days']);
  await run([keepTasks]);
  await store(['tasks']);
  await run([fillTaskDays(isRebuild)]);
  await store(['task_days']);
  await run(countRows(isRebuild));
  await store(['all']);
  await client.query(`update ${STORE}.state set refreshed_at = clock_timestamp()`);
}
