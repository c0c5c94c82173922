import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { type Answer, ask, differencesOf } from '../support/bi-answers.ts';
import { loadWorld } from '../support/bi-load.ts';
import { AHEAD_HOURS } from '../support/bi-oracle-time.ts';
import { reconciliation } from '../support/bi-oracle-trust.ts';
import { QUESTIONS } from '../support/bi-questions.ts';
import { type Hours, worldOf } from '../support/bi-world.ts';
import { urlOf } from '../support/database.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { type Question, type Row, type Told, tell } from '../support/questions/question.ts';
import { alterRole, ONLY_READS, SESSIONS, settingsOf } from '../support/session-settings.ts';
import { createWarehouse } from '../support/warehouse.ts';

/** Six weeks, of which all but a few days were read whole; clocks go back in the last one but one. */
const OFFICE: Hours = [1, 2, 3, 4, 5].map((day) => [day, 540, 1_020]);
const SCENE = { seed: 7, zone: 'Europe/Berlin', from: '2025-09-20', days: 40, hours: OFFICE };

let database: Database;
let close: () => Promise<void>;
let logins: ReturnType<typeof createLogins>;
let analyst: Login;
let told: Told;
beforeAll(async () => {
  ({ database, close } = await createWarehouse({ refreshes: true }));
  const world = worldOf(SCENE);
  told = tell(world);
  // A report that says as many as are here.
  Object.assign(world.reports[0] ?? {}, { total_chats: reconciliation(told.found, world, AHEAD_HOURS)[0]?.row_count });
  await loadWorld(database.pool, world);
  expect((await refreshStore(database, catalogue.views)).failed).toEqual([]);
  logins = createLogins(database.pool, urlOf(database));
  analyst = await logins.add({ memberOf: 'chatrhub_analyst' });
});
afterAll(async () => {
  await logins.remove();
  await close();
});

/** The rows of a query as JSON, which has moments and numbers in one form whatever the settings of the session; in milliseconds, as answers. */
async function askAsJson(client: pg.Client, sql: string): Promise<Answer> {
  const { rows } = await client.query<{ row: string }>(`select to_jsonb(q)::text as row from (${sql}) q`);
  const found = rows.map(({ row }) => JSON.parse(row, (_, value) => (MOMENT.test(value) ? Date.parse(value) : value)) as Row);
  return { columns: Object.keys(found[0] ?? {}), rows: found };
}
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$/;

const isWholeView = (sql: string): boolean => /^select \*\nfrom chatrhub_bi\.\w+\n/.test(sql);

const answers = new Map<string, Row[]>();
/** The answer that a question must have, counted once. */
function answerTo({ question, answer }: Question): Row[] {
  const rows = answers.get(question) ?? answer(told);
  answers.set(question, rows);
  return rows;
}

/** What differs between an answer and what it must be, in words. */
function differences(question: Question, { columns, rows }: Answer): string[] {
  const expected = answerTo(question);
  const wanted = Object.keys(expected[0] ?? {});
  const isAsWanted = isWholeView(question.sql) || columns.toSorted().join() === wanted.toSorted().join();
  return [...(isAsWanted ? [] : [`columns are ${columns}, not ${wanted}`]), ...differencesOf(rows, expected)];
}

describe('the answer is what plain loops count:', () => {
  it.each(QUESTIONS)('$question', async (question) => {
    expect(answerTo(question).length).toBeGreaterThan(0);
    expect(differences(question, await ask(analyst.database, question.sql))).toEqual([]);
  });

  it('and without any one of its conditions it is another', async () => {
    const mutants = QUESTIONS.flatMap((question) => withoutConditions(question.sql).map((sql) => ({ ...question, sql })));
    expect(mutants.length).toBeGreaterThan(30);
    const unseen: string[] = [];
    for (const mutant of mutants) if (differences(mutant, await ask(analyst.database, mutant.sql)).length === 0) unseen.push(mutant.sql);
    expect(unseen).toEqual([]);
  });
});

