import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ReplayOptions, replay } from '../../src/history/replay.ts';
import { createLogger } from '../../src/logger.ts';
import type { Privacy } from '../../src/records/pseudonyms.ts';
import type { Resource, Row } from '../../src/records/resource.ts';
import agents from '../../src/resources/agents.ts';
import chats from '../../src/resources/chats.ts';
import groups from '../../src/resources/groups.ts';
import type { Oddities } from '../../src/simulator/api/oddities.ts';
import type { Client, Database } from '../../src/warehouse/connection/database.ts';
import { runCli } from '../support/cli.ts';
import { urlOf } from '../support/database.ts';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';
import { agent, at, chat, record } from '../support/records.ts';
import { takeRecords } from '../support/take.ts';
import { createWarehouse, createWorkbench, type Workbench } from '../support/warehouse.ts';

const replayOf = (database: Database, options: Partial<ReplayOptions> = {}) =>
  replay({
    database,
    logger: createLogger({ level: 'silent', secrets: [], isTerminal: false }),
    signal: new AbortController().signal,
    only: undefined,
    limits: [],
    rateScope: 'account',
    ...options,
  });

const REBUILT = [
  'chatrhub.agents',
  'chatrhub.groups',
  'chatrhub.agent_groups',
  'chatrhub.visitors',
  'chatrhub.chats',
  'chatrhub.messages',
  'chatrhub.tasks',
  'chatrhub.intents',
  'chatrhub_private.visitor_contacts',
  'chatrhub_private.message_bodies',
  'chatrhub_private.chat_feedback',
  'chatrhub_private.task_variables',
  'chatrhub_private.group_match_rules',
];

/** Empties all tables that replay rebuilds; activity, which it does not, stays. */
const empty = (database: Database) =>
  database.transaction(async (client) => {
    await client.query('set local session_replication_role = replica');
    for (const table of REBUILT) await client.query(`delete from ${table}`);
  });

const synced = async ({ pool }: Database) =>
  (await pool.query<Row>('select chat_id, messages_synced_at from chatrhub.chats where messages_synced_at is not null order by 1')).rows;

/** Where the versions of all rows lie, and which transaction wrote them. */
const rowVersions = async ({ pool }: Database) =>
  Promise.all(REBUILT.map(async (table) => (await pool.query(`select ctid::text, xmin::text from ${table} order by 1`)).rows));

describe('what a sync has copied', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await createWorkbench({ seed: 3, agents: 8, days: 12, chats: 300 });
    await bench.sync();
    bench.account.advance({ days: 1, hours: 3 });
    await bench.sync();
  });
  afterAll(() => bench.close());

  it('is not written again when nothing was added', async () => {
    const before = await rowVersions(bench.database);
    bench.requestsSince();
    const report = await replayOf(bench.database);
    expect(report).toMatchObject({ command: 'replay', status: 'complete', requests: 0, errors: [] });
    expect(bench.requestsSince()).toEqual([]);
    expect(await rowVersions(bench.database)).toEqual(before);
    expect(report.resources.messages?.fetched).toBeGreaterThan(1_000);
    for (const { fetched, unchanged } of Object.values(report.resources)) expect(unchanged).toBe(fetched);
    expect(Object.values(report.backlog)).toEqual(Array(8).fill(0));
  });

  it('adds no version when it is copied again', async () => {
    const before = await countVersions(bench.database);
    await bench.sync();
    expect(await countVersions(bench.database)).toEqual(before);
  });

  it('has a column filled that was added later, while readers see every row all the time', async () => {
    const { pool } = bench.database;
    const [before, counted] = [
      await readTables(pool),
      async () => Number((await pool.query('select count(*) as n from chatrhub.messages')).rows[0]?.n),
    ];
    await pool.query('update chatrhub.messages set body_length = null, is_admin = null');
    await pool.query(`update chatrhub.visitors set city = null, has_email = false, synced_at = synced_at + interval '1 hour'`);
    const seen = new Set<number>();
    const over = new AbortController();
    const reading = (async () => {
      while (!over.signal.aborted) seen.add(await counted());
    })();
    const report = await replayOf(bench.database);
    over.abort();
    await reading;
    expect(report.resources.messages).toMatchObject({ inserted: 0, updated: before['chatrhub.messages'].length });
    expect(await readTables(pool)).toEqual(before);
    expect([...seen]).toEqual([before['chatrhub.messages'].length]);
  });

  it('is rebuilt for the resources that are named', async () => {
    const { pool } = bench.database;
    await pool.query('update chatrhub.agents set full_name = null; update chatrhub.groups set group_name = null');
    await replayOf(bench.database, { only: ['agents', 'agent_activities'] });
    const missing = async (sql: string) => (await pool.query<Row>(sql)).rows.length;
    expect(await missing('select from chatrhub.agents where full_name is null')).toBe(0);
    expect(await missing('select from chatrhub.groups where group_name is null')).toBeGreaterThan(0);
    await replayOf(bench.database);
    expect(await missing('select from chatrhub.groups where group_name is null')).toBe(0);
  });

  it('stays as it is when the replay is stopped, which is told', async () => {
    const report = await replayOf(bench.database, { signal: AbortSignal.abort() });
    expect(report.status).toBe('interrupted');
  });
});

