import type { PgTable } from 'drizzle-orm/pg-core';
import type { RateScope } from '../budget/ledger.store.ts';
import type { Limit } from '../budget/limits.ts';
import { readDrift } from '../drift/drift.store.ts';
import { readShownDoubts } from '../evidence/doubt-summary.store.ts';
import type { ShownDoubts } from '../evidence/doubt-summary.ts';
import { resources } from '../resources/index.ts';
import { type BudgetLine, describeHead, type RunHead, reportBudget } from '../runs/run-report.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { isReal, nameOf } from '../warehouse/load/merge.ts';
import { lastRuns, readLastBacklog, readLastUndeclared } from '../warehouse/run-log.ts';
import { type Freshness, readFreshness } from './freshness.store.ts';
import { readReach } from './reach.store.ts';
import { reachWords } from './reach-words.ts';

/**
 * What `status --json` prints. Times are ISO 8601 in UTC. Of resources it says what `chatrhub_bi.data_freshness` does;
 * `freshness_seconds`: since it was last read, null for never; `reaches_until_text`: what `reaches_until_at` is of, in words and in
 * `reporting_time_zone`.
 */
export type Status = {
  runs: (RunHead & {
    rows_inserted: number;
    rows_updated: number;
    rows_unchanged: number;
    rows_rejected: number;
    error: string | null;
  })[];
  resources: Record<
    string,
    {
      rows: number;
      last_read_at: string | null;
      next_expected_at: string | null;
      freshness_seconds: number | null;
      late_seconds: number;
      freshness: Freshness['freshness'];
      reaches_until_at: string | null;
      reaches_until_text: string;
      backlog: number;
    }
  >;
  /** Time zone whose days are counted: REPORTING_TIMEZONE. */
  reporting_time_zone: string;
  budget: BudgetLine[];
  blocked_until: string | null;
  blocked_reason: string | null;
  /** Requests of the last day that the source refused although the ledger had room: somebody else uses the key. */
  foreign_use: { refused: number; last_refused_at: string | null };
  /** Days, both included, of which the source reports more than came, or than is there. */
  differences: { resource: string; from: string; to: string; source_total: number; warehouse_total: number }[];
  /** Attributes of the last run's answers that no column takes, and in how many records they were. */
  undeclared: Record<string, Record<string, number>>;
  /** Attributes that appeared, disappeared or changed their type within the last 30 days; `share` of the records, 0 to 1. */
  drift: {
    resource: string;
    via: string;
    attribute: string;
    change: string;
    was: string | null;
    became: string | null;
    share: number;
    seen_at: string;
  }[];
  rejected: { resource: string; attribute: string | null; reason: string; count: number }[];
} & ShownDoubts;

const RUNS_SHOWN = 10;
/** Of one resource and reason; all are counted. */
const DOUBTS_SHOWN = 200;
const DRIFT_SHOWN = { days: 30, count: 20 };

/**
 * `countsFrom`: whether large tables are counted, or PostgreSQL's statistics tell how many rows they have, which takes no time. `reach` says
 * how far the records reach, for who keeps that.
 */
export type StatusOptions = {
  limits: readonly Limit[];
  rateScope: RateScope;
  runsShown?: number;
  countsFrom?: 'rows' | 'statistics';
  reach?: () => ReturnType<typeof readReach>;
};

/** Larger tables are not counted where statistics will do. */
const LARGE = 100_000;

/** SQL that says how many records a table has; an index has the stubs, which are none. */
function countOf(table: PgTable, from: 'rows' | 'statistics'): string {
  const [name, isRecord] = [nameOf(table), isReal(table)];
  const counted = `(select count(*) from ${name} where ${isRecord})`;
  return from === 'rows'
    ? counted
    : `(select case when reltuples > ${LARGE} then reltuples::bigint - (select count(*) from ${name} where not (${isRecord})) else ${counted} end
        from pg_class where oid = '${name}'::regclass)`;
}

