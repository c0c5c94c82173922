import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OfChats } from '../../src/evidence/chat-fetches.store.ts';
import { findChatsNeedingMessages, refreshChatBacklog } from '../../src/evidence/wanted-chats.store.ts';
import messages from '../../src/resources/messages.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { at } from '../support/records.ts';
import { createWarehouse } from '../support/warehouse.ts';

let database: Database;
beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});

const CHATS = 8;
const byMessages = messages as OfChats;

/** What happens to a chat and to what is noted of it, by whoever: each is a statement of its own. */
const events = {
  'is received': `insert into chatrhub.chats (chat_id, client_id, is_inferred, synced_at, created_at) values ($1, 1, false, now(), '2026-01-01') on conflict do nothing`,
  'is a stub': `insert into chatrhub.chats (chat_id, client_id, is_inferred, synced_at) values ($1, 1, true, now()) on conflict do nothing`,
  'is no stub any more': 'update chatrhub.chats set is_inferred = false where chat_id = $1',
  ends: 'update chatrhub.chats set is_ended = true, duration_seconds = 60 where chat_id = $1',
  'is longer': 'update chatrhub.chats set duration_seconds = duration_seconds + 1 where chat_id = $1',
  'is open again': 'update chatrhub.chats set is_ended = false where chat_id = $1',
  'is renamed': `update chatrhub.chats set tag = tag || 'x' where chat_id = $1`,
  'loses its mark': 'update chatrhub.chats set messages_synced_at = null where chat_id = $1',
  'has its messages fetched': `
    with fetched as (update chatrhub.chats set messages_synced_at = now() where chat_id = $1 and not is_inferred returning chat_id, is_ended, duration_seconds)
    insert into chatrhub_sync.chat_fetches (resource, chat_id, asked_at, is_ended, duration_seconds) select 'messages', chat_id, now(), is_ended, duration_seconds from fetched
    on conflict (chat_id, resource) do update set is_ended = excluded.is_ended, duration_seconds = excluded.duration_seconds, is_settled = true`,
  'is in doubt': 'update chatrhub_sync.chat_fetches set is_settled = false where chat_id = $1',
  'is forgotten': 'delete from chatrhub_sync.chat_fetches where chat_id = $1',
} as const;
type Event = keyof typeof events | 'a run begins';
const event = fc.constantFrom<Event>(...(Object.keys(events) as Event[]), 'a run begins', 'has its messages fetched', 'ends');

const wanted = async () => {
  const looking = { from: at(0), open: { from: at(0), lookbackDays: 30 } };
  return (await findChatsNeedingMessages(database, byMessages, looking, 100)).map(({ chatId }) => chatId).sort();
};

describe('the backlog of chats', () => {
  it('has every chat that wants its messages, whatever happened to it and to the notes of it, in whatever order', async () => {
    const { pool } = database;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(event, fc.integer({ min: 1, max: CHATS })), { minLength: 10, maxLength: 40 }), async (history) => {
        await pool.query('truncate chatrhub.chats, chatrhub_sync.chat_fetches, chatrhub_sync.chat_backlog cascade');
        for (const [what, chat] of history) {
          if (what === 'a run begins') await refreshChatBacklog(database, [byMessages]);
          else await pool.query(events[what], [chat]);
        }
        const found = await wanted();
        await pool.query('insert into chatrhub_sync.chat_backlog select chat_id from chatrhub.chats on conflict do nothing');
        expect(found).toEqual(await wanted());
      }),
      { numRuns: 40 },
    );
  });

  it('is left by chats that are over and fetched whole, and by no others', async () => {
    const { pool } = database;
    await pool.query('truncate chatrhub.chats, chatrhub_sync.chat_fetches, chatrhub_sync.chat_backlog cascade');
    const happen = async (chat: number, ...what: (keyof typeof events)[]) => {
      for (const one of what) await pool.query(events[one], [chat]);
    };
    await happen(1, 'is received', 'ends', 'has its messages fetched');
    await happen(2, 'is received', 'ends');
    await happen(3, 'is received', 'has its messages fetched');
    await happen(4, 'is received', 'ends', 'has its messages fetched', 'is longer');
    await happen(5, 'is received', 'ends', 'has its messages fetched', 'is in doubt');
    await happen(6, 'is a stub');
    await refreshChatBacklog(database, [byMessages]);
    const { rows } = await pool.query<{ id: number }>('select chat_id as id from chatrhub_sync.chat_backlog order by 1');
    expect(rows.map(({ id }) => id)).toEqual([2, 3, 4, 5]);
  });

  it('is compared with all chats once a week, as a restored backup may have brought some past its triggers', async () => {
    const { pool } = database;
    await pool.query('truncate chatrhub.chats, chatrhub_sync.chat_fetches, chatrhub_sync.chat_backlog cascade');
    await pool.query(events['is received'], [1]);
    await refreshChatBacklog(database, [byMessages]);
    await pool.query('truncate chatrhub_sync.chat_backlog');
    await refreshChatBacklog(database, [byMessages]);
    expect(await wanted()).toEqual([]);
    await pool.query(`update chatrhub_sync.source_facts set found_at = found_at - interval '7 days'`);
    for (const _run of [1, 2]) await refreshChatBacklog(database, [byMessages]);
    expect(await wanted()).toEqual([1]);
  });
});
