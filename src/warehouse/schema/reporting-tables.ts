import { sql } from 'drizzle-orm';
import { check, date, integer, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';
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
