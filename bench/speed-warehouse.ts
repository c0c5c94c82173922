import { resolve } from 'node:path';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { catalogue } from '../src/analytics/catalogue.ts';
import { fieldsOf, keyColumns, type Resource, type Row } from '../src/records/resource.ts';
import agents from '../src/resources/agents.ts';
import chats from '../src/resources/chats.ts';
import visitors from '../src/resources/visitors.ts';
import { createDatabase, type Database } from '../src/warehouse/connection/database.ts';
import { copyRows } from '../src/warehouse/load/copy-rows.ts';
import { loadBatch } from '../src/warehouse/load/load.ts';
import { nameOf, stagingType } from '../src/warehouse/load/merge.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { addDatabase } from './postgres.ts';
import { AGENTS, parentsOf } from './speed-data.ts';

/** What plain COPY fills: the same tables and indexes, `keyed` with the same foreign keys, `bare` without. */
type Peer = 'keyed' | 'bare';

/** A warehouse that holds the parents of so many messages, and beside it tables for plain COPY of a resource. */
export type SpeedWarehouse = {
  database: Database;
  /** COPY of the rows into the peer's tables, in one transaction. */
  copyPlain(rows: readonly Row[], peer: Peer): Promise<void>;
  /** Empties the tables of the resource, and the peers'. */
  empty(): Promise<void>;
  /** What autovacuum does within a minute on a server that lives longer. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

const SYNCED = { key: 'synced_at', column: 'synced_at', sqlType: 'timestamp with time zone' };

export async function openSpeedWarehouse(serverUrl: string, name: string, resource: Resource, messages: number): Promise<SpeedWarehouse> {
  const database = createDatabase(await addDatabase(serverUrl, name));
  const { pool, transaction } = database;
  await migrate(database, catalogue, resolve('drizzle'));
  const parents = parentsOf(messages);
  for (const [parent, rows] of [
    [agents, parents.slice(0, AGENTS)],
    [visitors, parents],
    [chats, parents],
  ] as const)
    await transaction((client) => loadBatch(client, { resource: parent, rows: [...rows], rejected: 0, isOwn: true }, new Date(0), false));
  const tables = resource.tables.map(({ table }) => table);
  const main = resource.tables[0].table;
  for (const peer of ['keyed', 'bare'] as const) for (const table of tables) await pool.query(definePeer(table, peer));
  for (const table of tables) {
    const { rows } = await pool.query<{ definition: string }>(
      `select pg_get_constraintdef(oid) as definition from pg_constraint where contype = 'f' and conrelid = $1::regclass`,
      [nameOf(table)],
    );
    // A detail refers to the main table's peer.
    const detail = new RegExp(`(\\w+\\.)?\\b${getTableConfig(main).name}\\(`);
    for (const { definition } of rows)
      await pool.query(`alter table ${peerOf(table, 'keyed')} add ${definition.replace(detail, `${peerOf(main, 'keyed')}(`)}`);
  }
  const fields = fieldsOf(resource).map((field) => ({ ...field, sqlType: stagingType(field.sqlType) }));
  return {
    database,
    copyPlain: (rows, peer) =>
      transaction(async (client) => {
        for (const [index, table] of tables.entries()) {
          const keys = new Set(keyColumns(table).map((column) => column.name));
          const columns = [...fields.filter((field) => field.table === index || keys.has(field.column)), SYNCED];
          const into = columns.map(({ column }) => column).join(', ');
          await copyRows(client, `copy ${peerOf(table, peer)} (${into}) from stdin (format binary)`, columns, rows);
        }
      }),
    async empty() {
      const all = tables.flatMap((table) => [nameOf(table), peerOf(table, 'keyed'), peerOf(table, 'bare')]);
      await pool.query(`truncate ${all.join(', ')}, chatrhub_raw.versions cascade`);
      await pool.query('checkpoint');
    },
    async settle() {
      await pool.query('vacuum analyze');
    },
    close: () => database.close(),
  };
}

const peerOf = (table: PgTable, peer: Peer): string => `${peer}_${getTableConfig(table).name}`;

const definePeer = (table: PgTable, peer: Peer): string => `create table ${peerOf(table, peer)} (like ${nameOf(table)} including all)`;
