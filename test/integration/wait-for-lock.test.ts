import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { waitForLock } from '../../src/warehouse/connection/wait-for-lock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** More than 32 bits, as those of migrations. */
const KEY = 7_201_944_099;
const PACE = { tryMs: 5, sayMs: 0, againMs: 0 };
const what = 'another migration';

let test: TestDatabase;
let database: Database;
let holder: Awaited<ReturnType<Database['connect']>>;
let waiter: Awaited<ReturnType<Database['connect']>>;
beforeEach(async () => {
  test = await createTestDatabase();
  database = createDatabase(test.url);
  [holder, waiter] = [await database.connect(), await database.connect()];
});
afterEach(async () => {
  holder.release();
  waiter.release();
  await database.close();
  await test.drop();
});

const pidOf = async (client: typeof holder) => (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

describe('a lock that another session has', () => {
  it('is waited for, and it is said again and again who has it and since when; nothing is said of one that is free', async () => {
    const notes: string[] = [];
    await waitForLock(holder, KEY, { what, say: (note) => notes.push(note), pace: PACE });
    expect(notes).toEqual([]);
    await waitForLock(waiter, KEY, {
      what,
      pace: PACE,
      say(note) {
        notes.push(note);
        if (notes.length === 3) void holder.query('select pg_advisory_unlock($1)', [KEY]);
      },
    });
    expect(notes.length).toBeGreaterThanOrEqual(3);
    const pid = await pidOf(holder);
    expect(notes[0]).toMatch(
      new RegExp(
        `^another migration is under way: waiting for session ${pid} of chatrhub-sync, connected since 2.*Z; should it hang, select pg_terminate_backend\\(${pid}\\) ends it$`,
      ),
    );
  });

  it('is not said of until it has been waited for a while', async () => {
    await waitForLock(holder, KEY, { what, say: () => {} });
    const notes: string[] = [];
    const waiting = waitForLock(waiter, KEY, { what, say: (note) => notes.push(note), pace: { ...PACE, sayMs: 600_000 } });
    await pidOf(holder);
    await holder.query('select pg_advisory_unlock($1)', [KEY]);
    await waiting;
    expect(notes).toEqual([]);
  });

  it('is not waited for any more when that is stopped', async () => {
    await waitForLock(holder, KEY, { what, say: () => {} });
    const stop = new AbortController();
    const waiting = waitForLock(waiter, KEY, { what, signal: stop.signal, pace: PACE, say: () => stop.abort() });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
