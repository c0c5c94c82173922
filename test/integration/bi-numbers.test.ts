import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import type { ViewDefinition } from '../../src/records/view.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { migrate } from '../../src/warehouse/schema/migrate.ts';
import { loadWorld } from '../support/bi-load.ts';
import { compareViews, type Expected, expectedViews } from '../support/bi-oracle.ts';
import { type Hours, type Scene, worldOf } from '../support/bi-world.ts';
import { createWarehouse } from '../support/warehouse.ts';

const OFFICE: Hours = [1, 2, 3, 4, 5].map((day) => [day, 540, 1_020]);
/** Until after midnight, and over the night in which clocks change. */
const NIGHTS: Hours = [[5, 1_320, 1_500], [6, 1_200, 1_920], ...OFFICE];

/** Clocks go forward in the second and back in the third, by half an hour in the fourth; the fifth is never at a full hour of UTC. */
const SCENES: readonly Scene[] = [
  { seed: 1, zone: 'UTC', from: '2025-02-26', days: 5 },
  { seed: 2, zone: 'Europe/Berlin', from: '2025-03-28', days: 5, hours: NIGHTS },
  { seed: 3, zone: 'Europe/Berlin', from: '2025-10-24', days: 5, hours: NIGHTS, isLong: true },
  { seed: 4, zone: 'Australia/Lord_Howe', from: '2025-04-03', days: 5, hours: NIGHTS },
  { seed: 5, zone: 'Asia/Kolkata', from: '2024-12-29', days: 5, hours: OFFICE },
  { seed: 6, zone: 'Australia/Lord_Howe', from: '2025-10-03', days: 4, hours: NIGHTS },
];

/** Time zones of those who look. */
const SESSIONS = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham'];

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function stage(scene: Scene): Promise<{ database: Database; expected: Expected[] }> {
  const { database, close } = await createWarehouse({ refreshes: true });
  closing.push(close);
  const world = worldOf(scene);
  await loadWorld(database.pool, world);
  await refresh(database);
  return { database, expected: expectedViews(world) };
}

async function refresh(database: Database, views: readonly ViewDefinition[] = catalogue.views): Promise<void> {
  expect((await refreshStore(database, views)).failed).toEqual([]);
}

async function compare({ connect }: Database, expected: readonly Expected[], timeZone: string) {
  const client = await connect();
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
      expect(numbers).toBeGreaterThan(1_500);
    }
  });
});

/** A wrong way to count, as an edit of the SQL of views and of what they are computed from. */
type Mutation = { name: string; pattern: RegExp; replacement: string };

