import { resolve } from 'node:path';
import { catalogue } from '../src/analytics/catalogue.ts';
import { refreshViews } from '../src/analytics/refresh.store.ts';
import { createReport } from '../src/pages/report/report.ts';
import { addDays } from '../src/time/period.ts';
import { createDatabase, type Database } from '../src/warehouse/connection/database.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { QUESTIONS } from '../test/support/bi-questions.ts';
import { fill } from './bi-data.ts';
import { withPostgres } from './postgres.ts';

/*
 * How long the materialised views take to refresh - filled for the first time, and after a night that changed a little - and how long
 * analysts wait for an answer (the best of three, and the first), and for a report, over two years of an account with 500,000 chats, 5 million messages and
 * 5 million snapshots. `npm run bench:bi`
 */

const say = (what: string, ...ms: number[]) =>
  process.stdout.write(`${what.padEnd(80)}${ms.map((each) => `${(each / 1_000).toFixed(2).padStart(8)} s`).join('')}\n`);

await withPostgres(async (url) => {
  const database = createDatabase(url);
  try {
    await migrate(database, catalogue, resolve('drizzle'));
    const began = performance.now();
    await fill(database);
    say('rows generated', performance.now() - began);
    await measureMachine(database);
    await measureRefreshes(database);
    await measureQuestions(database);
    await measureReports(database);
    await measureMachine(database);
  } finally {
    await database.close();
  }
});

/** How fast one core is at this moment: tells a slow view from a busy machine. */
async function measureMachine({ pool }: Database): Promise<void> {
  const began = performance.now();
  await pool.query('select sum(i * 2) from generate_series(1, 5000000) i');
  say('the machine: five million numbers added up', performance.now() - began);
}

async function measureRefreshes(database: Database): Promise<void> {
  const first = await refreshAll(database);
  // What a night does: chats of the last day get their end, a few messages come.
  await database.pool.query(`
    update chatrhub.chats set duration_seconds = duration_seconds + 1 where created_at > (select max(created_at) - interval '1 day' from chatrhub.chats);
    update chatrhub.messages set created_at = created_at + interval '1 second'
    where chat_id in (select chat_id from chatrhub.chats order by created_at desc limit 700)`);
  const second = await refreshAll(database);
  process.stdout.write('\nrefresh of each materialised view: filled for the first time, after a night\n');
  for (const [view, ms] of first) say(`  ${view}`, ms, second.get(view) ?? Number.NaN);
  const sum = (times: ReadonlyMap<string, number>) => [...times.values()].reduce((total, ms) => total + ms, 0);
  say('  together', sum(first), sum(second));
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

async function refreshAll(database: Database): Promise<Map<string, number>> {
  await database.pool.query('update chatrhub_bi.settings set changed_at = clock_timestamp()');
  const { done, failed } = await refreshViews(database, catalogue.views);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return new Map(done.map(({ view, ms }) => [view, ms]));
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
