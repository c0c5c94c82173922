import { sqlState, UsageError } from '../../errors.ts';
import type { Database } from '../connection/database.ts';

/** Sets the time zone whose days chatrhub_bi counts. Returns whether it was another one. Throws `UsageError` when PostgreSQL knows it not. */
export async function setReportingTimeZone(database: Database, timeZone: string): Promise<boolean> {
  try {
    const { rowCount } = await database.pool.query(
      `update chatrhub_bi.settings set reporting_time_zone = $1, changed_at = clock_timestamp()
       where reporting_time_zone <> $1 and now() at time zone $1 is not null`,
      [timeZone],
    );
    return (rowCount ?? 0) > 0;
  } catch (error) {
    if (sqlState(error) !== '22023') throw error;
    throw new UsageError(`REPORTING_TIMEZONE: this PostgreSQL does not know ${timeZone}; choose a name of pg_timezone_names`, {
      cause: error,
    });
  }
}
