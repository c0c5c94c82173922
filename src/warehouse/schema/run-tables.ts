import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  date,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

/** How the copy is made. Names of runs, requests, coverage and rejected_records are public. */
export const chatrhubSync = pgSchema('chatrhub_sync');

/** A moment. */
export const instant = (name: string) => timestamp(name, { withTimezone: true });
/** A key that the database numbers. */
export const identity = (name: string) => bigint(name, { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();
/** A number that begins with 0. */
export const count = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0);

/** SQL that allows a column only these values, which its type names too. */
export const isOneOf = (column: AnyPgColumn, values: readonly string[]) =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`;

const RUN_STATUSES = ['running', 'complete', 'incomplete', 'partial', 'failed', 'interrupted'] as const;
const LANES = ['sync', 'backfill', 'command'] as const;
const ALERT_KINDS = ['run', 'rejects', 'drift', 'doubt', 'stale', 'foreign_use'] as const;

/** The number of a transaction. */
const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

/** How far a run under way is, and what it waits for. Times are ISO 8601 in UTC. */
export type RunProgress = {
  resource: string;
  left: number;
  requests_done: number;
  requests_left: number;
  rows: number;
  budget?: string;
  finishes_at: string;
  waiting_until?: string;
  waiting_for?: string;
};

/**
 * One row per sync, backfill or other command that makes requests. `since`: the first day that a sync looks after. `only_resources`: null
 * where a run did not choose. `slot_at`: the moment of the schedule that it is for. `machine_time`: when a sync began, by the clock of the
 * machine it ran on. `backlog` and `undeclared` are null until a run ends that counts them. What only people read is in `details`.
 */
export const runs = chatrhubSync.table(
  'runs',
  {
    runId: identity('run_id'),
    command: text('command').notNull(),
    status: text('status', { enum: RUN_STATUSES }).notNull().default('running'),
    startedAt: instant('started_at').notNull().default(sql`clock_timestamp()`),
    finishedAt: instant('finished_at'),
    requests: count('requests'),
    rowsInserted: count('rows_inserted'),
    rowsUpdated: count('rows_updated'),
    rowsUnchanged: count('rows_unchanged'),
    rowsRejected: count('rows_rejected'),
    since: date('since'),
    onlyResources: text('only_resources').array(),
    slotAt: instant('slot_at'),
    machineTime: instant('machine_time'),
    progress: jsonb('progress').$type<RunProgress>(),
    backlog: jsonb('backlog').$type<Record<string, number>>(),
    error: text('error'),
    errors: jsonb('errors').$type<{ resource: string; error: string }[]>().notNull().default([]),
    undeclared: jsonb('undeclared').$type<Record<string, Record<string, number>>>(),
    details: jsonb('details').$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [check('runs_status_check', isOneOf(t.status, RUN_STATUSES))],
);

/**
 * The ledger: every attempt is granted here, and committed, before it is sent. `effective_at` is the moment from which windows are
 * counted: when its answer was read, and until then the latest moment at which it can end. `loaded_at`: its rows are committed,
 * by the transaction `loaded_by`. `unit`: the piece of work it is for, which no two runs do at once.
 */
export const requests = chatrhubSync.table(
  'requests',
  {
    requestId: identity('request_id'),
    runId: bigint('run_id', { mode: 'number' }).references(() => runs.runId),
    lane: text('lane', { enum: LANES }).notNull(),
    resource: text('resource').notNull(),
    endpoint: text('endpoint').notNull(),
    path: text('path').notNull(),
    unit: text('unit'),
    attempt: integer('attempt').notNull(),
    grantedAt: instant('granted_at').notNull(),
    deadlineAt: instant('deadline_at').notNull(),
    settledAt: instant('settled_at'),
    status: integer('status'),
    records: integer('records'),
    bytes: bigint('bytes', { mode: 'number' }),
    loadedAt: instant('loaded_at'),
    loadedBy: xid8('loaded_by'),
    effectiveAt: instant('effective_at').notNull().generatedAlwaysAs(sql`coalesce(settled_at, deadline_at)`),
  },
  (t) => [
    check('requests_lane_check', isOneOf(t.lane, LANES)),
    index('requests_effective_at_idx').on(t.effectiveAt.desc()),
    index('requests_endpoint_effective_at_idx').on(t.endpoint, t.effectiveAt.desc()),
    index('requests_run_id_idx').on(t.runId),
    index('requests_unit_idx').on(t.unit, t.requestId),
    index('requests_not_loaded_idx').on(t.resource, t.deadlineAt).where(sql`loaded_at is null`),
  ],
);

/** One row, whose lock puts all processes in line before the ledger. */
export const budget = chatrhubSync.table(
  'budget',
  {
    id: smallint('id').primaryKey().default(1),
    blockedUntil: instant('blocked_until'),
    blockedReason: text('blocked_reason'),
  },
  (t) => [check('budget_one_row_check', sql`${t.id} = 1`)],
);

/**
 * Who was erased, so that they stay out: `hash` is the HMAC-SHA-256, under `key`, of what tells a person or a record (`visitors 5`).
 * Neither number nor name is kept. The table is all it takes to keep them out of a restored database, too.
 */
export const erasures = chatrhubSync.table('erasures', {
  hash: text('hash').primaryKey(),
  key: text('key').notNull(),
  erasedAt: instant('erased_at').notNull().default(sql`clock_timestamp()`),
});

/**
 * Moments at which `schedule` syncs, and the run that did it. `is_skipped`: another run was under way, or had made up for it. A slot whose
 * run was interrupted is taken up again.
 */
export const slots = chatrhubSync.table(
  'slots',
  {
    slotAt: instant('slot_at').primaryKey(),
    runId: bigint('run_id', { mode: 'number' })
      .notNull()
      .references(() => runs.runId),
    isSkipped: boolean('is_skipped').notNull().default(false),
  },
  (t) => [index('slots_run_id_idx').on(t.runId)],
);

/**
 * When each resource was last read, and within which time it is to be read again: written by syncs and the schedule, read by the view
 * `chatrhub_bi.data_freshness`. What was never read is expected since `expected_since`.
 */
export const freshness = chatrhubSync.table('freshness', {
  resource: text('resource').primaryKey(),
  expectedWithinSeconds: bigint('expected_within_seconds', { mode: 'number' }),
  expectedSince: instant('expected_since').notNull().default(sql`clock_timestamp()`),
  lastReadAt: instant('last_read_at'),
});

/** Events that are sent to ALERT_WEBHOOK_URL, each once: `event` names it. */
export const alerts = chatrhubSync.table(
  'alerts',
  {
    event: text('event').primaryKey(),
    kind: text('kind', { enum: ALERT_KINDS }).notNull(),
    summary: text('summary').notNull(),
    details: jsonb('details').notNull().default({}),
    createdAt: instant('created_at').notNull().default(sql`clock_timestamp()`),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().default(sql`clock_timestamp()`),
    sentAt: instant('sent_at'),
  },
  (t) => [
    check('alerts_kind_check', isOneOf(t.kind, ALERT_KINDS)),
    index('alerts_not_sent_idx').on(t.nextAttemptAt).where(sql`sent_at is null`),
  ],
);

/** Requests that the ledger does not hold any more, so that counts of all of them never fall. `status` is `none` where no answer came. */
export const requestTotals = chatrhubSync.table(
  'request_totals',
  {
    resource: text('resource').notNull(),
    status: text('status').notNull(),
    requests: count('requests'),
  },
  (t) => [primaryKey({ columns: [t.resource, t.status] })],
);

/** From which definition each view was made, by `schema.name`. */
export const views = chatrhubSync.table('views', {
  name: text('name').primaryKey(),
  hash: text('hash').notNull(),
});
