import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { biViews } from '../../src/analytics/index.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { loadWorld } from '../support/bi-load.ts';
import { findChats } from '../support/bi-oracle-chats.ts';
import { ratio } from '../support/bi-oracle-numbers.ts';
import { createLocal } from '../support/bi-oracle-time.ts';
import { worldOf } from '../support/bi-world.ts';
import { type Cube, cubeModel } from '../support/cube-model.ts';
import { urlOf } from '../support/database.ts';
import { dbtSources, type Source } from '../support/dbt-sources.ts';
import type { DictionaryLine } from '../support/doc-pages.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { createWarehouse } from '../support/warehouse.ts';

const world = worldOf({ seed: 8, zone: 'Europe/Berlin', from: '2025-10-24', days: 5 });

let database: Database;
let close: () => Promise<void>;
let logins: ReturnType<typeof createLogins>;
let analyst: Login;
let model: Cube[];
let sources: Source[];
beforeAll(async () => {
  ({ database, close } = await createWarehouse({ refreshes: true }));
  await loadWorld(database.pool, world);
  expect((await refreshStore(database, catalogue.views)).failed).toEqual([]);
  logins = createLogins(database.pool, urlOf(database));
  analyst = await logins.add({ memberOf: 'chatrhub_analyst' });
  const dictionary = (await database.pool.query<DictionaryLine>('select * from chatrhub_bi.data_dictionary')).rows;
  model = cubeModel(dictionary);
  const keys = biViews.flatMap(({ schema, name, stored }) =>
    stored?.key.length === 1 ? [[`${schema}.${name}`, stored.key] as const] : [],
  );
  sources = dbtSources(dictionary, { about: new Map(), freshHours: new Map(), keys: new Map([['chatrhub.chats', ['chat_id']], ...keys]) });
});
afterAll(async () => {
  await logins.remove();
  await close();
});

const ask = async (sql: string) => (await analyst.database.pool.query<Record<string, unknown>>(sql)).rows;

/** SQL of a member of a cube, as Cube makes it: its own columns by the alias, other members by their SQL. */
function sqlOf(cube: Cube, { type, sql }: { type: string; sql: string }): string {
  const whole = sql.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'CUBE') return cube.name;
    const measure = cube.measures.find((other) => other.name === name);
    return measure ? sqlOf(cube, measure) : name;
  });
  if (type === 'sum') return `sum(${whole})`;
  return type === 'count_distinct' ? `count(distinct ${whole})` : whole;
}

describe("Cube's model", () => {
  it('has the main views, and what they are joined to', () => {
    expect(model.map(({ name }) => name)).toEqual([
      'agents',
      'groups',
      'calendar',
      'chats_enriched',
      'daily_chats',
      'agent_daily_performance',
      'csat',
      'hourly_demand_vs_availability',
      'response_time_buckets',
    ]);
    for (const { name, description, dimensions, measures } of model) {
      expect(description, name).not.toBe('');
      const names = [...dimensions, ...measures].map((member) => member.name);
      expect(new Set(names).size, name).toBe(names.length);
    }
  });

  it('is SQL that an analyst may run, every member of it', async () => {
    for (const cube of model) {
      const from = `from ${cube.sql_table} as ${cube.name}`;
      for (const member of cube.dimensions) await ask(`select ${sqlOf(cube, member)} as value ${from} group by 1`);
      const measures = cube.measures.map((member) => `${sqlOf(cube, member)} as "${member.name}"`);
      if (measures.length > 0) await ask(`select ${measures.join(', ')} ${from}`);
    }
  });

  it('tells rows apart by its keys, and joins none twice', async () => {
    for (const cube of model) {
      const key = cube.dimensions.filter((member) => member.primary_key).map((member) => sqlOf(cube, member));
      expect(key).toHaveLength(1);
      const joins = cube.joins.map(({ name, sql }) => {
        const other = model.find((one) => one.name === name);
        return `left join ${other?.sql_table} as ${name} on ${sqlOf(cube, { type: 'join', sql })}`;
      });
      const [counted] = await ask(
        `select count(*) as rows, count(distinct ${key[0]}) as keys, (select count(*) from ${cube.sql_table}) as all
         from ${cube.sql_table} as ${cube.name} ${joins.join(' ')}`,
      );
      expect(counted?.rows, cube.name).toBe(counted?.all);
      expect(counted?.keys, cube.name).toBe(counted?.all);
    }
  });

  it('divides last', async () => {
    const counted = findChats(world, createLocal(world.zone)).filter((chat) => chat.isCounted);
    const number = (is: (chat: (typeof counted)[number]) => boolean) => counted.filter(is).length;
    const rated = number((chat) => chat.overall_rating !== null);
    const expected = {
      missed_rate: ratio(
        number((chat) => chat.is_missed === true),
        counted.length,
      ),
      csat_rate: ratio(
        number((chat) => chat.overall_rating === 3),
        rated,
      ),
      answered_in_60s_rate: ratio(
        number((chat) => chat.said?.is_answered_in_60s === true),
        number((chat) => chat.isAnswerable),
      ),
    };
    for (const name of ['chats_enriched', 'daily_chats']) {
      const cube = model.find((one) => one.name === name) as Cube;
      const measures = cube.measures.filter((member) => member.name in expected);
      expect(measures).toHaveLength(3);
      const [row] = await ask(
        `select ${measures.map((member) => `${sqlOf(cube, member)} as ${member.name}`).join(', ')} from ${cube.sql_table} as ${name}`,
      );
      for (const [measure, value] of Object.entries(expected)) expect(row?.[measure], `${name}.${measure}`).toBeCloseTo(Number(value), 12);
    }
  });
});

describe("dbt's sources", () => {
  it('have tests that hold, each run as dbt would', async () => {
    let tests = 0;
    for (const { schema, tables } of sources)
      for (const { name: table, columns } of tables)
        for (const { name, data_tests = [] } of columns)
          for (const test of data_tests) {
            tests += 1;
            const failing = await ask(failingRows(`${schema}.${table}`, name, test));
            expect(failing, `${schema}.${table}.${name}: ${JSON.stringify(test)}`).toEqual([]);
          }
    expect(tests).toBeGreaterThan(60);
  });
});

/** The rows that fail a test of a column. */
function failingRows(table: string, column: string, test: unknown): string {
  if (test === 'not_null') return `select 1 from ${table} where ${column} is null limit 1`;
  if (test === 'unique') return `select ${column} from ${table} where ${column} is not null group by ${column} having count(*) > 1 limit 1`;
  const { to, field } = (test as { relationships: { arguments: { to: string; field: string } } }).relationships.arguments;
  const parent = /^source\('(\w+)', '(\w+)'\)$/.exec(to)?.slice(1).join('.');
  return `select ${column} from ${table} where ${column} is not null and ${column} not in (select ${field} from ${parent}) limit 1`;
}
