import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await createWorkbench({ seed: 104, agents: 4, days: 1, chats: 4 });
});
afterEach(() => bench.close());

/** PostgreSQL cuts a name after 63 bytes. */
const LONG = 'n'.repeat(63);
const NAMES = [
  '"; drop table chatrhub.agents; --',
  `'; drop schema chatrhub cascade; --`,
  '$1',
  '--',
  '*/',
  '\\',
  '%s',
  'n'.repeat(70),
  `${LONG}-one`,
  `${LONG}-other`,
  `${'ü'.repeat(32)}a`,
  `${'ü'.repeat(32)}b`,
  'select',
  'Agent_ID',
  ' agent_id ',
  'synced_at',
  'isInferred',
];

const columns = async () => {
  const { rows } = await bench.database.pool.query(
    `select table_schema, table_name, column_name from information_schema.columns where table_schema like 'chatrhub%' order by 1, 2, 3`,
  );
  return rows;
};

it('row 104: attributes with hostile names make no column and no SQL: each is kept, counted and told by its own name', async () => {
  const response = await fetch(`${bench.simulator.url}/agents.json`, { headers: { authorization: 'Bearer test-key' } });
  const { data } = (await response.json()) as { data: { id: number; attributes: object }[] };
  const hostile = Object.fromEntries(NAMES.map((name, i) => [name, `value ${i}`]));
  const body = JSON.stringify({ data: data.map((record) => ({ ...record, attributes: { ...record.attributes, ...hostile } })) });
  const before = await columns();
  for (const run of [1, 2]) {
    bench.simulator.fail((path) => path === '/agents.json', { status: 200, body });
    expect(await bench.sync({ only: ['agents'] })).toMatchObject({ status: 'complete', errors: [] });
    const { rows } = await bench.database.pool.query<{ undeclared: Record<string, number> }>(
      `select undeclared -> 'agents' as undeclared from chatrhub_sync.runs where run_id = $1`,
      [run],
    );
    expect(rows[0]?.undeclared).toEqual(Object.fromEntries(NAMES.map((name) => [name, data.length])));
  }
  const { rows: kept } = await bench.database.pool.query<{ attributes: object }>(
    `select attributes from chatrhub_raw.record_versions where resource = 'agents'`,
  );
  expect(kept).toHaveLength(data.length);
  for (const { attributes } of kept) expect(attributes).toMatchObject(hostile);
  const { rows: stored } = await bench.database.pool.query(`select distinct client_id, is_inferred from chatrhub.agents`);
  expect(stored).toEqual([{ client_id: bench.account.clientId, is_inferred: false }]);
  expect(await columns()).toEqual(before);
});
