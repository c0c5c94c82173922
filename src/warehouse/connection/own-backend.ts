import type pg from 'pg';

/** Two sessions share a process of the server: settings, temporary tables and locks of one are those of the other, or lost. */
class SharedBackendError extends Error {
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
/** A process of a server: servers behind one address may have processes of one number. */
type Backend = { pid: number; server: string };

/**
 * Finds out whether sessions have a backend each, and keep it, beside another one that is open: temporary tables, settings and the locks of
 * runs need that. A server names the backend when a connection is made; a pooler that stands between names something else, and is looked at
 * more often. Throws `SharedBackendError`.
 */
export async function assertOwnBackend(session: Session, other: pg.ClientBase): Promise<void> {
  const ours = await readBackend(session);
  const looks = session.processID === ours.pid ? 1 : LOOKS_BEHIND_POOLER;
  let others: Backend | undefined;
  for (let look = 0; look < looks; look++) {
    const seen = await readBackend(other);
    if (isSame(seen, ours)) throw new SharedBackendError([ours.pid]);
    others ??= seen;
    if (!isSame(seen, others)) throw new SharedBackendError([others.pid, seen.pid]);
    const again = await readBackend(session);
    if (!isSame(again, ours)) throw new SharedBackendError([ours.pid, again.pid]);
  }
}

const isSame = (one: Backend, two: Backend): boolean => one.pid === two.pid && one.server === two.server;

async function readBackend(session: pg.ClientBase): Promise<Backend> {
  const { rows } = await session.query<Backend>('select pg_backend_pid() as pid, pg_postmaster_start_time()::text as server');
  if (!rows[0]) throw new Error('the database did not say which process serves this session');
  return rows[0];
}
