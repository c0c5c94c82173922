import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { resourceName } from '../../resources/tables/schemas.ts';
import { chatrhubSync, count, identity, instant, isOneOf, runs } from './run-tables.ts';

/* What the source has sent and shown so far, and what was rejected. */

const CHANGES = ['new', 'vanished', 'retyped'] as const;
const ORDERS = ['asc', 'desc'] as const;

/** Which days of what were received, as the fewest ranges. */
export const coverage = chatrhubSync.table(
  'coverage',
  {
    resource: text('resource').notNull(),
    scope: text('scope').notNull().default(''),
    coveredFrom: date('covered_from').notNull(),
    coveredUntil: date('covered_until').notNull(),
    sourceTotal: bigint('source_total', { mode: 'number' }),
    warehouseTotal: bigint('warehouse_total', { mode: 'number' }),
    verifiedAt: instant('verified_at'),
  },
  (t) => [
    primaryKey({ columns: [t.resource, t.scope, t.coveredFrom] }),
    check('coverage_range_check', sql`${t.coveredFrom} < ${t.coveredUntil}`),
  ],
);

/**
 * Under which state of a chat its messages, or what else is asked for by chat, were last fetched whole: a chat that ended or continued since
 * then is requested again.
 */
export const chatFetches = chatrhubSync.table(
  'chat_fetches',
  {
    chatId: bigint('chat_id', { mode: 'number' }).notNull(),
    askedAt: instant('asked_at').notNull(),
    resource: resourceName('resource').notNull(),
    durationSeconds: integer('duration_seconds'),
    emptyLooks: smallint('empty_looks').notNull().default(0),
    isEnded: boolean('is_ended'),
    isSettled: boolean('is_settled').notNull().default(true),
  },
  (t) => [primaryKey({ columns: [t.chatId, t.resource] })],
);

/**
 * Chats of which not everything is known to be fetched for good: a few, so that no night looks through all. Triggers add to it, which the
 * first migration makes.
 */
export const chatBacklog = chatrhubSync.table('chat_backlog', {
  chatId: bigint('chat_id', { mode: 'number' }).primaryKey(),
});

/** Claims that lack evidence: open until `settled_at`. `claim` and `reason` tell them apart. See src/evidence. */
export const doubts = chatrhubSync.table(
  'doubts',
  {
    id: identity('id'),
    resource: text('resource').notNull(),
    claim: text('claim').notNull(),
    subject: text('subject').notNull(),
    reason: text('reason').notNull(),
    mayBeMissing: boolean('may_be_missing').notNull(),
    fromDay: date('from_day'),
    untilDay: date('until_day'),
    details: jsonb('details').notNull().default({}),
    firstRunId: bigint('first_run_id', { mode: 'number' })
      .notNull()
      .references(() => runs.runId),
    lastRunId: bigint('last_run_id', { mode: 'number' })
      .notNull()
      .references(() => runs.runId),
    since: instant('since').notNull().default(sql`clock_timestamp()`),
    lastSeenAt: instant('last_seen_at').notNull().default(sql`clock_timestamp()`),
    settledAt: instant('settled_at'),
  },
  (t) => [
    uniqueIndex('doubts_open_idx').on(t.resource, t.claim, t.reason).where(sql`settled_at is null`),
    index('doubts_first_run_id_idx').on(t.firstRunId),
    index('doubts_last_run_id_idx').on(t.lastRunId),
  ],
);

