import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database, NotCommittedError } from '../../src/db/database.ts';
import { sqlState } from '../../src/errors.ts';
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

  it('whose connection is cut fails with its reason, and the next one has another connection', async () => {
    const cut = database.transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      await test.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await client.query('update t set n = 9');
    });
    await expect(cut).rejects.toThrow();
    await database.transaction((client) => client.query('update t set n = 7 where id = 1'));
    expect(await values()).toEqual([7, 0]);
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
