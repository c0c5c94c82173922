import { sqlState, UsageError } from '../../errors.ts';
import type { OpeningHours } from '../../time/business-hours.ts';
import type { Client, Database } from '../connection/database.ts';

/** What chatrhub_bi counts by. Without business hours it is always open. */
export type ReportingSettings = { timeZone: string; businessHours: readonly OpeningHours[] | undefined };

/** The time zone whose days chatrhub_bi counts. */
export async function readReportingZone({ pool }: Pick<Database, 'pool'>): Promise<string | undefined> {
  const { rows } = await pool.query<{ zone: string }>('select reporting_time_zone as zone from chatrhub_bi.settings');
  return rows[0]?.zone;
}

/**
 * Stores the time zone and the business hours that chatrhub_bi counts by. Returns what is counted otherwise now, as sentences. Throws
 * `UsageError` when PostgreSQL does not know the time zone.
 */
export const applyReportingSettings = (database: Database, { timeZone, businessHours = [] }: ReportingSettings): Promise<string[]> =>
  database.transaction(async (client) => {
    const changes = [...(await setTimeZone(client, timeZone)), ...(await setBusinessHours(client, businessHours))];
    if (changes.length > 0) await client.query('update chatrhub_bi.settings set changed_at = clock_timestamp()');
    return changes;
  });

async function setTimeZone(client: Client, timeZone: string): Promise<string[]> {
  try {
    const { rows } = await client.query<{ before: string }>(
      `update chatrhub_bi.settings s set reporting_time_zone = $1 from (select reporting_time_zone as before from chatrhub_bi.settings for update) old
       where before <> $1 and now() at time zone $1 is not null returning before`,
      [timeZone],
    );
    return rows.map(({ before }) => `days are counted in ${timeZone} now, and were in ${before} before`);
  } catch (error) {
    if (sqlState(error) !== '22023') throw error;
    throw new UsageError(`REPORTING_TIMEZONE: this PostgreSQL does not know ${timeZone}; choose a name of pg_timezone_names`, {
      cause: error,
    });
  }
}

async function setBusinessHours(client: Client, hours: readonly OpeningHours[]): Promise<string[]> {
  const { rowCount } = await client.query(
    `with wanted as (
       select "dayOfWeek" as day_of_week, "opensMinute" as opens_minute, "closesMinute" as closes_minute
       from jsonb_to_recordset($1) as w ("dayOfWeek" int, "opensMinute" int, "closesMinute" int)
     ), gone as (
       delete from chatrhub_bi.business_hours h
       where not exists (select from wanted w where w.day_of_week = h.day_of_week and w.opens_minute = h.opens_minute)
       returning day_of_week
     ), stored as (
       insert into chatrhub_bi.business_hours as h (day_of_week, opens_minute, closes_minute) select * from wanted
       on conflict (day_of_week, opens_minute) do update set closes_minute = excluded.closes_minute
       where h.closes_minute <> excluded.closes_minute
       returning day_of_week
     )
     select from gone union all select from stored`,
    [JSON.stringify(hours)],
  );
  return rowCount === 0 ? [] : ['business hours are those of BUSINESS_HOURS now, and were others before'];
}
