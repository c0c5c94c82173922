import { chmod, mkdtemp, readdir, realpath, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import pg from 'pg';
import { type ContainerRuntimeClient, getContainerRuntimeClient } from 'testcontainers';
import { startEmbedded, stopEmbedded } from '../../src/embedded/embedded-postgres.ts';
import { startInstalled } from './installed-postgres.ts';

type Backend = 'TEST_DATABASE_URL' | 'TEST_POSTGRES_BIN' | 'testcontainers' | 'embedded';
type Started = { url: string; stop(): Promise<void> };
export type TestPostgres = Started & { backend: Backend; version: string };

const pullTimeoutMs = 30_000;
const ownerLabel = 'chatrhub-sync.test-process';
const dirPrefix = 'chatrhub-sync-test-';

/**
 * The server the tests run on: the one named by TEST_DATABASE_URL, else one of the programs in TEST_POSTGRES_BIN, else a container, else the
 * embedded one. `version` is what the server says of itself, not the image's tag.
 * @throws Error naming what was wrong with each; what a variable names is tried alone
 */
export const startTestPostgres = async (): Promise<TestPostgres> => {
  const { TEST_DATABASE_URL: wanted, TEST_POSTGRES_BIN: bin } = process.env;
  const ways: [Backend, () => Promise<Started>][] = wanted
    ? [['TEST_DATABASE_URL', async () => ({ url: wanted, stop: async () => undefined })]]
    : bin
      ? [['TEST_POSTGRES_BIN', () => startTemporary((dataDir) => startInstalled(bin, dataDir))]]
      : [
          ['testcontainers', startContainer],
          ['embedded', () => startTemporary(async (dataDir) => (await startEmbedded({ dataDir, durable: false })).url)],
        ];
  const failures: string[] = [];
  for (const [backend, start] of ways) {
    let started: Started | undefined;
    try {
      started = await start();
      return { ...started, backend, version: await readVersion(started.url) };
    } catch (error) {
      await started?.stop();
      failures.push(`${backend}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`There is no PostgreSQL to test on.\n${failures.join('\n')}`);
};

const MEMORY = '/dev/shm';
const NEEDED_BYTES = 4 * 2 ** 30;

/** Files lie in memory where there is room: each test's database is a thousand of them, which on a disk took a quarter of the suite's time. */
const chooseBase = async (): Promise<string> => {
  const free = await statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= NEEDED_BYTES ? MEMORY : tmpdir();
};

/** A new directory for an embedded server. Another user may pass through it, so that root's tests need no second place for the cluster. */
export const makeDataDir = async (): Promise<string> => {
  const dir = await mkdtemp(join(await chooseBase(), `${dirPrefix}${process.pid}-`));
  await chmod(dir, 0o711);
  return dir;
};

/** Stops the embedded server of a directory and removes both, the cluster also where it lies elsewhere. */
export const removeEmbedded = async (dataDir: string): Promise<void> => {
  await stopEmbedded(dataDir);
  const cluster = await realpath(join(dataDir, 'postgres')).catch(() => dataDir);
  for (const path of [cluster, dataDir]) await rm(path, { recursive: true, force: true, maxRetries: 5 });
};

/** Removes the servers of earlier runs that were killed before they could do it. */
export const removeLeftovers = async (): Promise<void> => {
  for (const base of [tmpdir(), MEMORY])
    for (const name of await readdir(base).catch(() => [])) {
      const owner = new RegExp(`^${dirPrefix}(\\d+)-`).exec(name)?.[1];
      const path = join(base, name);
      if (owner && !isAlive(Number(owner)) && (await stat(path)).uid === process.getuid?.()) await removeEmbedded(path);
    }
};

const startTemporary = async (start: (dataDir: string) => Promise<string>): Promise<Started> => {
  const dataDir = await makeDataDir();
  try {
    const url = await start(dataDir);
    return { url, stop: () => removeEmbedded(dataDir) };
  } catch (error) {
    await removeEmbedded(dataDir);
    throw error;
  }
};

const startContainer = async (): Promise<Started> => {
  const runtime = await getContainerRuntimeClient();
  const image = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';
  await needImage(runtime, image);
  await removeOldContainers(runtime);
  // Its own cleaner is one more image, which cannot be had everywhere; the label does its work.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const container = await new PostgreSqlContainer(image)
    .withLabels({ [ownerLabel]: String(process.pid) })
    .withCommand(['postgres', '-c', 'fsync=off'])
    .withStartupTimeout(60_000)
    .start();
  return { url: container.getConnectionUri(), stop: async () => void (await container.stop()) };
};

/** Has the image at hand, or says why not within half a minute: an engine may answer where no registry does. */
const needImage = async ({ container: { dockerode } }: ContainerRuntimeClient, image: string): Promise<void> => {
  const isLocal = await dockerode
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (isLocal) return;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), pullTimeoutMs);
  try {
    const progress = await dockerode.pull(image, { abortSignal: abort.signal });
    await new Promise<void>((resolve, reject) => dockerode.modem.followProgress(progress, (error) => (error ? reject(error) : resolve())));
  } catch (cause) {
    throw new Error(`the image ${image} is not here and cannot be pulled: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    clearTimeout(timer);
  }
};

const removeOldContainers = async ({ container: { dockerode } }: ContainerRuntimeClient): Promise<void> => {
  for (const { Id, Labels } of await dockerode.listContainers({ all: true, filters: { label: [ownerLabel] } }))
    if (!isAlive(Number(Labels[ownerLabel]))) await dockerode.getContainer(Id).remove({ force: true, v: true });
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const readVersion = async (connectionString: string): Promise<string> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>('select version()');
    return rows[0]?.version ?? 'unknown';
  } finally {
    await client.end().catch(() => undefined);
  }
};
