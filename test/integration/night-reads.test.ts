import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { urlOf } from '../support/database.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

/*
 * A night looks rows up, whatever the size of the history. The planner of this database would rather do anything than read a table whole,
 * as it would with a large one; and most of this account is older than what a sync reads again.
 */

/** What is kept for a month, has a row an hour or a day, or is compared with lists of the source that are read from end to end. */
const MAY_BE_READ = [
  'requests',
  'attributes',
  'hourly_demand_vs_availability',
  'daily_chats',
  'task_backlog_daily',
  'tasks',
  'task_completions',
];
/** A table of fewer rows is none that a scan could be told by. */
const SMALL = 100;

type Plan = Record<string, unknown> & { Plans?: Plan[] };

/** How many rows of each table a plan reads at most in one place. */
function rowsRead(plan: Plan, read = new Map<string, number>()): Map<string, number> {
  const table = plan['Relation Name'];
  const numberOf = (name: string): number => Number(plan[name] ?? 0);
  const rows = (numberOf('Actual Rows') + numberOf('Rows Removed by Filter')) * numberOf('Actual Loops');
  if (typeof table === 'string') read.set(table, Math.max(read.get(table) ?? 0, rows));
  for (const below of plan.Plans ?? []) rowsRead(below, read);
  return read;
}

const SETTINGS = [
  `session_preload_libraries = 'auto_explain'`,
  ...[
    'log_min_duration = 0',
    'log_format = json',
    'log_level = warning',
    'log_nested_statements = on',
    'log_analyze = on',
    'log_timing = off',
  ].map((set) => `auto_explain.${set}`),
  ...['enable_hashjoin', 'enable_mergejoin'].map((name) => `${name} = off`),
  // So that some hundred rows weigh as much as millions do beside a few lookups. (Where nothing but a scan is possible, `enable_seqscan = off`
  // makes PostgreSQL 15 take any plan for as good as any other.)
  ...['cpu_tuple_cost = 100', 'random_page_cost = 1'],
];

/** The plans of all statements of the sessions that begin while `work` is done. */
async function watchPlans(bench: Workbench, work: () => Promise<void>): Promise<{ query: string; plan: Plan }[]> {
  const admin = new pg.Client({ connectionString: urlOf(bench.database) });
  await admin.connect();
  const { rows } = await admin.query<{ name: string }>('select quote_ident(current_database()) as name');
  const plans: { query: string; plan: Plan }[] = [];
  const emit = pg.Client.prototype.emit;
  pg.Client.prototype.emit = function (this: pg.Client, name: string | symbol, ...args: unknown[]) {
    const text = name === 'notice' ? String((args[0] as { message?: string }).message) : '';
    if (text.startsWith('duration: ')) {
      const { 'Query Text': query, Plan: plan } = JSON.parse(text.slice(text.indexOf('{'))) as { 'Query Text': string; Plan: Plan };
      plans.push({ query: query.replaceAll(/\s+/g, ' ').slice(0, 200), plan });
    }
    return emit.call(this, name, ...args);
  };
  try {
    for (const setting of SETTINGS) await admin.query(`alter database ${rows[0]?.name} set ${setting}`);
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await work();
  } finally {
    pg.Client.prototype.emit = emit;
    await admin.query(`alter database ${rows[0]?.name} reset all`);
    await admin.end();
  }
  return plans;
}

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench({ seed: 11, agents: 4, days: 100, chats: 160 }, {}, { refreshes: true });
});
afterAll(() => bench.close());

describe('a night', () => {
  it('reads nothing whole that grows with the history, and an hour neither', async () => {
    const { pool } = bench.database;
    const next = async (time: { days?: number; hours?: number }) => {
      bench.account.advance(time);
      await bench.setClock();
      expect(await bench.sync()).toMatchObject({ status: 'complete' });
    };
    await next({ hours: 0 });
    await next({ days: 1 });
    await pool.query('analyze');
    const plans = await watchPlans(bench, async () => {
      await next({ days: 1 });
      await next({ hours: 1 });
    });
    const { rows: tables } = await pool.query<{ name: string; rows: number }>(
      `select relname as name, reltuples as rows from pg_class where relkind = 'r' and relnamespace::regnamespace::text like 'chatrhub%'`,
    );
    const large = new Map(
      tables.flatMap(({ name, rows }) => (rows >= SMALL && !MAY_BE_READ.includes(name) ? [[name, rows] as const] : [])),
    );
    expect([...large.keys()]).toEqual(expect.arrayContaining(['chats', 'messages', 'agent_activities', 'versions', 'chats_enriched']));
    const whole = plans.flatMap(({ query, plan }) =>
      [...rowsRead(plan)].flatMap(([table, rows]) =>
        rows > 0.6 * (large.get(table) ?? Infinity) ? [`${table}, ${rows} rows: ${query}`] : [],
      ),
    );
    expect(whole).toEqual([]);
  });
});
