import type { Database } from '../warehouse/connection/database.ts';
import type { alerts } from '../warehouse/schema/run-tables.ts';

/** Something to report, once: `event` names it. `summary` is for people; neither holds anybody's data. */
export type Alert = Pick<typeof alerts.$inferSelect, 'event' | 'kind' | 'summary'> & { details: Readonly<Record<string, unknown>> };

/** Notes an event, unless it was noted before. */
export async function noteAlert({ pool }: Database, { event, kind, summary, details }: Alert): Promise<void> {
  await pool.query('insert into chatrhub_sync.alerts (event, kind, summary, details) values ($1, $2, $3, $4) on conflict do nothing', [
    event,
    kind,
    summary,
    JSON.stringify(details),
  ]);
}

/**
 * The next alert that is to be sent now, which no other process will send meanwhile: should this attempt fail, the next one is after a
 * pause that doubles, for a day. Undefined when there is none.
 */
export async function takeAlert({ pool }: Database): Promise<(Alert & { at: Date }) | undefined> {
  const { rows } = await pool.query<Alert & { at: Date }>(
    `update chatrhub_sync.alerts set attempts = attempts + 1,
       next_attempt_at = clock_timestamp() + least(3600, 30 * power(2, attempts)) * interval '1 second'
     where event = (
       select event from chatrhub_sync.alerts
       where sent_at is null and next_attempt_at <= clock_timestamp() and created_at > clock_timestamp() - interval '1 day'
       order by created_at limit 1 for update skip locked
     )
     returning event, kind, summary, details, created_at as at`,
  );
  return rows[0];
}

/** Notes that it was delivered. */
export async function markSent({ pool }: Database, event: string): Promise<void> {
  await pool.query('update chatrhub_sync.alerts set sent_at = clock_timestamp() where event = $1', [event]);
}

/** Names, in the details of the alerts of a kind, that were noted already. */
export async function readNoted({ pool }: Database, kind: Alert['kind']): Promise<Set<string>> {
  const { rows } = await pool.query<{ name: string }>(
    `select distinct jsonb_array_elements_text(details -> 'names') as name from chatrhub_sync.alerts where kind = $1`,
    [kind],
  );
  return new Set(rows.map(({ name }) => name));
}
