import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqlState } from '../../src/errors.ts';
import { createDatabase, type Database, NotCommittedError } from '../../src/warehouse/connection/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
let database: Database;

beforeEach(async () => {
  test = await createTestDatabase();
  database = createDatabase(test.url);
  await database.pool.query('create table t (id int primary key, n int); insert into t values (1, 0), (2, 0)');
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

const values = async () => (await database.pool.query('select n from t order by id')).rows.map(({ n }) => n);

describe('a transaction', () => {
  it('that caught an error of its own and went on is no success: nothing was saved', async () => {
    const swallowing = database.transaction(async (client) => {
      await client.query('update t set n = 5');
      await client.query('select 1 / 0').catch(() => {});
    });
    await expect(swallowing).rejects.toBeInstanceOf(NotCommittedError);
    expect(await values()).toEqual([0, 0]);
  });

  it('that meets a deadlock is run again, and both come through', async () => {
    let waiting = 0;
    let bothWait = () => {};
    const both = new Promise<void>((resolve) => {
      bothWait = resolve;
    });
    const takeTwo = (first: number, second: number) =>
      database.transaction(async (client) => {
        await client.query('update t set n = n + 1 where id = $1', [first]);
        waiting += 1;
        if (waiting === 2) bothWait();
        await both;
        await client.query('update t set n = n + 1 where id = $1', [second]);
      });
    await Promise.all([takeTwo(1, 2), takeTwo(2, 1)]);
    expect(await values()).toEqual([2, 2]);
    expect(waiting).toBe(3);
  });

  it.each(['in its midst', 'while it does something else'])('whose connection is cut %s is run again on another one', async (when) => {
    const pids: number[] = [];
    await database.transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      pids.push(rows[0]?.pid ?? 0);
      await client.query('update t set n = n + 1');
      if (pids.length > 1) return;
      const ended = new Promise((resolve) => client.once('end', resolve));
      await test.pool.query('select pg_terminate_backend($1)', pids);
      if (when === 'in its midst') await client.query('update t set n = n + 1');
      else await ended;
    });
    expect(await values()).toEqual([1, 1]);
    expect(new Set(pids).size).toBe(2);
  });

  it('that somebody keeps from a table waits and tries again, but not for ever', async () => {
    const hasty = createDatabase(test.url, { lockTimeoutMs: 50 });
    const blocker = await test.pool.connect();
    await blocker.query('begin; lock table t');
    let tries = 0;
    const update = (freeAt: number) =>
      hasty.transaction(async (client) => {
        tries += 1;
        if (tries === freeAt) await blocker.query('commit');
        await client.query('update t set n = n + 1');
      });
    await update(3);
    expect({ tries, values: await values() }).toEqual({ tries: 3, values: [1, 1] });
    await blocker.query('begin; lock table t');
    tries = 0;
    await expect(update(0)).rejects.toMatchObject({ code: '55P03' });
    expect(tries).toBe(5);
    await blocker.query('rollback');
    blocker.release();
    await hasty.close();
  });

  it('that takes too long is tried once more', async () => {
    const hasty = createDatabase(test.url, { statementTimeoutMs: 50 });
    let tries = 0;
    const slow = hasty.transaction((client) => {
      tries += 1;
      return client.query('select pg_sleep(10)');
    });
    await expect(slow).rejects.toMatchObject({ code: '57014' });
    expect(tries).toBe(2);
    await hasty.close();
  });

  it.each([
    ['a full disk', '53100'],
    ['a value that does not fit', '22P02'],
    ['a duplicate', '23505'],
    ['a right it does not have', '42501'],
    ['a server that only reads', '25006'],
  ])('that meets %s is not tried again', async (_, code) => {
    let tries = 0;
    const failing = database.transaction((client) => {
      tries += 1;
      return client.query(`do $$ begin raise exception using errcode = '${code}'; end $$`);
    });
    await expect(failing).rejects.toMatchObject({ code });
    expect(tries).toBe(1);
  });
});

describe('a server without a connection left', () => {
  it('is waited for, and asked again when there is one', async () => {
    const user = `crowd_${test.name.slice(5)}`;
    await test.pool.query(`create role ${user} login connection limit 1 password 'fake'`);
    const url = new URL(test.url);
    [url.username, url.password] = [user, 'fake'];
    const first = createDatabase(url.href);
    await first.pool.query('select 1');
    const waits: unknown[] = [];
    const second = createDatabase(url.href, {
      onAway(error) {
        waits.push(error);
        if (waits.length === 2) void first.close();
      },
    });
    expect((await second.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(waits[0]).toMatchObject({ code: '53300' });
    expect(waits.length).toBeGreaterThanOrEqual(2);
    await second.close();
    await test.pool.query(`drop role ${user}`);
  });
});

describe('waiting for a server that is not there', () => {
  const NOWHERE = 'postgres://u@127.0.0.1:1/x';

  it('has an end, and names the reason', async () => {
    let waits = 0;
    const nowhere = createDatabase(NOWHERE, { patience: { firstMs: 400, laterMs: 0 }, onAway: () => (waits += 1) });
    await expect(nowhere.pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(waits).toBeGreaterThan(0);
    await nowhere.close();
  });

  it('is ended by a signal at once', async () => {
    const stop = new AbortController();
    const nowhere = createDatabase(NOWHERE, {
      patience: { firstMs: 600_000, laterMs: 0 },
      signal: stop.signal,
      onAway: () => stop.abort(),
    });
    await expect(nowhere.pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await nowhere.close();
  });
});

describe('a connection that breaks while nobody uses it', () => {
  it('ends neither the process nor the pool', async () => {
    await database.pool.query('select 1');
    await test.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chatrhub-sync' and datname = current_database()`,
    );
    await expect
      .poll(() =>
        database.pool.query('select 1').then(
          ({ rowCount }) => rowCount,
          () => 0,
        ),
      )
      .toBe(1);
  });
});

it('the code of an error is found below what wraps it', async () => {
  const error = await database.drizzle.execute('select 1 / 0').catch((reason: unknown) => reason);
  expect(sqlState(error)).toBe('22012');
  expect(sqlState(new Error('none'))).toBeUndefined();
});
