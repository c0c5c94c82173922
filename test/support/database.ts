import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { findLeaks } from './leaks.ts';

export type TestDatabase = { name: string; url: string; pool: pg.Pool; drop(): Promise<void> };

/**
 * A database of its own on the tests' server, or the one of `adminUrl`: empty, or as `template`. `drop` removes it whatever is still open,
 * and throws when our tables held a secret: no test may leave one there.
 */
export const createTestDatabase = async (template = 'template0', adminUrl = inject('adminDatabaseUrl')): Promise<TestDatabase> => {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, (client) => client.query(`create database ${name} template ${template} strategy file_copy`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 5, connectionTimeoutMillis: 10_000 });
  // What is cut by `drop`, or by a test that kills connections, must not end the test process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const drop = async (): Promise<void> => {
    // pool.end() waits for clients that nobody gives back.
    await Promise.race([pool.ended ? undefined : pool.end(), sleep(2000, undefined, { ref: false })]);
    const leaks = await asAdmin(url.href, (client) => findLeaks(client, ownSecrets(url)));
    await asAdmin(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    if (leaks.length > 0) throw new Error(`a secret is in ${leaks.join(', ')}`);
  };
  return { name, url: url.href, pool, drop };
};

/** The server's password, where it can be told from other words. */
const ownSecrets = ({ password }: URL): string[] => (password.length < 12 ? [] : [decodeURIComponent(password)]);

const asAdmin = async <T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, lock_timeout: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const urls = new WeakMap<Database, string>();

/** Opens a database, and remembers where it is: it keeps its password to itself. */
export function openAt(url: string, open: (url: string) => Database): Database {
  const database = open(url);
  urls.set(database, url);
  return database;
}

/** Where a database is that a test has opened. */
export function urlOf(database: Database): string {
  const url = urls.get(database);
  if (url === undefined) throw new TypeError('this database was not opened by openAt');
  return url;
}
