import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forecast, lowerBoundMs } from '../src/budget/forecast.ts';
import { type Limit, parseLimits } from '../src/budget/limits.ts';
import type { Account } from '../src/simulator/account/account.ts';
import { type SeenRequest, type Simulator, startSimulator } from '../src/simulator/api/simulator-server.ts';
import type { Database } from '../src/warehouse/connection/database.ts';
import { API_KEY } from './budget-workbench.ts';

/** The documented limits, with seconds for minutes and less: what takes a day takes a minute. */
const LIMITS = '20/1s,60/5s,150/20s';
export const limits: readonly Limit[] = parseLimits(LIMITS) ?? [];

/** A request of a process that was killed counts until this, and two seconds more, have passed. */
const TIMEOUT = '2s';

export type Process = { kill(signal: NodeJS.Signals): void; ended: Promise<number | null> };

/** The program as its users run it, against an account that is served with limits. */
export type Program = {
  simulator: Simulator;
  start(args: readonly string[], settings?: Record<string, string>): Process;
  close(): Promise<void>;
};

export async function openProgram(databaseUrl: string, account: Account): Promise<Program> {
  const simulator = await startSimulator({ account, apiKey: API_KEY, limits });
  const cwd = await mkdtemp(join(tmpdir(), 'chatrhub-sync-bench-'));
  const env = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: databaseUrl,
    CHATRHUB_API_URL: simulator.url,
    CHATRHUB_API_KEY: API_KEY,
    CHATRHUB_RATE_LIMITS: LIMITS,
    CHATRHUB_REQUEST_TIMEOUT: TIMEOUT,
    LOG_LEVEL: 'warn',
  };
  const children = new Set<ChildProcess>();
  return {
    simulator,
    start(args, settings = {}) {
      const child = spawn(process.execPath, [resolve('dist/main.js'), ...args], {
        cwd,
        env: { ...env, ...settings },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      children.add(child);
      return { kill: (signal) => void child.kill(signal), ended: once(child, 'exit').then(([code]) => code) };
    },
    async close() {
      // Those that run on when something failed; the others have ended.
      for (const child of children) child.kill('SIGKILL');
      await simulator.close();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

/** Looks until `isMet`; throws when the process ends before. */
export async function waitUntil(isMet: () => boolean | Promise<boolean>, { ended }: Process): Promise<void> {
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  while (!(await isMet())) {
    if (hasEnded) throw new Error('a process ended before what was waited for');
    await sleep(1);
  }
}

/** Throws unless all of them end well. */
export async function endWell(processes: readonly Process[]): Promise<void> {
  const codes = await Promise.all(processes.map(({ ended }) => ended));
  if (codes.some((code) => code !== 0)) throw new Error(`processes ended with ${codes.join(', ')}`);
}

/**
 * The time from the first request to the last, as the source saw them, in milliseconds; the least that any client could take for so
 * many; and that for one which, like any, knows no chat to ask about before the chats were read.
 */
export async function timeOf(requests: readonly SeenRequest[], database: Database) {
  const latencyMs = await readLatency(database);
  const known = requests.findIndex(({ path }) => path.startsWith('/messages'));
  const momentOf = (index: number): number => requests.at(index)?.at ?? Number.NaN;
  const past = requests.slice(0, known).map(({ at }) => new Date(at));
  const budgets = limits.map((limit) => ({ limit, past }));
  const { finishesAt } = forecast({ requests: requests.length - known, budgets, now: new Date(momentOf(known)) });
  const answersMs = windowsPassed(requests.length) * latencyMs;
  return {
    requests: requests.length,
    refused: refusedOf(requests),
    latencyMs,
    tookMs: momentOf(-1) - momentOf(0),
    lowerBoundMs: Math.round(lowerBoundMs(requests.length, limits) + answersMs),
    leastMs: Math.round(finishesAt.getTime() - momentOf(0) + answersMs),
  };
}

export const refusedOf = (requests: readonly SeenRequest[]): number => requests.filter(({ status }) => status === 429).length;

/** From grant to settling, the median of the last half hour's requests; in milliseconds to one decimal. */
async function readLatency({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ ms: number }>(
    `select round(1000 * percentile_cont(0.5) within group (order by extract(epoch from settled_at - granted_at))::numeric, 1)::float8 as ms
     from chatrhub_sync.requests where granted_at > clock_timestamp() - interval '30 minutes'`,
  );
  return rows[0]?.ms ?? 0;
}

/** How many windows have to pass, one after another, before the last of so many requests: each by an answer's time later. */
function windowsPassed(requests: number): number {
  let [left, passed] = [requests - 1, 0];
  for (const { count } of limits.toReversed()) {
    passed += Math.floor(left / count);
    left %= count;
  }
  return passed;
}