describe('the answer is the same', () => {
  it.each(SESSIONS)('for a role whose sessions are set to be %s, and only read', async (session) => {
    const login = await logins.add({ memberOf: 'chatrhub_analyst' });
    await alterRole(database.pool, login.name, { ...(await settingsOf(database.pool)).sessions[session], ...ONLY_READS });
    const client = new pg.Client({ connectionString: login.url });
    await client.connect();
    try {
      const { rows } = await client.query('show transaction_read_only');
      expect(rows).toEqual([{ transaction_read_only: 'on' }]);
      for (const question of QUESTIONS)
        expect({ of: question.question, differs: differences(question, await askAsJson(client, question.sql)) }).toEqual({
          of: question.question,
          differs: [],
        });
    } finally {
      await client.end();
    }
  });
});

/** The SQL without each of the conditions of its rows, one at a time. */
const withoutConditions = (sql: string): string[] =>
  [...sql.matchAll(/(?<=^ *(?:where|having) .*)(?<=(?:where|having|and) )(?:(?! and ).)+/gm)].map(
    ({ index, 0: condition }) => `${sql.slice(0, index)}true${sql.slice(index + condition.length)}`,
  );

/** Types that BI tools know. Numeric is what sums of counts are. */
const TYPES = new Set(['boolean', 'integer', 'bigint', 'numeric', 'double precision', 'text', 'date', 'timestamp with time zone']);

describe('the SQL of questions', () => {
  it('is there for what analysts ask, each question once', () => {
    expect(QUESTIONS.length).toBeGreaterThanOrEqual(30);
    expect(new Set(QUESTIONS.map(({ question }) => question)).size).toBe(QUESTIONS.length);
  });

  describe.each(QUESTIONS)('of: $question', ({ sql }) => {
    it('has a few readable lines, in an order', () => {
      const lines = sql.split('\n');
      expect(lines.length).toBeGreaterThanOrEqual(3);
      expect(lines.length).toBeLessThanOrEqual(14);
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(140);
      expect(sql).toMatch(/\norder by [\w., ]+(\nlimit \d+)?$/);
      expect(sql.includes('select *')).toBe(isWholeView(sql));
    });

    it('groups by names, and by the id of whoever has one', () => {
      for (const [, by = ''] of sql.matchAll(/(?:group|partition) by ([\w., ]+)/g)) {
        const columns = by.split(', ').map((column) => column.trim());
        expect(columns.filter((column) => /^\d+$/.test(column))).toEqual([]);
        for (const column of columns) {
          const [, who] = /^(.*(?:agent|group|responder))_name$/.exec(column) ?? [];
          if (who) expect(columns).toContain(who === 'responder' ? 'responder_agent_id' : `${who}_id`);
        }
      }
    });

    it('knows no days but local ones', () => {
      expect(sql).not.toMatch(/_at::|current_|now\(\)|date_trunc|extract/);
      for (const line of sql.split('\n')) if (/'\d{4}-/.test(line)) expect(line).toContain('at time zone reporting_time_zone');
    });

    it('may become a view, whose columns have names and types for every tool', async () => {
      const client = await database.connect();
      try {
        await client.query('begin');
        await client.query(`create view public.question as ${sql}`);
        const { rows } = await client.query<{ name: string; type: string; isFunction: boolean }>(
          `select attname as name, format_type(atttypid, atttypmod) as type,
             exists (select from pg_proc p where p.proname = attname) or attname in ('?column?', 'case', 'coalesce', 'greatest', 'least') as "isFunction"
           from pg_attribute where attrelid = 'public.question'::regclass and attnum > 0`,
        );
        expect(rows.filter(({ isFunction }) => isFunction)).toEqual([]);
        expect(rows.filter(({ type }) => !TYPES.has(type))).toEqual([]);
      } finally {
        client.release(true);
      }
    });
  });
});
