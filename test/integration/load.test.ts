import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Resource, Row } from '../../src/records/resource.ts';
import agentActivities from '../../src/resources/agent-activities.ts';
import agents from '../../src/resources/agents.ts';
import chats from '../../src/resources/chats.ts';
import messages from '../../src/resources/messages.ts';
import visitors from '../../src/resources/visitors.ts';
import type { Client, Database } from '../../src/warehouse/connection/database.ts';
import type { Outcome } from '../../src/warehouse/load/load.ts';
import { interleave } from '../support/interleave.ts';
import { at } from '../support/records.ts';
import { createWarehouse, loadRows } from '../support/warehouse.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});
beforeEach(async () => {
  await database.pool.query('truncate chatrhub.agents, chatrhub.groups, chatrhub.visitors, chatrhub.chats, chatrhub.intents cascade');
});

type Loading = { askedAt: number; isOwn?: boolean; touch?: boolean };

const loadIn = (client: Client, resource: Resource, rows: Row[], { askedAt, ...how }: Loading): Promise<Outcome> =>
  loadRows(client, resource, rows, { askedAt: at(askedAt), ...how });

const load = (resource: Resource, rows: Row[], loading: Loading) =>
  database.transaction((client) => loadIn(client, resource, rows, loading));

const select = async (sql: string): Promise<Row[]> => (await database.pool.query<Row>(sql)).rows;

/** Where the versions of all rows of a table lie, and which transaction wrote them. */
const versions = (table: string) => select(`select ctid::text, xmin::text from ${table} order by 1`);

const visitorRows = (...changes: Row[]): Row[] =>
  changes.map((change, i) => ({ id: i + 1, city: 'Bonn', name: `Visitor ${i + 1}`, xmpp_username: `v${i + 1}`, ...change }));

const storedVisitors = () =>
  select(
    `select visitor_id, city, name, v.synced_at
     from chatrhub.visitors v left join chatrhub_private.visitor_contacts using (visitor_id) order by visitor_id`,
  );

describe('loading again', () => {
  it('leaves unchanged rows where they lie, in every table of the resource', async () => {
    const rows = visitorRows({}, { city: null }, { name: '' });
    expect(await load(visitors, rows, { askedAt: 1 })).toEqual({ fetched: 3, inserted: 3, updated: 0, unchanged: 0, rejected: 0 });
    const before = [await versions('chatrhub.visitors'), await versions('chatrhub_private.visitor_contacts')];
    expect(await load(visitors, rows, { askedAt: 2 })).toEqual({ fetched: 3, inserted: 0, updated: 0, unchanged: 3, rejected: 0 });
    expect([await versions('chatrhub.visitors'), await versions('chatrhub_private.visitor_contacts')]).toEqual(before);
  });

  it('counts a record once, whichever of its tables changed, and writes only that one', async () => {
    await load(visitors, visitorRows({}, {}, {}), { askedAt: 1 });
    const before = await versions('chatrhub.visitors');
    const changed = visitorRows({}, { name: 'Other name' }, {}, {});
    expect(await load(visitors, changed, { askedAt: 2 })).toMatchObject({ inserted: 1, updated: 1, unchanged: 2 });
    expect((await versions('chatrhub.visitors')).slice(0, 3)).toEqual(before);
    const both = visitorRows({ city: 'Köln', name: 'Both' });
    expect(await load(visitors, both, { askedAt: 3 })).toMatchObject({ inserted: 0, updated: 1, unchanged: 0 });
  });

  it('keeps what a record does not say, and empties what it says is null', async () => {
    await load(visitors, visitorRows({}, {}, {}), { askedAt: 1 });
    const { city: _, ...withoutCity } = visitorRows({ name: 'Renamed' })[0] as Row;
    const [, second, third] = visitorRows({}, { city: null, name: null }, { city: undefined });
    const outcome = await load(visitors, [withoutCity, second as Row, third as Row], { askedAt: 2 });
    expect(outcome).toMatchObject({ updated: 2, unchanged: 1 });
    expect(await storedVisitors()).toMatchObject([
      { city: 'Bonn', name: 'Renamed' },
      { city: null, name: null, synced_at: at(2) },
      { city: 'Bonn', name: 'Visitor 3', synced_at: at(1) },
    ]);
  });

  it.each([true, false])('leaves a message in its chat where a later answer does not say in which it is: own list %s', async (isOwn) => {
    await load(messages, [{ id: 1, chat_id: 5, body: 'first' }], { askedAt: 1 });
    await load(messages, [{ id: 1, chat_id: null, body: 'second', updt_dt: at(2) }], { askedAt: 2, isOwn });
    expect(
      await select('select message_id, chat_id, body from chatrhub.messages join chatrhub_private.message_bodies using (message_id)'),
    ).toEqual([{ message_id: 1, chat_id: 5, body: 'second' }]);
    await load(messages, [{ id: 1, chat_id: 6 }], { askedAt: 3 });
    expect(await select('select chat_id from chatrhub.messages')).toEqual([{ chat_id: 6 }]);
  });

  it('takes 20,000 rows at once', async () => {
    const rows = (changed: number) =>
      Array.from({ length: 20_000 }, (_, i) => ({
        agent_id: i % 20,
        create_dt: at(300 * Math.floor(i / 20)),
        status: i < changed ? 'offline' : 'available',
        id: 1,
      }));
    expect(await load(agentActivities, rows(0), { askedAt: 1 })).toMatchObject({ inserted: 20_000 });
    expect(await load(agentActivities, rows(0), { askedAt: 2 })).toMatchObject({ updated: 0, unchanged: 20_000 });
    expect(await load(agentActivities, rows(2_000), { askedAt: 3 })).toMatchObject({ updated: 2_000, unchanged: 18_000 });
  });
});

