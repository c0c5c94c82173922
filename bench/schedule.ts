import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { createAccount } from '../src/simulator/account/account.ts';
import { startSimulator } from '../src/simulator/api/simulator-server.ts';
import { killSchedulers } from '../test/support/scheduler-kills.ts';
import { API_KEY } from './budget-workbench.ts';
import { withPostgres } from './postgres.ts';

/*
 * Two schedulers, a slot every five seconds, and two minutes in which they are killed at random: each slot is to be one run's. Exit code 1
 * when one was lost or run twice. `npm run bench:schedule [-- seed]`
 */
const FOR_MS = 120_000;
const EVERY_SECONDS = 5;

await withPostgres(async (url) => {
  const seed = Number(process.argv[2] ?? 1);
  const account = createAccount({ seed: 41, agents: 4, days: 3, chats: 20 });
  const simulator = await startSimulator({ account, apiKey: API_KEY });
  const cwd = await mkdtemp(join(tmpdir(), 'chatrhub-sync-bench-'));
  const pool = new pg.Pool({ connectionString: url });
  const env = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: url,
    CHATRHUB_API_URL: simulator.url,
    CHATRHUB_API_KEY: API_KEY,
    CHATRHUB_RATE_LIMITS: '1000000/second',
    SYNC_CRON: `*/${EVERY_SECONDS} * * * * *`,
    STATUS_PORT: '0',
  };
  const start = () => {
    const child = spawn(process.execPath, [resolve('dist/main.js'), 'schedule'], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const started = new Promise<void>((told) => {
      child.stderr.on('data', (chunk: Buffer) => {
        if (chunk.includes('schedule started')) told();
      });
    });
    return { kill: (signal: NodeJS.Signals) => void child.kill(signal), started, ended: once(child, 'exit') };
  };
  try {
    const figures = await killSchedulers({ pool, everySeconds: EVERY_SECONDS, forMs: FOR_MS, seed, start });
    const violations = simulator.violations.length;
    process.stdout.write(`${JSON.stringify({ seed, ...figures, violations })}\n`);
    const { slots, once: made, madeUp, more, lost } = figures;
    if (more > 0 || lost > 0 || violations > 0 || made + madeUp !== slots) process.exitCode = 1;
  } finally {
    await pool.end();
    await simulator.close();
    await rm(cwd, { recursive: true, force: true });
  }
});
