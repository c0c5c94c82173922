import type { RateScope } from '../budget/ledger.store.ts';
import type { Limit } from '../budget/limits.ts';
import { reported } from '../runs/reported-resource.ts';
import { lastSlot, nextSlot, type Timetable } from '../schedule/slots.ts';
import type { Period } from '../time/period.ts';
import { addDays, firstUnfinishedDay } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { readFirstDay, readLastComplete, readUnderWay } from '../warehouse/run-log.ts';
import type { RunProgress } from '../warehouse/schema/run-tables.ts';
import type { CoveredRange } from './coverage-calendar.ts';
import { maskMessage, maskValue } from './mask.ts';
import { readReach } from './reach.store.ts';
import { readStatus, type Status } from './status.store.ts';

/** What the health, the metrics and the page depend on, besides the database. */
export type StatusSettings = { timetable: Timetable; limits: readonly Limit[]; rateScope: RateScope; cron: string; version: string };

/** A run under way: how far it is, and what it waits for. */
export type RunUnderWay = {
  run_id: number;
  command: string;
  started_at: string;
  requests: number;
  progress: RunProgress | null;
};

/** What `/status.json` answers, and the page shows: as `status --json`, without values that could be somebody's. Times are ISO 8601 in UTC. */
export type Overview = Omit<Status, 'rejected'> & {
  at: string;
  version: string;
  schedule: { cron: string; time_zone: string; last_slot: string | null; next_slot: string | null };
  running: RunUnderWay[];
  last_complete_at: string | null;
  /** Days of chats, `to` excluded, and which of them were received. */
  coverage: { period: Period | null; ranges: CoveredRange[] };
  rejected: (Status['rejected'][number] & { example: string | null; last_seen_at: string })[];
};

const RUNS_SHOWN = 30;

/**
 * Reads how the copy stands, as it is shown to whoever can reach the page: without secrets and personal data. `reach` says how far the
 * records reach, for who keeps that.
 */
export async function readOverview(database: Database, settings: StatusSettings, reach = () => readReach(database)): Promise<Overview> {
  const { limits, rateScope, cron, timetable, version } = settings;
  const now = new Date();
  const status = await readStatus(database, { limits, rateScope, runsShown: RUNS_SHOWN, countsFrom: 'statistics', reach });
  return {
    ...status,
    at: now.toISOString(),
    version,
    schedule: {
      cron,
      time_zone: timetable.timeZone,
      last_slot: lastSlot(timetable, now)?.toISOString() ?? null,
      next_slot: nextSlot(timetable, now)?.toISOString() ?? null,
    },
    runs: status.runs.map((run) => ({ ...run, error: run.error === null ? null : maskMessage(run.error) })),
    running: (await readUnderWay(database)).map(({ runId, command, startedAt, requests, progress }) => ({
      run_id: runId,
      command,
      started_at: startedAt.toISOString(),
      requests,
      progress,
    })),
    last_complete_at: (await readLastComplete(database))?.toISOString() ?? null,
    coverage: await readCoveredDays(database, await readFirstDay(database), firstUnfinishedDay(now)),
    rejected: await readRejected(database),
  };
}

async function readCoveredDays({ pool }: Database, since: string | undefined, until: string): Promise<Overview['coverage']> {
  const { rows } = await pool.query<CoveredRange>(
    `select covered_from as "from", covered_until as "until", verified_at is not null as "isVerified",
       source_total is not null and source_total > warehouse_total as "isPartial"
     from chatrhub_sync.coverage where resource = $1 and scope = '' order by 1`,
    [reported.name],
  );
  const from = [since, rows[0]?.from].filter((day) => typeof day === 'string').sort()[0];
  return { period: from && from < until ? { from, until } : null, ranges: rows.filter((range) => range.from < addDays(until, 2)) };
}

async function readRejected({ pool }: Database): Promise<Overview['rejected']> {
  const { rows } = await pool.query<Overview['rejected'][number] & { last_seen_at: Date }>(
    `select resource, attribute, reason, count(*) as count, (array_agg(value order by last_seen_at desc))[1] as example,
       max(last_seen_at) as last_seen_at
     from chatrhub_sync.rejected_records group by 1, 2, 3 order by 4 desc, 1, 2 limit 20`,
  );
  return rows.map((row) => ({
    ...row,
    reason: maskMessage(row.reason),
    example: row.example === null ? null : maskValue(row.example),
    last_seen_at: row.last_seen_at.toISOString(),
  }));
}
