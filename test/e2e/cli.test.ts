import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { type Simulator, startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { openRun } from '../../src/warehouse/run-log.ts';
import { runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';

const UNLIMITED = '1000000/second';
const RESOURCES = ['agents', 'groups', 'visitors', 'agent_groups', 'chats', 'messages', 'agent_activities', 'tasks'];

let cwd: string;
let simulator: Simulator;
let database: TestDatabase;
let env: Record<string, string>;
const account = createAccount({ seed: 3, agents: 5, days: 5, chats: 60 });

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'chatrhub-cli-'));
  // For root the embedded server runs as another user: a folder it cannot enter would leave the demo's cluster elsewhere, for good.
  await chmod(cwd, 0o755);
});
afterAll(() => rm(cwd, { recursive: true }));
/** Gives each test of a group a served account and a database: empty, or as the template that `template` names. */
function useWarehouse(template: () => string | undefined): void {
  beforeEach(async () => {
    simulator = await startSimulator({ account });
    database = await createTestDatabase(template());
    env = {
      CHATRHUB_API_URL: simulator.url,
      CHATRHUB_API_KEY: 'test-key',
      DATABASE_URL: database.url,
      CHATRHUB_RATE_LIMITS: UNLIMITED,
      SYNC_START_DATE: account.startedAt.toISOString().slice(0, 10),
    };
  });
  afterEach(async () => {
    await simulator.close();
    await database.drop();
    expect(simulator.violations).toEqual([]);
  });
}

const lastRun = async () => (await database.pool.query('select * from chatrhub_sync.runs order by run_id desc limit 1')).rows[0];

describe('on an empty database', () => {
  useWarehouse(() => undefined);

  it('copies the account and prints one JSON object with --json, logs going to stderr', async () => {
    const { code, stdout, stderr } = await runCli(['sync', '--json'], { env, cwd });
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(report).toMatchObject({ run_id: 1, command: 'sync', status: 'complete', requests: simulator.requests.length, errors: [] });
    expect(Object.keys(report)).toEqual(
      'run_id command status started_at finished_at requests resources backlog budget doubts errors'.split(' '),
    );
    expect(Object.keys(report.resources)).toEqual(RESOURCES);
    expect(Object.keys(report.resources.chats)).toEqual(['fetched', 'inserted', 'updated', 'unchanged', 'rejected']);
    expect(report.backlog).toEqual(Object.fromEntries(RESOURCES.map((name) => [name, 0])));
    expect(report.budget).toEqual([{ limit: 1_000_000, window: '1s', used: expect.any(Number), free_at: null }]);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).level),
    ).not.toContain('error');
    expect(await readTables(database.pool)).toEqual(expectedTables(account));
  });

  it.each([
    ['status', 'the database holds nothing yet', 2, undefined, 'run chatrhub-sync sync'],
    ['plan', 'a setting is wrong', 2, 'mysql://u:hunter2@127.0.0.1/x', 'DATABASE_URL'],
  ])('%s --json prints an object also when %s', async (command, _, expected, url, reason) => {
    const { code, stdout } = await runCli([command, '--json'], { env: { ...env, ...(url && { DATABASE_URL: url }) }, cwd });
    const error = { resource: 'all', error: expect.stringContaining(reason) };
    expect([code, JSON.parse(stdout)]).toEqual([expected, { command, status: 'failed', errors: [error] }]);
    expect(stdout).not.toContain('hunter2');
  });

  it('migrate brings the schemas up to date once', async () => {
    expect((await runCli(['migrate'], { env, cwd })).stdout).toContain('0000_warehouse');
    expect((await runCli(['migrate'], { env, cwd })).stdout).toContain('nothing to do');
  });

  it('status says what runs did, as text and as JSON, and what to do on an empty database', async () => {
    const empty = await runCli(['status'], { env, cwd });
    expect({ code: empty.code, says: empty.stderr.includes('chatrhub-sync sync') }).toEqual({ code: 2, says: true });
    await runCli(['sync'], { env, cwd });
    const { stdout } = await runCli(['status', '--json'], { env, cwd });
    const status = JSON.parse(stdout);
    expect(status.runs[0]).toMatchObject({ run_id: 1, status: 'complete' });
    expect(status.resources.chats).toMatchObject({ rows: expectedTables(account)['chatrhub.chats'].length, backlog: 0 });
    expect(status.resources.chats.freshness_seconds).toBeLessThan(60);
    expect((await runCli(['status'], { env, cwd })).stdout).toMatch(/complete[\s\S]*agent_activities[\s\S]*1s/);
  });
});