const countVersions = async ({ pool }: Database) =>
  (await pool.query<Row>('select count(*)::int as n from chatrhub_raw.record_versions')).rows;

/** What visitors are reached by, and what they wrote. */
function personal({ account }: Workbench): string[] {
  const { 'chatrhub_private.visitor_contacts': contacts, 'chatrhub_private.message_bodies': bodies } = expectedTables(account);
  const texts = [...contacts.flatMap(({ email, phone, ip_address }) => [email, phone, ip_address]), ...bodies.map(({ body }) => body)];
  return texts.filter((text): text is string => typeof text === 'string' && text.length > 8);
}

describe('tables that were emptied', () => {
  it.each<[string, Privacy, Partial<Oddities>]>([
    ['as the documentation says', { mode: 'keep' }, {}],
    [
      'with lean lists, mixed copies, texts for numbers',
      { mode: 'keep' },
      { leanLists: true, embed: 'mixed', numbers: 'strings', repeatRows: true },
    ],
    ['with hashed personal data', { mode: 'hash', key: 'a key of the tests' }, { leanLists: true, embed: 'bare' }],
    ['without personal data', { mode: 'drop' }, {}],
  ])('hold the same again: an account %s', async (_, privacy, oddities) => {
    const bench = await createWorkbench({ seed: 9, agents: 5, days: 6, chats: 80 }, oddities);
    try {
      const { database } = bench;
      for (const days of [0, 1, 1]) {
        bench.account.advance({ days });
        expect(await bench.sync({ privacy })).toMatchObject({ status: 'complete' });
      }
      const versions = await countVersions(database);
      await bench.sync({ privacy });
      expect(await countVersions(database)).toEqual(versions);
      const [before, syncedBefore] = [await readTables(database.pool), await synced(database)];
      await empty(database);
      expect(await replayOf(database)).toMatchObject({ status: 'complete' });
      const after = await readTables(database.pool);
      for (const [name, rows] of Object.entries(before)) expect(after[name as keyof typeof after], name).toEqual(rows);
      expect(await synced(database)).toEqual(syncedBefore);
      const { rows } = await database.pool.query<{ text: string }>(
        "select string_agg(attributes::text, '') as text from chatrhub_raw.record_versions",
      );
      expect(rows[0]?.text).not.toMatch(/password|fake-/);
      if (privacy.mode !== 'keep') for (const text of personal(bench)) expect(rows[0]?.text).not.toContain(text);
    } finally {
      await bench.close();
    }
  });
});

