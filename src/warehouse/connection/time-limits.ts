import { setTimeout as sleep } from 'node:timers/promises';

/** A session that does not roll back in this time is not there any more. */
const ROLLBACK_MS = 2_000;

/** The answer of a query, unless it takes longer; the query itself continues, up to its own limit. */
export async function withinMs<T>(answer: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(`the database has not answered within ${ms} ms`);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    late.catch(() => {});
    over.abort();
  }
}

/** Whether a statement that is to take no time has been executed. A connection that is half open lets it wait for minutes. */
export async function isDoneSoon(statement: Promise<unknown>): Promise<boolean> {
  const done = statement.then(
    () => true,
    () => false,
  );
  return Promise.race([done, sleep(ROLLBACK_MS, false, { ref: false })]);
}
