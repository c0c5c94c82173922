import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';

export type TestDatabase = { name: string; url: string; pool: pg.Pool; drop(): Promise<void> };

/** A database of its own on the tests' server, or the one of `adminUrl`: empty, or as `template`. `drop` removes it whatever is still open. */
export const createTestDatabase = async (template = 'template0', adminUrl = inject('adminDatabaseUrl')): Promise<TestDatabase> => {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, `create database ${name} template ${template}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 5, connectionTimeoutMillis: 10_000 });
  // What is cut by `drop`, or by a test that kills connections, must not end the test process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const drop = async (): Promise<void> => {
    // pool.end() waits for clients that nobody gives back.
    await Promise.race([pool.ended ? undefined : pool.end(), sleep(2000, undefined, { ref: false })]);
    await asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
  };
  return { name, url: url.href, pool, drop };
};

const asAdmin = async (connectionString: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};
