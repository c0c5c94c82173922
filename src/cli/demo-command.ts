import { join, resolve } from 'node:path';
import { parseLimits } from '../budget/limits.ts';
import { startEmbedded } from '../embedded/embedded-postgres.ts';
import { createLogger, type Logger } from '../logger.ts';
import { schemaNotes } from '../resources/tables/schemas.ts';
import type { RunReport } from '../runs/run-report.ts';
import { sync } from '../runs/sync.ts';
import { type Account, createAccount } from '../simulator/account/account.ts';
import { startSimulator } from '../simulator/api/simulator-server.ts';
import { addDays, dayOf } from '../time/period.ts';
import { createDatabase, type Database } from '../warehouse/connection/database.ts';
import { connectSource } from './connect-source.ts';
import { migrateWarehouse } from './open-warehouse.ts';
import { print } from './print.ts';
import type { Screen } from './screen.ts';
import { formatTable } from './text-table.ts';

const FOLDER = join('.chatrhub-sync', 'demo');
const DAYS = 30;
const AGENTS = 12;
const CHATS = 600;
const DAY_MS = 86_400_000;
const FAKE_KEY = 'demo-key';

/** Days that are over, and whose chats were all read. */
const WHOLE_DAYS = 'date_day in (select date_day from chatrhub_bi.calendar where is_whole_day)';

/** Questions an analyst would ask, and what answers them. All are about whole days, and say whose time they count. */
const QUESTIONS: readonly { question: string; sql: string }[] = [
  {
    question: 'How many chats a week, and how many were missed? (whole weeks, UTC)',
    sql: `select week_start as week, sum(chat_count)::int as chats, sum(missed_chat_count)::int as missed,
            sum(missed_unknown_chat_count)::int as "not known if missed",
            round(100 * sum(great_chat_count) / nullif(sum(rated_chat_count), 0)) || '% of ' || sum(rated_chat_count)::int as "rated great"
          from chatrhub_bi.calendar join chatrhub_bi.daily_chats using (date_day, week_start)
          where is_whole_week group by week_start order by week_start`,
  },
  {
    question: 'How fast do people answer? (without bots; from the first message of a visitor to the first of a person)',
    sql: `select agent_name as person, count(*)::int as chats, count(first_response_seconds)::int as answered,
            round(percentile_cont(0.5) within group (order by first_response_seconds)) || ' s' as median
          from chatrhub_bi.chats_enriched where is_counted and not is_bot and agent_id is not null and ${WHOLE_DAYS}
          group by agent_id, agent_name order by chats desc, agent_id limit 4`,
  },
  {
    question: 'What do bots finish alone? (chats with a bot)',
    sql: `select sum(bot_chat_count)::int as chats, sum(contained_chat_count)::int as "ended without a person",
            sum(handed_off_chat_count)::int as "handed to a person", sum(missed_after_bot_chat_count)::int as "missed after the bot",
            sum(messages_not_loaded_chat_count)::int as "not known"
          from chatrhub_bi.bot_containment where ${WHOLE_DAYS}`,
  },
];

/** Of an invented account on this machine only: nothing to protect. */
const ANALYST = { name: 'demo_analyst', password: 'demo' };
const FIRST_QUERY = 'select date_day, chat_count, missed_chat_count from chatrhub_bi.daily_chats order by date_day desc limit 7;';

/**
 * `chatrhub-sync demo`: an invented account, the embedded PostgreSQL and two syncs a night apart, then what an analyst sees. Reads no
 * settings; its warehouse lies beside the real one, is created again each time, and can be looked at afterwards.
 */