describe('parents that nobody has seen', () => {
  it('are made as stubs, once each, and give way to the record itself, which even an older answer may bring', async () => {
    const outcome = await load(
      chats,
      [1, 2].map((id) => ({ id, visitor_id: 5, agent_id: 4, agent_id_to: 9, group_id: null })),
      { askedAt: 10 },
    );
    expect(outcome).toMatchObject({ inserted: 2 });
    expect(await select('select agent_id, is_inferred, client_id from chatrhub.agents order by 1')).toEqual([
      { agent_id: 4, is_inferred: true, client_id: 77 },
      { agent_id: 9, is_inferred: true, client_id: 77 },
    ]);
    expect(await select('select * from chatrhub_private.visitor_contacts')).toEqual([]);

    expect(await load(agents, [{ id: 4, full_name: 'Four' }], { askedAt: 5 })).toMatchObject({ fetched: 1, unchanged: 0 });
    await load(visitors, [{ id: 5, city: 'Bonn', name: 'Five', updt_dt: null }], { askedAt: 5, isOwn: false });
    expect(await select('select agent_id, full_name, is_inferred from chatrhub.agents order by 1')).toEqual([
      { agent_id: 4, full_name: 'Four', is_inferred: false },
      { agent_id: 9, full_name: null, is_inferred: true },
    ]);
    expect(await storedVisitors()).toMatchObject([{ visitor_id: 5, city: 'Bonn', name: 'Five' }]);
  });

  it('do not replace or touch what is known', async () => {
    await load(agents, [{ id: 4, full_name: 'Four' }], { askedAt: 1 });
    const before = await versions('chatrhub.agents');
    await load(chats, [{ id: 1, agent_id: 4 }], { askedAt: 2 });
    expect(await versions('chatrhub.agents')).toEqual(before);
  });

  it('give every mentioned intent a row, and leave its name alone', async () => {
    const mention = { chat_id: null, batch_intent_id: '7', final_manual_intent_id: '', manual_intent_id_1: '8', manual_intent_id_2: '7' };
    await load(messages, [{ id: 1, ...mention }], { askedAt: 1 });
    await database.pool.query(`update chatrhub.intents set intent_name = 'pricing' where intent_id = '7'`);
    await load(messages, [{ id: 2, ...mention, manual_intent_id_1: '9' }], { askedAt: 2 });
    expect(await select('select * from chatrhub.intents order by 1')).toEqual([
      { intent_id: '7', intent_name: 'pricing' },
      { intent_id: '8', intent_name: null },
      { intent_id: '9', intent_name: null },
    ]);
  });
});

describe('newer facts stay', () => {
  it('when an answer that was asked for earlier comes later, in every table of the resource', async () => {
    await load(visitors, visitorRows({ city: 'new', name: 'new' }), { askedAt: 10 });
    expect(await load(visitors, visitorRows({ city: 'old', name: 'old' }), { askedAt: 9 })).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await storedVisitors()).toMatchObject([{ city: 'new', name: 'new', synced_at: at(10) }]);
  });

  it('and of the same moment the one that came later', async () => {
    await load(visitors, visitorRows({ city: 'first' }), { askedAt: 10 });
    expect(await load(visitors, visitorRows({ city: 'second' }), { askedAt: 10 })).toMatchObject({ updated: 1 });
    expect(await storedVisitors()).toMatchObject([{ city: 'second' }]);
  });

  it.each([
    [200, 100, 'list'],
    [200, 200, 'embedded copy'],
    [100, 200, 'embedded copy'],
    [200, null, 'list'],
    [null, 100, 'embedded copy'],
    [null, null, 'embedded copy'],
  ])('when updt_dt was %s in the list and is %s in an embedded copy: the %s wins', async (listed, embedded, winner) => {
    const changed = (seconds: number | null) => ({ updt_dt: seconds === null ? null : at(seconds) });
    await load(visitors, visitorRows({ city: 'list', name: 'list', ...changed(listed) }), { askedAt: 1 });
    await load(visitors, visitorRows({ city: 'embedded copy', name: 'embedded copy', ...changed(embedded) }), { askedAt: 2, isOwn: false });
    expect(await storedVisitors()).toMatchObject([{ city: winner, name: winner }]);
  });

  it('but what the list itself says later is taken, whatever its updt_dt', async () => {
    await load(visitors, visitorRows({ city: 'embedded', updt_dt: at(200) }), { askedAt: 1, isOwn: false });
    await load(visitors, visitorRows({ city: 'list', updt_dt: at(100) }), { askedAt: 2 });
    expect(await storedVisitors()).toMatchObject([{ city: 'list' }]);
  });

  it('when the source changed and changed back between two askings, of which the earlier one arrives last', async () => {
    await load(messages, [{ id: 1, chat_id: null, body: 'A' }], { askedAt: 1 });
    const before = await versions('chatrhub.messages');
    // Asked at 2 and answered B; asked at 3 and answered A again, which is no change: it is marked as seen at 3.
    expect(await load(messages, [{ id: 1, chat_id: null, body: 'A' }], { askedAt: 3, touch: true })).toMatchObject({ updated: 1 });
    expect(await versions('chatrhub.messages')).not.toEqual(before);
    expect(await load(messages, [{ id: 1, chat_id: null, body: 'B' }], { askedAt: 2 })).toMatchObject({ unchanged: 1 });
    expect(await select('select body, synced_at from chatrhub_private.message_bodies')).toEqual([{ body: 'A', synced_at: at(3) }]);
  });
});

