import fc from 'fast-check';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { addCoverage, addDifference, forgetCoverage, readCoverage, readDifferences } from '../../src/evidence/coverage.store.ts';
import { addDays, type Period } from '../../src/time/period.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { createWarehouse } from '../support/warehouse.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});
beforeEach(() => database.pool.query('truncate chatrhub_sync.coverage'));

const day = (number: number) => addDays('2018-06-01', number);
const period = (from: number, until: number): Period => ({ from: day(from), until: day(until) });
const add = (from: number, until: number, scope = '', resource = 'chats') =>
  database.transaction((client) => addCoverage(client, resource, scope, period(from, until)));
const covered = async (scope = '', resource = 'chats') => (await readCoverage(database, resource)).get(scope);

type Days = [from: number, until: number];

it.each<[string, Days, Days, Days[]]>([
  ['adjacent, later', [0, 5], [5, 9], [[0, 9]]],
  ['adjacent, earlier', [5, 9], [0, 5], [[0, 9]]],
  ['overlapping', [0, 6], [4, 9], [[0, 9]]],
  ['around', [3, 4], [0, 9], [[0, 9]]],
  ['within', [0, 9], [3, 4], [[0, 9]]],
  [
    'apart',
    [6, 9],
    [0, 5],
    [
      [0, 5],
      [6, 9],
    ],
  ],
])('days that are %s become the fewest ranges', async (_, first, second, expected) => {
  await add(...first);
  await add(...second);
  expect(await covered()).toEqual(expected.map(([from, until]) => period(from, until)));
});

it('a gap that is filled makes one range of three', async () => {
  for (const [from, until] of [
    [0, 2],
    [4, 6],
    [8, 9],
    [2, 8],
  ] as const)
    await add(from, until);
  expect(await covered()).toEqual([period(0, 9)]);
});

it('nothing is written when the days were covered before', async () => {
  await add(0, 9);
  const versions = async () => (await database.pool.query('select ctid::text, xmin::text from chatrhub_sync.coverage')).rows;
  const before = await versions();
  for (const [from, until] of [
    [0, 9],
    [2, 5],
    [0, 1],
    [8, 9],
  ] as const)
    await add(from, until);
  expect(await versions()).toEqual(before);
});

it('resources and scopes are told apart', async () => {
  await add(0, 5, 'agent_id=4', 'agent_activities');
  await add(5, 9, 'agent_id=5', 'agent_activities');
  await add(5, 9);
  expect(await readCoverage(database, 'agent_activities')).toEqual(
    new Map([
      ['agent_id=4', [period(0, 5)]],
      ['agent_id=5', [period(5, 9)]],
    ]),
  );
  expect(await covered()).toEqual([period(5, 9)]);
});

it('two processes that add neighbouring days at once end with one range', async () => {
  await Promise.all([0, 1, 2, 3, 4, 5].map((number) => add(number, number + 1)));
  expect(await covered()).toEqual([period(0, 6)]);
});

it('any days in any order are the same as the set of them', async () => {
  const ranges = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(ranges, async (added) => {
      await database.pool.query('truncate chatrhub_sync.coverage');
      for (const [from, days] of added) await add(from, from + days);
      const isCovered = (number: number) => added.some(([from, days]) => from <= number && number < from + days);
      const starts = Array.from({ length: 30 }, (_, i) => i).filter((i) => isCovered(i) && !isCovered(i - 1));
      const ends = Array.from({ length: 30 }, (_, i) => i).filter((i) => isCovered(i - 1) && !isCovered(i));
      expect(await covered()).toEqual(starts.map((from, i) => period(from, ends[i] ?? Number.NaN)));
    }),
    { numRuns: 30 },
  );
});

const note = (from: number, until: number, sourceTotal = 9, warehouseTotal = 7) =>
  database.transaction((client) => addDifference(client, 'chats', { period: period(from, until), sourceTotal, warehouseTotal }));
const verify = (from: number, until: number) =>
  database.transaction((client) => addCoverage(client, 'chats', '', period(from, until), { isVerified: true }));
const forget = (from: number, until: number) => database.transaction((client) => forgetCoverage(client, 'chats', period(from, until)));
const ranges = async () =>
  (
    await database.pool.query<{ from: string; until: string; total: number | null; verified: boolean }>(
      `select covered_from as "from", covered_until as "until", source_total as total, verified_at is not null as verified
       from chatrhub_sync.coverage order by 1`,
    )
  ).rows.map(({ from, until, total, verified }) => [from, until, total, verified]);

it('days that differ are covered beside the others, with both totals, until the source says that they are whole', async () => {
  await verify(0, 9);
  await note(3, 4);
  expect(await ranges()).toEqual([
    [day(0), day(3), null, true],
    [day(3), day(4), 9, true],
    [day(4), day(9), null, true],
  ]);
  expect(await covered()).toEqual([period(0, 9)]);
  expect(await readDifferences(database, 'chats')).toEqual([{ period: period(3, 4), sourceTotal: 9, warehouseTotal: 7 }]);
  await add(0, 9);
  expect(await readDifferences(database, 'chats')).toHaveLength(1);
  await verify(2, 5);
  expect(await ranges()).toEqual([[day(0), day(9), null, true]]);
});

it('totals stay with the days they are of, until others join these', async () => {
  const count = (until: number, source: number, warehouse: number) =>
    database.transaction((client) =>
      addCoverage(client, 'chats', '', period(0, until), { isVerified: true, totals: { source, warehouse } }),
    );
  await count(5, 7, 8);
  await verify(1, 3);
  expect(await ranges()).toEqual([[day(0), day(5), 7, true]]);
  expect(await readDifferences(database, 'chats')).toEqual([]);
  await count(5, 8, 8);
  expect(await ranges()).toEqual([[day(0), day(5), 8, true]]);
  await add(5, 6);
  expect(await ranges()).toEqual([[day(0), day(6), null, true]]);
});

it('days that are forgotten are missing, days that differ as a whole; what is left stays verified', async () => {
  await verify(0, 9);
  await forget(2, 3);
  await note(5, 8);
  await forget(6, 7);
  expect(await ranges()).toEqual([
    [day(0), day(2), null, true],
    [day(3), day(5), null, true],
    [day(8), day(9), null, true],
  ]);
});