describe('chatrhub-sync sync', () => {
  useWarehouse(() => inject('migratedDatabase'));

  it('asks only for the resources named with --only, and refuses names it does not know', async () => {
    expect((await runCli(['sync', '--only', 'groups,agents'], { env, cwd })).code).toBe(0);
    expect(simulator.requests.map(({ path }) => path)).toEqual(['/agents.json', '/groups.json']);
    const { code, stderr } = await runCli(['sync', '--only', 'q_tasks'], { env, cwd });
    expect({ code, namesAllowed: RESOURCES.every((name) => stderr.includes(name)) }).toEqual({ code: 2, namesAllowed: true });
  });

  it.each([
    ['nothing listens', 'postgres://u:hunter2@127.0.0.1:1/x', 1, 'is PostgreSQL running'],
    ['there is no such database', undefined, 2, 'check the name in DATABASE_URL'],
  ])('says what to do when the database cannot be used, with --json on stdout too: %s', async (_, url, expected, advice) => {
    const missing = new URL(database.url);
    missing.pathname = '/no_such_database';
    const { code, stdout, stderr } = await runCli(['sync', '--json'], { env: { ...env, DATABASE_URL: url ?? missing.href }, cwd });
    expect({ code, advises: stderr.includes(advice), requests: simulator.requests.length }).toEqual({
      code: expected,
      advises: true,
      requests: 0,
    });
    expect(JSON.parse(stdout)).toEqual({
      command: 'sync',
      status: 'failed',
      errors: [{ resource: 'all', error: expect.stringContaining(advice) }],
    });
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('row 100: refuses a key given as a flag without repeating it, and says where it belongs', async () => {
    const { code, stderr } = await runCli(['sync', '--api-key=hunter2'], { env, cwd });
    expect({ code, isRepeated: stderr.includes('hunter2') }).toEqual({ code: 2, isRepeated: false });
    expect(stderr).toContain('CHATRHUB_API_KEY_FILE');
  });

  it('reads .env, which the environment overrides', async () => {
    await writeFile(join(cwd, '.env'), `CHATRHUB_API_KEY=wrong-key\nSYNC_LOOKBACK_DAYS=x\n`);
    try {
      expect((await runCli(['sync'], { env, cwd })).stderr).toContain('SYNC_LOOKBACK_DAYS');
      expect((await runCli(['sync', '--only', 'groups'], { env: { ...env, SYNC_LOOKBACK_DAYS: '7' }, cwd })).code).toBe(0);
    } finally {
      await rm(join(cwd, '.env'));
    }
  });

  it('exits 3 while another sync runs', async () => {
    const other = createDatabase(database.url);
    const { release } = await openRun(other, 'sync');
    const { code, stderr } = await runCli(['sync'], { env, cwd });
    expect({ code, requests: simulator.requests.length }).toEqual({ code: 3, requests: 0 });
    expect(stderr).toContain('another sync is running');
    await release();
    await other.close();
  });

  it('exits 1 with a partial run when one resource is refused, and copies the others', async () => {
    simulator.fail((path) => path.startsWith('/q_tasks'), { status: 403 }, 100);
    const { code, stdout } = await runCli(['sync', '--json'], { env, cwd });
    expect({ code, status: JSON.parse(stdout).status }).toEqual({ code: 1, status: 'partial' });
    expect(JSON.parse(stdout).errors[0]).toMatchObject({ resource: 'tasks', error: expect.stringContaining('403') });
    const { 'chatrhub.chats': chats } = await readTables(database.pool);
    expect(chats).toEqual(expectedTables(account)['chatrhub.chats']);
  });

  it('stops at once when the key is refused, after one request', async () => {
    const { code, stdout, stderr } = await runCli(['sync', '--json'], { env: { ...env, CHATRHUB_API_KEY: 'some-other-key' }, cwd });
    expect({ code, status: JSON.parse(stdout).status, requests: simulator.requests.length }).toEqual({
      code: 1,
      status: 'failed',
      requests: 1,
    });
    expect(stdout + stderr).not.toContain('some-other-key');
    const said = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(said.find(({ level }) => level === 'error')).toMatchObject({ err: { message: expect.stringContaining('401') } });
  });

  it('stops cleanly when its time is used up, says what is left, and goes on the next time', async () => {
    const { code, stdout } = await runCli(['sync', '--json', '--max-duration', '60s'], {
      env: { ...env, CHATRHUB_RATE_LIMITS: '9/hour' },
      cwd,
    });
    const report = JSON.parse(stdout);
    expect({ code, status: report.status, requests: simulator.requests.length }).toEqual({ code: 0, status: 'incomplete', requests: 9 });
    expect(report.backlog.messages).toBeGreaterThan(10);
    expect(report.budget).toEqual([{ limit: 9, window: 'hour', used: 9, free_at: expect.any(String) }]);
    expect(await runCli(['sync'], { env, cwd })).toMatchObject({ code: 0 });
    expect(await readTables(database.pool)).toEqual(expectedTables(account));
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s while it waits for the budget ends it at once with %i; what was fetched is committed', async (signal, expected) => {
    const { child, ended, sees } = startCli(['sync', '--json'], { env: { ...env, CHATRHUB_RATE_LIMITS: '5/hour' }, cwd });
    await sees(/waiting for the budget/);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: expected });
    expect(await lastRun()).toMatchObject({ status: 'interrupted', rows_inserted: expect.anything() });
    const { 'chatrhub.agents': agents } = await readTables(database.pool);
    expect(agents.length).toBeGreaterThan(0);
  });

  it('goes on where a killed run ended, and marks that run interrupted', async () => {
    // All four requests that may be under way at once hang, so that the run is in their midst when it is killed.
    simulator.fail((path) => path.startsWith('/messages'), 'hang-headers', 4);
    const { child, ended } = startCli(['sync'], { env, cwd });
    await expect.poll(() => simulator.requests.filter(({ path }) => path.startsWith('/messages')).length, { timeout: 30_000 }).toBe(4);
    child.kill('SIGKILL');
    await ended;
    expect((await runCli(['sync'], { env, cwd })).code).toBe(0);
    const { rows } = await database.pool.query('select status from chatrhub_sync.runs order by run_id');
    expect(rows.map(({ status }) => status)).toEqual(['interrupted', 'complete']);
    expect(await readTables(database.pool)).toEqual(expectedTables(account));
  });

  it('goes on when nobody reads what it says any more', async () => {
    const { child, ended } = startCli(['sync', '--json'], { env, cwd });
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect(await ended).toMatchObject({ code: 0 });
    expect(await lastRun()).toMatchObject({ status: 'complete' });
    expect(await readTables(database.pool)).toEqual(expectedTables(account));
  });

  it('that runs out of memory is recovered from by the next one', async () => {
    const greedy = { ...env, NODE_OPTIONS: '--max-old-space-size=16' };
    const { code } = await runCli(['sync'], { env: greedy, cwd });
    expect(code).not.toBe(0);
    expect((await runCli(['sync'], { env, cwd })).code).toBe(0);
    expect(await readTables(database.pool)).toEqual(expectedTables(account));
  });

  it('writes neither key nor database password anywhere at LOG_LEVEL=trace', async () => {
    simulator.fail((path) => path.startsWith('/groups'), { status: 500, body: 'Bearer test-key-1234567' }, 1);
    const password = new URL(database.url).password || 'no-password';
    const { stdout, stderr } = await runCli(['sync'], { env: { ...env, LOG_LEVEL: 'trace' }, cwd });
    expect(stdout + stderr).not.toContain(password);
    expect(stdout + stderr).not.toContain('Bearer');
  });
});

