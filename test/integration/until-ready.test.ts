import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { createLogger } from '../../src/logger.ts';
import { readHealth } from '../../src/operations/health.ts';
import { createHeartbeat } from '../../src/schedule/run-scheduler.ts';
import { untilReady } from '../../src/schedule/until-ready.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { createOwnSessions, readOwnWork, type Work } from '../../src/warehouse/connection/own-work.ts';
import { LOCKS } from '../../src/warehouse/connection/wait-for-lock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const HOUR_MS = 3_600_000;
const WAITING = 'waiting for another process, which brings schemas or views up to date';
const logger = createLogger({ level: 'silent', secrets: [], isTerminal: false });

let test: TestDatabase;
let sessions: ReturnType<typeof createOwnSessions>;
let database: Database;
let onlooker: Database;
beforeEach(async () => {
  test = await createTestDatabase();
  sessions = createOwnSessions();
  database = createDatabase(test.url, { onSession: sessions.note });
  onlooker = createDatabase(test.url);
});
afterEach(async () => {
  await database.close();
  await onlooker.close();
  await test.drop();
});

/** The numbers of the liveness probe that we ship, in milliseconds. */
function shippedProbe(): { periodMs: number; failures: number } {
  const [, probe = ''] =
    /livenessProbe:\n([\s\S]*?)\n\s+readinessProbe/.exec(readFileSync('docs/deploy/kubernetes/deployment.yaml', 'utf8')) ?? [];
  const number = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(probe)?.[1]);
  return { periodMs: number('periodSeconds') * 1_000, failures: number('failureThreshold') };
}

/**
 * Prepares while a kubelet probes by its own period, in time that passes as fast as the database answers. When it would have ended the pod,
 * or undefined if the pod lived for `forMs`; and all that the probe was told.
 */
async function probe({ prepare, readWork, forMs }: { prepare(): Promise<unknown>; readWork(): Promise<Work>; forMs: number }) {
  const { periodMs, failures } = shippedProbe();
  const heartbeat = Object.assign(createHeartbeat(), { lookedAt: 0 });
  const stop = new AbortController();
  const said = new Set<unknown>();
  let now = 0;
  let failed = 0;
  let killedAt: number | undefined;
  await Promise.race([
    untilReady({
      prepare,
      readWork,
      heartbeat,
      logger,
      signal: stop.signal,
      quietMs: HOUR_MS,
      clock: {
        now: () => now,
        async wait(ms, signal) {
          for (const until = now + ms; now < until && !signal.aborted; ) {
            now = Math.min(until, (Math.floor(now / periodMs) + 1) * periodMs);
            if (now % periodMs > 0) continue;
            const { isWell, says } = readHealth(heartbeat, now);
            said.add(says.doing);
            failed = isWell ? 0 : failed + 1;
            if (failed === failures) killedAt ??= now;
            if (killedAt !== undefined || now >= forMs) stop.abort();
          }
          await turn();
        },
      },
    }),
    new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve())),
  ]);
  return { killedAt, said: [...said] };
}

describe('while the schemas are brought up to date, the probes that we ship', () => {
  it('leave a migration alone that takes an hour', async () => {
    const session = await database.connectPatiently();
    const statement = session.query('select pg_sleep(600)').catch(() => {});
    const readWork = () => readOwnWork(onlooker, sessions.pids(), 0);
    await expect.poll(readWork).toMatchObject({ isUnderWay: true });
    expect(await probe({ prepare: () => statement, readWork, forMs: HOUR_MS })).toEqual({
      killedAt: undefined,
      said: ['bringing schemas and views up to date'],
    });
    await onlooker.pool.query('select pg_cancel_backend(unnest($1::int[]))', [sessions.pids()]);
    await session.end();
  });

  it('leave a process alone that waits for the migration of another, and are told that it waits', async () => {
    const [holder, session] = [await onlooker.connect(), await database.connect()];
    await holder.query('select pg_advisory_lock($1)', [LOCKS.migration]);
    const readWork = () => readOwnWork(onlooker, sessions.pids());
    const { killedAt, said } = await probe({ prepare: () => new Promise(() => {}), readWork, forMs: HOUR_MS });
    expect({ killedAt, last: said.at(-1) }).toEqual({ killedAt: undefined, last: WAITING });
    holder.release(true);
    session.release();
  });

  it('leave a process alone while the database does not answer', async () => {
    const readWork = () => Promise.reject(new Error('no answer'));
    const { killedAt, said } = await probe({ prepare: () => new Promise(() => {}), readWork, forMs: HOUR_MS });
    expect({ killedAt, last: said.at(-1) }).toEqual({ killedAt: undefined, last: 'waiting for the database' });
  });

  it('end a process that waits for a session which is gone', async () => {
    const session = await database.connectPatiently();
    await onlooker.pool.query('select pg_terminate_backend(unnest($1::int[]))', [sessions.pids()]);
    await expect.poll(() => sessions.pids()).toEqual([]);
    const readWork = () => readOwnWork(onlooker, sessions.pids());
    const { killedAt } = await probe({ prepare: () => new Promise(() => {}), readWork, forMs: HOUR_MS });
    expect(killedAt).toBe(210_000);
    await session.end().catch(() => {});
  });
});

describe('the work of the server', () => {
  it('is under way while a statement runs, also one that waits for a lock; not when its answer must have been lost', async () => {
    const [holder, session] = [await onlooker.connect(), await database.connect()];
    const read = () => readOwnWork(onlooker, sessions.pids(), 0);
    expect(await read()).toEqual({ isUnderWay: false, isAnothers: false });
    await session.query('begin');
    expect(await read()).toMatchObject({ isUnderWay: false });
    await holder.query('create schema mine; create table mine.held ()');
    await holder.query('begin; lock table mine.held');
    const waiting = session.query('select * from mine.held');
    await expect.poll(read).toMatchObject({ isUnderWay: true });
    await holder.query('commit');
    await waiting;
    expect(await read()).toMatchObject({ isUnderWay: false });
    expect(await readOwnWork(onlooker, sessions.pids())).toMatchObject({ isUnderWay: true });
    session.release(true);
    holder.release();
  });

  it("is another's only while ours has no part in it", async () => {
    const [other, session] = [await onlooker.connect(), await database.connect()];
    const read = async () => (await readOwnWork(onlooker, sessions.pids())).isAnothers;
    await session.query('select pg_advisory_lock($1)', [LOCKS.migration]);
    await other.query('select pg_advisory_lock($1)', [LOCKS.refresh]);
    expect(await read()).toBe(false);
    await session.query('select pg_advisory_unlock_all()');
    expect(await read()).toBe(true);
    await other.query('select pg_advisory_unlock_all()');
    expect(await read()).toBe(false);
    other.release();
    session.release();
  });
});

it('what waiting does not mend ends the schedule at once', async () => {
  const heartbeat = createHeartbeat();
  const refused = untilReady({
    prepare: () => Promise.reject(new UsageError('wrong')),
    readWork: () => readOwnWork(onlooker, []),
    heartbeat,
    logger,
    signal: new AbortController().signal,
    quietMs: HOUR_MS,
  });
  await expect(refused).rejects.toThrow('wrong');
  expect(heartbeat.preparing).toBeUndefined();
});
