import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Privacy } from '../../src/records/pseudonyms.ts';
import type { Row } from '../../src/records/resource.ts';
import agentActivities from '../../src/resources/agent-activities.ts';
import agentGroups from '../../src/resources/agent-groups.ts';
import chats from '../../src/resources/chats.ts';
import messages from '../../src/resources/messages.ts';
import visitors from '../../src/resources/visitors.ts';
import type { Client, Database } from '../../src/warehouse/connection/database.ts';
import { interleave } from '../support/interleave.ts';
import { agent, at, chat, record } from '../support/records.ts';
import { type Taking, takeRecords } from '../support/take.ts';
import { createWarehouse } from '../support/warehouse.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});
beforeEach(async () => {
  await database.pool.query(
    'truncate chatrhub.agents, chatrhub.groups, chatrhub.visitors, chatrhub.chats, chatrhub.intents, chatrhub_raw.versions cascade',
  );
});

type TakingAt = Omit<Taking, 'askedAt'> & { askedAt: number };

const takeIn = (client: Client, data: unknown[], { askedAt, ...how }: TakingAt) =>
  takeRecords(client, data, { askedAt: at(askedAt), ...how });
const take = (data: unknown[], taking: TakingAt) => database.transaction((client) => takeIn(client, data, taking));

const select = async (sql: string): Promise<Row[]> => (await database.pool.query<Row>(sql)).rows;
const versions = (columns: string, resource = 'agents') =>
  select(`select ${columns} from chatrhub_raw.record_versions where resource = '${resource}' order by record_key, version`);
/** An attribute in all versions of all records of a resource. */
const valuesOf = async (attribute: string, resource?: string) =>
  (await versions(`attributes -> '${attribute}' as value`, resource)).map(({ value }) => value);

