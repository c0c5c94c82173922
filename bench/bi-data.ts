import type { Database } from '../src/warehouse/connection/database.ts';

const CHATS_A_DAY = 690;
const MESSAGES_PER_CHAT = 10;
const AGENTS = 24;
const BEGIN = "timestamptz '2024-01-01T00:00:00Z'";

/** A number below `n` that a row's own number decides. */
const below = (n: number, salt: number, id = 'i'): string => `(hashint8(${id} * 31 + ${salt})::bigint & 2147483647) % ${n}`;

function statementsFor(chats: number): readonly string[] {
  const [days, visitors, tasks] = [Math.ceil(chats / CHATS_A_DAY), Math.ceil(chats * 0.4), Math.ceil(chats * 0.06)];
  return [
    // Keys hold by how the rows are made: checking them would only take time.
    `set session_replication_role = replica`,
    `insert into chatrhub.agents (agent_id, client_id, full_name, is_bot, synced_at)
   select i, 77, 'Agent ' || i, i > ${AGENTS}, now() from generate_series(1, ${AGENTS + 2}) i`,
    `insert into chatrhub.groups (group_id, client_id, group_name, synced_at) select i, 77, 'Group ' || i, now() from generate_series(1, 8) i`,
    `insert into chatrhub.visitors (visitor_id, client_id, channel, country, synced_at, created_at)
   select i, 77, (array['web', 'sms', 'unknown'])[1 + ${below(3, 1)}], (array['DE', 'FR', 'US'])[1 + ${below(3, 2)}], now(), ${BEGIN}
   from generate_series(1, ${visitors}) i`,
    `insert into chatrhub.intents (intent_id) select i::text from generate_series(1, 40) i`,
    `insert into chatrhub.chats (chat_id, client_id, visitor_id, agent_id, transferred_to_agent_id, group_id, ended_reason, is_ended, is_missed,
     is_beat_out, is_feedback_requested, response_delay_seconds, duration_seconds, overall_rating, is_terminated, created_at, updated_at, messages_synced_at, synced_at)
   select i, 77, 1 + ${below(visitors, 3)}, 1 + ${below(AGENTS + 2, 4)}, case when ${below(10, 5)} = 0 then 1 + ${below(AGENTS, 6)} end,
     case when ${below(10, 7)} < 8 then 1 + ${below(8, 8)} end, case when ${below(10, 9)} = 0 then 'offline' end, i < ${chats - 50},
     case ${below(10, 10)} when 0 then true when 1 then null else false end, ${below(10, 11)} = 0, ${below(2, 12)} = 0, ${below(200, 13)}, 60 + ${below(1800, 14)},
     case when ${below(10, 15)} < 2 then 1 + ${below(3, 16)} end, false, at, at, at + interval '1 day', at + interval '1 day'
   from (select i, ${BEGIN} + i * interval '${(days * 86_400) / chats} seconds' + ${below(3600, 17)} * interval '1 second' as at from generate_series(1, ${chats}) i) chats`,
    `insert into chatrhub.messages (message_id, client_id, chat_id, from_agent_id, from_visitor_id, is_admin, is_interruption_blocked, body_length,
     batch_intent_id, batch_intent_probability, final_manual_intent_id, manual_intent_id_1, manual_intent_id_2, created_at, synced_at)
   select i, 77, c.chat_id, case when who = 1 then c.agent_id when who = 2 then ${AGENTS + 1} end, case when who = 0 then c.visitor_id end,
     ${below(20, 21)} = 0, ${below(50, 22)} = 0, ${below(200, 23)}, case when who = 0 and ${below(2, 24)} = 0 then (1 + ${below(40, 25)})::text end,
     case when who = 0 then ${below(1001, 26)} / 1000.0 end, case when who = 0 and ${below(50, 27)} = 0 then (1 + ${below(40, 28)})::text end,
     case when who = 0 and ${below(20, 29)} = 0 then (1 + ${below(40, 30)})::text end, case when who = 0 and ${below(60, 31)} = 0 then (1 + ${below(40, 32)})::text end,
     c.created_at + ((i - 1) % ${MESSAGES_PER_CHAT}) * ${below(60, 33, 'c.chat_id')} * interval '1 second', c.synced_at
   from (select i, case ${below(5, 20)} when 0 then 1 when 1 then 2 when 2 then 1 else 0 end as who from generate_series(1, ${chats * MESSAGES_PER_CHAT}) i) m
   join chatrhub.chats c on c.chat_id = 1 + (i - 1) / ${MESSAGES_PER_CHAT}
   order by i`,
    // In the order in which syncs load them: each night a day of each agent.
    `insert into chatrhub.agent_activities (agent_id, snapshot_at, status, client_id, synced_at)
   select i % ${AGENTS} + 1, at, case
       when extract(hour from at) not between 7 and 18 then 'offline'
       when ${below(5, 40, '(i % 24 + i / 24 / 6 * 24)')} = 0 then 'unavailable' else 'available' end, 77, now()
   from (select i, ${BEGIN} + i / ${AGENTS} * interval '5 minutes' as at from generate_series(0, ${AGENTS * days * 288 - 1}) i) snapshots
   order by at::date, 1, at`,
    `insert into chatrhub.tasks (task_id, client_id, task_type, assigned_agent_id, is_complete, created_at, updated_at, synced_at)
   select i, 77, (array['operational', 'machine_learning'])[1 + i % 2], 1 + ${below(AGENTS, 50)}, ${below(20, 51)} > 0, at, at + ${below(200_000, 52)} * interval '1 second', now()
   from (select i, ${BEGIN} + i * interval '${(days * 86_400) / tasks} seconds' as at from generate_series(1, ${tasks}) i) tasks`,
    `insert into chatrhub_raw.record_versions (resource, record_key, version, attributes, content_hash, first_seen_at)
   select 'tasks', task_id::text, v, jsonb_build_object('is_complete', v = 2, 'updt_dt', to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')), '', updated_at
   from chatrhub.tasks, generate_series(1, case when is_complete then 2 else 1 end) v`,
    `insert into chatrhub_sync.source_reports (start_date, end_date, asked_at, total_chats, missed_chats, attributes)
   select d::date, d::date + days, d + (days + 1) * interval '1 day', 1000, 10, '{}'
   from generate_series(date '2025-11-20', date '2025-12-20', interval '1 day') d, (values (0), (30)) as r (days)`,
    `set session_replication_role = origin`,
  ];
}

