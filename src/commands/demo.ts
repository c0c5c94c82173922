import { join, resolve } from 'node:path';
import { parseLimits } from '../core/budget.ts';
import { createDatabase, type Database } from '../db/database.ts';
import { startEmbedded } from '../db/embedded.ts';
import { createLogger } from '../logger.ts';
import { schemaNotes } from '../resources/schemas.ts';
import { createAccount } from '../simulator/account.ts';
import { startSimulator } from '../simulator/server.ts';
import type { RunReport } from '../sync/report.ts';
import { sync } from '../sync/sync.ts';
import { connectSource } from './source.ts';
import { formatTable } from './table.ts';
import { migrateWarehouse } from './warehouse.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const FAKE_KEY = 'demo-key';

/** Questions an analyst would ask, and what answers them. */
const QUESTIONS: readonly { question: string; sql: string }[] = [
  {
    question: 'How many chats a week, how many were missed, how happy were the visitors?',
    sql: `select to_char(date_trunc('week', created_at), 'YYYY-MM-DD') as week, count(*)::int as chats,
            count(*) filter (where is_missed)::int as missed, count(overall_rating)::int as rated,
            round(100.0 * count(*) filter (where overall_rating = 3) / nullif(count(overall_rating), 0))::int as "great %"
          from chatrhub.chats where chat_type = 'visitor' and is_beat_out is not true group by 1 order by 1`,
  },
  {
    question: 'Who answers, and how fast?',
    sql: `select a.full_name as agent, case when a.is_bot then 'bot' else 'person' end as kind, count(*)::int as chats,
            percentile_cont(0.5) within group (order by c.response_delay_seconds)::int as "median response s",
            count(c.transferred_to_agent_id)::int as transferred
          from chatrhub.chats c join chatrhub.agents a using (agent_id)
          where c.chat_type = 'visitor' and c.is_beat_out is not true group by a.agent_id order by 3 desc limit 6`,
  },
  {
    question: 'At which hours do chats come, and who is there?',
    sql: `select lpad(h.hour::text, 2, '0') || ':00' as "hour (UTC)", coalesce(c.chats, 0)::int as chats, coalesce(round(a.available, 1), 0)::float8 as "agents available"
          from generate_series(0, 22, 2) as h (hour)
          left join (select extract(hour from created_at)::int / 2 * 2 as hour, count(*) as chats from chatrhub.chats where not is_beat_out group by 1) c using (hour)
          left join (select extract(hour from snapshot_at)::int / 2 * 2 as hour,
                       count(*) filter (where status = 'available')::numeric / nullif(count(distinct snapshot_at), 0) as available
                     from chatrhub.agent_activities group by 1) a using (hour)
          order by 1`,
  },
  {
    question: 'Read the longest conversation of the last day (its texts lie in chatrhub_private)',
    sql: `select to_char(m.created_at, 'HH24:MI:SS') as at, coalesce(a.full_name, 'visitor') as "from", left(regexp_replace(b.body, '\\s+', ' ', 'g'), 60) as text
          from chatrhub.messages m left join chatrhub.agents a on a.agent_id = m.from_agent_id join chatrhub_private.message_bodies b using (message_id)
          where not m.is_admin and m.chat_id = (
            select m.chat_id from chatrhub.messages m join chatrhub.chats c using (chat_id)
            where c.created_at > (select max(created_at) - interval '1 day' from chatrhub.chats) and not m.is_admin
            group by 1 order by count(*) desc, 1 limit 1)
          order by m.created_at, m.message_id limit 8`,
  },
];

/**
 * `chatrhub-sync demo`: an invented account, the embedded PostgreSQL and two syncs a night apart, then what an analyst sees. Reads no
 * settings; its warehouse lies beside the real one, is made anew each time, and can be looked at afterwards.
 */
export async function demoCommand(signal: AbortSignal): Promise<RunReport> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say('Starting PostgreSQL and an invented ChatrHub account of 12 agents ...');
  const server = await startEmbedded({ dataDir: resolve(join('.chatrhub-sync', 'demo')), durable: false });
  const database = createDatabase(server.url);
  const account = createAccount({ seed: 1, agents: 12, days: DAYS, chats: 600, now: new Date(Date.now() - DAY_MS) });
  const simulator = await startSimulator({ account, apiKey: FAKE_KEY });
  try {
    await database.pool.query(`drop schema if exists ${Object.keys(schemaNotes).join(', ')} cascade`);
    const logger = createLogger({ level: 'error', secrets: [FAKE_KEY], isTerminal: process.stderr.isTTY });
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
    // That night the account was a day behind the database's clock, by which it is told what was fetched before a chat began.
    await database.pool.query(`update chatrhub_sync.visitor_fetches set asked_at = asked_at - interval '1 day'`);
    const second = signal.aborted ? first : await night();
    say(`\nTwo nights\n${formatTable([nightLine('first', first), nightLine('a day later', second)])}`);
    await answer(database, say);
    say(`\nLook further:\n  ${server.psql}\n\nThe database runs on until you stop it:\n  ${server.stopCommand}`);
    return second;
  } finally {
    await simulator.close();
    await database.close();
  }
}

async function answer(database: Database, say: (text: string) => void): Promise<void> {
  for (const { question, sql } of QUESTIONS) {
    const { rows } = await database.pool.query(sql);
    say(`\n${question}\n${formatTable(rows)}`);
  }
}

function nightLine(night: string, { status, requests, resources }: RunReport) {
  const sum = (key: 'inserted' | 'updated' | 'unchanged') => Object.values(resources).reduce((total, outcome) => total + outcome[key], 0);
  return { night, status, requests, 'rows inserted': sum('inserted'), updated: sum('updated'), unchanged: sum('unchanged') };
}
