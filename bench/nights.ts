import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from '../src/analytics/catalogue.ts';
import { type Account, createAccount } from '../src/simulator/account/account.ts';
import { startSimulator } from '../src/simulator/api/simulator-server.ts';
import { dayOf } from '../src/time/period.ts';
import { createDatabase, type Database } from '../src/warehouse/connection/database.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { API_KEY, age } from './budget-workbench.ts';
import { keepHistory } from './history.ts';
import { lengthenHistory } from './nights-data.ts';
import { addDatabase, withPostgres } from './postgres.ts';
import { showSection } from './section.ts';
import { median, rounded } from './speed-measure.ts';
import { databaseSeconds, type Run, runProgram } from './speed-programs.ts';

/*
 * What a night costs by how many chats the warehouse holds: the same account, the same nights, and a history of copies of it behind them.
 * Exit code 1 when the largest warehouse takes over 1.3 times of what the smallest does. `npm run bench:nights [-- --sizes 50000,500000]`
 */

const { values } = parseArgs({ options: { sizes: { type: 'string', default: '50000,500000,2000000' } } });
const sizes = values.sizes.split(',').map(Number);
const NIGHTS = 5;
const ACCOUNT = {
  seed: 12,
  agents: 12,
  days: 32,
  chats: 16_640,
  snapshotMinutes: 60,
  now: new Date(Date.now() - NIGHTS * 86_400_000),
};

type Night = { cpu: number; database: number };
type Bench = { account: Account; database: Database; run(command: string): Promise<Run> };

const BASE = 'nights_base';

await withPostgres(async (url) => {
  const nights: { chats: number; of: Night[] }[] = [];
  await createBase(url);
  for (const chats of sizes) nights.push({ chats, of: await measureNights(url, chats) });
  const rows = nights.map(({ chats, of }) => ({
    'chats of history': chats,
    'database s': rounded(median(of.map(({ database }) => database)), 2),
    'CPU s': rounded(median(of.map(({ cpu }) => cpu)), 2),
  }));
  const [least, most] = [rows[0], rows.at(-1)];
  const ratioOf = (figure: 'database s' | 'CPU s'): number => rounded((most?.[figure] ?? Number.NaN) / (least?.[figure] ?? Number.NaN), 2);
  const section = {
    title: `9. Nights of ${ACCOUNT.chats / ACCOUNT.days} chats a day by the length of the history; medians of ${NIGHTS} nights.`,
    rows,
    promised: [
      { promise: 'database time, the largest to the smallest', most: 1.3, measured: ratioOf('database s') },
      { promise: 'CPU, the largest to the smallest', most: 1.3, measured: ratioOf('CPU s') },
    ],
  };
  await keepHistory(url, 'full', section);
  const { text, holds } = showSection(section);
  process.stdout.write(`${text}\n`);
  if (!holds) process.exitCode = 1;
});

/** The account, its API, and the program as it runs against a database at the account's time. */
async function withAccount<T>(url: string, work: (bench: Bench) => Promise<T>): Promise<T> {
  const account = createAccount(ACCOUNT);
  const simulator = await startSimulator({ account, apiKey: API_KEY });
  const database = createDatabase(url);
  const run = (command: string): Promise<Run> =>
    runProgram([command], url, simulator, {
      SYNC_START_DATE: dayOf(account.startedAt),
      behindMs: Date.now() - account.now().getTime(),
    });
  try {
    return await work({ account, database, run });
  } finally {
    await database.close();
    await simulator.close();
  }
}

/** A warehouse with the account and nothing else. */
async function createBase(serverUrl: string): Promise<void> {
  await withAccount(await addDatabase(serverUrl, BASE), async ({ database, run }) => {
    await migrate(database, catalogue, resolve('drizzle'));
    await run('sync');
  });
}

async function measureNights(serverUrl: string, chats: number): Promise<Night[]> {
  const url = await addDatabase(serverUrl, `nights_${chats}`, BASE);
  return withAccount(url, async ({ account, database, run }) => {
    await lengthenHistory(database, Math.round(chats / ACCOUNT.chats) - 1, ACCOUNT.days);
    await settle(database);
    // It computes the stored views of the whole history.
    await run('migrate');
    const nights: Night[] = [];
    for (let night = 0; night < NIGHTS; night++) {
      await age(database, '1 day');
      account.advance({ days: 1 });
      await settle(database);
      const before = await databaseSeconds(database);
      const { cpuSeconds } = await run('sync');
      await requireComplete(database);
      nights.push({ cpu: cpuSeconds, database: (await databaseSeconds(database)) - before });
    }
    return nights;
  });
}

/** As autovacuum leaves tables by the next night; what was written is on disk before something is measured. */
async function settle({ connectPatiently }: Database): Promise<void> {
  const client = await connectPatiently();
  try {
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

async function requireComplete({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ status: string; errors: unknown }>(
    'select status, errors from chatrhub_sync.runs order by run_id desc limit 1',
  );
  if (rows[0]?.status !== 'complete') throw new Error(`the night ended ${JSON.stringify(rows[0])}`);
}
