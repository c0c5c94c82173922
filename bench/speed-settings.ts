import type { Resource } from '../src/records/resource.ts';
import messages from '../src/resources/messages.ts';
import { loadBatch } from '../src/warehouse/load/load.ts';
import { nameOf } from '../src/warehouse/load/merge.ts';
import type { Section } from './section.ts';
import { makeMessages } from './speed-data.ts';
import { median, rounded } from './speed-measure.ts';
import { rowsOf } from './speed-rows.ts';
import type { Scale } from './speed-scale.ts';
import { upsert } from './speed-upsert.ts';
import { openSpeedWarehouse, type SpeedWarehouse } from './speed-warehouse.ts';

const PER_UPSERT = 1_000;
/** Of our batches, before one of drizzle's, which is half as large. */
const OURS = 3;

type Setting = { setting: string; resource: Resource; strip: (warehouse: SpeedWarehouse) => Promise<unknown>; least?: number };

const SETTINGS: readonly Setting[] = [
  { setting: 'both tables as they are: 7 indexes, 6 foreign keys', resource: messages, strip: async () => {} },
  { setting: 'both tables without foreign keys', resource: messages, strip: dropForeignKeys },
  {
    setting: 'one table, key and 2 indexes, no foreign keys: as ten times was promised',
    resource: { ...messages, tables: [messages.tables[0]] },
    strip: async (warehouse) => {
      await dropForeignKeys(warehouse);
      await dropIndexes(warehouse, 2);
    },
    least: 10,
  },
];

/** New messages, beside drizzle's upsert of a thousand: what the keys and indexes of the tables make of the ratio. */
export async function timeSettings(serverUrl: string, { answer, rounds }: Scale): Promise<Section> {
  const rows: Record<string, unknown>[] = [];
  const promised: Section['promised'] = [];
  for (const [index, { setting, resource, strip, least }] of SETTINGS.entries()) {
    const all = 2 * rounds * (OURS * answer + answer / 2);
    const warehouse = await openSpeedWarehouse(serverUrl, `settings_${index}`, messages, all);
    try {
      await strip(warehouse);
      const { ours, drizzle } = await race(warehouse, resource, { answer, rounds: 2 * rounds });
      const times = rounded(drizzle / ours);
      rows.push({ setting, 'rows/s': Math.round(1e6 / ours), 'drizzle rows/s': Math.round(1e6 / drizzle), times });
      if (least) promised.push({ promise: `${setting}: times drizzle`, least, measured: times });
    } finally {
      await warehouse.close();
    }
  }
  return {
    title: `6. New messages beside drizzle's upsert of ${PER_UPSERT.toLocaleString('en')} rows, into tables with fewer keys; batches of ${answer.toLocaleString('en')}, medians.`,
    rows,
    promised,
  };
}

/** Microseconds a row, medians of batches that take turns. */
async function race({ database }: SpeedWarehouse, resource: Resource, { answer, rounds }: { answer: number; rounds: number }) {
  const [ours, drizzle]: [number[], number[]] = [[], []];
  let at = 1;
  const take = async (count: number, times: number[], load: (rows: ReturnType<typeof rowsOf>) => Promise<unknown>) => {
    const rows = rowsOf(makeMessages(at, at + count), messages);
    at += count;
    const began = performance.now();
    await load(rows);
    times.push(((performance.now() - began) * 1_000) / count);
  };
  const merge = (rows: ReturnType<typeof rowsOf>) =>
    database.transaction((client) => loadBatch(client, { resource, rows, rejected: 0, isOwn: true }, new Date(1_000), false));
  for (let round = 0; round < rounds; round += 1) {
    for (let batch = 0; batch < OURS; batch += 1) await take(answer, ours, merge);
    await take(answer / 2, drizzle, (rows) => upsert(database, resource, rows, PER_UPSERT));
  }
  return { ours: median(ours), drizzle: median(drizzle) };
}

const TABLES = messages.tables.map(({ table }) => nameOf(table));

async function dropForeignKeys({ database: { pool } }: SpeedWarehouse): Promise<void> {
  const { rows } = await pool.query<{ drop: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop
     from pg_constraint where contype = 'f' and conrelid = any($1::regclass[])`,
    [TABLES],
  );
  for (const { drop } of rows) await pool.query(drop);
}

/** Leaves the key of the main table and so many other indexes. */
async function dropIndexes({ database: { pool } }: SpeedWarehouse, left: number): Promise<void> {
  const { rows } = await pool.query<{ drop: string }>(
    `select format('drop index %s', indexrelid::regclass) as drop from pg_index where indrelid = $1::regclass and not indisprimary
     order by indexrelid::regclass::text offset $2`,
    [TABLES[0], left],
  );
  for (const { drop } of rows) await pool.query(drop);
}
