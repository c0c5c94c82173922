import type { Heartbeat } from '../schedule/run-scheduler.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { withinMs } from '../warehouse/connection/time-limits.ts';
import { hasSchemas } from '../warehouse/schema/migrate.ts';

export type Health = { isWell: boolean; says: Record<string, unknown> };

/** A look takes at most the time limits of the database; a schedule that has not looked for so long hangs. */
const LONGEST_SILENCE_MS = 150_000;
const ANSWER_MS = 5_000;

/**
 * Alive: the schedule looks again and again whether a sync is due, or the server works for what comes before. A database that is away is
 * waited for, which a restart would not help. `now` is of `performance.now()`.
 */
export function readHealth({ lookedAt, trouble, preparing, progress }: Heartbeat, now: number): Health {
  const silentMs = now - lookedAt;
  const isWell = silentMs < LONGEST_SILENCE_MS;
  const doing = trouble ? 'waiting for the database' : (preparing ?? (progress ? 'syncing' : 'waiting for the next slot'));
  return {
    isWell,
    says: {
      status: isWell ? 'ok' : 'hangs',
      doing,
      looked_seconds_ago: Math.round(silentMs / 1_000),
      ...(trouble ? { since: trouble.since.toISOString() } : {}),
    },
  };
}

/** Ready: the database answers, and its schemas are there and up to date. */
export async function readReadiness({ pool }: Database, { trouble, preparing }: Heartbeat): Promise<Health> {
  const isThere = await withinMs(hasSchemas(pool), ANSWER_MS).catch(() => undefined);
  const database = isThere === undefined ? 'no answer' : 'ok';
  const isWell = isThere === true && !trouble && !preparing;
  return { isWell, says: { status: isWell ? 'ok' : 'not ready', database, schemas: isThere ? (preparing ?? 'ok') : 'not there' } };
}