/** Reads how the copy stands. `backlog` is in requests, as the last sync left it. */
export async function readStatus(
  database: Database,
  { limits, rateScope, runsShown = RUNS_SHOWN, countsFrom = 'rows', reach = () => readReach(database) }: StatusOptions,
): Promise<Status> {
  const runs = await lastRuns(database, runsShown);
  const drift = await readDrift(database, DRIFT_SHOWN.days, DRIFT_SHOWN.count);
  const reached = await reach();
  return {
    runs: runs.map((run) => ({
      ...describeHead(run),
      rows_inserted: run.rowsInserted,
      rows_updated: run.rowsUpdated,
      rows_unchanged: run.rowsUnchanged,
      rows_rejected: run.rowsRejected,
      error: run.error,
    })),
    resources: await readResources(database, countsFrom, reached),
    reporting_time_zone: reached.timeZone,
    budget: await reportBudget(database, limits, rateScope),
    ...(await readPause(database)),
    foreign_use: await readForeignUse(database),
    differences: await readDifferences(database),
    undeclared: await readLastUndeclared(database),
    drift: drift.map((change) => ({ ...change, seen_at: change.seen_at.toISOString() })),
    rejected: await readRejected(database),
    ...(await readShownDoubts(database, { most: DOUBTS_SHOWN })),
  };
}

async function readResources(
  database: Database,
  countsFrom: 'rows' | 'statistics',
  { timeZone, until: reached }: Awaited<ReturnType<typeof readReach>>,
): Promise<Status['resources']> {
  const backlog = await readLastBacklog(database);
  const counts = await database.pool.query<{ name: string; rows: number }>(
    resources.map(({ name, tables: [{ table }] }) => `select '${name}' as name, ${countOf(table, countsFrom)} as rows`).join(' union all '),
  );
  const rowsOf = new Map(counts.rows.map(({ name, rows }) => [name, rows]));
  const fresh = new Map((await readFreshness(database)).map((row) => [row.resource, row]));
  const describe = (name: string): Status['resources'][string] => {
    const {
      lastReadAt = null,
      nextExpectedAt = null,
      secondsSinceRead = null,
      lateSeconds = 0,
      freshness = 'never',
    } = fresh.get(name) ?? {};
    const rows = rowsOf.get(name) ?? 0;
    const until = reached.get(name) ?? null;
    return {
      rows,
      last_read_at: lastReadAt?.toISOString() ?? null,
      next_expected_at: nextExpectedAt?.toISOString() ?? null,
      freshness_seconds: secondsSinceRead === null ? null : Math.round(secondsSinceRead),
      late_seconds: Math.round(lateSeconds),
      freshness,
      reaches_until_at: until?.toISOString() ?? null,
      reaches_until_text: reachWords(name, { rows, until, timeZone }),
      backlog: backlog[name] ?? 0,
    };
  };
  return Object.fromEntries(resources.map(({ name }) => [name, describe(name)]));
}

async function readPause({ pool }: Database): Promise<Pick<Status, 'blocked_until' | 'blocked_reason'>> {
  const { rows } = await pool.query<{ until: Date; reason: string }>(
    'select blocked_until as until, blocked_reason as reason from chatrhub_sync.budget where blocked_until > clock_timestamp()',
  );
  return { blocked_until: rows[0]?.until.toISOString() ?? null, blocked_reason: rows[0]?.reason ?? null };
}

async function readForeignUse({ pool }: Database): Promise<Status['foreign_use']> {
  const { rows } = await pool.query<{ count: number; at: Date | null }>(
    `select count(*) as count, max(settled_at) as at from chatrhub_sync.requests
     where status = 429 and granted_at > clock_timestamp() - interval '1 day'`,
  );
  return { refused: rows[0]?.count ?? 0, last_refused_at: rows[0]?.at?.toISOString() ?? null };
}

async function readDifferences({ pool }: Database): Promise<Status['differences']> {
  const { rows } = await pool.query<Status['differences'][number]>(
    `select resource, covered_from as "from", covered_until - 1 as "to", source_total, warehouse_total
     from chatrhub_sync.coverage where source_total > warehouse_total order by 1, 2`,
  );
  return rows;
}

async function readRejected({ pool }: Database): Promise<Status['rejected']> {
  const { rows } = await pool.query<Status['rejected'][number]>(
    `select resource, attribute, reason, count(*) as count from chatrhub_sync.rejected_records group by 1, 2, 3 order by 4 desc, 1, 2 limit 20`,
  );
  return rows;
}
