import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { type FederatedAccount, federationSql, passwordSetting } from '../../src/analytics/federation.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { parseAccount } from '../../src/cli/options.ts';
import { commentsOf } from '../../src/records/note-parts.ts';
import { mayRead } from '../../src/warehouse/schema/roles.ts';
import { describedTables } from '../../src/warehouse/schema/table-comments.ts';
import { loadWorld } from '../support/bi-load.ts';
import { QUESTIONS } from '../support/bi-questions.ts';
import { worldOf } from '../support/bi-world.ts';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { createWarehouse } from '../support/warehouse.ts';

const NAMES = ['acme', 'globex'] as const;
const comments = [...catalogue.comments, ...describedTables.flatMap((table) => commentsOf(table))];

type Member = { warehouse: Awaited<ReturnType<typeof createWarehouse>>; reader: Login; logins: ReturnType<typeof createLogins> };
let members: Record<string, Member>;
let federation: TestDatabase;
let logins: ReturnType<typeof createLogins>;
let analyst: pg.Client;
let accounts: FederatedAccount[];
let secrets: string;

/** The warehouse of an account, which has ids of its own account's making: the same as the other's. */
async function addMember(seed: number): Promise<Member> {
  const warehouse = await createWarehouse({ refreshes: true });
  await loadWorld(
    warehouse.database.pool,
    worldOf({ seed, zone: 'Europe/Berlin', from: '2025-10-10', days: 8, hours: [1, 2, 3, 4, 5].map((day) => [day, 540, 1_020] as const) }),
  );
  expect((await refreshStore(warehouse.database, catalogue.views)).failed).toEqual([]);
  const ofMember = createLogins(warehouse.database.pool, urlOf(warehouse.database));
  return { warehouse, reader: await ofMember.add({ memberOf: 'chatrhub_analyst' }), logins: ofMember };
}

const sqlOf = (some = accounts) => federationSql(some, comments, ({ schema, name }) => mayRead('chatrhub_analyst', schema, name));
const federate = (sql = sqlOf()) => federation.pool.query(`${secrets}; ${sql}`);

beforeAll(async () => {
  const [acme, globex] = [await addMember(7), await addMember(8)];
  members = { acme, globex };
  federation = await createTestDatabase();
  accounts = NAMES.reduce<FederatedAccount[]>((others, name) => {
    const url = new URL(members[name]?.reader.url ?? '');
    return parseAccount(`${name}=postgres://${url.username}@${url.host}${url.pathname}`, others);
  }, []);
  secrets = NAMES.map((name) => `set ${passwordSetting(name)} = '${new URL(members[name]?.reader.url ?? '').password}'`).join('; ');
  await federate();
  logins = createLogins(federation.pool, federation.url);
  analyst = new pg.Client({ connectionString: (await logins.add({ memberOf: 'chatrhub_analyst' })).url });
  await analyst.connect();
});
afterAll(async () => {
  await analyst.end();
  await logins.remove();
  await federation.drop();
  for (const { logins: ofMember, warehouse } of Object.values(members)) {
    await ofMember.remove();
    await warehouse.close();
  }
});

/** Sums of fractions end in other digits where rows come in another order. */
const plain = (rows: object[]): unknown =>
  JSON.parse(JSON.stringify(rows), (_, value) => (typeof value === 'number' ? Number(value.toPrecision(10)) : value));
const chosen = (account: string) => analyst.query(`select set_config('chatrhub.account', $1, false)`, [account]);

