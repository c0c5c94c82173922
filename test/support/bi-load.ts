import type pg from 'pg';
import { AHEAD_HOURS } from './bi-oracle-time.ts';
import type { Task, World } from './bi-world.ts';

/** Fills an empty warehouse with a world, in the order of its lists, and with what is known of the days of its source. */
export async function loadWorld(pool: Pick<pg.Pool, 'query'>, world: World): Promise<void> {
  const put = async (table: string, rows: readonly object[]) => {
    if (rows.length === 0) return;
    const columns = Object.keys(rows[0] ?? {}).join(', ');
    await pool.query(`insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`, [
      JSON.stringify(rows),
    ]);
  };
  const moment = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const ours = { client_id: 77, synced_at: '2026-01-01T00:00:00Z' };
  await pool.query('update chatrhub_bi.settings set reporting_time_zone = $1', [world.zone]);
  await put(
    'chatrhub_bi.business_hours',
    world.hours.map(([day_of_week, opens_minute, closes_minute]) => ({ day_of_week, opens_minute, closes_minute })),
  );
  await put(
    'chatrhub_bi.holidays',
    world.holidays.map((date_day) => ({ date_day, name: `Holiday of ${date_day}` })),
  );
  await put('chatrhub_sync.source_facts', [
    { fact: 'chats.day_offset_hours', value: String(AHEAD_HOURS), evidence: 'test', found_at: moment(world.readAt) },
  ]);
  await put('chatrhub_sync.freshness', [{ resource: 'chats', expected_within_seconds: 100_000, last_read_at: moment(world.readAt) }]);
  await put(
    'chatrhub_sync.coverage',
    world.covered.map(({ from, until }) => ({ resource: 'chats', scope: '', covered_from: from, covered_until: until })),
  );
  await pool.query(
    `insert into chatrhub_sync.requests (lane, resource, endpoint, unit, path, attempt, granted_at, deadline_at, loaded_at)
     values ('sync', 'chats', '/chats.json', 'chats', '/chats.json', 1, $1, $1, $1)`,
    [moment(world.readAt)],
  );
  await put(
    'chatrhub.agents',
    world.agents.map((row) => ({ ...row, ...ours })),
  );
  await put(
    'chatrhub.groups',
    world.groups.map((row) => ({ ...row, ...ours })),
  );
  await put(
    'chatrhub.visitors',
    world.visitors.map((row) => ({ ...row, has_email: false, has_phone: false, ...ours })),
  );
  await put(
    'chatrhub.chats',
    world.chats.map((row) => ({
      ...row,
      created_at: moment(row.created_at),
      messages_synced_at: moment(row.messages_synced_at),
      source_missing_since: moment(row.source_missing_since),
      has_feedback: false,
      ...ours,
    })),
  );
  await put('chatrhub.intents', [
    { intent_id: '1', intent_name: 'Order' },
    { intent_id: '2', intent_name: null },
  ]);
  await put(
    'chatrhub.messages',
    world.messages.map(({ labels, ...row }) => ({
      ...row,
      ...Object.fromEntries(labels.map((label, i) => [`manual_intent_id_${i + 1}`, label])),
      created_at: moment(row.created_at),
      ...ours,
    })),
  );
  await put(
    'chatrhub.agent_activities',
    world.snapshots.map((row) => ({ ...row, snapshot_at: moment(row.snapshot_at), ...ours })),
  );
  const latest = (task: Task) => task.versions.at(-1);
  await put(
    'chatrhub.tasks',
    world.tasks.map((task) => {
      const complete = latest(task)?.is_complete;
      return {
        task_id: task.task_id,
        task_type: task.task_type,
        is_complete: complete === null ? null : Boolean(complete),
        created_at: moment(task.created_at),
        updated_at: moment(latest(task)?.updated_at ?? null),
        ...ours,
      };
    }),
  );
  await put(
    'chatrhub_raw.record_versions',
    world.tasks
      .filter(({ hasRaw }) => hasRaw)
      .flatMap((task) =>
        task.versions.map(({ is_complete, updated_at }, i) => ({
          resource: 'tasks',
          record_key: String(task.task_id),
          version: i + 1,
          attributes: { is_complete, updt_dt: moment(updated_at) },
          content_hash: 'x',
          first_seen_at: ours.synced_at,
        })),
      ),
  );
  await put(
    'chatrhub_sync.source_reports',
    world.reports.map((row) => ({ ...row, asked_at: moment(row.asked_at), attributes: {} })),
  );
}
