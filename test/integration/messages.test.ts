import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { markChatsFetched, type OfChats, readAskedChats } from '../../src/evidence/chat-fetches.store.ts';
import { addCoverage } from '../../src/evidence/coverage.store.ts';
import { inheritVisitorFetch, markVisitorFetched } from '../../src/evidence/visitor-fetches.store.ts';
import { countChatsWanted, findChatsNeedingMessages, type MessageBacklogFilter } from '../../src/evidence/wanted-chats.store.ts';
import type { Resource, Row } from '../../src/records/resource.ts';
import chats from '../../src/resources/chats.ts';
import messagesResource from '../../src/resources/messages.ts';
import visitors from '../../src/resources/visitors.ts';
import { type MessagesOf, planMessages } from '../../src/source/request-plan.ts';
import { dayOf } from '../../src/time/period.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { createWarehouse, loadRows } from '../support/warehouse.ts';

const messages = messagesResource as OfChats;

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});
beforeEach(() =>
  database.pool.query(
    'truncate chatrhub.chats, chatrhub.visitors, chatrhub_sync.chat_fetches, chatrhub_sync.visitor_fetches, chatrhub_sync.coverage cascade',
  ),
);

const LOOKBACK_DAYS = 30;
/** A moment, so many days ago; the database's clock decides what is long ago. */
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);

const load = (resource: Resource, rows: Row[], askedAt: Date) =>
  database.transaction((client) => loadRows(client, resource, rows, { askedAt }));

const OPEN = { create_dt: ago(3), is_ended: false, duration: 60 };
const ENDED = { ...OPEN, is_ended: true };

const loadChat = (chat: Row, askedDaysAgo: number) => load(chats, [{ id: 1, ...chat }], ago(askedDaysAgo));
/** Marks the messages of chats as fetched whole: of one, or of all of a visitor. */
const settle = (of: MessagesOf, askedAt: Date) =>
  database.transaction(async (client) => {
    const asked = await readAskedChats(client, messages, of, new Map());
    await markChatsFetched(
      client,
      messages,
      asked.map(({ chatId }) => chatId),
      'settled',
      askedAt,
    );
    if ('visitorId' in of) await markVisitorFetched(client, messages, of.visitorId, askedAt);
  });
const fetched = (of: MessagesOf, daysAgo: number) => settle(of, ago(daysAgo));
/** As a sync looks that begins now. */
const ofSync = (): MessageBacklogFilter => ({
  from: ago(1_000),
  open: { from: ago(LOOKBACK_DAYS), lookbackDays: LOOKBACK_DAYS },
  since: ago(-1),
});
const wanted = async (looking = ofSync()) => (await findChatsNeedingMessages(database, messages, looking, 100)).map(({ chatId }) => chatId);