describe('over two warehouses', () => {
  it.each(NAMES)('every question of docs/analysts.md has the answer of %s, where a session chose that account', async (name) => {
    await chosen(name);
    const reader = new pg.Client({ connectionString: members[name]?.reader.url });
    await reader.connect();
    let rows = 0;
    for (const { question, sql } of QUESTIONS) {
      const expected = (await reader.query(sql)).rows;
      const found = (await analyst.query(sql)).rows;
      const isWholeView = /^select \*/.test(sql);
      expect({ question, rows: found.length }).toEqual({ question, rows: expected.length });
      if (isWholeView) expect(new Set(found.map(({ account }) => account))).toEqual(new Set([name]));
      const own = isWholeView ? found.map(({ account, ...row }) => row) : found;
      expect({ question, rows: plain(numbers(own)) }).toEqual({ question, rows: plain(numbers(expected)) });
      rows += expected.length;
    }
    await reader.end();
    expect(rows).toBeGreaterThan(100);
  });

  it('a total is told by account, and is that of each warehouse', async () => {
    await chosen('');
    const total = 'sum(chat_count)::int as chats, count(*)::int as days from chatrhub_bi.daily_chats';
    const { rows } = await analyst.query(`select account, ${total} group by account order by account`);
    const apart = await Promise.all(
      NAMES.map(async (name) => ({ account: name, ...(await members[name]?.reader.database.pool.query(`select ${total}`))?.rows[0] })),
    );
    expect(rows).toEqual(apart);
    expect(rows[0].chats).not.toBe(rows[1].chats);
  });

  it('each table and view has the account as its first column, and the words of the warehouse', async () => {
    const { rows } = await analyst.query<{ name: string; first: string; words: string | null }>(
      `select c.oid::regclass::text as name, a.attname as first, col_description(c.oid, 2) as words
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
       where c.relnamespace::regnamespace::text in ('chatrhub', 'chatrhub_bi', 'chatrhub_sync') and relkind = 'v'`,
    );
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter(({ first, words }) => first !== 'account' || !words)).toEqual([]);
    const readable = await members.acme?.reader.database.pool.query(
      `select oid::regclass::text as name from pg_class where relkind in ('r', 'p', 'v') and has_table_privilege(oid, 'select')
         and relnamespace::regnamespace::text like 'chatrhub%'`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(readable?.rows.map(({ name }) => name).sort());
  });

  it('the warehouse of another account is not asked where a session chose one', async () => {
    await chosen('acme');
    const { rows } = await analyst.query('explain (analyze, costs off, timing off, summary off) select * from chatrhub.chats');
    const scans = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(scans.match(/Foreign Scan on chats.*/g)).toEqual([
      expect.stringMatching(/^Foreign Scan on chats chats_1 \(actual /),
      'Foreign Scan on chats chats_2 (never executed)',
    ]);
  });

  it('an analyst sees neither the passwords nor the tables of one account by another way', async () => {
    await expect(analyst.query('select * from acme_chatrhub.chats')).rejects.toMatchObject({ code: '42501' });
    const { rows } = await analyst.query('select umoptions from pg_user_mappings');
    expect(rows.flatMap(({ umoptions }) => umoptions ?? [])).toEqual([]);
  });
});

describe('made again', () => {
  it('it keeps the views of others, also when an account goes or comes', async () => {
    await federation.pool.query(
      'create schema if not exists reports; create or replace view reports.mine as select account, chat_id from chatrhub.chats',
    );
    await federate(sqlOf(accounts.slice(0, 1)));
    const of = async () =>
      (await federation.pool.query('select distinct account from reports.mine order by 1')).rows.map(({ account }) => account);
    expect(await of()).toEqual(['acme']);
    await federate();
    expect(await of()).toEqual([...NAMES]);
    const { rows } = await federation.pool.query(`select count(*)::int as n from pg_foreign_server`);
    expect(rows).toEqual([{ n: 2 }]);
  });

  it('without a password, or in a warehouse, it says so and leaves all as it was', async () => {
    await expect(federation.pool.query(`reset all; ${sqlOf()}`)).rejects.toThrow(
      /the password of account acme is missing: set chatrhub.password_acme/,
    );
    await expect(members.acme?.warehouse.direct.pool.query(sqlOf())).rejects.toThrow(/this database is a warehouse/);
    expect((await analyst.query('select count(*)::int as n from chatrhub_sync.runs')).rows).toEqual([{ n: expect.any(Number) }]);
  });
});

/** Numeric comes as text, in as many digits as its type has. */
const numbers = (rows: object[]): object[] =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value,
      ]),
    ),
  );
