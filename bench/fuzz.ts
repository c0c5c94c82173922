import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from '../src/analytics/catalogue.ts';
import { createDatabase } from '../src/warehouse/connection/database.ts';
import { migrate } from '../src/warehouse/schema/migrate.ts';
import { openBench } from '../test/support/fuzz/bench.ts';
import { playMany } from '../test/support/fuzz/many.ts';
import { describeWrong, summarise, verdictOf } from '../test/support/fuzz/summary.ts';
import { addDatabase, withPostgres } from './postgres.ts';

/*
 * Draws sources, faults and nights for as long as one likes, and says of each that is wrong how to see it again. Exit code 1 when one is.
 * `npm run fuzz -- --draws 20000 [--seed 1]`; `--with "name: label"`, as often as one likes, sets the switches instead of drawing
 * them, and `--with none` sets none; `--also "name: label"` sets a switch besides those that are drawn.
 */
const { values } = parseArgs({
  options: {
    draws: { type: 'string', default: '200' },
    seed: { type: 'string' },
    with: { type: 'string', multiple: true },
    also: { type: 'string', multiple: true, default: [] },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000));
const draws = Number(values.draws);
const LANES = 4;
process.stdout.write(`--seed ${seed} --draws ${draws}\n`);

await withPostgres(async (serverUrl) => {
  const benches = await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const url = await addDatabase(serverUrl, `fuzz_${lane}`);
      const database = createDatabase(url);
      await migrate(database, catalogue, resolve('drizzle')).finally(() => database.close());
      return openBench(url);
    }),
  );
  const results = await playMany(
    benches,
    { seed, draws, names: values.with?.filter((name) => name !== 'none'), also: values.also },
    (result) => {
      if (verdictOf(result) === 'wrong') process.stdout.write(`${describeWrong(result)}\n`);
    },
  );
  process.stdout.write(`${summarise(results)}\n`);
  if (results.some((result) => verdictOf(result) === 'wrong')) process.exitCode = 1;
  for (const bench of benches) await bench.close();
});
