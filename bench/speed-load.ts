import type { Row } from '../src/records/resource.ts';
import messages from '../src/resources/messages.ts';
import type { Database } from '../src/warehouse/connection/database.ts';
import { loadBatch } from '../src/warehouse/load/load.ts';
import type { Section } from './section.ts';
import { makeMessages, range } from './speed-data.ts';
import { type Cost, createMeter, median, rounded } from './speed-measure.ts';
import { rowsOf } from './speed-rows.ts';
import type { Scale } from './speed-scale.ts';
import { upsert } from './speed-upsert.ts';
import { openSpeedWarehouse, type SpeedWarehouse } from './speed-warehouse.ts';

/** Rows a statement of drizzle's holds: PostgreSQL takes 65,535 parameters at most. */
const PER_INSERT = 1_000;
const ROUND = ['first', 'unchanged', '10 % changed'] as const;

type Way = { way: string; rows: number; cost: Cost };

/** Rows of messages in memory to both of their tables, beside plain COPY, drizzle's upsert and one row per statement. */
export async function timeLoad(serverUrl: string, scale: Scale): Promise<Section> {
  const warehouse = await openSpeedWarehouse(serverUrl, 'load', messages, scale.messages + scale.drizzle);
  try {
    const rounds: Way[][] = [];
    for (let round = 0; round < scale.rounds; round += 1) rounds.push(await runRound(warehouse, scale));
    const ways = (rounds[0] ?? []).map(({ way }) => way);
    const of = (way: string, measure: (each: Way, round: Way[]) => number) =>
      median(rounds.flatMap((round) => round.filter((each) => each.way === way).map((each) => measure(each, round))));
    const speed = ({ rows, cost }: Way) => rows / cost.seconds;
    const peer = (round: readonly Way[], way: string) => speed(round.find((each) => each.way === way) as Way);
    const ratio = (way: string, against: string) => rounded(of(way, (each, round) => speed(each) / peer(round, against)));
    const wal = (way: string) =>
      rounded(
        of(way, ({ cost }) => cost.walMb),
        1,
      );
    return {
      title: `1. Rows to both tables of messages (5 indexes and 2 keys, 6 foreign keys): ${scale.messages.toLocaleString('en')}, in batches of ${scale.answer.toLocaleString('en')}.`,
      rows: ways.map((way) => ({
        way,
        'rows/s': Math.round(of(way, speed)),
        'of COPY with keys': ratio(way, KEYED),
        'of COPY without': ratio(way, BARE),
        'WAL MB': wal(way),
        "loader's memory MB": Math.round(of(way, ({ cost }) => cost.peakMb)),
      })),
      notes: [
        'COPY with keys: into tables with the same columns, indexes and foreign keys; without: no foreign keys.',
        `drizzle: ${PER_INSERT.toLocaleString('en')} rows per upsert; it and one row per statement: ${scale.drizzle.toLocaleString('en')} rows, after the others, into the table that is full.`,
      ],
      promised: [
        { promise: 'first: of COPY into the same indexed tables', least: 0.6, measured: ratio('first', KEYED) },
        { promise: 'unchanged: of it', least: 1.2, measured: ratio('unchanged', KEYED) },
        { promise: '10 % changed: of it', least: 0.9, measured: ratio('10 % changed', KEYED) },
        { promise: 'unchanged: % of its WAL', most: 1, measured: rounded((100 * wal('unchanged')) / wal(KEYED)) },
        ...ROUND.map((way) => ({ promise: `${way}: times drizzle's multi-row upsert`, least: 10, measured: ratio(way, DRIZZLE[way]) })),
      ],
    };
  } finally {
    await warehouse.close();
  }
}

const KEYED = 'COPY with keys';
const BARE = 'COPY without keys';
const DRIZZLE = {
  first: 'drizzle, first',
  unchanged: 'drizzle, again, unchanged',
  '10 % changed': 'drizzle, again, 10 % changed',
} as const;

async function runRound(warehouse: SpeedWarehouse, { messages: count, answer, drizzle }: Scale): Promise<Way[]> {
  const { database } = warehouse;
  await warehouse.empty();
  await warehouse.settle();
  const meters = new Map([KEYED, BARE, ...ROUND].map((way) => [way, createMeter(database)] as const));
  const measured = (way: string, work: () => Promise<unknown>) => meters.get(way)?.run(work);
  const starts = range(0, Math.ceil(count / answer)).map((index) => index * answer);
  const rowsFrom = (start: number, way: string) =>
    rowsOf(
      makeMessages(1 + start, 1 + Math.min(count, start + answer), way === '10 % changed' ? { isChanged: (id) => id % 10 === 0 } : {}),
      messages,
    );
  let asked = 0;
  for (const way of ROUND) {
    for (const start of starts) {
      const rows = rowsFrom(start, way);
      // One after another, so that whatever else the machine does, it does to all of them.
      if (way === 'first') {
        await measured(KEYED, () => warehouse.copyPlain(rows, 'keyed'));
        await measured(BARE, () => warehouse.copyPlain(rows, 'bare'));
      }
      asked += 1;
      const askedAt = new Date(asked * 1_000);
      await measured(way, () => load(database, rows, askedAt));
    }
    await warehouse.settle();
  }
  const ways: Way[] = [...meters].map(([way, { cost }]) => ({ way, rows: count, cost }));
  const beside = (isChanged?: (id: number) => boolean) =>
    rowsOf(makeMessages(1 + count, 1 + count + drizzle, isChanged ? { isChanged } : {}), messages);
  for (const [way, size, rows] of [
    [DRIZZLE.first, PER_INSERT, beside()],
    [DRIZZLE.unchanged, PER_INSERT, beside()],
    [DRIZZLE['10 % changed'], PER_INSERT, beside((id) => id % 10 === 0)],
    ['one row per statement', 1, beside().slice(0, Math.ceil(drizzle / 10))],
  ] as const) {
    // One row per statement: new ones.
    if (size === 1) await forget(database, count);
    const meter = createMeter(database);
    await meter.run(() => upsert(database, messages, rows, size));
    ways.push({ way, rows: rows.length, cost: meter.cost });
  }
  await forget(database, count);
  return ways;
}

/** Deletes the messages beside those that all ways have. */
async function forget({ pool }: Database, count: number): Promise<void> {
  for (const table of ['chatrhub_private.message_bodies', 'chatrhub.messages'])
    await pool.query(`delete from ${table} where message_id > $1`, [count]);
}

const load = ({ transaction }: Database, rows: readonly Row[], askedAt: Date) =>
  transaction((client) => loadBatch(client, { resource: messages, rows: [...rows], rejected: 0, isOwn: true }, askedAt, false));
