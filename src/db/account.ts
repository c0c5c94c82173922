import type { PgTable } from 'drizzle-orm/pg-core';
import { fieldsOf, type Resource } from '../core/resource.ts';
import type { Database } from './database.ts';
import { nameOf } from './merge.ts';

/** The account's number, once an agent is known; 0 while no record has named one. */
export async function readClientId(database: Database): Promise<number | undefined> {
  const { rows } = await database.pool.query<{ client_id: number }>(
    'select client_id from chatrhub.agents order by client_id = 0, is_inferred, agent_id limit 1',
  );
  return rows[0]?.client_id;
}

/** Gives the number of the account to the records that were loaded before any record named it. */
export async function relabelAccount(database: Database, resources: readonly Resource[], clientId: number): Promise<void> {
  await database.transaction(async (client) => {
    for (const table of tablesWithAccount(resources))
      await client.query(`update ${nameOf(table)} set client_id = $1 where client_id = 0`, [clientId]);
  });
}

const tablesWithAccount = (resources: readonly Resource[]): PgTable[] =>
  resources.filter((resource) => fieldsOf(resource).some(({ key }) => key === 'client_id')).map(({ tables: [{ table }] }) => table);