describe('the messages of a chat', () => {
  it('are wanted until they were fetched whole', async () => {
    await loadChat(ENDED, 2);
    expect(await wanted()).toEqual([1]);
    await fetched({ chatId: 1 }, 1);
    expect(await wanted()).toEqual([]);
  });

  it('are wanted again when it ended since', async () => {
    await loadChat(OPEN, 2);
    await fetched({ chatId: 1 }, 1.5);
    await loadChat(ENDED, 1);
    expect(await wanted()).toEqual([1]);
    await fetched({ chatId: 1 }, 0.5);
    expect(await wanted()).toEqual([]);
  });

  it('are wanted again when it grew longer', async () => {
    await loadChat(ENDED, 2);
    await fetched({ chatId: 1 }, 1.5);
    await loadChat({ ...ENDED, duration: 90 }, 1);
    expect(await wanted()).toEqual([1]);
  });

  it('are not wanted again for a late rating, tag or feedback', async () => {
    await loadChat(ENDED, 2);
    await fetched({ chatId: 1 }, 1.5);
    await loadChat({ ...ENDED, overall_rating: 3, tag: 'sale', feedback: 'thanks', updt_dt: ago(1) }, 1);
    expect(await wanted()).toEqual([]);
  });

  it('are wanted again when another process learned of its end after they had been asked for, and before they came', async () => {
    const endedBetween = { create_dt: ago(2.5), duration: 86_400 };
    await loadChat({ ...OPEN, ...endedBetween, duration: 60 }, 2.5);
    await loadChat({ ...ENDED, ...endedBetween }, 1);
    await fetched({ chatId: 1 }, 2);
    expect(await wanted()).toEqual([1]);
  });

  it('are not, when it had ended long before they were asked for, whoever touched it meanwhile', async () => {
    await loadChat(ENDED, 1);
    await fetched({ chatId: 1 }, 2);
    expect(await wanted()).toEqual([]);
  });

  it('are wanted each time while it is open and young', async () => {
    await loadChat(OPEN, 2);
    await fetched({ chatId: 1 }, 0);
    expect(await wanted()).toEqual([1]);
  });

  it('are wanted once more when it is open and has left the lookback, and then left', async () => {
    await loadChat({ ...OPEN, create_dt: ago(LOOKBACK_DAYS + 2) }, 5);
    await fetched({ chatId: 1 }, 4);
    expect(await wanted()).toEqual([1]);
    await fetched({ chatId: 1 }, 0);
    expect(await wanted()).toEqual([]);
  });

  it('are not wanted for a stub', async () => {
    await load(messages, [{ id: 9, chat_id: 5 }], ago(1));
    expect(await wanted()).toEqual([]);
  });

  it('are wanted newest first, with what asks for all chats of the visitor', async () => {
    await load(visitors, [{ id: 7, xmpp_username: 'v7' }], ago(3));
    const created = [3, 1, 2].map((days, i) => ({ id: i + 1, ...ENDED, create_dt: ago(days), visitor_id: i === 0 ? null : 7 }));
    await load(chats, [...created, { id: 4, ...ENDED, create_dt: null, visitor_id: 8 }], ago(0.5));
    expect(await findChatsNeedingMessages(database, messages, ofSync(), 100)).toEqual([
      { chatId: 2, visitorId: 7, visitorUsername: 'v7', ofVisitor: 2 },
      { chatId: 3, visitorId: 7, visitorUsername: 'v7', ofVisitor: 2 },
      { chatId: 1, visitorId: null, visitorUsername: null, ofVisitor: 1 },
      { chatId: 4, visitorId: 8, visitorUsername: null, ofVisitor: 1 },
    ]);
  });
});

describe('an answer for a whole visitor', () => {
  const synced = async () =>
    (await database.pool.query('select chat_id, messages_synced_at as at from chatrhub.chats order by chat_id')).rows.map(({ at }) => at);

  it('settles all his chats that are known, and no other', async () => {
    await load(
      chats,
      [1, 2, 3].map((id) => ({ id, ...ENDED, visitor_id: id === 3 ? 8 : 7 })),
      ago(2),
    );
    const askedAt = ago(1);
    await settle({ visitorId: 7 }, askedAt);
    expect(await wanted()).toEqual([3]);
    expect(await synced()).toEqual([askedAt, askedAt, null]);
  });

  it('moves messages_synced_at forward only', async () => {
    await loadChat({ ...ENDED, visitor_id: 7 }, 5);
    const newer = ago(1);
    await settle({ chatId: 1 }, newer);
    await fetched({ visitorId: 7 }, 2);
    expect(await synced()).toEqual([newer]);
    const { rows } = await database.pool.query('select asked_at from chatrhub_sync.chat_fetches');
    expect(rows).toEqual([{ asked_at: newer }]);
  });
});

