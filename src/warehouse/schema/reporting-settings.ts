import { sqlState, UsageError } from '../../errors.ts';
import type { OpeningHours } from '../../time/business-hours.ts';
import type { Client, Database } from '../connection/database.ts';

/** What chatrhub_bi counts by. Without business hours it is always open. */
export type ReportingSettings = { timeZone: string; businessHours: readonly OpeningHours[] | undefined };

/**
 * Stores the time zone and the business hours that chatrhub_bi counts by. Returns whether they were others. Throws `UsageError` when
 * PostgreSQL does not know the time zone.
 */
export const applyReportingSettings = (database: Database, { timeZone, businessHours = [] }: ReportingSettings): Promise<boolean> =>
  database.transaction(async (client) => {
    const isOther = [await setTimeZone(client, timeZone), await setBusinessHours(client, businessHours)].some(Boolean);
    if (isOther) await client.query('update chatrhub_bi.settings set changed_at = clock_timestamp()');
    return isOther;
  });

async function setTimeZone(client: Client, timeZone: string): Promise<boolean> {
  try {
    const { rowCount } = await client.query(
      'update chatrhub_bi.settings set reporting_time_zone = $1 where reporting_time_zone <> $1 and now() at time zone $1 is not null',
      [timeZone],
    );
    return rowCount !== 0;
  } catch (error) {
    if (sqlState(error) !== '22023') throw error;
    throw new UsageError(`REPORTING_TIMEZONE: this PostgreSQL does not know ${timeZone}; choose a name of pg_timezone_names`, {
      cause: error,
    });
  }
}

async function setBusinessHours(client: Client, hours: readonly OpeningHours[]): Promise<boolean> {
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
  return rowCount !== 0;
}
