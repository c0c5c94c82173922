import { logEvent } from '../events.ts';
import type { Logger } from '../logger.ts';
import { type SeenShape, undeclaredIn } from '../records/shape.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { noteDrift } from './drift.store.ts';

/** Attributes that no column takes, by resource, and how many records had them. */
export type Undeclared = Record<string, Record<string, number>>;

/**
 * Remembers which attributes a run met, and what appeared, disappeared or changed its type since earlier runs; both are logged. Returns
 * those that no column takes.
 */
export async function watchAttributes(
  database: Database,
  runId: number,
  shapes: readonly SeenShape[],
  logger: Logger,
): Promise<Undeclared> {
  const undeclared: Undeclared = {};
  for (const { resource, shape } of shapes)
    for (const [name, count] of Object.entries(undeclaredIn(shape, resource))) {
      undeclared[resource.name] ??= {};
      const counts = undeclared[resource.name] ?? {};
      undeclared[resource.name] = { ...counts, [name]: (counts[name] ?? 0) + count };
    }
  if (Object.keys(undeclared).length > 0) logEvent(logger, 'attributes_undeclared', { attributes: undeclared });
  const seen = shapes.map(({ resource, via, shape }) => ({ resource: resource.name, via: via.name, shape }));
  const drift = await noteDrift(database, runId, seen);
  if (drift.length > 0) logEvent(logger, 'attributes_changed', { drift });
  return undeclared;
}
