import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { PgTable } from 'drizzle-orm/pg-core';
import { keyColumns, type Resource, type Row } from '../src/records/resource.ts';
import type { Database } from '../src/warehouse/connection/database.ts';

/** What drizzle's documentation shows: `insert ... on conflict do update` of so many rows, all columns set. */
export async function upsert(database: Database, { tables }: Resource, rows: readonly Row[], size: number): Promise<void> {
  await database.transaction(async (client) => {
    const transaction = drizzle(client);
    for (let i = 0; i < rows.length; i += size)
      for (const { table } of tables) {
        const target = keyColumns(table);
        const columns = Object.entries(getTableColumns(table)).filter(([key]) => key !== 'id' && key in (rows[0] ?? {}));
        const set: Record<string, SQL> = Object.fromEntries(columns.map(([key, { name }]) => [key, sql.raw(`excluded."${name}"`)]));
        const values = rows.slice(i, i + size).map((row) => ({ ...row, syncedAt: new Date(0) }));
        await transaction
          .insert(table as PgTable)
          .values(values)
          .onConflictDoUpdate({ target, set });
      }
  });
}
