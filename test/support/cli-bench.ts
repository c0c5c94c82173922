import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseLimits } from '../../src/budget/limits.ts';
import type { Account } from '../../src/simulator/account/account.ts';
import type { Oddities } from '../../src/simulator/api/oddities.ts';
import { type Simulator, startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** An account that is served, an empty database, and the folder and settings of processes that copy the one into the other. */
export type CliBench = { simulator: Simulator; database: TestDatabase; cwd: string; env: Record<string, string>; first: string };

/** Long enough to be found wherever it does not belong. */
const KEY = 'fake-canary-key-of-the-tests';

/** Works on a bench, and closes it. The source keeps `limits`, and so do the processes. */
export async function withCliBench(
  account: Account,
  { limits, oddities = {} }: { limits: string; oddities?: Partial<Oddities> },
  work: (bench: CliBench) => Promise<void>,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'chatrhub-processes-'));
  await chmod(cwd, 0o755);
  const simulator = await startSimulator({ account, limits: parseLimits(limits) ?? [], oddities, apiKey: KEY });
  const database = await createTestDatabase();
  const env = {
    CHATRHUB_API_URL: simulator.url,
    CHATRHUB_API_KEY: KEY,
    DATABASE_URL: database.url,
    CHATRHUB_RATE_LIMITS: limits,
    BACKFILL_RESERVE: '0%',
  };
  try {
    await work({ simulator, database, cwd, env, first: account.startedAt.toISOString().slice(0, 10) });
    expect(simulator.violations).toEqual([]);
  } finally {
    await simulator.close();
    await database.drop();
    await rm(cwd, { recursive: true });
  }
}
