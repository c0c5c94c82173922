import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from '../src/analytics/catalogue.ts';
import { refreshStore } from '../src/analytics/store/refresh-store.store.ts';
import { createReport } from '../src/pages/report/report.ts';
import { addDays } from '../src/time/period.ts';
import { createDatabase, type Database } from '../src/warehouse/connection/database.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { QUESTIONS } from '../test/support/bi-questions.ts';
import { addNight, fill } from './bi-data.ts';
import { withPostgres } from './postgres.ts';

/*
 * How long it takes to compute what is stored of heavy views: anew, and after a night that changed a little, by how many chats there are; how
 * long analysts wait for an answer (the best of three, and the first), and for a report. `npm run bench:bi -- --sizes 50000,150000,500000`
 */

const { values } = parseArgs({ options: { sizes: { type: 'string', default: '50000,150000,500000' } } });
const sizes = values.sizes.split(',').map(Number);
const NIGHTS = 5;

const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const say = (what: string, ...ms: number[]) =>
  process.stdout.write(`${what.padEnd(80)}${ms.map((each) => inSeconds(each).padStart(10)).join('')}\n`);

const nights: number[] = [];
const rebuilds: number[] = [];
for (const chats of sizes)
  await withPostgres(async (url) => {
    const database = createDatabase(url);
    try {
      process.stdout.write(`\n${chats.toLocaleString('en')} chats\n`);
      await migrate(database, catalogue, resolve('drizzle'));
      const began = performance.now();
      await fill(database, chats);
      say('rows generated', performance.now() - began);
      await measureMachine(database);
      rebuilds.push(await measureRebuild(database));
      nights.push(await measureNights(database));
      if (chats === Math.max(...sizes)) {
        await measureQuestions(database);
        await measureReports(database);
      }
      await measureMachine(database);
    } finally {
      await database.close();
    }
  });
process.stdout.write(`\nnight: ${nights.map(inSeconds).join(', ')}; rebuild: ${rebuilds.map(inSeconds).join(', ')}\n`);

/** How fast one core is at this moment: tells a slow view from a busy machine. */
async function measureMachine({ pool }: Database): Promise<void> {
  const began = performance.now();
  await pool.query('select sum(i * 2) from generate_series(1, 5000000) i');
  say('the machine: five million numbers added up', performance.now() - began);
}

async function refresh(database: Database): Promise<{ ms: number; views: { view: string; ms: number }[] }> {
  const began = performance.now();
  const { done, failed } = await refreshStore(database, catalogue.views);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return { ms: performance.now() - began, views: done };
}

async function measureRebuild(database: Database): Promise<number> {
  const { ms, views } = await refresh(database);
  for (const { view, ms: each } of views) say(`  ${view}`, each);
  say('computed anew', ms);
  await database.pool.query('vacuum analyze');
  return ms;
}

/** What a night does: new chats with their messages and snapshots, chats of the last days end, some of the last month change. The median. */
async function measureNights(database: Database): Promise<number> {
  const times: number[] = [];
  let last: Awaited<ReturnType<typeof refresh>> | undefined;
  for (let night = 0; night < NIGHTS; night++) {
    await addNight(database, night);
    last = await refresh(database);
    times.push(last.ms);
  }
  process.stdout.write('after a night\n');
  for (const { view, ms } of last?.views ?? []) say(`  ${view}`, ms);
  say('nights', ...times);
  return times.toSorted((a, b) => a - b)[Math.floor(NIGHTS / 2)] ?? Number.NaN;
}

async function measureReports(database: Database): Promise<void> {
  process.stdout.write('\nreport: a page of so many days, with the days before it\n');
  const { rows } = await database.pool.query<{ last: string }>('select max(created_at)::date as last from chatrhub.chats');
  const to = rows[0]?.last ?? '';
  for (const days of [14, 90, 365]) {
    const began = performance.now();
    await createReport(database, { from: addDays(to, 1 - days), to }, new Date(`${addDays(to, 1)}T12:00:00Z`));
    say(`  ${days} days`, performance.now() - began);
  }
}

async function measureQuestions({ pool }: Database): Promise<void> {
  process.stdout.write('\nquestions: best of three, first time\n');
  const others = ['daily_chats', 'csat', 'bot_containment', 'agent_utilization'].map((view) => ({
    question: `all of ${view}`,
    sql: `select * from chatrhub_bi.${view}`,
  }));
  for (const { question, sql } of [...QUESTIONS, ...others]) {
    const times: number[] = [];
    for (const _ of [1, 2, 3]) {
      const began = performance.now();
      await pool.query(sql);
      times.push(performance.now() - began);
    }
    say(`  ${question}`, Math.min(...times), times[0] ?? Number.NaN);
  }
}