describe('one record', () => {
  let database: Database;
  beforeAll(async () => {
    const warehouse = await createWarehouse();
    ({ database } = warehouse);
    return warehouse.close;
  });
  beforeEach(async () => {
    await database.pool.query(
      'truncate chatrhub.agents, chatrhub.groups, chatrhub.chats, chatrhub_raw.versions, chatrhub_sync.rejected_records cascade',
    );
  });

  const takeIn = (client: Client, data: unknown[], second: number, resource: Resource = agents, touch = false) =>
    takeRecords(client, data, { askedAt: at(second), resource, touch });
  const take = (data: unknown[], askedAt: number, resource?: Resource, touch?: boolean) =>
    database.transaction((client) => takeIn(client, data, askedAt, resource, touch));
  const select = async (sql: string): Promise<Row[]> => (await database.pool.query<Row>(sql)).rows;
  const waiting = () =>
    select(`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
  const stored = () => select('select full_name, username, synced_at from chatrhub.agents order by agent_id');

  it.each([
    ['of the same moment', false, 1],
    ['that was seen again later', true, 2],
  ])('has what it lacks filled in a row %s, which keeps its moment', async (_, touch, second) => {
    await take([agent(4, { full_name: 'A', username: 'a' })], 1);
    await take([agent(4, { full_name: 'A', username: 'a' })], 2, agents, touch);
    await database.pool.query('update chatrhub.agents set username = null');
    await replayOf(database);
    expect(await stored()).toEqual([{ full_name: 'A', username: 'a', synced_at: at(second) }]);
  });

  it('is what its latest version says, with what earlier ones said and it did not', async () => {
    await take([agent(4, { full_name: 'A', username: 'a' })], 1);
    await take([agent(4, { full_name: 'B' })], 2);
    await database.pool.query('delete from chatrhub.agents');
    await replayOf(database);
    expect(await stored()).toEqual([{ full_name: 'B', username: 'a', synced_at: at(2) }]);
  });

  it('has the last value that fitted, where a later one did not', async () => {
    await take([chat(1, { duration: 60, tag: 'first', feedback: 'good' })], 1, chats);
    await take([chat(1, { duration: 'long', tag: 'second' })], 2, chats);
    await take([chat(1, { duration: 'long', tag: 'third', feedback: { not: 'a text' } })], 3, chats);
    const columns =
      'select tag, duration_seconds, has_feedback, feedback from chatrhub.chats join chatrhub_private.chat_feedback using (chat_id)';
    const before = await select(columns);
    await database.pool.query('truncate chatrhub.chats cascade');
    expect(await replayOf(database)).toMatchObject({ status: 'complete' });
    expect(before).toEqual([{ tag: 'third', duration_seconds: 60, has_feedback: true, feedback: 'good' }]);
    expect(await select(columns)).toEqual(before);
    expect(await select('select * from chatrhub_sync.rejected_records')).toEqual([]);
  });

  it('is left to a sync that writes it at the same time', async () => {
    await take([agent(4, { full_name: 'A', username: 'a' }), agent(5, { full_name: 'E', username: 'e' })], 1);
    await database.pool.query('update chatrhub.agents set username = null');
    const writer = await database.connect();
    try {
      await writer.query('begin');
      await takeIn(writer, [agent(4, { full_name: 'B', username: 'b' })], 2);
      const replaying = replayOf(database);
      await expect.poll(waiting).toEqual([{ n: 1 }]);
      await writer.query('commit');
      expect(await replaying).toMatchObject({ status: 'complete', resources: { agents: { fetched: 2, updated: 1, unchanged: 1 } } });
    } finally {
      writer.release();
    }
    expect(await stored()).toEqual([
      { full_name: 'B', username: 'b', synced_at: at(2) },
      { full_name: 'E', username: 'e', synced_at: at(1) },
    ]);
  });

  it('is left to a sync that wrote it after its versions were read', async () => {
    const group = (name: string) => [record('groups', 7, { group_name: name })];
    await take(group('A'), 1, groups);
    const writer = await database.connect();
    try {
      // The replay reads versions without waiting, and waits for the table then.
      await writer.query('begin; lock table chatrhub.groups in access exclusive mode');
      const replaying = replayOf(database, { only: ['groups'] });
      await expect.poll(waiting).toEqual([{ n: 1 }]);
      await takeIn(writer, group('B'), 2, groups);
      await writer.query('commit');
      expect(await replaying).toMatchObject({ status: 'complete', resources: { groups: { fetched: 1, unchanged: 1 } } });
    } finally {
      writer.release();
    }
    expect(await select('select group_name from chatrhub.groups')).toEqual([{ group_name: 'B' }]);
  });

  it('that the program cannot take any more is kept aside', async () => {
    await take([agent(4, { full_name: 'A' })], 1);
    await database.pool.query(`update chatrhub_raw.record_versions set attributes = attributes || '{"agent_id": 5}'`);
    expect(await replayOf(database)).toMatchObject({ status: 'complete', resources: { agents: { fetched: 1, rejected: 1 } } });
    expect(await select('select resource, record_key, reason from chatrhub_sync.rejected_records')).toEqual([
      { resource: 'agents', record_key: '4', reason: 'its id is 4, but its agent_id is 5' },
    ]);
  });

  it('is replayed from the command line, without a key', async () => {
    await take([agent(4, { full_name: 'A' })], 1);
    await database.pool.query('delete from chatrhub.agents');
    const env = { DATABASE_URL: urlOf(database) };
    const { code, stdout } = await runCli(['replay', '--only', 'agents,chats', '--json'], { env, cwd: tmpdir() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'replay',
      status: 'complete',
      requests: 0,
      resources: { agents: { inserted: 1 } },
    });
    expect(await stored()).toMatchObject([{ full_name: 'A' }]);
    expect((await runCli(['replay', '--only', 'bots'], { env, cwd: tmpdir() })).code).toBe(2);
  });
});