describe('two processes that insert the same new records at once', () => {
  it.each([
    [1, 2, 'second'],
    [2, 1, 'first'],
  ])('end with one row each: asked at %i and %i, the %s stays', async (askedFirst, askedSecond, winner) => {
    const rows = (city: string) => visitorRows({ city, name: city }, { city, name: city });
    await interleave(
      database,
      (client) => loadIn(client, visitors, rows('first'), { askedAt: askedFirst }),
      (client) => loadIn(client, visitors, rows('second'), { askedAt: askedSecond }),
    );
    expect(await storedVisitors()).toMatchObject([1, 2].map((id) => ({ visitor_id: id, city: winner, name: winner, synced_at: at(2) })));
  });

  it.each([
    [100, 200, 'second'],
    [200, 100, 'first'],
  ])('as embedded copies that changed at %s and %s, the %s stays, in every table', async (changedFirst, changedSecond, winner) => {
    const rows = (city: string, seconds: number) => visitorRows({ city, name: city, updt_dt: at(seconds) });
    await interleave(
      database,
      (client) => loadIn(client, visitors, rows('first', changedFirst), { askedAt: 1, isOwn: false }),
      (client) => loadIn(client, visitors, rows('second', changedSecond), { askedAt: 2, isOwn: false }),
    );
    expect(await storedVisitors()).toMatchObject([{ city: winner, name: winner }]);
  });

  it.each([
    [1, 2],
    [2, 1],
  ])('end with the record where one makes a stub and the other brings it (%i, %i)', async (askedFirst, askedSecond) => {
    const stub = (client: Client, askedAt: number) => loadIn(client, chats, [{ id: 1, visitor_id: 1 }], { askedAt });
    const record = (client: Client, askedAt: number) => loadIn(client, visitors, visitorRows({}), { askedAt });
    await interleave(
      database,
      (client) => stub(client, askedFirst),
      (client) => record(client, askedSecond),
    );
    expect(await select('select visitor_id, city, is_inferred from chatrhub.visitors')).toEqual([
      { visitor_id: 1, city: 'Bonn', is_inferred: false },
    ]);
    await database.pool.query('truncate chatrhub.visitors cascade');
    await interleave(
      database,
      (client) => record(client, askedFirst),
      (client) => stub(client, askedSecond),
    );
    expect(await select('select visitor_id, city, is_inferred from chatrhub.visitors')).toEqual([
      { visitor_id: 1, city: 'Bonn', is_inferred: false },
    ]);
  });
});

describe('two processes that change the same known records at once', () => {
  it.each([
    [1, 2, 'second'],
    [2, 1, 'first'],
  ])('asked at %i and %i, the %s stays', async (askedFirst, askedSecond, winner) => {
    const rows = (city: string) => visitorRows({ city, name: city });
    await load(visitors, rows('Bonn'), { askedAt: 0 });
    await interleave(
      database,
      (client) => loadIn(client, visitors, rows('first'), { askedAt: askedFirst }),
      (client) => loadIn(client, visitors, rows('second'), { askedAt: askedSecond }),
    );
    expect(await storedVisitors()).toMatchObject([{ city: winner, name: winner, synced_at: at(2) }]);
  });

  it.each([
    [100, 200, 'second'],
    [200, 100, 'first'],
  ])('as embedded copies that changed at %s and %s, the %s stays, in every table', async (changedFirst, changedSecond, winner) => {
    const rows = (city: string, seconds: number) => visitorRows({ city, name: city, updt_dt: at(seconds) });
    await load(visitors, rows('Bonn', 50), { askedAt: 0 });
    await interleave(
      database,
      (client) => loadIn(client, visitors, rows('first', changedFirst), { askedAt: 1, isOwn: false }),
      (client) => loadIn(client, visitors, rows('second', changedSecond), { askedAt: 2, isOwn: false }),
    );
    expect(await storedVisitors()).toMatchObject([{ city: winner, name: winner }]);
  });
});
