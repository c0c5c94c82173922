import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedTables } from '../support/oracle.ts';
import type { Row, TableName } from '../support/read-tables.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
/** What each record was like on the nights it was looked at, in order, each state once. */
const seen = new Map<string, Row[]>();

const HISTORIES = [
  ['agents', ['agent_id']],
  ['groups', ['group_id']],
  ['agent_groups', ['agent_id', 'group_id']],
  ['chats', ['chat_id']],
] as const;

/** Not of the source, or computed from what the view may not show. */
const NOT_COMPARED = ['is_inferred', 'has_feedback', 'valid_from', 'valid_until', 'is_current'];
const comparable = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([column]) => !NOT_COMPARED.includes(column)));
const keyOf = (table: string, keys: readonly string[], row: Row): string => [table, ...keys.map((key) => row[key])].join(' ');

function look(): void {
  const tables = expectedTables(bench.account);
  for (const [name, keys] of HISTORIES)
    for (const row of tables[`chatrhub.${name}` as TableName].map(comparable)) {
      const key = keyOf(name, keys, row);
      const states = seen.get(key) ?? [];
      seen.set(key, states);
      if (JSON.stringify(states.at(-1)) !== JSON.stringify(row)) states.push(row);
    }
}

beforeAll(async () => {
  bench = await createWorkbench({ seed: 81, agents: 10, days: 25, chats: 250 });
  for (let night = 1; night <= 10; night++) {
    look();
    expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
    bench.account.advance({ days: 1, hours: 3 });
  }
  bench.account.advance({ days: -1, hours: -3 });
}, 120_000);
afterAll(() => bench.close());

const historyOf = async (name: string, keys: readonly string[]): Promise<Map<string, Row[]>> => {
  const { rows } = await bench.database.pool.query<Row>(`select * from chatrhub.${name}_history order by ${keys.join(', ')}, valid_from`);
  const states = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(name, keys, row);
    states.set(key, [...(states.get(key) ?? []), row]);
  }
  return states;
};

describe('ten nights of history', () => {
  it.each(HISTORIES)('of %s are the states that the account went through, each from the moment it was changed', async (name, keys) => {
    const history = await historyOf(name, keys);
    const expected = [...seen].filter(([key]) => key.startsWith(`${name} `));
    expect(history.size).toBe(expected.length);
    for (const [key, states] of expected) {
      const actual = history.get(key) ?? [];
      const whole = (row: Row) =>
        JSON.stringify(
          Object.entries(comparable(row))
            .map(([column, value]) => [column, typeof value === 'string' && /^-?\d+\.\d+$/.test(value) ? Number(value) : value])
            .sort(),
        );
      expect(actual.map(whole), key).toEqual(states.map(whole));
      for (const [i, row] of actual.entries()) {
        expect(row.is_current).toBe(i === actual.length - 1);
        expect(row.valid_until).toEqual(actual[i + 1]?.valid_from ?? null);
        const { updated_at: updated, created_at: created } = states[i] ?? {};
        expect(row.valid_from).toEqual(updated ?? created);
      }
    }
    if (name === 'chats' || name === 'agents') expect(expected.some(([, states]) => states.length > 1)).toBe(true);
  });

  it('end with what the tables hold', async () => {
    for (const [name, keys] of HISTORIES) {
      const order = keys.join(', ');
      const current = await bench.database.pool.query<Row>(`select * from chatrhub.${name}_history where is_current order by ${order}`);
      const table = await bench.database.pool.query<Row>(`select * from chatrhub.${name} where true order by ${order}`);
      const columns = Object.keys(comparable(current.rows[0] ?? {}));
      const pick = (row: Row) => Object.fromEntries(columns.map((column) => [column, row[column]]));
      expect(current.rows.map(pick), name).toEqual(table.rows.filter((row) => row.is_inferred !== true).map(pick));
    }
  });

  it('say who was in which group when a chat happened', async () => {
    const { rows } = await bench.database.pool.query(
      `select count(*)::int as chats from chatrhub.chats c
       join chatrhub.agent_groups_history h on h.agent_id = c.agent_id and c.created_at >= h.valid_from and (c.created_at < h.valid_until or h.valid_until is null)
       where h.is_assigned`,
    );
    expect(rows[0].chats).toBeGreaterThan(10);
  });
});
