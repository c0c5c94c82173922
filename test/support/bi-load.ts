import type pg from 'pg';
import type { Task, World } from './bi-world.ts';

/** Fills an empty warehouse with a world, in the order of its lists. */
export async function loadWorld(pool: pg.Pool, world: World): Promise<void> {
  const put = async (table: string, rows: readonly object[]) => {
    const columns = Object.keys(rows[0] ?? {}).join(', ');
    await pool.query(`insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`, [
      JSON.stringify(rows),
    ]);
  };
  const ours = { client_id: 77, synced_at: '2026-01-01T00:00:00Z' };
  const moment = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  await pool.query('update chatrhub_bi.settings set reporting_time_zone = $1', [world.zone]);
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
