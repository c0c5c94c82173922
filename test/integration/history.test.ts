import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedTables } from '../support/oracle.ts';
import type { Row, TableName } from '../support/read-tables.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
/** What each record was like on the nights it was looked at, in order, each state once, and when it was found to be gone, and back. */
type Seen = { states: Row[]; absences: { from: Date; until: Date | null }[] };
const seen = new Map<string, Seen>();

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
  const [tables, now] = [expectedTables(bench.account), bench.account.now()];
  for (const [name, keys] of HISTORIES) {
    // An agent who was never listed is not asked about.
    const asked = tables[`chatrhub.${name}` as TableName].filter((row) => name !== 'agent_groups' || seen.has(`agents ${row.agent_id}`));
    const rows = new Map(asked.map((row) => [keyOf(name, keys, row), comparable(row)]));
    for (const [key, row] of rows) {
      const record = seen.get(key) ?? { states: [], absences: [] };
      seen.set(key, record);
      if (JSON.stringify(record.states.at(-1)) !== JSON.stringify(row)) record.states.push(row);
      const away = record.absences.at(-1);
      if (away?.until === null) away.until = now;
    }
    for (const [key, { absences }] of seen) {
      // The empty list of an agent counts, as a second look agrees.
      const isGone = key.startsWith(`${name} `) && !rows.has(key) && rows.size > 0;
      if (isGone && absences.at(-1)?.until !== null) absences.push({ from: now, until: null });
    }
  }
}

type Stay = { row: Row; from: Date; until: Date | null };

/** The states of a record, each as long as it held, without the time in which no list had it. */
function staysOf({ states, absences }: Seen): Stay[] {
  const began = (row: Row | undefined) => (row?.updated_at ?? row?.created_at ?? null) as Date | null;
  let stays = states.map((row, i): Stay => ({ row, from: began(row) as Date, until: began(states[i + 1]) }));
  for (const { from, until } of absences)
    stays = stays.flatMap((stay) => {
      const before = stay.from < from ? [{ ...stay, until: stay.until && stay.until < from ? stay.until : from }] : [];
      const after = until && (stay.until === null || stay.until > until) ? [{ ...stay, from: stay.from > until ? stay.from : until }] : [];
      return [...before, ...after];
    });
  return stays;
}

beforeAll(async () => {
  const now = new Date('2040-02-01T03:00:00Z');
  bench = await createWorkbench({ seed: 81, agents: 10, days: 25, chats: 250, now, isRestless: true }, {}, { fakes: true });
  for (let night = 1; night <= 10; night++) {
    look();
    await bench.setClock();
    // Each night's lists are whole: a link that changes twice in a week is seen twice.
    await bench.database.pool.query(`delete from chatrhub_sync.requests where resource = 'agent_groups'`);
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
    for (const [key, record] of expected) {
      const actual = history.get(key) ?? [];
      const stays = staysOf(record);
      const whole = (row: Row) =>
        JSON.stringify(
          Object.entries(comparable(row))
            .map(([column, value]) => [column, typeof value === 'string' && /^-?\d+\.\d+$/.test(value) ? Number(value) : value])
            .sort(),
        );
      expect(actual.map(whole), key).toEqual(stays.map(({ row }) => whole(row)));
      const times = actual.map(({ valid_from, valid_until, is_current }) => ({ valid_from, valid_until, is_current }));
      expect(times, key).toEqual(stays.map(({ from, until }) => ({ valid_from: from, valid_until: until, is_current: until === null })));
    }
  });

  it('hold changes, records that went, and some that came back', () => {
    const records = [...seen.values()];
    const returned = records.filter(({ absences }) => absences.some(({ until }) => until !== null));
    expect(records.filter(({ states }) => states.length > 1).length).toBeGreaterThan(20);
    expect(returned.length).toBeGreaterThan(2);
    expect(records.filter(({ absences }) => absences.at(-1)?.until === null).length).toBeGreaterThan(2);
  });

  it('end with what the tables hold', async () => {
    for (const [name, keys] of HISTORIES) {
      const order = keys.join(', ');
      const current = await bench.database.pool.query<Row>(`select * from chatrhub.${name}_history where is_current order by ${order}`);
      const table = await bench.database.pool.query<Row>(
        `select * from chatrhub.${name} where source_missing_since is null order by ${order}`,
      );
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