describe('the other commands', () => {
  useWarehouse(() => inject('migratedDatabase'));

  it('erase refuses where nobody can answer, and with --yes tells what was erased of each table', async () => {
    await runCli(['sync'], { env, cwd });
    const visitor = String([...account.asOf().visitors.keys()][0]);
    const unasked = await runCli(['erase', '--visitor', visitor], { env, cwd });
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const unknown = await runCli(['erase', '--visitor', '999999999', '--yes'], { env, cwd });
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('there is no visitor 999999999')]);
    expect((await runCli(['erase', '--visitor', '1 or 1=1', '--yes'], { env, cwd })).code).toBe(2);
    const { code, stdout } = await runCli(['erase', '--visitor', visitor, '--yes', '--json'], { env, cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ command: 'erase', status: 'complete', erased: { 'chatrhub_private.visitor_contacts': 1 } });
    const { rows } = await database.pool.query(
      'select name, email, xmpp_username from chatrhub_private.visitor_contacts where visitor_id = $1',
      [visitor],
    );
    expect(rows).toEqual([{ name: null, email: null, xmpp_username: null }]);
    expect((await runCli(['erase', '--visitor', visitor, '--yes'], { env, cwd })).stdout).toMatch(/record_versions\s+0/);
  });

  it('reconcile exits 1 where the report fails, and 2 where there is none', async () => {
    await runCli(['sync', '--only', 'chats'], { env, cwd });
    simulator.fail((path) => path.includes('report'), { status: 500 }, 8);
    expect(await runCli(['reconcile'], { env, cwd })).toMatchObject({ code: 1, stderr: expect.stringContaining('failed (500)') });
    simulator.fail((path) => path.includes('report'), { status: 404 }, 4);
    expect(await runCli(['reconcile'], { env, cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('has no report') });
  });

  it('report writes one page in one go, says where, and refuses what it cannot do', async () => {
    expect(await runCli(['report'], { env, cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('run chatrhub-sync sync') });
    await runCli(['sync'], { env, cwd });
    const requests = simulator.requests.length;
    const { code, stdout } = await runCli(['report', '--out', 'pages/../team.html'], { env: { DATABASE_URL: database.url }, cwd });
    expect({ code, requests: simulator.requests.length }).toEqual({ code: 0, requests });
    expect(stdout).toMatch(/^report on \S+ to \S+: \/\S+\/team\.html \([\d,]+ kB\)\n$/);
    expect(await readFile(join(cwd, 'team.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect((await runCli(['report', '--out', join('no-such-folder', 'x.html')], { env, cwd })).stderr).toContain(
      'choose another place with --out',
    );
    for (const wrong of [
      ['--from', '2026-02-30'],
      ['--from', '2026-03-02', '--to', '2026-03-01'],
      ['--to', '2001-01-01'],
      ['--out', '.'],
    ])
      expect({ wrong, ...(await runCli(['report', ...wrong], { env, cwd })) }).toMatchObject({ wrong, code: 2, stdout: '' });
    expect((await readdir(cwd)).filter((name) => /html|tmp/.test(name))).toEqual(['team.html']);
  });

  it('simulate serves an account that a sync can copy, and moves it on', async () => {
    const { child, ended, sees } = startCli(
      ['simulate', '--port', '0', '--days', '3', '--chats', '20', '--agents', '4', '--limits', '9/5s'],
      { cwd },
    );
    const [, url = ''] = await sees(/CHATRHUB_API_URL=(\S+)/);
    expect((await runCli(['sync', '--only', 'agents'], { env: { ...env, CHATRHUB_API_URL: url }, cwd })).code).toBe(0);
    await sees(/CHATRHUB_RATE_LIMITS=9\/5s/);
    const { port } = new URL(url);
    const second = await runCli(['simulate', '--port', port], { cwd });
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining(`--port: ${port} is taken on 127.0.0.1; choose another one`) });
    expect((await fetch(new URL('/simulator/advance?days=1', url), { method: 'POST' })).ok).toBe(true);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
  });

  it('demo needs no settings, tells a short story with a login that reads, and leaves a server that can be stopped', async () => {
    const { code, stdout } = await runCli(['demo'], { cwd });
    const stopLine = /kill -INT .*/.exec(stdout)?.[0] ?? '';
    try {
      expect(code).toBe(0);
      expect(stdout).toMatch(/second\s+complete/);
      const [, page = ''] = /report on \S+ to \S+: (\S+\.html) \(\d+ kB\)/.exec(stdout) ?? [];
      expect(await readFile(page, 'utf8')).toMatch(/14 days, in UTC, compared with the 14 before/);
      const [, url = '', query = ''] = /psql (postgres\S+)\nand begin with:\n {2}(select .*;)/.exec(stdout) ?? [];
      const analyst = new pg.Client(url);
      await analyst.connect();
      expect((await analyst.query(query)).rows.length).toBe(7);
      await expect(analyst.query('delete from chatrhub.chats')).rejects.toThrow('permission denied');
      await analyst.end();
      expect(stdout.trim().split('\n').length).toBeLessThan(40);
      // Its warehouse is made anew each time.
      expect((await runCli(['demo'], { cwd })).code).toBe(0);
    } finally {
      execFileSync('/bin/sh', ['-c', stopLine]);
    }
  }, 180_000);
});

