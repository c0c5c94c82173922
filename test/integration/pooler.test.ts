import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { classifyError } from '../../src/warehouse/connection/error-class.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startPooler } from '../support/pooler.ts';

let test: TestDatabase;
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await test.drop();
});

async function poolerOf(options: Parameters<typeof startPooler>[1]) {
  const pooler = await startPooler(test.url, options);
  closing.push(pooler.close);
  return pooler;
}

/** What stops the work on a database at once; an outage is not waited for. */
async function refusalOf(url: string) {
  const database = createDatabase(url, {
    onAway: (error) => {
      throw error;
    },
  });
  closing.push(database.close);
  const error: unknown = await database.pool.query('select 1').then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { message: error instanceof Error ? error.message : '', ...classifyError(error) };
}

describe('a pooler in session mode', () => {
  it('that refuses what it does not know at the start is worked through, with our limits of time in force', async () => {
    const pooler = await poolerOf({ mode: 'session' });
    const database = createDatabase(pooler.through(test.url), { statementTimeoutMs: 7_000, lockTimeoutMs: 3_000 });
    closing.push(database.close);
    const limits = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle`;
    expect((await database.pool.query(limits)).rows).toEqual([{ statement: '7s', lock: '3s', idle: '2min' }]);
    const patient = await database.connectPatiently();
    expect((await patient.query(limits)).rows).toEqual([{ statement: '0', lock: '0', idle: '5min' }]);
    await patient.end();
  });

  it('is told by one look, for which one more connection is made, and not looked at again', async () => {
    const pooler = await poolerOf({ mode: 'session', namesBackend: true });
    const database = createDatabase(pooler.through(test.url));
    closing.push(database.close);
    await database.pool.query('select 1');
    expect(pooler.connections).toBe(2);
    const sessions = await Promise.all([1, 2, 3].map(() => database.connect()));
    for (const session of sessions) session.release();
    expect(pooler.connections).toBe(4);
  });

  it('refuses options of DATABASE_URL that it does not know: a setting to change, not an outage', async () => {
    const pooler = await poolerOf({ mode: 'session' });
    const url = new URL(pooler.through(test.url));
    url.searchParams.set('options', '-c geqo=off');
    expect(await refusalOf(url.href)).toEqual({
      message: 'unsupported startup parameter: options',
      is: 'settings',
      advice: expect.stringContaining('from DATABASE_URL'),
    });
  });
});

describe('a pooler that shares backends among sessions is refused at once, with what to use instead,', () => {
  it.each([
    ['for each transaction', { mode: 'transaction' }],
    ['for each statement', { mode: 'statement' }],
    ['from a pool of one', { mode: 'transaction', size: 1 }],
    ['although it names a backend as a server does', { mode: 'transaction', namesBackend: true }],
  ] as const)('%s', async (_, options) => {
    const pooler = await poolerOf(options);
    const { message, is, advice } = await refusalOf(pooler.through(test.url));
    expect({ message, is }).toEqual({ message: expect.stringContaining('a pooler in transaction or statement mode'), is: 'settings' });
    for (const way of ['pool_mode = session', 'Neon', '6543', 'RDS Proxy']) expect(advice).toContain(way);
  });

  it('also where others use it, so that two sessions are not served by one backend at the same moment', async () => {
    const pooler = await poolerOf({ mode: 'transaction', size: 3 });
    // A client that takes and gives back a backend in turn: the next one gets another.
    const busy = [1, 2, 3].map(() => new pg.Client({ connectionString: pooler.through(test.url) }));
    for (const client of busy) await client.connect();
    let isOver = false;
    const traffic = Promise.all(
      busy.map(async (client) => {
        while (!isOver) await client.query('select 1');
      }),
    );
    const { is } = await refusalOf(pooler.through(test.url));
    isOver = true;
    await traffic;
    for (const client of busy) await client.end();
    expect(is).toBe('settings');
  });
});
