import type { TestProject } from 'vitest/node';
import { removeLeftovers, startTestPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database of the tests' server, as a user who may create others. */
    adminDatabaseUrl: string;
  }
}

/** Once before all test files: the server they create their databases on. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  await removeLeftovers();
  const postgres = await startTestPostgres();
  process.stdout.write(`tests run on ${postgres.backend}: ${postgres.version}\n`);
  project.provide('adminDatabaseUrl', postgres.url);
  return postgres.stop;
};
