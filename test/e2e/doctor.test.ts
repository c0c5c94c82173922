import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Finding } from '../../src/operations/finding.ts';
import { createAccount } from '../../src/simulator/account/account.ts';
import { type Simulator, startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { makeCertificate } from '../support/certificate.ts';
import { runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FEWER, FEWER_SAYS, NO_REPORT, openDoubts, settle, silentChat } from '../support/doubts.ts';
import { serve } from '../support/http.ts';
import { createLogins } from '../support/logins.ts';
import { startPooler } from '../support/pooler.ts';
import { startProxy } from '../support/proxy.ts';

let cwd: string;
let simulator: Simulator;
let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'chatrhub-doctor-'));
  simulator = await startSimulator({ account: createAccount({ seed: 3, agents: 4, days: 2, chats: 10 }) });
  database = await createTestDatabase();
  await writeFile(join(cwd, 'key'), 'test-key\n', { mode: 0o600 });
  await runCli(['migrate'], { env: { DATABASE_URL: database.url }, cwd });
});
beforeEach(() => {
  env = { CHATRHUB_API_URL: simulator.url, CHATRHUB_API_KEY_FILE: 'key', DATABASE_URL: database.url, SYNC_TIMEZONE: 'UTC' };
});
afterAll(async () => {
  await simulator.close();
  await database.drop();
  await rm(cwd, { recursive: true });
  expect(simulator.violations).toEqual([]);
});

async function doctor(
  changes: Record<string, string> = {},
): Promise<{ code: number | null; checks: Finding[]; find(check: string): Finding | undefined }> {
  const { code, stdout } = await runCli(['doctor', '--json'], { env: { ...env, ...changes }, cwd });
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Finding[] };
  expect(ok).toBe(code === 0);
  for (const { outcome, advice } of checks) expect(Boolean(advice)).toBe(outcome !== 'ok');
  return { code, checks, find: (check) => checks.find((finding) => finding.check === check) };
}

