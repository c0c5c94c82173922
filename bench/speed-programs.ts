import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Simulator } from '../src/simulator/api/simulator-server.ts';
import type { Database } from '../src/warehouse/connection/database.ts';
import { API_KEY } from './budget-workbench.ts';

/** What a process took: its own CPU and memory, and how long the database worked for it. */
export type Run = { seconds: number; cpuSeconds: number; peakMb: number };

/** Says at its end, to whoever listens on 3, what the process took. */
const REPORTER = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs'; process.on('exit', () => { try { writeSync(3, JSON.stringify(process.resourceUsage())); } catch {} });`,
)}`;

/** Makes the clock of a process so many milliseconds slow. */
const slowClock = (ms: number): string =>
  `data:text/javascript,${encodeURIComponent(`const { Date } = globalThis; globalThis.Date = class extends Date {
    constructor(...parts) { parts.length > 0 ? super(...parts) : super(Date.now() - ${ms}); }
    static now() { return Date.now() - ${ms}; }
  };`)}`;

/** Runs Node with these arguments to its end; throws unless it ends well. `behindMs`: so much its clock is slow. */
export async function runNode(args: readonly string[], settings: Record<string, string> = {}, behindMs = 0): Promise<Run> {
  const cwd = await mkdtemp(join(tmpdir(), 'chatrhub-sync-bench-'));
  try {
    const began = performance.now();
    const child = spawn(process.execPath, ['--import', REPORTER, ...(behindMs > 0 ? ['--import', slowClock(behindMs)] : []), ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? '', ...settings },
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    const [report, [code]] = await Promise.all([text(child.stdio[3] as Readable), once(child, 'exit')]);
    const seconds = (performance.now() - began) / 1_000;
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(report) as NodeJS.ResourceUsage;
    return { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1_000_000, peakMb: maxRSS / 1_024 };
  } finally {
    await rm(cwd, { recursive: true });
  }
}

export const PROGRAM = resolve('dist/main.js');

/** The program as its users run it, with the limits lifted. */
export const runProgram = (
  args: readonly string[],
  databaseUrl: string,
  { url }: Simulator,
  { behindMs, ...settings }: { behindMs?: number; SYNC_START_DATE?: string } = {},
): Promise<Run> =>
  runNode(
    [PROGRAM, ...args],
    {
      DATABASE_URL: databaseUrl,
      CHATRHUB_API_URL: url,
      CHATRHUB_API_KEY: API_KEY,
      CHATRHUB_RATE_LIMITS: '1000000/second',
      SYNC_LOOKBACK_DAYS: '30',
      LOG_LEVEL: 'warn',
      ...settings,
    },
    behindMs,
  );

/** Seconds that sessions of this database spent on statements so far. */
export async function databaseSeconds({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ seconds: number }>(
    'select active_time / 1000 as seconds from pg_stat_database where datname = current_database()',
  );
  return rows[0]?.seconds ?? Number.NaN;
}