export async function demoCommand({ isTerminal, hasColours }: Screen, signal: AbortSignal): Promise<RunReport> {
  print(`A PostgreSQL of its own in ${FOLDER}, and an invented ChatrHub account: ${AGENTS} agents, ${CHATS} chats in ${DAYS} days.`);
  const server = await startEmbedded({ dataDir: resolve(FOLDER), durable: false });
  const database = createDatabase(server.url);
  const account = createAccount({ seed: 1, agents: AGENTS, days: DAYS, chats: CHATS, now: new Date(Date.now() - DAY_MS) });
  const simulator = await startSimulator({ account, apiKey: FAKE_KEY });
  try {
    await database.pool.query(`drop schema if exists ${Object.keys(schemaNotes).join(', ')} cascade`);
    const logger = createLogger({ level: 'error', secrets: [FAKE_KEY], isTerminal, hasColours });
    await migrateWarehouse(database, logger, { timeZone: 'UTC', businessHours: undefined });
    const [first, second] = await syncTwoNights(database, account, simulator.url, logger, signal);
    print(
      `\nTwo nights: the second one reads only what is new or changed.\n${formatTable([nightLine('first', first), nightLine('second', second)])}`,
    );
    await answer(database);
    const url = await createAnalyst(database, server.url);
    print(
      `\nLog in as an analyst, who can only read. In psql, or with this address in a BI tool:\n  psql ${url}\nand begin with:\n  ${FIRST_QUERY}`,
    );
    print(`\nCharts for a team lead, in any browser:\n  ${await drawCharts(database, account)}`);
    print(`\nThe database keeps running. To stop it:\n  ${server.stopCommand}`);
    return second;
  } finally {
    await simulator.close();
    await database.close();
  }
}

/** Syncs, lets a day pass, and syncs again. Once it is stopped there is no second night, and both are the first one. */
async function syncTwoNights(database: Database, account: Account, baseUrl: string, logger: Logger, signal: AbortSignal) {
  // The invented account sets no limits: nobody waits hours for a demo.
  const limits = parseLimits('1000000/second') ?? [];
  const budget = { limits, rateScope: 'account', reserve: 0 } as const;
  const client = connectSource(database, logger, { baseUrl, apiKey: FAKE_KEY, ...budget, timeoutMs: 30_000 });
  const night = () =>
    sync({
      database,
      client,
      logger,
      now: () => account.now(),
      signal,
      only: undefined,
      maxDurationMs: 60_000,
      startDate: account.startedAt.toISOString().slice(0, 10),
      lookbackDays: DAYS,
      ...budget,
      privacy: { mode: 'keep' },
    });
  const first = await night();
  account.advance({ days: 1 });
  // That night the account was a day behind the database's clock, which decides what was fetched, and reported, before a chat began.
  await database.pool.query(`update chatrhub_sync.visitor_fetches set asked_at = asked_at - interval '1 day'`);
  await database.pool.query(`update chatrhub_sync.source_reports set asked_at = asked_at - interval '1 day'`);
  return [first, signal.aborted ? first : await night()] as const;
}

/** Writes the report about two whole weeks beside the two before, and returns where it is. */
async function drawCharts(database: Database, account: Account): Promise<string> {
  // The charts are loaded when they are drawn, as for the command.
  const { writeReport } = await import('./report-command.ts');
  const { rows } = await database.pool.query<{ last: string }>(
    'select max(date_day) as last from chatrhub_bi.daily_chats where is_whole_day',
  );
  const to = rows[0]?.last ?? dayOf(account.now());
  return writeReport(database, { from: addDays(to, -13), to, out: join(FOLDER, 'report.html') });
}

/** Makes a login that only reads, and returns the address with it. */
async function createAnalyst(database: Database, serverUrl: string): Promise<string> {
  await database.pool.query(`drop role if exists ${ANALYST.name}`);
  await database.pool.query(`create role ${ANALYST.name} login password '${ANALYST.password}' in role chatrhub_analyst`);
  const url = new URL(serverUrl);
  return Object.assign(url, { username: ANALYST.name, password: ANALYST.password }).href;
}

async function answer(database: Database): Promise<void> {
  for (const { question, sql } of QUESTIONS) {
    const { rows } = await database.pool.query(sql);
    print(`\n${question}\n${formatTable(rows)}`);
  }
}

function nightLine(night: string, { status, requests, resources }: RunReport) {
  const sum = (key: 'inserted' | 'updated' | 'unchanged') => Object.values(resources).reduce((total, outcome) => total + outcome[key], 0);
  return { night, status, requests, 'rows inserted': sum('inserted'), updated: sum('updated'), unchanged: sum('unchanged') };
}
