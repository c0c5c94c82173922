import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Bench, openBench } from '../support/fuzz/bench.ts';
import { CASES } from '../support/fuzz/cases.ts';
import { playMany } from '../support/fuzz/many.ts';
import { describeWrong, type Result, summarise, verdictOf } from '../support/fuzz/summary.ts';
import { takeSeed } from '../support/seed.ts';

const SEED = takeSeed('complete means equal', 2000);
const DRAWS = 12;
/** A test tells of so many draws at once. */
const BATCH = 12;
const TIMEOUT_MS = 900_000;

let databases: TestDatabase[] = [];
let benches: Bench[] = [];
const results: Result[] = [];

beforeAll(async () => {
  databases = [await createTestDatabase(inject('migratedDatabase')), await createTestDatabase(inject('migratedDatabase'))];
  benches = await Promise.all(databases.map(({ url }) => openBench(url)));
});
afterAll(async () => {
  if (results.length > 0) process.stdout.write(`${summarise(results)}\n`);
  for (const bench of benches) await bench.close();
  for (const database of databases) await database.drop();
});

const wrongOf = (played: readonly Result[]): string[] => played.filter((result) => verdictOf(result) === 'wrong').map(describeWrong);

describe('a run that says complete has all that the source shows, and one that has not says what it lacks', () => {
  it('where the source is as documented and nothing goes wrong: every time', { timeout: TIMEOUT_MS }, async () => {
    const played = await playMany(benches, { seed: SEED, draws: 5, names: [], isCalm: true });
    expect(played.map(verdictOf)).toEqual(Array.from({ length: 5 }, () => 'exact'));
  });

  it.each(Array.from({ length: DRAWS / BATCH }, (_, batch) => SEED + batch * BATCH))(
    `in ${BATCH} draws from seed %i on`,
    { timeout: TIMEOUT_MS },
    async (seed) => {
      const played = await playMany(benches, { seed, draws: BATCH });
      results.push(...played);
      expect(wrongOf(played).join('\n')).toBe('');
    },
  );

  it.each(CASES)('in the draw of seed $seed with $switches: $why', { timeout: TIMEOUT_MS }, async ({ seed, switches }) => {
    expect(wrongOf(await playMany(benches, { seed, draws: 1, names: switches })).join('\n')).toBe('');
  });
});