const MUTATIONS: readonly Mutation[] = [
  { name: 'chats another agent won were counted', pattern: / and [co]\.is_beat_out is not true/g, replacement: '' },
  { name: 'deleted chats were counted', pattern: / and [co]\.is_terminated is not true/g, replacement: '' },
  { name: 'an unknown is_missed were no', pattern: /is_missed is not true/g, replacement: 'is_missed is false' },
  { name: "days were UTC's", pattern: /\(select reporting_time_zone from chatrhub_bi\.settings\)/g, replacement: "'UTC'" },
  {
    name: 'days always had 86,400 seconds',
    pattern: /extract\(epoch from .*\)::double precision - s\.observed_seconds/g,
    replacement: '86400 - s.observed_seconds',
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
  { name: 'an hour of snapshots had one status', pattern: /min\(status\) = max\(status\) and /g, replacement: '' },
  {
    name: 'an hour of snapshots had no holes',
    pattern: / and max\(snapshot_at\) - min\(snapshot_at\) = [^;]*?'300 seconds'/g,
    replacement: '',
  },
  { name: 'spans of one status were one a day', pattern: /agent_id, piece\b/g, replacement: 'agent_id, status' },
  {
    name: 'two chats at once were twice the time',
    pattern: /coalesce\(\(select sum\([^;]*?\) from unnest\(e\.active_ranges\) as period\), 0\)/g,
    replacement: 'coalesce(e.chat_seconds, 0)',
  },
  {
    name: 'online time after midnight were forgotten',
    pattern: / and o\.started_at < b\.ended_at/g,
    replacement: ' and o.started_at < b.ended_at and b.started_at < (select ends_at from bi_days d where d.date_day = b.date_day)',
  },
  {
    name: 'unrated chats were not happy',
    pattern: /nullif\(s\.rated_chat_count, 0\) as csat_rate/g,
    replacement: 'nullif(s.chat_count, 0) as csat_rate',
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
  { name: 'a chat kept people busy until it ended', pattern: /least\(ended_at, last_message_at \+ .*?\)/g, replacement: 'ended_at' },
  { name: 'nobody read the last message', pattern: / \+ interval '5 minutes'/g, replacement: '' },
  { name: 'a chat were left open after an hour', pattern: /interval '4 hours'/g, replacement: "interval '1 hour'" },
  {
    name: 'open chats were those in which somebody writes',
    pattern: /range_agg\(tstzrange\(started_at, ended_at\)\) as assigned/g,
    replacement: 'range_agg(tstzrange(started_at, active_until_at)) filter (where active_until_at > started_at) as assigned',
  },
  {
    name: 'open chats were work',
    pattern: /coalesce\(t\.engaged_seconds, 0\)::double/g,
    replacement: 'coalesce(t.assigned_seconds, 0)::double',
  },
  { name: 'what the bot finished were a failure of people', pattern: / and bot_outcome <> 'contained'/g, replacement: '' },
  {
    name: 'who asks for a person had waited for one since hello',
    pattern: /coalesce\(asked_last_at, first_visitor_message_at\)/g,
    replacement: 'first_visitor_message_at',
  },
  { name: 'holidays were working days', pattern: /where not exists \(select from chatrhub_bi\.holidays .*?\)/g, replacement: '' },
  { name: 'everybody left at midnight', pattern: /closes_minute \* interval/g, replacement: 'least(closes_minute, 1440) * interval' },
  { name: 'what was read since the last covered day were not', pattern: /read_from < read_until/g, replacement: 'false' },
  {
    name: "the source's days were UTC's",
    pattern: /coalesce\(\(select value [^)]*\)::numeric, 0\) \* interval/g,
    replacement: '0 * interval',
  },
  { name: 'a week had six days', pattern: /interval '7 days'/g, replacement: "interval '6 days'" },
  { name: 'a handover began before the visitor asked', pattern: /coalesce\(asked_at, l\.created_at\)/g, replacement: 'l.created_at' },
  { name: 'no tag were a tag', pattern: /tag <> ''/g, replacement: 'tag is not null' },
  {
    name: 'visitors were new when they last came',
    pattern: /min\(month\) over of_visitor/g,
    replacement: 'max(month) over (partition by visitor_id)',
  },
  { name: 'a minute were less than a minute', pattern: /first_response_seconds < 60 /g, replacement: 'first_response_seconds <= 60 ' },
  {
    name: 'turns that nobody answered were forgotten',
    pattern: /coalesce\(x\.responder_agent_id, e\.agent_id\)/g,
    replacement: 'x.responder_agent_id',
  },
  { name: "bots' chats were people's work", pattern: /where is_of_people and/g, replacement: 'where' },
  { name: 'one who leaves stayed until the next came', pattern: /order by at, change\)/g, replacement: 'order by at, change desc)' },
  { name: 'one person fewer were enough', pattern: /\]::double precision\[\]\) \+ 1/g, replacement: ']::double precision[])' },
  { name: 'open chats had a length', pattern: /filter \(where is_counted and is_ended\)/g, replacement: 'filter (where is_counted)' },
  { name: 'all ends were estimates', pattern: / and not has_messages_loaded and/g, replacement: ' and' },
  { name: 'stubs were chats', pattern: /where not is_inferred and/g, replacement: 'where' },
];

describe('a number would be wrong, and this would show it, if', () => {
  let staged: Awaited<ReturnType<typeof stage>>;
  beforeAll(async () => {
    staged = await stage(SCENES[2] as Scene);
  });
  afterAll(async () => {
    await migrate(staged.database, catalogue);
    await staged.database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
    await refresh(staged.database);
    expect((await compare(staged.database, staged.expected, 'UTC')).differences).toEqual([]);
  });

  it.each(MUTATIONS)('$name', async ({ pattern, replacement }) => {
    const mutate = (sql: string): string => sql.replaceAll(pattern, replacement);
    const views = catalogue.views.map((view): ViewDefinition => ({ ...view, sql: mutate(view.sql) }));
    await migrate(staged.database, { ...catalogue, views });
    const isHit = await refreshMutated(staged.database, views, mutate);
    expect(isHit || views.some(({ sql }, i) => sql !== catalogue.views[i]?.sql)).toBe(true);
    expect((await compare(staged.database, staged.expected, 'UTC')).differences).not.toEqual([]);
  });
});

/** Computes all anew with other SQL, also that of what views are computed from. Returns whether any of it is another. */
async function refreshMutated(database: Database, views: readonly ViewDefinition[], mutate: (sql: string) => string): Promise<boolean> {
  let isHit = false;
  const connectPatiently: Database['connectPatiently'] = async (...args) => {
    const client = await database.connectPatiently(...args);
    const query = client.query.bind(client) as (sql: string, ...more: unknown[]) => Promise<unknown>;
    const mutated = (sql: string, ...more: unknown[]) => {
      isHit ||= mutate(sql) !== sql;
      return query(mutate(sql), ...more);
    };
    return Object.assign(client, { query: mutated as typeof client.query });
  };
  await database.pool.query('update chatrhub_bi_store.state set refreshed_at = null');
  await refresh({ ...database, connectPatiently }, views);
  return isHit;
}