it('all that a sync needs is well: one request is made, which the ledger has granted', async () => {
  const before = simulator.requests.length;
  const { code, checks } = await doctor();
  expect(checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  expect(code).toBe(0);
  expect([...new Set(checks.map(({ check }) => check))]).toEqual([
    'settings',
    'files',
    'network',
    'database version',
    'rights',
    'migrations',
    'time zone',
    'size',
    'doubts',
    'key',
    'clock',
    'schedule',
  ]);
  expect(simulator.requests.slice(before).map(({ path }) => path)).toEqual(['/groups.json']);
  const { rows } = await database.pool.query('select lane, path, status, settled_at is not null as is_settled from chatrhub_sync.requests');
  expect(rows).toEqual([{ lane: 'command', path: '/groups.json', status: 200, is_settled: true }]);
});

it('a key that is refused fails with where to get one, and is not shown', async () => {
  const { code, find, checks } = await doctor({ CHATRHUB_API_KEY_FILE: '', CHATRHUB_API_KEY: 'some-other-key' });
  expect([code, find('key')]).toEqual([1, expect.objectContaining({ outcome: 'fail', advice: expect.stringContaining('Secret Key') })]);
  expect(JSON.stringify(checks)).not.toContain('some-other-key');
});

it('row 101: a key file that others may read is told, with what to do', async () => {
  await chmod(join(cwd, 'key'), 0o644);
  try {
    const { code, find } = await doctor();
    expect([code, find('files')]).toEqual([0, expect.objectContaining({ outcome: 'warn', advice: 'chmod 600 key' })]);
  } finally {
    await chmod(join(cwd, 'key'), 0o600);
  }
});

it('without a database it says so, makes no request, and checks the rest', async () => {
  const before = simulator.requests.length;
  const { code, find } = await doctor({ DATABASE_URL: 'postgres://u:fake-canary@127.0.0.1:1/x' });
  expect([code, find('database')?.outcome, find('key')?.outcome, find('schedule')?.outcome]).toEqual([1, 'fail', 'warn', 'ok']);
  expect(JSON.stringify(find('database'))).not.toContain('fake-canary');
  expect(simulator.requests.length).toBe(before);
});

it('nothing is wrong with a user set up as docs/databases.md says: a member of chatrhub_loader', async () => {
  const logins = createLogins(database.pool, database.url);
  try {
    const { url } = await logins.add({ memberOf: 'chatrhub_loader' });
    const { code, checks } = await doctor({ DATABASE_URL: url });
    expect(checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(code).toBe(0);
  } finally {
    await logins.remove();
  }
});

it('a database that no command takes is a setting that is wrong: exit 2, and no request', async () => {
  const before = simulator.requests.length;
  const latin = await createTestDatabase(`template0 encoding 'LATIN1' locale 'C'`);
  const pooler = await startPooler(database.url, { mode: 'transaction' });
  try {
    for (const [url, advice] of [
      [latin.url, /create database/],
      [pooler.through(database.url), /Neon/],
    ] as const) {
      const { code, find } = await doctor({ DATABASE_URL: url });
      expect([code, find('database')]).toEqual([2, expect.objectContaining({ outcome: 'fail', advice: expect.stringMatching(advice) })]);
    }
    expect(simulator.requests.length).toBe(before);
  } finally {
    await pooler.close();
    await latin.drop();
  }
});

it('an API that is not there fails, after one attempt', async () => {
  const { code, find } = await doctor({ CHATRHUB_API_URL: 'http://127.0.0.1:1/api/v1' });
  expect([code, find('key')]).toEqual([
    1,
    expect.objectContaining({ outcome: 'fail', text: expect.stringContaining('the connection to 127.0.0.1:1 failed') }),
  ]);
});

it.each([
  ['is valid and trusted is taken', {}, undefined],
  ['is trusted and has expired is refused, and told nothing', { validAt: new Date('2020-01-01T00:00:00Z') }, 'CERT_HAS_EXPIRED'],
  ['is trusted and for another host is refused, and told nothing', { address: '127.0.0.2' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('row 32: an API whose certificate %s', async (_, wanted, code) => {
  const certificate = makeCertificate(wanted);
  const heard: (string | undefined)[] = [];
  const server = await serve((request, response) => {
    heard.push(request.url);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data": [{"type": "groups", "id": 1}]}');
  }, certificate);
  await writeFile(join(cwd, 'authorities.pem'), certificate.cert);
  try {
    const trusting = { CHATRHUB_API_URL: `${server.url}/api/v1`, NODE_EXTRA_CA_CERTS: join(cwd, 'authorities.pem') };
    const { find } = await doctor(trusting);
    expect([find('key')?.outcome, heard]).toEqual(code ? ['fail', []] : ['ok', ['/api/v1/groups.json']]);
    if (code) expect(find('key')?.text).toContain(code);
  } finally {
    await server.close();
  }
});

it('an API behind a proxy is reached through it, with the key inside TLS only, and which proxy that is is said without its password', async () => {
  const certificate = makeCertificate({ address: '192.0.2.1' });
  const heard: string[] = [];
  const server = await serve((request, response) => {
    heard.push(`${request.url} ${request.headers.authorization} ${request.headers['proxy-authorization']}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data": [{"type": "groups", "id": 1}]}');
  }, certificate);
  const proxy = await startProxy(server.url, { login: 'sync:fake-canary-p@ss' });
  await writeFile(join(cwd, 'authorities.pem'), certificate.cert);
  try {
    const { find, code, checks } = await doctor({
      CHATRHUB_API_URL: 'https://192.0.2.1/api/v1',
      NODE_EXTRA_CA_CERTS: join(cwd, 'authorities.pem'),
      https_proxy: proxy.url.replace('http://', 'sync:fake-canary-p%40ss@'),
      NO_PROXY: 'example.com,10.0.0.0/8',
    });
    expect([code, find('network')?.text]).toEqual([
      0,
      `the API at 192.0.2.1: through the proxy ${proxy.url.replace('://', '://[secret]@')} (HTTPS_PROXY)`,
    ]);
    expect(heard).toEqual(['/api/v1/groups.json Bearer test-key undefined']);
    expect(proxy.asked.map(({ line }) => line)).toEqual(['CONNECT 192.0.2.1:443']);
    expect(JSON.stringify([proxy.asked[0]?.headers, proxy.asked[0]?.sent])).not.toMatch(/test-key|groups/);
    expect(proxy.asked[0]?.sent).not.toBe('');
    expect(JSON.stringify(checks)).not.toContain('canary');
  } finally {
    await proxy.close();
    await server.close();
  }
});

it('what may be missing is told with what settles it, and keeps nothing from working; what is merely unknown is well', async () => {
  const warehouse = createDatabase(database.url);
  try {
    await openDoubts(warehouse, [NO_REPORT]);
    expect((await doctor()).find('doubts')).toEqual({ check: 'doubts', outcome: 'ok', text: 'nothing says that records are missing' });
    await openDoubts(warehouse, [FEWER, silentChat(1)]);
    const { code, find } = await doctor();
    expect([code, find('doubts')]).toEqual([
      0,
      {
        check: 'doubts',
        outcome: 'warn',
        text: expect.stringMatching(new RegExp(`^${FEWER_SAYS}, since .* UTC\\. And 1 more; chatrhub-sync status says which\\.$`)),
        advice: 'chatrhub-sync reconcile --repair, or a sync in which both agree',
      },
    ]);
    for (const one of [FEWER, silentChat(1)]) await settle(warehouse, one);
    expect((await doctor()).find('doubts')?.outcome).toBe('ok');
  } finally {
    await warehouse.close();
  }
});

it('doubts are not asked for where migrations are still to be made', async () => {
  await database.pool.query('alter table chatrhub_sync.doubts rename to doubts_of_tomorrow');
  try {
    const last = await database.pool.query(
      'delete from chatrhub_sync.migrations where id = (select max(id) from chatrhub_sync.migrations) returning *',
    );
    const { find } = await doctor();
    expect([find('migrations')?.text, find('doubts')]).toEqual(['1 to be applied: the next sync does it', undefined]);
    const { id: _, ...row } = last.rows[0];
    await database.pool.query('insert into chatrhub_sync.migrations (hash, created_at) values ($1, $2)', [row.hash, row.created_at]);
  } finally {
    await database.pool.query('alter table chatrhub_sync.doubts_of_tomorrow rename to doubts');
  }
});

it('says in which time zone the warehouse counts its days, also where the setting is another', async () => {
  expect((await doctor({ REPORTING_TIMEZONE: 'Asia/Kolkata' })).find('time zone')).toMatchObject({
    outcome: 'warn',
    text: 'days are counted in UTC, and REPORTING_TIMEZONE is Asia/Kolkata',
  });
});

it('wrong settings are a check that failed, and exit 2', async () => {
  const { code, checks } = await doctor({ SYNC_LOOKBACK_DAYS: 'x', SYNC_CRON: 'y' });
  expect([code, checks]).toEqual([
    2,
    [expect.objectContaining({ check: 'settings', outcome: 'fail', text: expect.stringMatching(/LOOKBACK[\s\S]*CRON/) })],
  ]);
});

it('says in words what it says in JSON', async () => {
  await chmod(join(cwd, 'key'), 0o644);
  const { stdout } = await runCli(['doctor'], { env, cwd }).finally(() => chmod(join(cwd, 'key'), 0o600));
  expect(stdout).toMatch(/^ok {4}settings/);
  expect(stdout).toMatch(/warn {2}files .*others on this machine may read it\n +-> chmod 600 key/);
});
