import { join, resolve } from 'node:path';
import { parseLimits } from '../budget/limits.ts';
import { startEmbedded } from '../embedded/embedded-postgres.ts';
import { createLogger } from '../logger.ts';
import { schemaNotes } from '../resources/tables/schemas.ts';
import type { RunReport } from '../runs/run-report.ts';
import { sync } from '../runs/sync.ts';
import { createAccount } from '../simulator/account/account.ts';
import { startSimulator } from '../simulator/api/simulator-server.ts';
import { addDays, dayOf } from '../time/period.ts';
import { createDatabase, type Database } from '../warehouse/connection/database.ts';
import { connectSource } from './connect-source.ts';
import { migrateWarehouse } from './open-warehouse.ts';
import { print } from './print.ts';
import type { Screen } from './screen.ts';
import { formatTable } from './text-table.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const FAKE_KEY = 'demo-key';

/** Days that are over, and whose chats were all read. */
const WHOLE_DAYS = 'date_day in (select date_day from chatrhub_bi.calendar where is_whole_day)';

/** Questions an analyst would ask, and what answers them. */
const QUESTIONS: readonly { question: string; sql: string }[] = [
  {
    question: 'How many chats a week, how many were missed, how happy were the visitors?',
    sql: `select case when not is_whole_week then '(part) ' else '' end || week_start as week, sum(chat_count) as chats, sum(missed_chat_count) as missed,
            sum(missed_unknown_chat_count) as "not known if missed", sum(rated_chat_count) as rated,
            round(100 * sum(great_chat_count) / nullif(sum(rated_chat_count), 0)) as "great, % of rated"
          from chatrhub_bi.calendar join chatrhub_bi.daily_chats using (date_day, week_start) group by week_start, is_whole_week order by week_start`,
  },
  {
    question: 'Which people answer, and how fast? (from the first message of a visitor to the first of a person; whole days)',
    sql: `select agent_name as person, count(*) as chats, count(first_response_seconds) as answered,
            round(percentile_cont(0.5) within group (order by first_response_seconds)) as "median s",
            count(*) - count(messages_synced_at) as "messages not loaded", sum(transferred_chat_count) as "handed over"
          from chatrhub_bi.chats_enriched where is_counted and not is_bot and agent_id is not null and ${WHOLE_DAYS}
          group by agent_id, agent_name order by chats desc, agent_id limit 6`,
  },
  {
    question: 'What do bots finish alone? (whole days)',
    sql: `select sum(bot_chat_count) as "chats with a bot", sum(contained_chat_count) as "ended without a person",
            sum(handed_off_chat_count) as "handed to a person", sum(missed_after_bot_chat_count) as "missed after the bot",
            sum(messages_not_loaded_chat_count) as "not known"
          from chatrhub_bi.bot_containment where ${WHOLE_DAYS}`,
  },
  {
    question: 'At which hours do chats come, and how many people are available? (an average hour of whole days, UTC)',
    sql: `select lpad((hour_of_day / 2 * 2)::text, 2, '0') || ':00' as "two hours from", round(avg(chat_count), 1)::float8 as "chats an hour",
            round(avg(available_agent_hours) filter (where not is_availability_unknown)::numeric, 1)::float8 as "people available",
            count(*) filter (where is_availability_unknown) as "hours not known"
          from chatrhub_bi.hourly_demand_vs_availability where ${WHOLE_DAYS} group by 1 order by 1`,
  },
  {
    question: 'Read the longest conversation of the last whole day (its texts lie in chatrhub_private)',
    sql: `select to_char(created_at at time zone 'UTC', 'HH24:MI:SS') as "UTC", sender_name as "from", sender_type as is,
            left(regexp_replace(body, '\\s+', ' ', 'g'), 60) as text
          from chatrhub_private.conversation_timeline
          where sender_type <> 'system' and chat_id = (
            select chat_id from chatrhub_bi.chats_enriched
            where is_counted and date_day = (select max(date_day) from chatrhub_bi.daily_chats where is_whole_day and chat_count > 0)
            order by message_count desc nulls last, chat_id limit 1)
          order by message_sequence limit 8`,
  },
];

/**
 * `chatrhub-sync demo`: an invented account, the embedded PostgreSQL and two syncs a night apart, then what an analyst sees. Reads no
 * settings; its warehouse lies beside the real one, is created again each time, and can be looked at afterwards.
 */
export async function demoCommand({ isTerminal, hasColours }: Screen, signal: AbortSignal): Promise<RunReport> {
  print('Starting PostgreSQL and an invented ChatrHub account of 12 agents ...');
  const server = await startEmbedded({ dataDir: resolve(join('.chatrhub-sync', 'demo')), durable: false });
  const database = createDatabase(server.url);
  const account = createAccount({ seed: 1, agents: 12, days: DAYS, chats: 600, now: new Date(Date.now() - DAY_MS) });
  const simulator = await startSimulator({ account, apiKey: FAKE_KEY });
  try {
    await database.pool.query(`drop schema if exists ${Object.keys(schemaNotes).join(', ')} cascade`);
    const logger = createLogger({ level: 'error', secrets: [FAKE_KEY], isTerminal, hasColours });
    await migrateWarehouse(database, { REPORTING_TIMEZONE: 'UTC' }, logger);
    // The invented account sets no limits: nobody waits hours for a demo.
    const limits = parseLimits('1000000/second') ?? [];
    const client = connectSource(database, logger, {
      baseUrl: simulator.url,
      apiKey: FAKE_KEY,
      limits,
      rateScope: 'account',
      reserve: 0,
      timeoutMs: 30_000,
    });
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
        limits,
        rateScope: 'account',
        reserve: 0,
        privacy: { mode: 'keep' },
      });
    const first = await night();
    account.advance({ days: 1 });
    // That night the account was a day behind the database's clock, which decides what was fetched before a chat began.
    await database.pool.query(`update chatrhub_sync.visitor_fetches set asked_at = asked_at - interval '1 day'`);
    const second = signal.aborted ? first : await night();
    print(`\nTwo nights\n${formatTable([nightLine('first', first), nightLine('a day later', second)])}`);
    await answer(database);
    // Two whole weeks beside the two before. The charts are loaded when they are drawn, as for the command.
    const { writeReport } = await import('./report-command.ts');
    const { rows } = await database.pool.query<{ last: string }>(
      'select max(date_day) as last from chatrhub_bi.daily_chats where is_whole_day',
    );
    const to = rows[0]?.last ?? dayOf(account.now());
    const out = join('.chatrhub-sync', 'demo', 'report.html');
    print(`\nWhat a team lead sees, in any browser:\n  ${await writeReport(database, { from: addDays(to, -13), to, out })}`);
    print(`\nLook further:\n  ${server.psql}\n\nThe database runs on until you stop it:\n  ${server.stopCommand}`);
    return second;
  } finally {
    await simulator.close();
    await database.close();
  }
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
