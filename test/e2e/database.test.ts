import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../../src/embedded/embedded-postgres.ts';
import { createAccount } from '../../src/simulator/account/account.ts';
import { runCli, startCli } from '../support/cli.ts';
import { type CliBench, withCliBench } from '../support/cli-bench.ts';
import { expectedTables } from '../support/oracle.ts';
import { makeDataDir, removeEmbedded } from '../support/postgres.ts';
import { readTables } from '../support/read-tables.ts';
import { startWire } from '../support/wire.ts';

const account = createAccount({ seed: 54, agents: 4, days: 1, chats: 10 });
const withBench = (work: (bench: CliBench) => Promise<void>) => withCliBench(account, { limits: '1000000/second' }, work);

describe('chatrhub-sync sync, when the database', () => {
  it('is not up yet, waits for it and asks the source for nothing; then it does its work', async () => {
    await withBench(async ({ database, simulator, env, cwd, first }) => {
      const wire = await startWire(() => database.url);
      await wire.shut();
      const settings = { ...env, DATABASE_URL: wire.through(database.url), SYNC_START_DATE: first };
      const { ended, sees } = startCli(['sync'], { env: settings, cwd });
      await sees(/the database does not answer: waiting for it/);
      expect(simulator.requests).toEqual([]);
      await wire.open();
      expect(await ended).toMatchObject({ code: 0 });
      expect(await readTables(database.pool)).toEqual(expectedTables(account));
      await wire.close();
    });
  });

  it('is the embedded one and is killed in its midst, starts it again and goes on', async () => {
    const dataDir = await makeDataDir();
    try {
      await withBench(async ({ simulator, env, cwd, first }) => {
        const settings = { ...env, DATABASE_URL: '', CHATRHUB_DATA_DIR: dataDir, SYNC_START_DATE: first };
        let seen = 0;
        const kill = () => {
          seen += 1;
          if (seen === 5) process.kill(Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10), 'SIGKILL');
          return false;
        };
        simulator.fail(kill, 'empty');
        const { code, stderr } = await runCli(['sync'], { env: settings, cwd });
        expect({ code, waits: stderr.includes('the database does not answer: waiting for it') }).toEqual({ code: 0, waits: true });
        expect(seen).toBeGreaterThan(10);
        const pool = new pg.Pool({ connectionString: (await startEmbedded({ dataDir })).url });
        expect(await readTables(pool)).toEqual(expectedTables(account));
        await pool.end();
      });
    } finally {
      await removeEmbedded(dataDir);
    }
  });

  it('does not come up, ends at once by a signal', async () => {
    await withBench(async ({ env, cwd }) => {
      const { child, ended, sees } = startCli(['sync', '--json'], {
        env: { ...env, DATABASE_URL: 'postgres://u:fake-password@127.0.0.1:1/x' },
        cwd,
      });
      await sees(/the database does not answer: waiting for it/);
      child.kill('SIGTERM');
      const { code, stdout, stderr } = await ended;
      expect({ code, isTold: (stdout + stderr).includes('fake-password') }).toEqual({ code: 143, isTold: false });
      expect(JSON.parse(stdout)).toMatchObject({ command: 'sync', status: 'interrupted', errors: [{ resource: 'all' }] });
    });
  });

  it('only reads, is refused before anything is asked', async () => {
    await withBench(async ({ database, simulator, env, cwd }) => {
      expect((await runCli(['migrate'], { env, cwd })).code).toBe(0);
      // As a server that only reads as a whole: what a role or a database sets is overruled.
      const url = new URL(database.url);
      url.searchParams.set('options', '-c default_transaction_read_only=on');
      const { code, stderr } = await runCli(['sync'], { env: { ...env, DATABASE_URL: url.href }, cwd });
      expect({ code, advises: stderr.includes('a server that can be written to'), requests: simulator.requests.length }).toEqual({
        code: 2,
        advises: true,
        requests: 0,
      });
    });
  });

  it('gives its user too few rights, names what is lacking; with just those it works, on schemas that are up to date', async () => {
    await withBench(async ({ database, simulator, env, cwd, first }) => {
      expect((await runCli(['migrate'], { env, cwd })).code).toBe(0);
      const user = `loader_${database.name.slice(5)}`;
      const url = new URL(database.url);
      [url.username, url.password] = [user, 'fake-password'];
      const settings = { ...env, DATABASE_URL: url.href, SYNC_START_DATE: first };
      await database.pool.query(`create role ${user} login password 'fake-password'; grant chatrhub_loader to ${user}`);
      try {
        await database.pool.query('revoke insert, update on chatrhub.chats from chatrhub_loader');
        await database.pool.query('revoke delete on chatrhub_sync.coverage from chatrhub_loader');
        const { code, stderr } = await runCli(['sync'], { env: settings, cwd });
        expect({ code, requests: simulator.requests.length }).toEqual({ code: 2, requests: 0 });
        expect(stderr).toContain('may not: insert, update on chatrhub.chats; delete on chatrhub_sync.coverage.');

        // Its owner gives what is lacking.
        expect((await runCli(['migrate'], { env, cwd })).code).toBe(0);
        expect(await runCli(['sync'], { env: settings, cwd })).toMatchObject({ code: 0 });
        expect(await readTables(database.pool)).toEqual(expectedTables(account));
      } finally {
        await database.pool.query(`drop owned by ${user}; drop role ${user}`);
      }
    });
  });
});

describe('chatrhub-sync migrate', () => {
  it('row 71: killed in the midst of a statement, leaves nothing of any migration; the next one applies them all', async () => {
    await withBench(async ({ database, env, cwd }) => {
      const blocker = await database.pool.connect();
      // Whoever makes a schema of this name waits to see whether this one commits.
      await blocker.query('begin; create schema chatrhub_raw');
      const { child, ended } = startCli(['migrate'], { env, cwd });
      const STUCK = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~* '^\\s*create schema'`;
      await expect.poll(async () => (await database.pool.query(STUCK)).rowCount, { timeout: 30_000 }).toBe(1);
      child.kill('SIGKILL');
      await ended;
      await blocker.query('rollback');
      blocker.release();
      const LIVES = `select from pg_stat_activity where datname = current_database() and application_name = 'chatrhub-sync'`;
      await expect.poll(async () => (await database.pool.query(LIVES)).rowCount, { timeout: 30_000 }).toBe(0);
      const { rows } = await database.pool.query(
        `select (select count(*)::int from chatrhub_sync.migrations) as migrations, count(*)::int as tables from pg_class
         where relnamespace in (select oid from pg_namespace where nspname like 'chatrhub%') and relkind = 'r' and relname <> 'migrations'`,
      );
      expect(rows).toEqual([{ migrations: 0, tables: 0 }]);
      expect(await runCli(['migrate'], { env, cwd })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied 0000_/) });
      expect(await runCli(['migrate'], { env, cwd })).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
    });
  });
});