describe('without a database', () => {
  it('names all wrong settings at once, before it does anything, and no secret', async () => {
    const wrong = {
      CHATRHUB_API_URL: 'http://user:hunter2@example.com',
      CHATRHUB_API_KEY: 'a b',
      SYNC_LOOKBACK_DAYS: '-1',
      DATABASE_URL: 'postgres://u:p@ss/w@h/d',
    };
    const { code, stderr } = await runCli(['sync'], { env: wrong, cwd });
    expect(code).toBe(2);
    for (const name of Object.keys(wrong)) expect(stderr).toContain(name);
    expect(stderr).not.toMatch(/hunter2|a b|p@ss/);
  });

  it.each(['sync', 'backfill', 'plan', 'reconcile', 'replay', 'report', 'erase', 'doctor', 'status', 'migrate', 'simulate', 'demo'])(
    '%s --help explains itself',
    async (command) => {
      const { code, stdout } = await runCli([command, '--help'], { cwd });
      expect(code).toBe(0);
      expect(stdout).toContain(`chatrhub-sync ${command}`);
    },
  );

  it.each([
    ['command', ['snyc'], ['sync', 'backfill', 'doctor']],
    ['option', ['sync', '--jsn'], ['--only', '--max-duration', '--json']],
  ])('an unknown %s exits 2, and is told which there are, on stderr', async (_, args, allowed) => {
    const { code, stdout, stderr } = await runCli(args, { cwd });
    expect({ code, stdout, missing: allowed.filter((name) => !stderr.includes(name)) }).toEqual({ code: 2, stdout: '', missing: [] });
  });
});
