/** The levels of log lines, as pino has them. */
type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * Everything that the program logs: the name of the event, which one can search for and alert on, its level, and its message. A message is
 * constant; what varies is in the fields. Where somebody has to act, the message ends with what to do.
 */
export const EVENTS = {
  run_started: { level: 'info', message: 'run started' },
  run_progress: { level: 'info', message: 'run is under way' },
  resource_done: { level: 'info', message: 'resource done' },
  run_ended: { level: 'info', message: 'run ended' },
  run_resumable: { level: 'info', message: 'what was fetched is committed; the command in "resume" continues' },
  run_stopped_early: { level: 'error', message: 'the run cannot continue; see "err", the next run resumes the work' },
  budget_wait: { level: 'info', message: 'waiting for the budget' },
  estimate_limited: { level: 'warn', message: 'no budget is left to count the unread days: the real cost is higher; run it again later' },
  request_retried: { level: 'warn', message: 'a request failed and is retried' },
  request_failed: { level: 'error', message: 'a request failed for good; the next run tries it again' },
  empty_list_checked: { level: 'warn', message: 'the source sent an empty list: the list is requested a second time' },
  pagination_learned: { level: 'info', message: 'the way in which the API continues its lists is known now' },
  day_range_refused: {
    level: 'warn',
    message: 'the source refuses a range of days: smaller ranges are requested; a smaller SYNC_LOOKBACK_DAYS avoids that',
  },
  content_type_unexpected: { level: 'warn', message: 'the source sends JSON under another content type: it is read as JSON' },
  doubt_open: { level: 'warn', message: 'records may be missing; "doubt" says which, and what settles it' },
  attributes_undeclared: {
    level: 'warn',
    message: 'the source sends attributes without a column: they are kept in chatrhub_raw; upgrade, then run chatrhub-sync replay',
  },
  attributes_changed: {
    level: 'warn',
    message: 'the source changed its records: attributes are new, missing or of another type; ask the vendor whether that is meant',
  },
  views_refreshed: { level: 'info', message: 'views refreshed' },
  views_outdated: {
    level: 'error',
    message: 'a view could not be refreshed and shows older data; the tables are loaded, and the next run tries again',
  },
  schemas_migrated: { level: 'info', message: 'schemas migrated' },
  reporting_changed: { level: 'warn', message: 'the views count days or hours otherwise from now on; "note" says how' },
  roles_missing: {
    level: 'warn',
    message: 'only the owner can read the tables, because the roles are missing; "note" says how to create them',
  },
  lock_wait: { level: 'warn', message: 'waiting for the lock of another process; "note" says which, and how to end it' },
  person_erased_again: { level: 'warn', message: 'a backup had brought back erased people: they are erased again' },
  versions_hidden: { level: 'info', message: 'stored versions are hidden as PII_MODE says' },
  resource_not_replayed: {
    level: 'warn',
    message: 'the resource keeps no versions and stays as it is; chatrhub-sync backfill --refresh reads it again',
  },
  replay_failed: { level: 'error', message: 'the resource could not be replayed; see "err", then run chatrhub-sync replay again' },
  database_wait: { level: 'warn', message: 'the database does not answer: waiting for it' },
  database_unusable: { level: 'debug', message: 'the database cannot be used' },
  database_moved: { level: 'error', message: 'the built-in PostgreSQL came back on another port: run this command again' },
  database_not_restarted: { level: 'error', message: 'the built-in PostgreSQL cannot be restarted; see "reason"' },
  database_login: { level: 'info', message: 'the command in "psql" opens the database' },
  schedule_started: { level: 'info', message: 'schedule started' },
  schedule_waiting: { level: 'error', message: 'the schedule waits for the database; see "err"' },
  schedule_resumed: { level: 'info', message: 'schedule resumed' },
  slot_due: { level: 'info', message: 'a scheduled sync is due' },
  slot_skipped: { level: 'warn', message: 'a scheduled sync is skipped: another run covers it' },
  scheduled_sync_failed: { level: 'error', message: 'a scheduled sync stopped with an error and is retried; see "err"' },
  alert_undelivered: { level: 'warn', message: 'an alert could not be delivered and is retried; check ALERT_WEBHOOK_URL' },
  alerts_unread: { level: 'warn', message: 'the alerts could not be read from the database; see "err"' },
  status_page_failed: { level: 'error', message: 'the status page could not be built; see "err"' },
  status_unread: { level: 'warn', message: 'the status could not be read from the database; see "err"' },
} as const satisfies Record<string, { level: Level; message: string }>;

export type EventName = keyof typeof EVENTS;

/** Writes one log line: the event's name as `event`, its constant message, and `fields`. */
export function logEvent(
  logger: Readonly<Record<Level, (fields: object, message: string) => void>>,
  event: EventName,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  const { level, message } = EVENTS[event];
  logger[level]({ event, ...fields }, message);
}
