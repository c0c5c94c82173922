import type { SeenShape } from '../records/shape.ts';
import { noOutcome, type Outcome } from '../warehouse/load/load.ts';
import type { Run } from '../warehouse/run-log.ts';

type Counted = Pick<Run, 'rowsInserted' | 'rowsUpdated' | 'rowsUnchanged' | 'rowsRejected'>;

/**
 * What does not add up in a run: each record that was received must have become a row that was inserted, updated or unchanged, or must have
 * been rejected; and what was committed with the rows must say the same. An empty list is as it ought to be.
 */
export function findUnaccounted(
  shapes: readonly SeenShape[],
  outcomes: ReadonlyMap<string, Outcome>,
  counted: Counted,
): { resource: string; error: string }[] {
  const received = new Map<string, number>();
  for (const { resource, came } of shapes) received.set(resource.name, (received.get(resource.name) ?? 0) + came);
  const problems = [...received].flatMap(([resource, records]) => {
    const { fetched, inserted, updated, unchanged, rejected } = outcomes.get(resource) ?? noOutcome();
    const isExact = records === fetched && fetched === inserted + updated + unchanged + rejected && unchanged >= 0;
    const error = `${records} records of ${resource} came, ${inserted} were inserted, ${updated} updated, ${unchanged} unchanged, ${rejected} rejected: these numbers do not add up; report it, and read the days again with backfill --refresh`;
    return isExact ? [] : [{ resource, error }];
  });
  const sum = (key: keyof Outcome) => [...outcomes.values()].reduce((total, outcome) => total + outcome[key], 0);
  const expected = [sum('inserted'), sum('updated'), sum('unchanged'), sum('rejected')];
  const committed = [counted.rowsInserted, counted.rowsUpdated, counted.rowsUnchanged, counted.rowsRejected];
  if (expected.join() !== committed.join())
    problems.push({
      resource: 'all',
      error: `inserted, updated, unchanged and rejected are ${expected.join(', ')} by the answers, ${committed.join(', ')} by what was committed: report it`,
    });
  return problems;
}
