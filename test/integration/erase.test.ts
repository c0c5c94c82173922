import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { erase, eraseReturned, findBelongings } from '../../src/erasure/erase.ts';
import { beginErasure, noteErasures, readErased } from '../../src/erasure/erasures.store.ts';
import { UsageError } from '../../src/errors.ts';
import { replay } from '../../src/history/replay.ts';
import { createLogger } from '../../src/logger.ts';
import messages from '../../src/resources/messages.ts';
import visitors from '../../src/resources/visitors.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { CANARY, plantPerson } from '../support/canaries.ts';
import { urlOf } from '../support/database.ts';
import { dumpDatabase } from '../support/dump.ts';
import { readTables } from '../support/read-tables.ts';
import { record } from '../support/records.ts';
import { takeRecords } from '../support/take.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

const logger = createLogger({ level: 'silent', secrets: [], isTerminal: false });
const eraseVisitor = async (database: Database, visitorId: number) => erase(database, await findBelongings(database, visitorId));
const replayed = (database: Database) =>
  replay({ database, logger, signal: new AbortController().signal, only: undefined, limits: [], rateScope: 'account' });

const linesWith = (dump: string) => dump.split('\n').filter((line) => CANARY.test(line));
const tracesIn = async ({ pool }: Database) => linesWith(await dumpDatabase(pool));
/** Where a person is; versions are shown, and counted, by the view of them. */
const tablesWith = async (database: Database) =>
  [
    ...new Set(
      (await tracesIn(database)).map((line) => line.split(' ')[0]?.replace('chatrhub_raw.versions', 'chatrhub_raw.record_versions')),
    ),
  ].sort();

/** A visitor with several chats, in one of which a task was raised. */
function findPerson({ account }: Workbench): number {
  const { chats, tasks, messageOf } = account.asOf();
  const chatsOf = (visitorId: number) => [...chats.values()].filter((chat) => chat.visitorId === visitorId).length;
  const owners = [...tasks.values()].flatMap(({ messageId }) => chats.get(messageOf(messageId ?? 0)?.chatId ?? 0)?.visitorId ?? []);
  return owners.find((visitorId) => chatsOf(visitorId) >= 2) ?? expect.fail('nobody came twice');
}

let bench: Workbench;
let person: number;
beforeEach(async () => {
  bench = await createWorkbench({ seed: 11, agents: 4, days: 5, chats: 60 });
  person = findPerson(bench);
  plantPerson(bench.account, person);
  await bench.sync();
  bench.account.advance({ days: 1 });
  await bench.sync();
});
afterEach(() => bench.close());

