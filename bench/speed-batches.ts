import { fieldsOf, type Row } from '../src/records/resource.ts';
import messages from '../src/resources/messages.ts';
import { loadBatch } from '../src/warehouse/load/load.ts';
import { mergeStatement } from '../src/warehouse/load/merge.ts';
import type { Section } from './section.ts';
import { AGENTS, CLIENT_ID, makeMessages, PER_CHAT } from './speed-data.ts';
import { median, rounded } from './speed-measure.ts';
import { rowsOf } from './speed-rows.ts';
import type { Scale } from './speed-scale.ts';
import { openSpeedWarehouse, type SpeedWarehouse } from './speed-warehouse.ts';

const SIZES = [10, 1_000, 20_000];
const TIMES = 7;
/** Messages that chats and visitors are there for: the large table's refer to them too. */
const PARENTED = 600_000;
/** Reading one of these from end to end would make a batch cost what the table is large. */
const WHOLE = /Seq Scan on (messages|message_bodies|chats|visitors)\b|(Hash|Merge) (Left |Right |Anti |Semi )?Join/;

type Place = { into: string; warehouse: SpeedWarehouse };
type Batch = { into: string; size: number; newMs: number; unchangedMs: number; wholeScans: number };

/** Batches of messages into an empty and into a large table, by turns: the same cost, by the same index lookups. */
export async function timeBatches(serverUrl: string, { large }: Scale): Promise<Section> {
  const empty = await openSpeedWarehouse(serverUrl, 'batches_empty', messages, PARENTED);
  const full = await openSpeedWarehouse(serverUrl, 'batches_large', messages, PARENTED);
  const places: Place[] = [
    { into: 'an empty table', warehouse: empty },
    { into: `one of ${large.toLocaleString('en')}`, warehouse: full },
  ];
  const measured: Batch[] = [];
  try {
    await fill(full, large);
    for (const { warehouse } of places) await warehouse.settle();
    for (const size of SIZES) measured.push(...(await timeSize(places, size)));
  } finally {
    for (const { warehouse } of places) await warehouse.close();
  }
  const times = SIZES.flatMap((size) => {
    const [small, big] = measured.filter((each) => each.size === size);
    const ratio = (key: 'newMs' | 'unchangedMs') => rounded((big?.[key] ?? Number.NaN) / (small?.[key] ?? Number.NaN));
    return [
      { promise: `${size.toLocaleString('en')} new rows: times as long`, most: 1.5, measured: ratio('newMs') },
      { promise: `${size.toLocaleString('en')} unchanged rows: times as long`, most: 1.5, measured: ratio('unchangedMs') },
    ];
  });
  return {
    title: `3. A batch of messages, one transaction: medians of ${TIMES}, in milliseconds.`,
    rows: measured.map(({ into, size, newMs, unchangedMs, wholeScans }) => ({
      into,
      batch: size,
      'new ms': rounded(newMs, 1),
      'unchanged ms': rounded(unchangedMs, 1),
      'whole tables in explain': wholeScans,
    })),
    // A planner reads an empty table from end to end, and is right.
    promised: [
      ...times,
      {
        promise: 'tables read whole, into the large one',
        most: 0,
        measured: Math.max(...measured.filter(({ into }) => into === places[1]?.into).map((each) => each.wholeScans)),
      },
    ],
  };
}

async function timeSize(places: readonly Place[], size: number): Promise<Batch[]> {
  const batches = places.map((place) => ({ ...place, fresh: [] as number[], again: [] as number[], wholeScans: 0 }));
  for (let time = 0; time < TIMES; time += 1) {
    const rows = rowsOf(makeMessages(1 + time * size, 1 + (time + 1) * size), messages);
    for (const key of ['fresh', 'again'] as const) {
      for (const batch of batches) {
        const began = performance.now();
        await batch.warehouse.database.transaction((client) => load(client, rows, 1 + batch[key].length));
        batch[key].push(performance.now() - began);
      }
    }
    for (const batch of batches) batch.wholeScans = Math.max(batch.wholeScans, await countWholeScans(batch.warehouse, rows));
  }
  for (const { warehouse } of places) {
    await warehouse.database.pool.query('delete from chatrhub.messages where message_id <= $1', [TIMES * size]);
    await warehouse.settle();
  }
  return batches.map(({ into, fresh, again, wholeScans }) => ({
    into,
    size,
    newMs: median(fresh),
    unchangedMs: median(again),
    wholeScans,
  }));
}

const load = (client: Parameters<typeof loadBatch>[0], rows: readonly Row[], second: number) =>
  loadBatch(client, { resource: messages, rows: [...rows], rejected: 0, isOwn: true }, new Date(second * 1_000), false);

/** How many large tables the plan of the merge reads from end to end; the staging table is still filled when it is asked for. */
async function countWholeScans({ database }: SpeedWarehouse, rows: readonly Row[]): Promise<number> {
  return database.transaction(async (client) => {
    await load(client, rows, 1);
    const { rows: plan } = await client.query<{ 'QUERY PLAN': string }>(`explain ${mergeStatement(messages, fieldsOf(messages), 'own')}`, [
      new Date(),
      false,
    ]);
    return plan.filter((line) => WHOLE.test(line['QUERY PLAN'])).length;
  });
}

/** Messages with high numbers, made in SQL: their keys hold by how they are made, so they are not checked. */
async function fill({ database }: SpeedWarehouse, rows: number): Promise<void> {
  const session = await database.connectPatiently();
  const chats = PARENTED / PER_CHAT;
  try {
    await session.query('set session_replication_role = replica');
    await session.query(
      `insert into chatrhub.messages (message_id, client_id, chat_id, from_agent_id, to_visitor_id, is_admin, body_length, created_at, synced_at)
       select 10000000 + i, ${CLIENT_ID}, 1 + i % ${chats}, 1 + i % ${AGENTS}, 1 + i % ${chats}, false, 112, to_timestamp(1500000000 + i), to_timestamp(0)
       from generate_series(1, $1::int) i`,
      [rows],
    );
    await session.query(
      `insert into chatrhub_private.message_bodies (message_id, body, synced_at)
       select message_id, 'I would like to know when my order is going to arrive. ' || message_id, synced_at from chatrhub.messages`,
    );
  } finally {
    await session.end();
  }
}