/** Records that a list of the source has shown, each once: what it never had cannot be gone from it. */
export const listedRecords = chatrhubSync.table(
  'listed_records',
  {
    resource: text('resource').notNull(),
    recordKey: text('record_key').notNull(),
    listedAt: instant('listed_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.resource, t.recordKey] })],
);

/** When the messages of all chats of a visitor were last fetched whole: chats that are received later find theirs here already. */
export const visitorFetches = chatrhubSync.table(
  'visitor_fetches',
  {
    visitorId: bigint('visitor_id', { mode: 'number' }).notNull(),
    askedAt: instant('asked_at').notNull(),
    resource: resourceName('resource').notNull(),
  },
  (t) => [primaryKey({ columns: [t.visitorId, t.resource] })],
);

/**
 * How a list that comes in pages was last read from end to end, and what that showed: the order of its ids, its page size, and
 * which records ought to be in it and were not. `looked_at`: when it was last
 * looked through for what is new.
 */
export const lists = chatrhubSync.table(
  'lists',
  {
    list: text('list').primaryKey(),
    readAt: instant('read_at').notNull(),
    idOrder: text('id_order', { enum: ORDERS }),
    pageSize: integer('page_size').notNull(),
    lookedAt: instant('looked_at').notNull(),
    missing: bigint('missing', { mode: 'number' }).array().notNull().default([]),
  },
  (t) => [check('lists_id_order_check', isOneOf(t.idOrder, ORDERS))],
);

/** What was rejected and why: one row per distinct value; `run_id` and `last_seen_at` are of the last run that met it. */
export const rejectedRecords = chatrhubSync.table(
  'rejected_records',
  {
    id: identity('id'),
    runId: bigint('run_id', { mode: 'number' }).references(() => runs.runId),
    resource: text('resource').notNull(),
    recordKey: text('record_key'),
    attribute: text('attribute'),
    reason: text('reason').notNull(),
    value: text('value'),
    seenAt: instant('seen_at').notNull().default(sql`clock_timestamp()`),
    firstRunId: bigint('first_run_id', { mode: 'number' }).references(() => runs.runId),
    lastSeenAt: instant('last_seen_at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    uniqueIndex('rejected_records_distinct_idx').on(
      t.resource,
      sql`coalesce(${t.recordKey}, '')`,
      sql`coalesce(${t.attribute}, '')`,
      sql`md5(coalesce(${t.value}, ''))`,
    ),
    index('rejected_records_run_id_idx').on(t.runId),
    index('rejected_records_first_run_id_idx').on(t.firstRunId),
  ],
);

/** What the documentation leaves open and the source has shown, with the evidence. */
export const sourceFacts = chatrhubSync.table('source_facts', {
  fact: text('fact').primaryKey(),
  value: text('value').notNull(),
  evidence: text('evidence').notNull(),
  foundAt: instant('found_at').notNull().default(sql`clock_timestamp()`),
});

/** Pages of lists that are being read from end to end: should that be broken off, the next reading continues with what is missing. */
export const listPages = chatrhubSync.table(
  'list_pages',
  {
    list: text('list').notNull(),
    after: bigint('after', { mode: 'number' }).notNull(),
    received: integer('received').notNull(),
    ids: bigint('ids', { mode: 'number' }).array().notNull(),
    askedAt: instant('asked_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.list, t.after] })],
);

/**
 * The attributes of each resource's records in the answers of a resource (`via`): as which types of JSON they came, and in how many
 * (`present`) of the records since they were first met. `gone_at`: since when none has it.
 */
export const attributes = chatrhubSync.table(
  'attributes',
  {
    resource: text('resource').notNull(),
    via: text('via').notNull(),
    attribute: text('attribute').notNull(),
    kinds: text('kinds').array().notNull(),
    records: count('records'),
    present: count('present'),
    firstSeenAt: instant('first_seen_at').notNull().default(sql`clock_timestamp()`),
    goneAt: instant('gone_at'),
  },
  (t) => [primaryKey({ columns: [t.resource, t.via, t.attribute] })],
);

/** Attributes that appeared, disappeared or changed their type: one row for each time, in the run that met it first. */
export const drift = chatrhubSync.table(
  'drift',
  {
    id: identity('id'),
    runId: bigint('run_id', { mode: 'number' }).references(() => runs.runId),
    resource: text('resource').notNull(),
    via: text('via').notNull(),
    attribute: text('attribute').notNull(),
    change: text('change', { enum: CHANGES }).notNull(),
    was: text('was'),
    became: text('became'),
    share: doublePrecision('share').notNull(),
    seenAt: instant('seen_at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    check('drift_change_check', isOneOf(t.change, CHANGES)),
    index('drift_run_id_idx').on(t.runId),
    index('drift_seen_at_idx').on(t.seenAt),
  ],
);

/** What the source's own report said of the chats of some days: the newest report of each range that was asked for. */
export const sourceReports = chatrhubSync.table(
  'source_reports',
  {
    startDate: date('start_date').notNull(),
    endDate: date('end_date').notNull(),
    askedAt: instant('asked_at').notNull(),
    totalChats: bigint('total_chats', { mode: 'number' }).notNull(),
    missedChats: bigint('missed_chats', { mode: 'number' }),
    totalRatings: bigint('total_ratings', { mode: 'number' }),
    greatChats: bigint('great_chats', { mode: 'number' }),
    okChats: bigint('ok_chats', { mode: 'number' }),
    poorChats: bigint('poor_chats', { mode: 'number' }),
    attributes: jsonb('attributes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.startDate, t.endDate] })],
);
