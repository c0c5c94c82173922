import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../src/embedded/embedded-postgres.ts';

/** Starts an embedded PostgreSQL for the time of `work`, which gets the URL of a database of it, and leaves nothing behind. */
export async function withPostgres(work: (url: string) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chatrhub-sync-bench-'));
  // The server's user may pass through it, so that root's benches need no second place for the cluster.
  await chmod(dataDir, 0o711);
  try {
    const server = await startEmbedded({ dataDir, durable: false });
    try {
      await work(server.url);
    } finally {
      await server.stop();
    }
  } finally {
    const cluster = await realpath(join(dataDir, 'postgres')).catch(() => dataDir);
    for (const path of [cluster, dataDir]) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Makes one more database on the server of `url`, empty or a copy of `template`; returns its URL. */
export async function addDatabase(url: string, name: string, template = 'template1'): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name} template ${template}`).finally(() => client.end());
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