describe('versions of a record', () => {
  it('are as many as there were changes: A, B and A again are three', async () => {
    for (const [i, name] of ['A', 'B', 'A'].entries()) await take([agent(4, { full_name: name })], { askedAt: i + 1 });
    expect(await versions('record_key, version, attributes, content_hash, first_seen_at')).toMatchObject(
      ['A', 'B', 'A'].map((full_name, i) => ({
        record_key: '4',
        version: i + 1,
        attributes: { id: 4, client_id: 1, full_name },
        first_seen_at: at(i + 1),
      })),
    );
    const rows = await versions('content_hash, attributes::text as text');
    for (const { content_hash, text } of rows) expect(content_hash).toBe(createHash('sha256').update(String(text)).digest('hex'));
    expect(rows[0]?.content_hash).toBe(rows[2]?.content_hash);
  });

  it('are not added where nothing changed, wherever the id was found, in whatever order the attributes came', async () => {
    await take([agent(4, { full_name: 'A', is_bot: 0 })], { askedAt: 1 });
    await take([{ type: 'agents', attributes: { is_bot: 0, agent_id: '4', full_name: 'A', client_id: 1 } }], { askedAt: 2 });
    await take([agent('4', { agent_id: '4', full_name: 'A' })], { askedAt: 3 });
    await take([chat(1, { agent_id: 4, agent: { full_name: 'A' } })], { askedAt: 4, resource: chats });
    expect(await versions('version, first_seen_at')).toEqual([
      { version: 1, first_seen_at: at(1) },
      { version: 2, first_seen_at: at(2) },
    ]);
  });

  it('are added again when the latest cannot be read any more, as its names were lost', async () => {
    await take([agent(4, { full_name: 'A' })], { askedAt: 1 });
    await select('delete from chatrhub_raw.attribute_sets');
    await take([agent(4, { full_name: 'A' })], { askedAt: 2 });
    expect(await valuesOf('full_name')).toEqual([null, 'A']);
  });

  it('keep what a record does not say, hold null where it says so, and what nobody declared', async () => {
    await take([agent(4, { full_name: 'A', display_name: 'Ann', mood: { of: ['today'] } })], { askedAt: 1 });
    await take([agent(4, { full_name: null })], { askedAt: 2 });
    expect((await versions('attributes'))[1]?.attributes).toEqual({
      id: 4,
      client_id: 1,
      full_name: null,
      display_name: 'Ann',
      mood: { of: ['today'] },
    });
  });

  it('hold a value that does not fit as it came, and nothing of a record that was refused', async () => {
    await take([chat(1, { duration: 60 })], { askedAt: 1, resource: chats });
    await take([chat(1, { duration: 'long' }), chat('x', { tag: 'none' }), chat(2, { client_id: 8 })], { askedAt: 2, resource: chats });
    expect(await valuesOf('duration', 'chats')).toEqual([60, 'long']);
    expect(await select('select duration_seconds from chatrhub.chats')).toEqual([{ duration_seconds: 60 }]);
  });

  it('are kept of embedded records under their own name, which are no part of their parent', async () => {
    const visitor = { data: record('visitors', 7, { city: 'Bonn' }) };
    await take([chat(1, { visitor_id: 7, visitor, agent: null, group: 'SEE GROUP' })], { askedAt: 1, resource: chats });
    expect(await versions('attributes', 'chats')).toEqual([{ attributes: { id: 1, client_id: 1, visitor_id: 7, group: 'SEE GROUP' } }]);
    expect(await versions('record_key, attributes', 'visitors')).toEqual([
      { record_key: '7', attributes: { id: 7, client_id: 1, city: 'Bonn' } },
    ]);
  });

  it('have keys of two parts where the record has, and are not kept of activity', async () => {
    await take([record('agent_groups', 1, { agent_id: 4, group_id: 7 })], { askedAt: 1, resource: agentGroups });
    const activity = { agent_id: 4, create_dt: '2018-06-19T13:00:00+00:00' };
    await take([record('agent_activities', 1, activity)], { askedAt: 1, resource: agentActivities });
    expect(await select('select resource, record_key from chatrhub_raw.record_versions')).toEqual([
      { resource: 'agent_groups', record_key: '4/7' },
    ]);
    expect(await select('select count(*)::int as n from chatrhub.agent_activities')).toEqual([{ n: 1 }]);
  });

  it('take records that come twice in one answer as one: the later change lies over the earlier', async () => {
    const changed = (name: string, second: number, more: Row = {}) =>
      agent(4, { full_name: name, updt_dt: `2018-06-19T13:00:0${second}+00:00`, ...more });
    await take([changed('later', 2), changed('earlier', 1, { display_name: 'Ann' })], { askedAt: 1 });
    expect(await versions('attributes')).toMatchObject([{ attributes: { full_name: 'later', display_name: 'Ann' } }]);
  });
});

describe('newer versions stay', () => {
  it('when an answer that was asked for earlier comes later', async () => {
    await take([agent(4, { full_name: 'new' })], { askedAt: 10 });
    await take([agent(4, { full_name: 'old', mood: 'old' })], { askedAt: 9 });
    expect(await valuesOf('full_name')).toEqual(['new']);
    await take([agent(4, { full_name: 'next' })], { askedAt: 10 });
    expect(await valuesOf('full_name')).toEqual(['new', 'next']);
  });

  it('when a change is taken back meanwhile, which the row was marked with', async () => {
    await take([agent(4, { full_name: 'A' })], { askedAt: 1 });
    await take([agent(4, { full_name: 'A' })], { askedAt: 3, touch: true });
    await take([agent(4, { full_name: 'B' })], { askedAt: 2 });
    expect(await valuesOf('full_name')).toEqual(['A']);
  });

  it.each([
    ['2018-06-19T13:00:00+00:00', ['list']],
    ['2018-06-19T15:00:00+00:00', ['list', 'copy']],
    [undefined, ['list', 'copy']],
  ])('when an embedded copy changed at %s and the list said 14:00', async (updt_dt, names) => {
    await take([agent(4, { full_name: 'list', updt_dt: '2018-06-19T14:00:00+00:00' })], { askedAt: 1 });
    await take([chat(1, { agent: agent(4, { full_name: 'copy', ...(updt_dt ? { updt_dt } : {}) }) })], { askedAt: 2, resource: chats });
    expect(await valuesOf('full_name')).toEqual(names);
    expect(await select('select full_name from chatrhub.agents')).toEqual([{ full_name: names.at(-1) }]);
  });
});

