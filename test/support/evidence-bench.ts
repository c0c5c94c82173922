import { afterEach } from 'vitest';
import { readOpenDoubts } from '../../src/evidence/doubts.store.ts';
import { describeDoubt, type OpenDoubt } from '../../src/evidence/doubts.ts';
import { dayOf } from '../../src/time/period.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import type { TestDatabase } from './database.ts';
import { CLIENT_ID, iso, type Records } from './scripted-records.ts';
import { type Endpoint, type ScriptedSource, startScriptedSource } from './scripted-source.ts';
import { type Comparing, compareTables, type SourceName } from './source-differences.ts';
import { createSeat, createWarehouse, type Seat } from './warehouse.ts';

/** A scripted source, an empty warehouse whose clock the test sets, and a seat between them. */
export type EvidenceBench = Seat & {
  source: ScriptedSource;
  records: Records;
  database: Database;
  direct: TestDatabase;
  now(): Date;
  /** Sets the clocks of process and database; nothing else moves them. */
  setNow(moment: Date | string): Promise<void>;
  advance(time: { days?: number; hours?: number; minutes?: number }): Promise<void>;
  /** The requests since this was last asked: their paths, of one endpoint or of all. */
  requestsSince(endpoint?: Endpoint): string[];
  /** Where the warehouse is not as the source is now, in words; nothing when it is. Chats are expected from the first sync's day on. */
  differences(names?: readonly SourceName[], options?: Comparing): Promise<string[]>;
  /** The open doubts with their sentences. */
  doubts(): Promise<(OpenDoubt & { text: string })[]>;
  /** The keys of the rows of a table that are marked as missing in the source. */
  missing(table: 'agents' | 'groups' | 'visitors' | 'chats' | 'agent_groups'): Promise<string[]>;
  /** What one statement returns, seen by the tests' own connection. */
  rows<T extends Record<string, unknown>>(text: string): Promise<T[]>;
  close(): Promise<void>;
};

const KEYS = {
  agents: 'agent_id',
  groups: 'group_id',
  visitors: 'visitor_id',
  chats: 'chat_id',
  agent_groups: `agent_id || '/' || group_id`,
};

/** What a column of ours takes for the time, bound when the tables were made: with a fake clock it is to be that one. */
const DEFAULTS = `
  do $$ declare found record; begin
    for found in select format('alter table %I.%I alter column %I set default fake.clock_timestamp()', table_schema, table_name, column_name) as text
      from information_schema.columns where table_schema = 'chatrhub_sync' and column_default like '%clock_timestamp()'
    loop execute found.text; end loop;
  end $$`;

const NOW = '2026-03-16T02:00:00Z';

/** `now`: when the first night is; `startDays`: so many days before it the first sync begins. */
export async function createEvidenceBench({ now: first = NOW, startDays = 6 } = {}): Promise<EvidenceBench> {
  let moment = new Date(first);
  const now = () => moment;
  const source = await startScriptedSource(now);
  const { database, direct, setClock, close } = await createWarehouse({ fakes: true });
  const startDate = dayOf(new Date(iso(first, -startDays * 86_400)));
  await direct.pool.query(DEFAULTS);
  const setNow = async (to: Date | string) => {
    moment = new Date(to);
    await setClock(moment);
  };
  await setNow(moment);
  let seen = 0;
  const rows: EvidenceBench['rows'] = async (text) => (await direct.pool.query(text)).rows;
  return {
    ...createSeat({ url: source.url, now, startDate }, database),
    source,
    records: source.records,
    database,
    direct,
    now,
    setNow,
    advance: ({ days = 0, hours = 0, minutes = 0 }) => setNow(iso(moment, ((days * 24 + hours) * 60 + minutes) * 60)),
    requestsSince(endpoint) {
      const asked = source.requests.slice(seen);
      seen = source.requests.length;
      return asked.filter((request) => endpoint === undefined || request.endpoint === endpoint).map(({ path }) => path);
    },
    differences: (names, options = {}) =>
      compareTables(direct.pool, source.records, now(), { from: startDate, clientId: CLIENT_ID, ...options }, names),
    doubts: async () => (await readOpenDoubts(database)).map((open) => ({ ...open, text: describeDoubt(open) })),
    missing: async (table) =>
      (
        await rows<{ key: string }>(
          `select (${KEYS[table]})::text as key from chatrhub.${table} where source_missing_since is not null order by 1`,
        )
      ).map(({ key }) => key),
    rows,
    async close() {
      await close();
      await source.close();
    },
  };
}

/** Opens a bench for each test that asks for one, and closes it when the test is over. */
export function useBench(): (options?: Parameters<typeof createEvidenceBench>[0]) => Promise<EvidenceBench> {
  const opened: EvidenceBench[] = [];
  afterEach(async () => {
    for (const bench of opened.splice(0)) await bench.close();
  });
  return async (options) => {
    const bench = await createEvidenceBench(options);
    opened.push(bench);
    return bench;
  };
}
