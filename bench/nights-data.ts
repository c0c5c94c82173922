import type { Database } from '../src/warehouse/connection/database.ts';

/** What the copies of a record are told by: these are other ones in each copy; agents, groups and intents stay who they are. */
const COPIED_IDS = [
  'chat_id',
  'message_id',
  'visitor_id',
  'from_visitor_id',
  'to_visitor_id',
  'task_id',
  'source_activity_id',
  'record_key',
];
const ID_STEP = 10_000_000;

const SETTLED = `is_ended and chat_id in (select chat_id from chatrhub_sync.chat_fetches where is_settled)`;

/** Tables that grow with the history, and which of their rows are copied: nothing that is still open, so that a night has nothing more to do. */
const GROWING: Record<string, string> = {
  'chatrhub.visitors': 'true',
  'chatrhub.chats': SETTLED,
  'chatrhub.messages': `chat_id in (select chat_id from chatrhub.chats where ${SETTLED})`,
  'chatrhub.tasks': 'is_complete',
  'chatrhub.agent_activities': 'true',
  'chatrhub_private.chat_feedback': `chat_id in (select chat_id from chatrhub.chats where ${SETTLED})`,
  'chatrhub_private.message_bodies': `message_id in (select message_id from chatrhub.messages join chatrhub.chats using (chat_id) where ${SETTLED})`,
  'chatrhub_private.task_variables': 'task_id in (select task_id from chatrhub.tasks where is_complete)',
  'chatrhub_private.visitor_contacts': 'true',
  // Those of tasks say when a task was completed, which is another day in each copy.
  'chatrhub_raw.versions': `resource in ('chats', 'messages', 'visitors')`,
  'chatrhub_sync.chat_fetches': `is_settled and chat_id in (select chat_id from chatrhub.chats where ${SETTLED})`,
  'chatrhub_sync.visitor_fetches': 'true',
  'chatrhub_sync.listed_records': `resource in ('chats', 'visitors')`,
};

/**
 * Puts so many copies of what is stored before it in time, each `days` days before the one after it, with keys of their own: the history of a
 * long-lived account, in every table that grows. What was covered reaches back accordingly. The stored views are due for all of it.
 */
export async function lengthenHistory(database: Database, copies: number, days: number): Promise<void> {
  const client = await database.connectPatiently();
  try {
    // Keys hold by how the rows are made: checking them would only take time.
    await client.query('set session_replication_role = replica');
    for (const [table, rows] of Object.entries(GROWING)) {
      const { rows: columns } = await client.query<{ name: string; type: string }>(
        `select quote_ident(attname) as name, format_type(atttypid, null) as type from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
        [table],
      );
      const values = columns.map(({ name, type }) => {
        if (COPIED_IDS.includes(name)) return `(t.${name}::bigint - c.number * ${ID_STEP})::${type}`;
        // Messages are asked for by this, which is nobody else's.
        if (name === 'xmpp_username') return `t.${name} || '-' || c.number`;
        return type === 'timestamp with time zone' ? `t.${name} - c.number * interval '${days} days'` : `t.${name}`;
      });
      await client.query(
        `insert into ${table} (${columns.map(({ name }) => name).join()})
         select ${values.join()} from (select * from ${table} where ${rows}) t, generate_series($1::int, 1, -1) c (number) order by c.number desc`,
        [copies],
      );
    }
    await client.query(`update chatrhub_sync.coverage set covered_from = covered_from - $1::int * $2::int`, [copies, days]);
    await client.query('update chatrhub_bi_store.state set refreshed_at = null');
  } finally {
    await client.end();
  }
}
