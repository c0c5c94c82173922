import { resources } from '../resources/index.ts';
import type { Timetable } from '../schedule/slots.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { readLastBacklog } from '../warehouse/run-log.ts';
import { isStale } from './freshness.ts';

/** When syncs are due, and how long one may take. */
export type Expectation = { timetable: Timetable; maxDurationMs: number };

/** A sync that has just begun, or waits for another one, is not late yet. */
const HOUR_MS = 3_600_000;

/** The resources that should have been read since they were, and when that was. */
export async function readStale(
  database: Database,
  { timetable, maxDurationMs }: Expectation,
  now: Date,
): Promise<Map<string, Date | null>> {
  const { pool } = database;
  const { rows } = await pool.query<{ resource: string; at: Date }>(
    'select resource, max(loaded_at) as at from chatrhub_sync.requests where loaded_at is not null group by 1',
  );
  const { rows: runs } = await pool.query<{ firstRunAt: Date | null }>(
    `select min(started_at) as "firstRunAt" from chatrhub_sync.runs where command = 'sync'`,
  );
  const backlog = await readLastBacklog(database);
  const loaded = new Map(rows.map(({ resource, at }) => [resource, at]));
  const firstRunAt = runs[0]?.firstRunAt ?? null;
  return new Map(
    resources
      .filter(({ name, every, scope }) => {
        // What is asked for agent by agent or chat by chat may have nothing to be asked for.
        const isWanted = !['agents', 'chats'].includes(scope.over) || (backlog[name] ?? 0) > 0;
        const reading = { every, isWanted, lastLoadedAt: loaded.get(name) ?? null, firstRunAt };
        return isStale(reading, timetable, now, maxDurationMs + HOUR_MS);
      })
      .map(({ name }) => [name, loaded.get(name) ?? null]),
  );
}