describe('row 113: a person who was erased', () => {
  it('was everywhere before, and is nowhere then; each table says of how many rows', async () => {
    const { database } = bench;
    const held = [
      'chatrhub.visitors',
      'chatrhub_private.chat_feedback',
      'chatrhub_private.message_bodies',
      'chatrhub_private.task_variables',
      'chatrhub_private.visitor_contacts',
      'chatrhub_raw.record_versions',
      'chatrhub_sync.rejected_records',
    ];
    expect(await tablesWith(database)).toEqual(held);
    const { erased } = await eraseVisitor(database, person);
    expect(await tracesIn(database)).toEqual([]);
    expect(Object.keys(erased).sort()).toEqual(held);
    for (const [table, rows] of Object.entries(erased)) expect(rows, table).toBeGreaterThan(0);
    expect(erased['chatrhub_private.visitor_contacts']).toBe(1);
    const { rows } = await database.pool.query(`select status, details from chatrhub_sync.runs where command = 'erase'`);
    expect(rows).toEqual([{ status: 'complete', details: { erased } }]);
  });

  it('stays out of syncs, weekly lists, embedded copies, a refreshed backfill and replays, and no request more is made', async () => {
    const { database, account } = bench;
    await eraseVisitor(database, person);
    bench.requestsSince();
    for (const days of [0, 1, 7]) {
      account.advance({ days });
      // Weekly lists are due by the clock of the database.
      if (days === 7) await database.pool.query(`update chatrhub_sync.requests set loaded_at = loaded_at - interval '7 days'`);
      const report = await bench.sync();
      expect(report).toMatchObject({ status: 'complete' });
      for (const { fetched, inserted, updated, unchanged, rejected } of Object.values(report.resources))
        expect(inserted + updated + unchanged + rejected).toBe(fetched);
      expect(await tracesIn(database)).toEqual([]);
    }
    const asked = bench.requestsSince();
    expect(asked).toContain('/visitors.json');
    expect(asked.filter((path) => path.includes('canary'))).toEqual([]);
    // Chats that are over are not asked for again because somebody is gone.
    await bench.sync();
    const over = [...account.asOf().chats.values()].filter(({ visitorId, isEnded }) => visitorId === person && isEnded);
    expect(over.length).toBeGreaterThan(1);
    const again = bench.requestsSince().map((path) => Number(/chat_id=(\d+)/.exec(path)?.[1]));
    expect(over.filter(({ id }) => again.includes(id))).toEqual([]);
    expect(await bench.backfill(account.startedAt.toISOString().slice(0, 10), { refresh: true })).toMatchObject({ status: 'complete' });
    expect(bench.requestsSince().filter((path) => path.includes('canary'))).toEqual([]);
    expect(await tracesIn(database)).toEqual([]);
    expect(await replayed(database)).toMatchObject({ status: 'complete', errors: [] });
    expect(await tracesIn(database)).toEqual([]);
  });

  it('leaves what can be counted: chats, messages and tasks are there, and a replay changes nothing of them', async () => {
    const { database } = bench;
    const before = await readTables(database.pool);
    await eraseVisitor(database, person);
    const after = await readTables(database.pool);
    for (const table of ['chatrhub.chats', 'chatrhub.messages', 'chatrhub.tasks', 'chatrhub.agents'] as const)
      expect(after[table], table).toEqual(before[table]);
    const { created_at, group_id, channel } = before['chatrhub.visitors'].find(({ visitor_id }) => visitor_id === person) ?? {};
    expect(after['chatrhub.visitors'].find(({ visitor_id }) => visitor_id === person)).toMatchObject({
      ...{ created_at, group_id, channel },
      ...{ city: null, state: null, country: null, referrer_host: null, has_email: false, has_phone: false },
    });
    await bench.sync();
    await replayed(database);
    const later = await readTables(database.pool);
    for (const table of ['chatrhub.visitors', 'chatrhub.chats', 'chatrhub.messages', 'chatrhub.tasks'] as const)
      expect(later[table], table).toEqual(after[table]);
  });

  it('takes the names along of attributes that only this person had', async () => {
    const { pool, transaction } = bench.database;
    const named = async () => (await pool.query(`select from chatrhub_raw.attribute_sets where template like '%canary_mood%'`)).rowCount;
    const data = [record('visitors', person, { canary_mood: 'blue' })];
    await transaction((client) => takeRecords(client, data, { askedAt: bench.account.now(), resource: visitors }));
    expect(await named()).toBe(1);
    await eraseVisitor(bench.database, person);
    expect(await named()).toBe(0);
  });

  it('leaves others as they were', async () => {
    const { database } = bench;
    const others = async () => {
      const tables = await readTables(database.pool);
      return Object.entries(tables).map(([table, rows]) => [
        table,
        rows.filter((row) => !CANARY.test(JSON.stringify(row)) && row.visitor_id !== person),
      ]);
    };
    const before = await others();
    await eraseVisitor(database, person);
    const isEmptied = (row: object) => Object.entries(row).every(([key, value]) => value === null || /_id$/.test(key));
    const after = await others();
    expect(after.map(([table, rows]) => [table, (rows as object[]).filter((row) => !isEmptied(row))])).toEqual(
      before.map(([table, rows]) => [table, (rows as object[]).filter((row) => !isEmptied(row))]),
    );
  });

  it('is kept as a hash only, under a key of the database', async () => {
    const { database } = bench;
    await eraseVisitor(database, person);
    const { rows } = await database.pool.query<{ hash: string; key: string }>('select hash, key from chatrhub_sync.erasures');
    expect(rows.length).toBe(3);
    for (const { hash, key } of rows) expect([hash, key]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), rows[0]?.key]);
  });

  it('is erased again with no further effect', async () => {
    const { database } = bench;
    await eraseVisitor(database, person);
    const dump = async () => (await dumpDatabase(database.pool)).split('\n').filter((line) => !line.startsWith('chatrhub_sync.runs '));
    const before = await dump();
    const { erased } = await eraseVisitor(database, person);
    expect(new Set(Object.values(erased))).toEqual(new Set([0]));
    expect(await dump()).toEqual(before);
  });

  it('stays out under another number with the same user name', async () => {
    const { database, account } = bench;
    await eraseVisitor(database, person);
    const other = [...account.asOf().visitors.keys()].find((id) => id !== person) ?? 0;
    plantPerson(account, other, (visitor) => visitor);
    account.advance({ days: 7 });
    await bench.sync();
    expect((await tracesIn(database)).filter((line) => line.startsWith('chatrhub_private.visitor_contacts'))).toEqual([]);
  });

  it('row 80: is erased again when a backup brings the person back, by whatever command comes next', async () => {
    const { database } = bench;
    const copies = [
      'chatrhub.visitors',
      'chatrhub_private.visitor_contacts',
      'chatrhub_private.message_bodies',
      'chatrhub_raw.record_versions',
    ];
    const admin = createDatabase(urlOf(database), { max: 1 });
    await admin.pool.query('create schema backup');
    for (const table of copies) await admin.pool.query(`create table backup.${table.split('.')[1]} as select * from ${table}`);
    await eraseVisitor(database, person);
    expect((await tracesIn(database)).filter((line) => !line.startsWith('backup.'))).toEqual([]);
    await admin.pool.query(`
      update chatrhub_private.visitor_contacts c set name = b.name, email = b.email, xmpp_username = b.xmpp_username
        from backup.visitor_contacts b where b.visitor_id = c.visitor_id;
      update chatrhub_private.message_bodies m set body = b.body from backup.message_bodies b where b.message_id = m.message_id;
      delete from chatrhub_raw.record_versions; insert into chatrhub_raw.record_versions select * from backup.record_versions;
      drop schema backup cascade`);
    await admin.close();
    expect((await tablesWith(database)).length).toBeGreaterThan(2);
    await eraseReturned(database, logger);
    expect(await tracesIn(database)).toEqual([]);
    await eraseReturned(database, logger);
    const { rows } = await database.pool.query(`select count(*)::int as n from chatrhub_sync.runs where command = 'erase'`);
    expect(rows).toEqual([{ n: 2 }]);
  });
});

