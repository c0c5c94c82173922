import { resolve } from 'node:path';
import { catalogue } from '../src/analytics/catalogue.ts';
import { type AccountOptions, createAccount } from '../src/simulator/account/account.ts';
import { startSimulator } from '../src/simulator/api/simulator-server.ts';
import { dayOf } from '../src/time/period.ts';
import { createDatabase } from '../src/warehouse/connection/database.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { API_KEY, age } from './budget-workbench.ts';
import { addDatabase } from './postgres.ts';
import type { Section } from './section.ts';
import { median, rounded } from './speed-measure.ts';
import { databaseSeconds, PROGRAM, type Run, runNode, runProgram } from './speed-programs.ts';
import type { Scale } from './speed-scale.ts';

const DAY_MS = 86_400_000;

/** A night's sync after the first one, and a backfill of a long history, as processes of their own. */
export async function timeRuns(serverUrl: string, { night, history }: Scale): Promise<Section> {
  const first = await timeNight(serverUrl, night);
  const long = await timeBackfill(serverUrl, history);
  return {
    title: '4. Runs with the limits lifted: what the process takes, and how long the database works for it.',
    rows: [...first, long].map(({ what, requests, rows, database, run }) => ({
      what,
      requests,
      'rows read': rows,
      'CPU s': rounded(run.cpuSeconds, 1),
      'database s': rounded(database, 1),
      's in all': rounded(run.seconds, 1),
      'peak MB': Math.round(run.peakMb),
    })),
    promised: [{ promise: 'peak MB of the backfill', most: 300, measured: Math.round(long.run.peakMb) }],
  };
}

type Size = { agents: number; days: number; chats: number };
type Measured = { what: string; requests: number; rows: number; database: number; run: Run };

const describe = ({ agents, days, chats }: Size): string =>
  `${agents} agents, ${Math.round(chats / days).toLocaleString('en')} chats a day`;

async function timeNight(serverUrl: string, size: Size): Promise<Measured[]> {
  const born = new Date(Date.now() - DAY_MS);
  return withAccount(serverUrl, 'night', { seed: 8, ...size, now: born }, async ({ measure, database, account }) => {
    const first = await measure(`first sync of ${size.days} days: ${describe(size)}`, ['sync']);
    await age(database, '1 day');
    await database.pool.query('vacuum analyze');
    account.advance({ days: 1 });
    return [first, await measure('the sync of the next night', ['sync'])];
  });
}

async function timeBackfill(serverUrl: string, size: Size): Promise<Measured> {
  return withAccount(serverUrl, 'history', { seed: 9, ...size }, ({ measure, account }) =>
    measure(`backfill of ${rounded(size.days / 365, 1)} years: ${describe(size)}`, ['backfill', '--from', dayOf(account.startedAt)]),
  );
}

type Bench = {
  account: ReturnType<typeof createAccount>;
  database: ReturnType<typeof createDatabase>;
  measure(what: string, args: readonly string[]): Promise<Measured>;
};

async function withAccount<T>(serverUrl: string, name: string, options: AccountOptions, work: (bench: Bench) => Promise<T>): Promise<T> {
  const account = createAccount(options);
  const simulator = await startSimulator({ account, apiKey: API_KEY });
  const url = await addDatabase(serverUrl, name);
  const database = createDatabase(url);
  try {
    await migrate(database, catalogue, resolve('drizzle'));
    return await work({
      account,
      database,
      async measure(what, args) {
        const before = await databaseSeconds(database);
        const run = await runProgram(args, url, simulator);
        const { rows } = await database.pool.query<{ requests: number; rows: number }>(
          `select requests::int, (rows_inserted + rows_updated + rows_unchanged + rows_rejected)::int as rows
           from chatrhub_sync.runs order by run_id desc limit 1`,
        );
        const [counts = { requests: Number.NaN, rows: Number.NaN }] = rows;
        return { what, ...counts, database: (await databaseSeconds(database)) - before, run };
      },
    });
  } finally {
    await simulator.close();
    await database.close();
  }
}

const TIMES = 11;

/** What a command costs before it does anything: help, and a sync that finds nothing new. */
export async function timeStart(serverUrl: string): Promise<Section> {
  const ways: [string, () => Promise<Run>][] = [
    ['node without a program', () => runNode(['-e', '0'])],
    ['chatrhub-sync --help', () => runNode([PROGRAM, '--help'])],
  ];
  const simple = await interleave(ways);
  const account = createAccount({ seed: 10, agents: 8, days: 10, chats: 100 });
  const simulator = await startSimulator({ account, apiKey: API_KEY });
  try {
    const url = await addDatabase(serverUrl, 'nothing');
    await runProgram(['sync'], url, simulator);
    await runProgram(['sync'], url, simulator);
    const nothing = await interleave([['a sync with nothing to do', () => runProgram(['sync'], url, simulator)]]);
    const rows = [...simple, ...nothing];
    return {
      title: `5. Start-up: medians of ${TIMES}.`,
      rows: rows.map(({ what, wallMs, cpuMs, peakMb }) => ({
        what,
        'wall ms': Math.round(wallMs),
        'CPU ms': Math.round(cpuMs),
        'peak MB': Math.round(peakMb),
      })),
      promised: [
        { promise: '--help: wall ms', most: 150, measured: Math.round(rows[1]?.wallMs ?? Number.NaN) },
        { promise: 'nothing to do: CPU ms', most: 1_000, measured: Math.round(rows[2]?.cpuMs ?? Number.NaN) },
      ],
    };
  } finally {
    await simulator.close();
  }
}

async function interleave(ways: readonly [string, () => Promise<Run>][]) {
  const runs = ways.map(([what, run]) => ({ what, run, of: [] as Run[] }));
  for (let time = 0; time < TIMES; time += 1) for (const each of runs) each.of.push(await each.run());
  return runs.map(({ what, of }) => ({
    what,
    wallMs: 1_000 * median(of.map(({ seconds }) => seconds)),
    cpuMs: 1_000 * median(of.map(({ cpuSeconds }) => cpuSeconds)),
    peakMb: median(of.map(({ peakMb }) => peakMb)),
  }));
}