describe('two processes that meet the same record at once', () => {
  const many = (attributes: Row) => [3, 4, 5].map((id) => agent(id, attributes));

  it.each([
    [1, 2, ['first', 'second']],
    [2, 1, ['first']],
  ])('keep both versions, unless the second was asked for earlier: asked at %i and %i', async (askedFirst, askedSecond, names) => {
    await interleave(
      database,
      (client) => takeIn(client, many({ full_name: 'first' }), { askedAt: askedFirst }),
      (client) => takeIn(client, many({ full_name: 'second' }), { askedAt: askedSecond }),
    );
    expect(await valuesOf('full_name')).toEqual([...names, ...names, ...names]);
    expect(await select('select distinct full_name from chatrhub.agents')).toEqual([{ full_name: names.at(-1) }]);
  });

  it.each([
    [1, 2, ['first', 'second']],
    [2, 1, ['first']],
  ])('also where the rows do not differ and nobody waits for them: asked at %i and %i', async (askedFirst, askedSecond, moods) => {
    await take(many({}), { askedAt: 0 });
    await interleave(
      database,
      (client) => takeIn(client, many({ mood: 'first' }), { askedAt: askedFirst }),
      (client) => takeIn(client, many({ mood: 'second' }), { askedAt: askedSecond }),
    );
    expect(await valuesOf('mood')).toEqual([null, ...moods, null, ...moods, null, ...moods]);
  });

  it('keep one where they say the same', async () => {
    await interleave(
      database,
      (client) => takeIn(client, many({ mood: 'same' }), { askedAt: 1 }),
      (client) => takeIn(client, many({ mood: 'same' }), { askedAt: 2 }),
    );
    expect(await valuesOf('mood')).toEqual(['same', 'same', 'same']);
  });
});

describe('whatever JSON comes', () => {
  it('is kept: NUL and lone surrogates in keys and values, __proto__, deep nesting, numbers beyond JSON', async () => {
    const deep = (levels: number): unknown => (levels === 0 ? 'end' : [deep(levels - 1)]);
    const hostile: unknown[] = [
      JSON.parse('{"type":"agents","id":1,"attributes":{"full_name":"a\\u0000b","n\\u0000n":["\\ud800",{"\\udc00":1}]}}'),
      JSON.parse('{"type":"agents","id":2,"attributes":{"__proto__":{"polluted":true},"constructor":1,"hasOwnProperty":2}}'),
      agent(3, { nested: deep(50), display_name: '\\u0000 and \\ud800 as such', emoji: '\u{1f600}' }),
      JSON.parse('{"type":"agents","id":4,"attributes":{"authorization_level":1e999,"create_by":12345678901234567890}}'),
    ];
    await take(hostile, { askedAt: 1 });
    expect((await versions("attributes - array['id', 'client_id'] as attributes")).map(({ attributes }) => attributes)).toEqual([
      { full_name: 'a\uFFFDb', 'n\uFFFDn': ['\uFFFD', { '\uFFFD': 1 }] },
      JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"hasOwnProperty":2}'),
      { nested: deep(50), display_name: '\\u0000 and \\ud800 as such', emoji: '\u{1f600}' },
      { create_by: 12345678901234567000 },
    ]);
    await take(hostile, { askedAt: 2, privacy: { mode: 'hash', key: 'a key of the tests' } });
    const hidden = await select(`select attributes from chatrhub_raw.record_versions where record_key = '2' and version = 2`);
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(Object.entries(hidden[0]?.attributes ?? {})).toEqual(
      expect.arrayContaining(['__proto__', 'constructor', 'hasOwnProperty'].map((name) => [name, digest])),
    );
  });

  it('a column of ours is out of its reach', async () => {
    const sly = { email: null, hasEmail: true, visitorChannel: 'sly' };
    await take([record('visitors', 7, sly)], { askedAt: 1, resource: visitors });
    expect(await versions('attributes', 'visitors')).toEqual([{ attributes: { id: 7, client_id: 1, email: null } }]);
  });
});

