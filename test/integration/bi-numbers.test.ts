import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { biViews } from '../../src/analytics/index.ts';
import type { ViewDefinition } from '../../src/records/view.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { migrate } from '../../src/warehouse/schema/migrate.ts';
import { loadWorld } from '../support/bi-load.ts';
import { AHEAD_HOURS, compareViews, type Expected, expectedViews } from '../support/bi-oracle.ts';
import { type Scene, worldOf } from '../support/bi-world.ts';
import { createWarehouse } from '../support/warehouse.ts';

/** Clocks go forward in the second and back in the third, by half an hour in the fourth; the fifth is never at a full hour of UTC. */
const SCENES: readonly Scene[] = [
  { seed: 1, zone: 'UTC', from: '2025-02-26', days: 5 },
  { seed: 2, zone: 'Europe/Berlin', from: '2025-03-28', days: 5 },
  { seed: 3, zone: 'Europe/Berlin', from: '2025-10-24', days: 5 },
  { seed: 4, zone: 'Australia/Lord_Howe', from: '2025-04-03', days: 5 },
  { seed: 5, zone: 'Asia/Kolkata', from: '2024-12-29', days: 5 },
  { seed: 6, zone: 'Australia/Lord_Howe', from: '2025-10-03', days: 4 },
];

/** Time zones of those who look. */
const SESSIONS = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham'];

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function stage(scene: Scene): Promise<{ database: Database; expected: Expected[] }> {
  const { database, close } = await createWarehouse();
  closing.push(close);
  const world = worldOf(scene);
  await loadWorld(database.pool, world);
  await database.pool.query(
    `insert into chatrhub_sync.source_facts (fact, value, evidence) values ('chats.day_offset_hours', $1, 'test')`,
    [AHEAD_HOURS],
  );
  await refresh(database);
  return { database, expected: expectedViews(world) };
}

async function refresh({ pool }: Database): Promise<void> {
  for (const { schema, name, key } of biViews) if (key) await pool.query(`refresh materialized view concurrently ${schema}.${name}`);
}

async function compare({ pool }: Database, expected: readonly Expected[], timeZone: string) {
  const client = await pool.connect();
  try {
    await client.query(`set timezone to '${timeZone}'`);
    return await compareViews(client, expected);
  } finally {
    client.release(true);
  }
}

describe.each(SCENES)('every number of every view is what plain loops count: seed $seed, days of $zone from $from on', (scene) => {
  it(`in sessions of ${SESSIONS.join(', ')}`, async () => {
    const { database, expected } = await stage(scene);
    for (const timeZone of SESSIONS) {
      const { differences, numbers } = await compare(database, expected, timeZone);
      expect(differences, timeZone).toEqual([]);
      expect(numbers).toBeGreaterThan(600);
    }
  });
});

/** A wrong way to count, as an edit of the views' SQL. */
type Mutation = { name: string; pattern: RegExp; replacement: string };

const MUTATIONS: readonly Mutation[] = [
  { name: 'chats another agent won were counted', pattern: / and [co]\.is_beat_out is not true/g, replacement: '' },
  { name: 'deleted chats were counted', pattern: / and [co]\.is_terminated is not true/g, replacement: '' },
  { name: 'an unknown is_missed were no', pattern: /is_missed is not true/g, replacement: 'is_missed is false' },
  { name: "days were UTC's", pattern: /\(select reporting_time_zone from chatrhub_bi\.settings\)/g, replacement: "'UTC'" },
  {
    name: 'days always had 86,400 seconds',
    pattern: /extract\(epoch from .*\)::double precision - observed_seconds/g,
    replacement: '86400 - observed_seconds',
  },
  {
    name: 'messages of one second came in any order',
    pattern: /order by created_at, message_id rows/g,
    replacement: 'order by created_at, message_id desc rows',
  },
  { name: 'administrative messages were answers', pattern: /m\.is_admin is not true and /g, replacement: '' },
  { name: 'messages held back were answers', pattern: / and m\.is_interruption_blocked is not true/g, replacement: '' },
  { name: 'an agent who writes first had answered', pattern: / and visitor_messages_so_far > 0/g, replacement: '' },
  { name: 'a part of the messages were all of them', pattern: / and c\.messages_synced_at is not null/g, replacement: '' },
  {
    name: "a turn's wait began with its last message",
    pattern: /min\(created_at\) filter \(where sender_type = 'visitor'\) as started_at/g,
    replacement: "max(created_at) filter (where sender_type = 'visitor') as started_at",
  },
  {
    name: 'a snapshot stood until the next one, however late',
    pattern: /least\(lead\(snapshot_at\) over agent, /g,
    replacement: 'coalesce(lead(snapshot_at) over agent, ',
  },
  { name: 'spans went on over gaps', pattern: /is_first or is_after_gap or/g, replacement: 'is_first or' },
  {
    name: 'two chats at once were twice the time',
    pattern: /coalesce\(\(select sum\(.*\) from unnest\(e\.ranges\) as period\), 0\)/g,
    replacement: 'coalesce(e.chat_seconds, 0)',
  },
  { name: 'online time after midnight were forgotten', pattern: /generate_series\(-1, /g, replacement: 'generate_series(0, ' },
  {
    name: 'unrated chats were not happy',
    pattern: /nullif\(rated_chat_count, 0\) as csat_rate/g,
    replacement: 'nullif(chat_count, 0) as csat_rate',
  },
  {
    name: 'who returns within a day were resolved',
    pattern: /coalesce\(e\.next_chat_at > .*? \+ interval '24 hours', true\)/g,
    replacement: 'true',
  },
  { name: 'young chats were judged', pattern: / - interval '24 hours'/g, replacement: '' },
  {
    name: 'later edits moved the end of a task',
    pattern: /order by record_key, version\n/g,
    replacement: 'order by record_key, version desc\n',
  },
  {
    name: 'the first label were the truth',
    pattern: /nullif\(m\.manual_intent_id_5, ''\), nullif\(m\.manual_intent_id_4, ''\), /g,
    replacement: '',
  },
];

describe('a number would be wrong, and this would show it, if', () => {
  let staged: Awaited<ReturnType<typeof stage>>;
  beforeAll(async () => {
    staged = await stage(SCENES[2] as Scene);
  });
  afterAll(async () => {
    await migrate(staged.database, catalogue);
    await refresh(staged.database);
    expect((await compare(staged.database, staged.expected, 'UTC')).differences).toEqual([]);
  });

  it.each(MUTATIONS)('$name', async ({ pattern, replacement }) => {
    const mutated = catalogue.views.map((view): ViewDefinition => ({ ...view, sql: view.sql.replaceAll(pattern, replacement) }));
    expect(mutated.some(({ sql }, i) => sql !== catalogue.views[i]?.sql)).toBe(true);
    await migrate(staged.database, { ...catalogue, views: mutated });
    await refresh(staged.database);
    expect((await compare(staged.database, staged.expected, 'UTC')).differences).not.toEqual([]);
  });
});