describe('a backfill', () => {
  const inRange = (): MessageBacklogFilter => ({ from: ago(100), until: ago(10) });

  it('wants the messages of chats of its days that were never fetched, or ended since', async () => {
    await load(
      chats,
      [5, 20, 50, 150].map((days, i) => ({ id: i + 1, ...ENDED, create_dt: ago(days) })),
      ago(4),
    );
    expect(await wanted(inRange())).toEqual([2, 3]);
    await fetched({ chatId: 2 }, 3);
    expect(await wanted(inRange())).toEqual([3]);
    await load(chats, [{ id: 2, ...ENDED, create_dt: ago(20), duration: 90 }], ago(2));
    expect(await wanted(inRange())).toEqual([2, 3]);
    expect(await wanted({ ...inRange(), anew: true })).toEqual([2, 3]);
  });

  it('leaves chats that are still open to the sync, once they were fetched', async () => {
    await load(chats, [{ id: 1, ...OPEN, create_dt: ago(20) }], ago(4));
    expect(await wanted(inRange())).toEqual([1]);
    await fetched({ chatId: 1 }, 3);
    expect(await wanted(inRange())).toEqual([]);
    expect(await wanted({ ...inRange(), anew: true })).toEqual([1]);
  });

  it('is told beforehand how many requests they take: one per visitor, one per chat without', async () => {
    await load(
      visitors,
      [
        { id: 7, xmpp_username: 'v7' },
        { id: 8, xmpp_username: '' },
        { id: 9, xmpp_username: 'v9' },
      ],
      ago(3),
    );
    const chat = (id: number, visitor_id: number | null) => ({ id, ...ENDED, create_dt: ago(20), visitor_id });
    await load(chats, [chat(1, 7), chat(2, 7), chat(3, 8), chat(4, 8), chat(5, 9), chat(6, null), chat(7, null)], ago(2));
    expect(await countChatsWanted(database, messages, inRange())).toEqual({ chats: 7, requests: 6 });
    expect(planMessages(messages, await findChatsNeedingMessages(database, messages, inRange(), 100))).toHaveLength(6);
    // Of a visitor whose other chats come later in the plan, they are asked for all at once.
    expect(planMessages(messages, await findChatsNeedingMessages(database, messages, inRange(), 6))).toMatchObject([
      {},
      {},
      {},
      {},
      {},
      { messagesOf: { visitorId: 7 } },
    ]);
  });
});

describe("a chat that is received after the messages of all its visitor's chats were", () => {
  const receive = async (chat: Row) => {
    await load(chats, [{ id: 1, visitor_id: 7, ...ENDED }], ago(3));
    await load(messages, [{ id: 9, chat_id: 2 }], ago(2));
    await fetched({ visitorId: 7 }, 2);
    await load(chats, [{ id: 2, visitor_id: 7, ...chat }], ago(1));
    await database.transaction((client) => inheritVisitorFetch(client, messages, [{ id: 1 }, { id: 2 }]));
    return wanted();
  };

  it('has its messages already, when it had ended before', async () => {
    expect(await receive({ ...ENDED, create_dt: ago(30) })).toEqual([]);
    const { rows } = await database.pool.query(
      'select count(distinct messages_synced_at) as moments, count(*) as chats from chatrhub.chats',
    );
    expect(rows).toEqual([{ moments: 1, chats: 2 }]);
  });

  it.each([
    ['it ended after that, or hardly before', { ...ENDED, create_dt: ago(2.02), duration: 1_000 }],
    ['it is still open', { ...OPEN, create_dt: ago(30) }],
    ['nobody knows when it ended', { ...ENDED, create_dt: ago(30), duration: null }],
    ['nobody knows when it began', { ...ENDED, create_dt: null }],
  ])('wants them, when %s', async (_, chat) => {
    expect(await receive(chat)).toEqual([2]);
  });

  it.each([
    ['had been read before', 31, 28, [2]],
    ['lie after all that are covered, and are read by each sync', 60, 31, [2]],
    ['had not been read', 28, 1, []],
  ])('without a message, wants them or not when its days %s', async (_, from, until, expected) => {
    await load(chats, [{ id: 1, visitor_id: 7, ...ENDED }], ago(3));
    await fetched({ visitorId: 7 }, 2);
    const days = { from: dayOf(ago(from)), until: dayOf(ago(until)) };
    await database.transaction((client) => addCoverage(client, chats.name, '', days, { isVerified: true, totals: undefined }));
    await load(chats, [{ id: 2, visitor_id: 7, ...ENDED, is_missed: true, create_dt: ago(30) }], ago(1));
    await database.transaction((client) => inheritVisitorFetch(client, messages, [{ id: 2 }]));
    expect(await wanted()).toEqual(expected);
  });

  it('wants them, when just some of his chats were asked for', async () => {
    await load(chats, [{ id: 1, visitor_id: 7, ...ENDED }], ago(3));
    await fetched({ chatId: 1 }, 2);
    await load(chats, [{ id: 2, visitor_id: 7, ...ENDED, create_dt: ago(30) }], ago(1));
    await database.transaction((client) => inheritVisitorFetch(client, messages, [{ id: 1 }, { id: 2 }]));
    expect(await wanted()).toEqual([2]);
  });
});
