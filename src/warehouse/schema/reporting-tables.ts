import { sql } from 'drizzle-orm';
import { bigint, check, date, integer, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './run-tables.ts';

/** Views for analysts. */
export const chatrhubBi = pgSchema('chatrhub_bi');
/** What heavy views were computed to: they are read from here. */
export const chatrhubBiStore = pgSchema('chatrhub_bi_store');

/** One row: whose local days and hours the views count. */
export const settings = chatrhubBi.table(
  'settings',
  {
    id: integer('id').primaryKey().default(1),
    reportingTimeZone: text('reporting_time_zone').notNull().default('UTC'),
    changedAt: instant('changed_at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [check('settings_one_row_check', sql`${t.id} = 1`)],
);

/** The hours of BUSINESS_HOURS; without any, it is always open. */
export const businessHours = chatrhubBi.table(
  'business_hours',
  {
    dayOfWeek: integer('day_of_week').notNull(),
    opensMinute: integer('opens_minute').notNull(),
    closesMinute: integer('closes_minute').notNull(),
  },
  (t) => [primaryKey({ columns: [t.dayOfWeek, t.opensMinute] })],
);

/** Days on which nobody works. The steward fills it. */
export const holidays = chatrhubBi.table('holidays', {
  dateDay: date('date_day').primaryKey(),
  name: text('name').notNull(),
});

/** What was written since what is stored of views was last refreshed. Triggers fill it. */
export const changes = chatrhubBiStore.table('changes', {
  kind: text('kind').notNull(),
  id: bigint('id', { mode: 'number' }),
  otherId: bigint('other_id', { mode: 'number' }),
  at: instant('at'),
});

/** How many rows there are of what data_quality looks at. */
export const rowCounts = chatrhubBiStore.table('row_counts', {
  entity: text('entity').primaryKey(),
  rowCount: bigint('row_count', { mode: 'number' }).notNull(),
});

/** One row. `refreshedAt`: when what is stored was last brought up to date; all is computed again where it is null. */
export const storeState = chatrhubBiStore.table(
  'state',
  {
    id: integer('id').primaryKey().default(1),
    refreshedAt: instant('refreshed_at'),
    horizonAt: instant('horizon_at'),
  },
  (t) => [check('state_one_row_check', sql`${t.id} = 1`)],
);