it('an erasure waits for who is loading at that moment, and erases what that brings', async () => {
  const { database } = bench;
  const belongings = await findBelongings(database, person);
  const writer = await database.connect();
  try {
    await writer.query('begin');
    expect(await readErased(writer)).toBeUndefined();
    const message = { chat_id: null, from_visitor_id: person, body: 'canary body of the last second' };
    await takeRecords(writer, [record('messages', 987_654_321, { ...message, client_id: bench.account.clientId })], {
      askedAt: new Date(),
      resource: messages,
      clientId: bench.account.clientId,
    });
    const erasing = erase(database, belongings);
    const waiting = `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await database.pool.query(waiting)).rows).toEqual([{ n: 1 }]);
    await writer.query('commit');
    await erasing;
  } finally {
    writer.release();
  }
  const { rows } = await database.pool.query('select body from chatrhub_private.message_bodies where message_id = 987654321');
  expect(rows).toEqual([{ body: null }]);
  expect(await tracesIn(database)).toEqual([]);
});

it('who begins to load while somebody is erased waits for it, and keeps out what was erased', async () => {
  const { database } = bench;
  const [eraser, loader] = [await database.connect(), await database.connect()];
  try {
    // A session that has made the statement before has a plan of it.
    for (let time = 0; time < 7; time += 1) expect(await readErased(loader)).toBeUndefined();
    await eraser.query('begin');
    await beginErasure(eraser);
    await loader.query('begin');
    const reading = readErased(loader);
    const waiting = `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await database.pool.query(waiting)).rows).toEqual([{ n: 1 }]);
    await noteErasures(eraser, [{ key: '00'.repeat(32), hash: 'ff'.repeat(32) }]);
    await eraser.query('commit');
    expect(await reading).toBeDefined();
    await eraser.query('begin');
    const erasing = beginErasure(eraser);
    await expect.poll(async () => (await database.pool.query(waiting)).rows).toEqual([{ n: 1 }]);
    await loader.query('rollback');
    expect(await erasing).toBe('00'.repeat(32));
  } finally {
    for (const client of [eraser, loader]) client.release(true);
  }
});

it('row 114: what docs/privacy.md offers for a rule of retention leaves each record its latest version', async () => {
  const { pool } = bench.database;
  const [versionsRule, rejectsRule] = [
    ...readFileSync(new URL('../../docs/privacy.md', import.meta.url), 'utf8').matchAll(/`(delete from [^`]+)`/g),
  ].map(([, sql]) => String(sql));
  const count = async (what: string) =>
    Number((await pool.query<{ n: number }>(`select count(${what}) as n from chatrhub_raw.record_versions`)).rows[0]?.n);
  const records = await count('distinct (resource, record_key)');
  expect(await count('*')).toBeGreaterThan(records);
  await pool.query(`update chatrhub_raw.record_versions set first_seen_at = first_seen_at - interval '3 years'`);
  await pool.query(String(versionsRule));
  expect([await count('*'), await count('distinct (resource, record_key)')]).toEqual([records, records]);
  await pool.query(`update chatrhub_sync.rejected_records set last_seen_at = last_seen_at - interval '91 days'`);
  expect((await pool.query(String(rejectsRule))).rowCount).toBeGreaterThan(0);
});

it('nobody is erased whom the warehouse does not know', async () => {
  await expect(eraseVisitor(bench.database, 99_999_999)).rejects.toThrow(UsageError);
  expect((await bench.database.pool.query('select * from chatrhub_sync.erasures')).rows).toEqual([]);
});