/** Fills a warehouse with an invented account of so many chats, 690 a day, all of it made in the database. */
export async function fill(database: Database, chats: number): Promise<void> {
  const client = await database.connectPatiently();
  try {
    for (const statement of statementsFor(chats)) await client.query(statement);
    await client.query('vacuum analyze');
    // What was filled is written down here, not while something is measured.
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** What the sync of a night writes: a day of chats, messages and snapshots, and changes of the last month. */
export async function addNight({ pool }: Database, night: number): Promise<void> {
  for (const statement of [
    `insert into chatrhub.chats (chat_id, client_id, visitor_id, agent_id, group_id, is_ended, is_missed, is_beat_out, response_delay_seconds,
       duration_seconds, has_feedback, created_at, messages_synced_at, synced_at)
     select m.id + i, 77, 1 + i % 500, 1 + i % ${AGENTS}, 1 + i % 8, i % 50 > 0, i % 10 = 0, false, i % 200, 60 + i % 1800, false,
       m.at + i * interval '${86_400 / CHATS_A_DAY} seconds', now(), now()
     from (select max(chat_id) as id, max(created_at) as at from chatrhub.chats) m, generate_series(1, ${CHATS_A_DAY}) i`,
    `insert into chatrhub.messages (message_id, client_id, chat_id, from_agent_id, from_visitor_id, is_admin, body_length, batch_intent_id,
       batch_intent_probability, created_at, synced_at)
     select m.id + row_number() over (), 77, c.chat_id, case when i % 2 = 0 then c.agent_id end, case when i % 2 = 1 then c.visitor_id end, false, 20,
       case when i % 2 = 1 then (1 + c.chat_id % 40)::text end, 0.7, c.created_at + i * interval '40 seconds', now()
     from (select max(message_id) as id from chatrhub.messages) m,
       (select * from chatrhub.chats order by chat_id desc limit ${CHATS_A_DAY}) c, generate_series(1, ${MESSAGES_PER_CHAT}) i`,
    `insert into chatrhub.agent_activities (agent_id, snapshot_at, status, client_id, synced_at)
     select a, m.at + i * interval '5 minutes', case when i % 7 = 0 then 'unavailable' else 'available' end, 77, now()
     from (select max(snapshot_at) as at from chatrhub.agent_activities) m, generate_series(1, ${AGENTS}) a, generate_series(1, 288) i`,
    `update chatrhub.chats set is_ended = true, duration_seconds = duration_seconds + 1
     where created_at > (select max(created_at) - interval '3 days' from chatrhub.chats) and not is_ended`,
    `update chatrhub.chats set overall_rating = 1 + chat_id % 3
     where created_at > (select max(created_at) - interval '30 days' from chatrhub.chats) and chat_id % 200 = ${night}`,
    `update chatrhub.tasks set is_complete = not is_complete, updated_at = created_at + interval '1 hour' where task_id in (select task_id from chatrhub.tasks order by created_at desc limit 20)`,
  ])
    await pool.query(statement);
}
