import type pg from 'pg';
import { createFakeClock, type FakeMs } from './fake-clock.ts';

/**
 * Coroutines that take turns in fake time: one goes on until it pauses or waits for a lock of PostgreSQL, then the clock is set to where
 * the next pause ends. So time passes, and others go on, between the statements of a transaction, but never while one is executed.
 */
export type Turns = {
  now(): FakeMs;
  /** Rejects when a coroutine has failed meanwhile. */
  pause(ms: number): Promise<void>;
  /** Starts a coroutine. It may wait for nothing but pauses and statements. */
  spawn(coroutine: () => Promise<void>): void;
  /** Executes a statement of the session `pid`, which may wait for a lock of somebody who pauses. */
  execute<T>(pid: number, statement: () => Promise<T>): Promise<T>;
  /** Until all coroutines have ended. Rejects with the first error of one, or when they have not ended by `untilMs`. */
  run(untilMs: FakeMs): Promise<void>;
};

type Pause = { endsAt: FakeMs; resume(): void; reject(error: unknown): void };

const ARE_BLOCKED = 'select bool_and(cardinality(pg_blocking_pids(pid)) > 0) as "areBlocked" from unnest($1::int[]) as pid';

/** Makes turns, one after the other, in a database whose clock they set. */
export async function createTurns(pool: Pick<pg.Pool, 'query'>): Promise<() => Turns> {
  const clock = await createFakeClock(pool);

  return () => {
    let now: FakeMs = 0;
    let failure: unknown;
    /** Coroutines that have neither ended nor paused; those with a statement under way are among them. */
    let active = 0;
    const executing = new Set<number>();
    const pauses = new Set<Pause>();

    const fail = (error: unknown) => {
      failure ??= error;
    };

    let noteChange = () => {};
    const change = () =>
      new Promise<void>((resolve) => {
        noteChange = resolve;
      });

    const areBlocked = async (): Promise<boolean> => {
      const { rows } = await pool.query<{ areBlocked: boolean }>({ name: 'blocked', text: ARE_BLOCKED, values: [[...executing]] });
      return rows[0]?.areBlocked ?? false;
    };

    /** Until nobody goes on before the next pause ends. */
    async function settle() {
      while (active > 0) {
        const changed = change();
        if (active > executing.size) await changed;
        else if (await Promise.race([areBlocked(), changed])) return;
      }
    }

    return {
      now: () => now,
      pause: (ms) =>
        new Promise((resume, reject) => {
          if (failure) return reject(failure);
          pauses.add({ endsAt: now + ms, resume, reject });
          active--;
          noteChange();
        }),
      spawn(coroutine) {
        active++;
        coroutine()
          .catch(fail)
          .finally(() => {
            active--;
            noteChange();
          });
      },
      async execute(pid, statement) {
        await clock.set(now);
        executing.add(pid);
        noteChange();
        return statement().finally(() => {
          executing.delete(pid);
          noteChange();
        });
      },
      async run(untilMs) {
        for (await settle(); pauses.size > 0; await settle()) {
          const next = [...pauses].reduce((first, pause) => (pause.endsAt < first.endsAt ? pause : first));
          if (next.endsAt > untilMs) fail(new Error(`not all have ended after ${untilMs} ms`));
          pauses.delete(next);
          now = next.endsAt;
          active++;
          // After a failure everybody rolls back, so that those who wait for a lock get it, and end too.
          if (failure) next.reject(failure);
          else next.resume();
        }
        if (active > 0) fail(new Error('all that are left wait for a lock'));
        if (failure) throw failure;
      },
    };
  };
}
