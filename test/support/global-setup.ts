import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { migrate } from '../../src/warehouse/schema/migrate.ts';
import { removeLeftovers, startTestPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database of the tests' server, as a user who may create others. */
    adminDatabaseUrl: string;
    /** The name of a database on it with today's schemas, to make others of. */
    migratedDatabase: string;
  }
}

/** Once before all test files: the server they create their databases on. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  await removeLeftovers();
  const postgres = await startTestPostgres();
  process.stdout.write(`tests run on ${postgres.backend}: ${postgres.version}\n`);
  project.provide('adminDatabaseUrl', postgres.url);
  const name = `migrated_${process.pid}`;
  await makeMigrated(postgres.url, name);
  project.provide('migratedDatabase', name);
  return async () => {
    await asAdmin(postgres.url, `drop database if exists ${name} with (force)`);
    await postgres.stop();
  };
};

/** Copying a database takes a tenth of the time of bringing an empty one up to date. */
const makeMigrated = async (adminUrl: string, name: string): Promise<void> => {
  await asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
  await asAdmin(adminUrl, `create database ${name} template template0`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const database = createDatabase(url.href);
  await migrate(database, catalogue).finally(() => database.close());
};

const asAdmin = async (connectionString: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};
