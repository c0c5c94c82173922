import { getTableColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { fieldsOf, keyColumns, type Resource } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { isReal, nameOf } from '../warehouse/load/merge.ts';
import { storeJudgement } from './doubts.store.ts';
import { type About, type Doubt, doubt } from './doubts.ts';
import { readFact, rememberFact } from './facts.store.ts';

/** The fact that says which account this is. */
const ACCOUNT = 'account';

/** The account's number; undefined while no run has found it out. */
export async function readClientId(database: Database): Promise<number | undefined> {
  const account = await readFact(database, ACCOUNT);
  return account === undefined ? undefined : Number(account);
}

/**
 * Finds out at the end of a run which account this is, unless it is known: what most of its records say. Records that named none were
 * loaded as of account 0, and get the number; those of another number are rejected, and are in doubt once.
 */
export async function settleAccount(database: Database, runId: number): Promise<void> {
  const aboutOthers = ({ name }: Resource): About => ({ resource: name, claim: `${name} account`, subject: 'records of another account' });
  if ((await readClientId(database)) !== undefined) {
    await storeJudgement(
      database.pool,
      runId,
      withAccount.map((resource) => aboutOthers(resource).claim),
      [],
    );
    return;
  }
  const { rows } = await database.pool.query<{ id: number; count: number }>(
    `select client_id as id, sum(count)::int as count from (${withAccount
      .map((resource) => `select client_id, count(*) from ${nameOf(mainOf(resource))} where ${isReal(mainOf(resource))} group by 1`)
      .join(' union all ')}) c where client_id <> 0 group by 1 order by 2 desc, 1`,
  );
  const [account, ...others] = rows;
  if (!account) return;
  await database.transaction(async (client) => {
    const doubts: Doubt[] = [];
    for (const resource of [...withAccount].reverse()) {
      const refused = others.length > 0 ? await refuseOthers(client, runId, resource, account.id) : 0;
      if (refused > 0) doubts.push(doubt(aboutOthers(resource), 'records_refused', { refused, received: refused }));
      await relabel(client, resource, account.id);
    }
    await storeJudgement(client, runId, [], doubts);
  });
  await rememberFact(database, ACCOUNT, String(account.id), `${account.count} records are of it, ${others.length} other numbers were seen`);
}

/** Gives records that named no account its number. A table that holds none is not locked: somebody else may have done so. */
async function relabel(client: Client, resource: Resource, account: number): Promise<void> {
  const ofNone = `from ${nameOf(mainOf(resource))} where client_id = 0`;
  const { rows } = await client.query<{ some: boolean }>(`select exists (select ${ofNone}) as some`);
  if (rows[0]?.some) await client.query(`update ${nameOf(mainOf(resource))} set client_id = $1 where client_id = 0`, [account]);
}

const mainOf = ({ tables: [{ table }] }: Resource): PgTable => table;

const withAccount = resources.filter((resource) => fieldsOf(resource).some(({ key, table }) => key === 'client_id' && table === 0));

/** Keeps the records of other accounts aside: what others refer to stays as a stub. Returns how many there were. */
async function refuseOthers(client: Client, runId: number, resource: Resource, account: number): Promise<number> {
  const main = mainOf(resource);
  const keys = keyColumns(main).map(({ name }) => `t."${name}"`);
  const recordKey = `concat_ws('/', ${keys.join(', ')})`;
  const isOther = `client_id not in (0, $1::bigint) and ${isReal(main)}`;
  const { rowCount } = await client.query(
    `insert into chatrhub_sync.rejected_records (run_id, first_run_id, resource, record_key, reason)
     select $2::bigint, $2::bigint, '${resource.name}', ${recordKey}, 'belongs to account ' || client_id || ', not to ' || $1::bigint
     from ${nameOf(main)} t where ${isOther} on conflict do nothing`,
    [account, runId],
  );
  if (!rowCount) return 0;
  await client.query(
    `delete from chatrhub_raw.versions v using ${nameOf(main)} t where v.resource = '${resource.name}' and v.record_key = ${recordKey} and ${isOther}`,
    [account],
  );
  for (const { table } of resource.tables.slice(1)) {
    const key = keyColumns(table)[0]?.name;
    await client.query(`delete from ${nameOf(table)} d using ${nameOf(main)} t where d."${key}" = t."${key}" and ${isOther}`, [account]);
  }
  if (!('isInferred' in getTableColumns(main))) {
    await client.query(`delete from ${nameOf(main)} t where ${isOther}`, [account]);
    return rowCount;
  }
  const emptied = Object.values(getTableColumns(main))
    .filter(({ notNull, generated }) => !notNull && !generated)
    .map(({ name }) => `"${name}" = null`);
  await client.query(`update ${nameOf(main)} t set ${emptied.join(', ')}, client_id = $1, is_inferred = true where ${isOther}`, [account]);
  return rowCount;
}
