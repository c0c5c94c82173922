import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedUnavailableError } from '../errors.ts';
import { type OsUser, serverEnv } from './os-user.ts';

export type Server = { cluster: string; bin: string; user: OsUser; logFile: string; durable: boolean };
type Running = { pid: number; port: number };

const startTimeoutMs = 60_000;
const maxAttempts = 8;

/** The server of this cluster, when its process is alive. A pid alone proves nothing: it may be another process's by now. */
const findRunning = (cluster: string): Running | undefined => {
  const [pid, , , port] = readPidFile(cluster).split('\n').map(Number);
  return pid && port && commandLine(pid).includes(cluster) ? { pid, port } : undefined;
};

/**
 * Starts the server as a process of its own, which stays when we end, or finds it running; returns its port when it answers.
 * When several start it, PostgreSQL's own lock lets one through and the others find that one.
 * @param url the address of a database on a port
 * @throws EmbeddedUnavailableError with the last lines of the server's log
 */
export const ensureRunning = async (server: Server, url: (port: number) => string): Promise<number> => {
  const deadline = Date.now() + startTimeoutMs;
  const logged = await stat(server.logFile).then(
    ({ size }) => size,
    () => 0,
  );
  let failure: unknown;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    await sleep(attempt * 100);
    const running = findRunning(server.cluster);
    const { port, isAlive } = running ? { port: running.port, isAlive: () => !!findRunning(server.cluster) } : await launch(server);
    do {
      failure = await knock(url(port)).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!failure) return port;
      await sleep(50);
    } while (isAlive() && !isRefusal(failure) && Date.now() < deadline);
    if (isAlive()) break;
  }
  const log = (await readFile(server.logFile, 'utf8').catch(() => '')).slice(logged).trim().split('\n').slice(-12).join('\n');
  const reason = failure instanceof Error ? failure.message : String(failure);
  throw new EmbeddedUnavailableError(
    `PostgreSQL in ${server.cluster} does not answer (${reason}); ${server.logFile} ends with:\n${log}\n`,
    { cause: failure },
  );
};

/** Stops the server when it runs: open transactions are rolled back; after 10 seconds it is killed, which loses nothing committed. */
export const stopServer = async (cluster: string): Promise<void> => {
  for (const [signal, waitMs] of [
    ['SIGINT', 10_000],
    ['SIGKILL', 5_000],
  ] as const) {
    const running = findRunning(cluster);
    if (!running) return;
    process.kill(running.pid, signal);
    const deadline = Date.now() + waitMs;
    while (findRunning(cluster)?.pid === running.pid && Date.now() < deadline) await sleep(20);
  }
  if (findRunning(cluster)) throw new Error(`PostgreSQL in ${cluster} did not stop within 15 seconds`);
};

const readPidFile = (cluster: string): string => {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

const commandLine = (pid: number): string => {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000, stdio: 'pipe' });
  } catch {
    return '';
  }
};

const launch = async ({ cluster, bin, user, logFile, durable }: Server): Promise<{ port: number; isAlive: () => boolean }> => {
  removeForeignPidFile(cluster);
  const port = await findPort(cluster);
  const careless = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'].flatMap((setting) => ['-c', setting]);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(join(bin, 'postgres'), ['-D', cluster, '-p', String(port), ...(durable ? [] : careless)], {
    ...user,
    cwd: cluster,
    env: serverEnv,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let hasFailed = false;
  child.on('error', () => {
    hasFailed = true;
  });
  child.unref();
  return { port, isAlive: () => !hasFailed && child.exitCode === null && child.signalCode === null };
};

/**
 * PostgreSQL clears away a dead server's pid file, but not when the pid is meanwhile another process's of the same user (in a container
 * that is likely). Read again before it is removed, because a server may have started since.
 */
const removeForeignPidFile = (cluster: string): void => {
  const content = readPidFile(cluster);
  if (content && !findRunning(cluster) && readPidFile(cluster) === content) unlinkSync(join(cluster, 'postmaster.pid'));
};

/** The last start's port if it is free, so that what analysts have saved keeps working; else any free one. */
const findPort = async (cluster: string): Promise<number> => {
  const options = await readFile(join(cluster, 'postmaster.opts'), 'utf8').catch(() => '');
  const lastPort = Number(/"-p" "(\d+)"/.exec(options)?.[1] ?? 0);
  return listenOnce(lastPort).catch(() => listenOnce(0));
};

const listenOnce = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });

const knock = async (connectionString: string): Promise<void> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** 28P01: the server is there, and no waiting makes the password right. */
const isRefusal = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '28P01';
