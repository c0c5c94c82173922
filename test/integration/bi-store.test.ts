import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { createRandom, type Random } from '../../src/simulator/account/random.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { loadWorld } from '../support/bi-load.ts';
import { worldOf } from '../support/bi-world.ts';
import { createWarehouse } from '../support/warehouse.ts';

/*
 * What is stored of heavy views costs what changed, and is what it would be if all was computed anew.
 */

const SEED = Number(process.env.STORE_SEED ?? 20_261_126);
const NIGHTS = 20;
const stored = catalogue.views.filter(({ key }) => key);

let database: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ database, close } = await createWarehouse({ refreshes: true }));
  await loadWorld(database.pool, worldOf({ seed: 7, zone: 'Europe/Berlin', from: '2025-10-24', days: 5, hours: [[6, 1_200, 1_920]] }));
});
afterAll(() => close());

const refresh = async () => {
  const refreshed = await refreshStore(database, catalogue.views);
  expect(refreshed.failed).toEqual([]);
  return refreshed;
};

/** All rows of what is stored, as text. Sums of probabilities depend on the order in which they are added up, in their last digits. */
async function readStore(): Promise<Map<string, string[]>> {
  const tables = new Map<string, string[]>();
  for (const { schema, name } of stored) {
    const { rows } = await database.pool.query<{ row: string }>(
      `select (to_jsonb(s) || case when to_jsonb(s) ? 'probability_sum'
         then jsonb_build_object('probability_sum', round((to_jsonb(s) ->> 'probability_sum')::numeric, 6)) else '{}' end)::text as row
       from ${schema}.${name} s order by 1`,
    );
    tables.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return tables;
}

/** What differs between what is stored and what is computed anew. */
async function differences(): Promise<string[]> {
  const [before, counts] = [await readStore(), await readCounts()];
  await database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
  expect((await refresh()).isRebuild).toBe(true);
  const after = await readStore();
  const found = stored.flatMap(({ name }) => {
    const [is, should] = [new Set(before.get(name)), new Set(after.get(name))];
    return [
      ...[...is].filter((row) => !should.has(row)).map((row) => `${name} has ${row}`),
      ...[...should].filter((row) => !is.has(row)).map((row) => `${name} lacks ${row}`),
    ];
  });
  if (JSON.stringify(counts) !== JSON.stringify(await readCounts())) found.push(`rows were counted as ${JSON.stringify(counts)}`);
  return found;
}

const readCounts = async () => (await database.pool.query('select entity, row_count from chatrhub_bi_store.row_counts order by 1')).rows;

type Change = { name: string; sql: (random: Random) => string };

const aChat = 'select chat_id from chatrhub.chats where created_at is not null order by hashint8(chat_id * ';
const someChat = (random: Random): string => `(${aChat}${random.int(1, 9_999)}) limit 1)`;
const someChats = (random: Random, count: number): string => `(${aChat}${random.int(1, 9_999)}) limit ${count})`;
const seconds = (random: Random, from: number, until: number): string => `interval '${random.int(from, until)} seconds'`;

/** What may be written in a night. */
const CHANGES: readonly Change[] = [
  {
    name: 'chats end later',
    sql: (r) => `update chatrhub.chats set is_ended = true, duration_seconds = ${r.int(0, 400_000)} where chat_id in ${someChats(r, 3)}`,
  },
  { name: 'a chat is open again', sql: (r) => `update chatrhub.chats set is_ended = false where chat_id = ${someChat(r)}` },
  {
    name: 'a chat began at another time',
    sql: (r) => `update chatrhub.chats set created_at = created_at + ${seconds(r, -400_000, 400_000)} where chat_id = ${someChat(r)}`,
  },
  {
    name: 'a chat is of another agent',
    sql: (r) =>
      `update chatrhub.chats set agent_id = ${r.int(1, 4)}, transferred_to_agent_id = ${r.int(1, 4)} where chat_id = ${someChat(r)}`,
  },
  {
    name: 'a chat is of another visitor',
    sql: (r) => `update chatrhub.chats set visitor_id = ${r.int(100, 113)} where chat_id = ${someChat(r)}`,
  },
  {
    name: 'a chat does not count any more',
    sql: (r) => `update chatrhub.chats set is_beat_out = not coalesce(is_beat_out, false) where chat_id = ${someChat(r)}`,
  },
  {
    name: 'chats are rated and missed',
    sql: (r) =>
      `update chatrhub.chats set overall_rating = ${r.int(1, 3)}, is_missed = not coalesce(is_missed, true) where chat_id in ${someChats(r, 2)}`,
  },
  {
    name: 'nothing is known any more of when a chat began',
    sql: (r) => `update chatrhub.chats set created_at = null where chat_id = ${someChat(r)}`,
  },
  {
    name: 'a late chat',
    sql: (
      r,
    ) => `insert into chatrhub.chats (chat_id, client_id, visitor_id, agent_id, is_ended, duration_seconds, created_at, has_feedback, synced_at)
      select max(chat_id) + 1, 77, ${r.int(100, 113)}, ${r.int(1, 4)}, true, ${r.int(1, 9_000)}, min(created_at) - ${seconds(r, 0, 200_000)}, false, now() from chatrhub.chats`,
  },
  {
    name: 'chats of a new day',
    sql: (
      r,
    ) => `insert into chatrhub.chats (chat_id, client_id, visitor_id, agent_id, is_ended, duration_seconds, created_at, has_feedback, messages_synced_at, synced_at)
      select m.id + i, 77, 100 + i % 14, 1 + i % 4, i % 5 > 0, i * 100, m.at + i * ${seconds(r, 1_000, 9_000)}, false, now(), now()
      from (select max(chat_id) as id, max(created_at) as at from chatrhub.chats) m, generate_series(1, ${r.int(1, 15)}) i`,
  },
  {
    name: 'messages come',
    sql: (
      r,
    ) => `insert into chatrhub.messages (message_id, client_id, chat_id, from_agent_id, from_visitor_id, is_admin, body_length, batch_intent_id, batch_intent_probability, created_at, synced_at)
      select m.id + row_number() over (), 77, c.chat_id, case when i % 2 = 0 then c.agent_id end, case when i % 2 = 1 then 100 end, false, 3, '1', 0.31, c.created_at + i * ${seconds(r, 0, 4_000)}, now()
      from (select max(message_id) as id from chatrhub.messages) m, chatrhub.chats c, generate_series(1, ${r.int(1, 6)}) i where c.chat_id in ${someChats(r, 4)}`,
  },
  {
    name: 'the messages of a chat are fetched',
    sql: (r) =>
      `update chatrhub.chats set messages_synced_at = case when messages_synced_at is null then now() end where chat_id in ${someChats(r, 3)}`,
  },
  {
    name: 'messages move to another chat',
    sql: (r) => `update chatrhub.messages set chat_id = ${someChat(r)} where chat_id = ${someChat(r)}`,
  },
  {
    name: 'messages were sent at another time',
    sql: (r) => `update chatrhub.messages set created_at = created_at + ${seconds(r, -90_000, 90_000)} where chat_id = ${someChat(r)}`,
  },
  {
    name: 'messages are labelled',
    sql: (r) => `update chatrhub.messages set final_manual_intent_id = '${r.int(1, 3)}' where chat_id in ${someChats(r, 3)}`,
  },
  {
    name: 'messages are deleted',
    sql: (r) =>
      `delete from chatrhub.messages where chat_id = ${someChat(r)} and message_id not in (select message_id from chatrhub.tasks where message_id is not null)`,
  },
  {
    name: 'a visitor is erased',
    sql: (r) => `with gone as (select chat_id from chatrhub.chats where visitor_id = ${r.int(100, 113)}),
        texts as (delete from chatrhub.messages where chat_id in (select chat_id from gone))
      delete from chatrhub.chats where chat_id in (select chat_id from gone)`,
  },
  {
    name: 'a visitor came by another channel',
    sql: (r) => `update chatrhub.visitors set channel = '${r.pick(['web', 'sms'])}' where visitor_id = ${r.int(100, 113)}`,
  },
  {
    name: 'an agent is a bot',
    sql: (r) => `update chatrhub.agents set is_bot = not coalesce(is_bot, false) where agent_id = ${r.int(1, 4)}`,
  },
  {
    name: 'an agent has another name',
    sql: (r) => `update chatrhub.agents set full_name = full_name || 'x' where agent_id = ${r.int(1, 4)}`,
  },
  {
    name: 'snapshots of the next hours',
    sql: (r) => `insert into chatrhub.agent_activities (agent_id, snapshot_at, status, client_id, synced_at)
      select a, m.at + i * interval '5 minutes', '${r.pick(['available', 'unavailable', 'offline'])}', 77, now()
      from (select max(snapshot_at) as at from chatrhub.agent_activities) m, generate_series(1, 2) a, generate_series(1, ${r.int(1, 400)}) i`,
  },
  {
    name: 'snapshots of older days',
    sql: (r) => `insert into chatrhub.agent_activities (agent_id, snapshot_at, status, client_id, synced_at)
      select ${r.int(1, 4)}, m.at - ${r.int(1, 3)} * interval '1 day' - i * interval '5 minutes', 'available', 77, now()
      from (select min(snapshot_at) as at from chatrhub.agent_activities) m, generate_series(1, ${r.int(1, 90)}) i on conflict do nothing`,
  },
  {
    name: 'a snapshot has another status',
    sql: (r) => `update chatrhub.agent_activities set status = 'unavailable' where (agent_id, snapshot_at) in (
      select agent_id, snapshot_at from chatrhub.agent_activities order by hashint8(extract(epoch from snapshot_at)::bigint + ${r.int(1, 9_999)}) limit 20)`,
  },
  {
    name: 'snapshots are gone',
    sql: (r) => `delete from chatrhub.agent_activities where (agent_id, snapshot_at) in (
      select agent_id, snapshot_at from chatrhub.agent_activities order by hashint8(extract(epoch from snapshot_at)::bigint + ${r.int(1, 9_999)}) limit 30)`,
  },
  {
    name: 'tasks are raised',
    sql: (r) => `insert into chatrhub.tasks (task_id, client_id, task_type, is_complete, created_at, updated_at, synced_at)
      select m.id + i, 77, '${r.pick(['operational', 'machine_learning', 'invented'])}', i % 2 = 0, m.at + i * ${seconds(r, 0, 90_000)}, m.at + i * ${seconds(r, 90_000, 190_000)}, now()
      from (select max(task_id) as id, max(created_at) as at from chatrhub.tasks) m, generate_series(1, ${r.int(1, 4)}) i`,
  },
  {
    name: 'tasks are completed',
    sql: (
      r,
    ) => `update chatrhub.tasks set is_complete = not coalesce(is_complete, false), updated_at = coalesce(updated_at, created_at) + ${seconds(r, 0, 90_000)}
      where task_id in (select task_id from chatrhub.tasks order by hashint8(task_id * ${r.int(1, 999)}) limit 4)`,
  },
  {
    name: 'a task is gone',
    sql: (r) =>
      `delete from chatrhub.tasks where task_id = (select task_id from chatrhub.tasks order by hashint8(task_id * ${r.int(1, 999)}) limit 1)`,
  },
  { name: 'a stub becomes a record', sql: () => 'update chatrhub.chats set is_inferred = not is_inferred where chat_id = 2000' },
  {
    name: 'the days are of another zone',
    sql: (r) =>
      `update chatrhub_bi.settings set reporting_time_zone = '${r.pick(['Europe/Berlin', 'Asia/Kolkata', 'UTC'])}', changed_at = clock_timestamp()`,
  },
  { name: 'a holiday', sql: (r) => `insert into chatrhub_bi.holidays values ('2025-10-${r.int(10, 31)}', 'x') on conflict do nothing` },
];

describe(`what is stored of heavy views (STORE_SEED=${SEED})`, () => {
  it('is computed whole at first, and is not touched when nothing changed', async () => {
    expect((await refresh()).isRebuild).toBe(true);
    expect(await refresh()).toEqual({ done: [], failed: [], isRebuild: false });
    expect(await differences()).toEqual([]);
  });

  it.each(CHANGES)('is what it would be if it was computed anew when $name', async ({ sql }) => {
    await database.pool.query(sql(createRandom('store', SEED)));
    await refresh();
    expect(await differences()).toEqual([]);
  });

  it.each(Array.from({ length: NIGHTS }, (_, i) => i))('is so after night %i, of several changes', async (night) => {
    const random = createRandom('store night', SEED + night);
    for (let i = random.int(1, 7); i > 0; i--) await database.pool.query(random.pick(CHANGES).sql(random));
    await refresh();
    expect(await differences()).toEqual([]);
  });

  it('is one state for whoever reads meanwhile, and lets nobody wait', async () => {
    const sums = `select (select sum(chat_count) from chatrhub_bi.daily_chats) = (select sum(chat_count) from chatrhub_bi.csat) as same`;
    const reader: pg.PoolClient = await database.connect();
    let [isDone, reads, slowest] = [false, 0, 0];
    try {
      await database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
      const refreshing = refresh().then(() => {
        isDone = true;
      });
      while (!isDone) {
        await reader.query("set lock_timeout = '100ms'");
        const began = performance.now();
        expect((await reader.query(sums)).rows).toEqual([{ same: true }]);
        slowest = Math.max(slowest, performance.now() - began);
        reads += 1;
      }
      await refreshing;
    } finally {
      reader.release(true);
    }
    expect(reads).toBeGreaterThan(1);
    expect(slowest).toBeGreaterThan(0);
  });

  it('stays as it was when something fails, which is named, and is brought up to date the next time', async () => {
    const before = await readStore();
    await database.pool.query(`update chatrhub.chats set overall_rating = 1 where chat_id in (select chat_id from chatrhub.chats limit 5)`);
    const broken = catalogue.views.map((view) =>
      view.name === 'csat' && view.key ? { ...view, sql: `${view.sql} having 1 / 0 = 1` } : view,
    );
    expect((await refreshStore(database, broken)).failed).toEqual([
      { view: 'chatrhub_bi_store.csat', error: expect.stringMatching(/division by zero/) },
    ]);
    expect(await readStore()).toEqual(before);
    expect((await refresh()).done.length).toBeGreaterThan(5);
    expect(await differences()).toEqual([]);
  });

  it('is computed once by two processes at the same time', async () => {
    await database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
    const both = await Promise.all([refresh(), refresh()]);
    expect(both.map(({ done }) => done.length > 0).sort()).toEqual([false, true]);
  });
});