describe('secrets and personal data', () => {
  const secret = 'fake-canary';
  const visitor = (attributes: Row = {}) =>
    record('visitors', 7, {
      email: 'ann@example.org',
      phone: { not: 'a text 555' },
      ip_address: '',
      name: null,
      xmpp_username: 'v7',
      xmpp_password: secret,
      city: ['Bonn-private'],
      country: 'DE',
      score: 42,
      more: { hobby: 'chess-private', api_key: secret },
      ...attributes,
    });
  const private_ = /ann@example|555|private|42/;
  const key = 'a key of the tests';

  it.each<Privacy>([{ mode: 'keep' }, { mode: 'hash', key }, { mode: 'drop' }])('%j: secrets are nowhere', async (privacy) => {
    const texts = { tag: JSON.stringify({ access_token: secret }), notes: [{ Bearer: secret }] };
    await take([chat(1, { ...texts, visitor: visitor(), agent: agent(4, { xmpp_password: secret }) })], {
      askedAt: 1,
      resource: chats,
      privacy,
    });
    const text = JSON.stringify(await select('select * from chatrhub_raw.record_versions'));
    expect(text).not.toContain(secret);
    expect(text).not.toMatch(/password|api_key/);
  });

  it('are kept as they come by PII_MODE keep', async () => {
    await take([visitor()], { askedAt: 1, resource: visitors });
    const [stored] = await versions('attributes', 'visitors');
    const { xmpp_password: _, more: __, ...rest } = visitor().attributes as Row;
    expect(stored?.attributes).toEqual({ id: 7, ...rest, more: { hobby: 'chess-private' } });
  });

  it('are hashed by PII_MODE hash, as their columns are, with what does not fit and what nobody declared', async () => {
    await take([visitor()], { askedAt: 1, resource: visitors, privacy: { mode: 'hash', key } });
    const [stored] = await versions('attributes', 'visitors');
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    const [{ email } = {}] = await select('select email from chatrhub_private.visitor_contacts');
    const fitting = { id: 7, client_id: 1, name: null, ip_address: '', xmpp_username: 'v7', country: 'DE', email };
    const computed = { hasEmail: true };
    expect(stored?.attributes).toEqual({ ...fitting, ...computed, phone: [digest], city: [digest], score: digest, more: digest });
    expect(JSON.stringify(stored)).not.toMatch(private_);
  });

  it('are dropped by PII_MODE drop, and what was computed from them is not', async () => {
    await take([visitor()], { askedAt: 1, resource: visitors, privacy: { mode: 'drop' } });
    const [stored] = await versions('attributes', 'visitors');
    const fitting = { id: 7, client_id: 1, name: null, ip_address: '', xmpp_username: 'v7', country: 'DE', email: null };
    expect(stored?.attributes).toEqual({ ...fitting, score: null, more: null, hasEmail: true });
  });

  it('come back when PII_MODE is keep again, and nothing computed from hidden ones stays', async () => {
    const message = record('messages', 5, { chat_id: null, body: 'abc' });
    await take([message], { askedAt: 1, resource: messages, privacy: { mode: 'drop' } });
    await take([message], { askedAt: 2, resource: messages });
    expect(await versions('attributes', 'messages')).toEqual([
      { attributes: { id: 5, client_id: 1, chat_id: null, body: null, bodyLength: 3 } },
      { attributes: { id: 5, client_id: 1, chat_id: null, body: 'abc' } },
    ]);
  });
});
