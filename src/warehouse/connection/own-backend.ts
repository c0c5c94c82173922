import type pg from 'pg';

/** Two sessions share a process of the server: settings, temporary tables and locks of one are those of the other, or lost. */
export class SharedBackendError extends Error {
  override name = 'SharedBackendError';
  readonly code = 'SHARED_BACKEND';
  constructor(pids: readonly number[]) {
    super(
      `DATABASE_URL leads to a pooler in transaction or statement mode: ${pids.length > 1 ? `one session was served by backends ${pids.join(' and ')}` : `two open sessions were served by one backend, ${pids[0]}`}`,
    );
  }
}

/** Where a pooler stands between, others may be using it: one look may find two backends by chance. */
const LOOKS_BEHIND_POOLER = 8;

type Session = pg.ClientBase & { processID?: number | null };

/**
 * Finds out whether sessions have a backend each, and keep it, beside another one that is open: temporary tables, settings and the locks of
 * runs need that. `pid` is the backend that answered `session` first. A server names the backend when a connection is made; a pooler that
 * stands between names something else, and is looked at more often. Throws `SharedBackendError`.
 */
export async function assertOwnBackend(session: Session, pid: number, other: pg.ClientBase): Promise<void> {
  const looks = session.processID === pid ? 1 : LOOKS_BEHIND_POOLER;
  let otherPid: number | undefined;
  for (let look = 0; look < looks; look++) {
    const seen = await readPid(other);
    if (seen === pid) throw new SharedBackendError([pid]);
    otherPid ??= seen;
    if (seen !== otherPid) throw new SharedBackendError([otherPid, seen]);
    const again = await readPid(session);
    if (again !== pid) throw new SharedBackendError([pid, again]);
  }
}

async function readPid(session: pg.ClientBase): Promise<number> {
  const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? Number.NaN;
}
