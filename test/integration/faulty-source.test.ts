import { describe, expect, it } from 'vitest';
import { parseLimits } from '../../src/budget/limits.ts';
import type { RunReport } from '../../src/runs/run-report.ts';
import { createRandom } from '../../src/simulator/account/random.ts';
import type { Fault } from '../../src/simulator/api/faults.ts';
import { takeSeed } from '../support/seed.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

const SEED = takeSeed('one answer in five is faulty', 71);
const ANY = /./;
const LISTS = /^\/(agents|groups|visitors|chats)\.json/;

/** What goes wrong, for which paths, and how often as compared with the others. */
const KINDS: readonly { fault: Fault; of?: RegExp; weight?: number }[] = [
  { fault: { status: 500, body: 'oops' } },
  { fault: { status: 502 } },
  { fault: { status: 503 } },
  { fault: { status: 503, headers: { 'retry-after': '0' } }, weight: 0.5 },
  { fault: { status: 504 } },
  { fault: { status: 429, headers: { 'retry-after': '0' } }, weight: 0.5 },
  { fault: { status: 204 } },
  { fault: { status: 200, body: '{"error": "Invalid usernames or authentication."}' } },
  { fault: { status: 200, body: '{"data": [{"id": 1, "name": "half' } },
  { fault: { status: 200, body: 'null' } },
  { fault: { status: 200, body: '{}' } },
  { fault: { status: 200, body: '[]' } },
  { fault: 'html' },
  { fault: 'empty' },
  { fault: 'truncate' },
  { fault: 'cut-chunked' },
  { fault: 'cut-gzip' },
  { fault: 'bad-gzip' },
  { fault: 'reset' },
  { fault: 'hang-headers', weight: 0.5 },
  { fault: 'hang-body', weight: 0.5 },
  { fault: 'drip', weight: 0.5 },
  // What is not asked for again, and is left for the next run: the last one ends the run.
  { fault: { redirect: 'http://127.0.0.1:1/elsewhere' }, weight: 0.5 },
  { fault: { status: 403 }, weight: 0.5 },
  { fault: { status: 404 }, of: LISTS },
  { fault: { status: 401 }, weight: 0.2 },
];

const FAULTY = 0.2;
const DAY_LIMIT = 2_000;
const MOST_RUNS = 12;

/** Lets one answer in five go wrong, in all these ways; each request draws once. Says how many did. */
function disturb({ simulator }: Workbench, seed: number): () => number {
  const random = createRandom('faulty', seed);
  const total = KINDS.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let drawn = -1;
  let faulty = 0;
  let from = 0;
  for (const [i, { fault, of = ANY, weight = 1 }] of KINDS.entries()) {
    const [lower, upper] = [from, from + (weight / total) * FAULTY];
    from = upper;
    const match = (path: string) => {
      if (i === 0) drawn = random.next();
      const isFaulty = drawn >= lower && drawn < upper && of.test(path);
      if (isFaulty) faulty += 1;
      return isFaulty;
    };
    simulator.fail(match, fault, Number.POSITIVE_INFINITY);
  }
  return () => faulty;
}

describe.each([SEED, SEED + 1, SEED + 2])('with one answer in five faulty, of all kinds at once (seed %i),', (seed) => {
  it('the warehouse becomes exact, and a tenth of the day at most is spent on asking again', { timeout: 180_000 }, async () => {
    const bench = await createWorkbench({ seed, agents: 6, days: 5, chats: 150 }, { taskPageSize: 20 });
    try {
      const countFaulty = disturb(bench, seed);
      const { sync } = bench.seat(parseLimits(`${DAY_LIMIT}/day`) ?? [], 0, 400);
      const reports: RunReport[] = [];
      while (reports.at(-1)?.status !== 'complete' && reports.length < MOST_RUNS) reports.push(await sync());
      const { rows } = await bench.database.pool.query<{ requests: number; again: number }>(
        `select count(*)::int as requests, count(*) filter (where attempt > 1)::int as again from chatrhub_sync.requests`,
      );
      const { requests = 0, again = 0 } = rows[0] ?? {};
      process.stdout.write(`seed ${seed}: ${reports.length} runs, ${requests} requests, ${countFaulty()} faulty, ${again} asked again\n`);
      expect(reports.at(-1)).toMatchObject({ status: 'complete' });
      await expectWarehouse(bench);
      expect(countFaulty() / bench.simulator.requests.length).toBeGreaterThan(0.14);
      expect(again).toBeLessThanOrEqual(0.1 * DAY_LIMIT);
      expect(requests).toBe(bench.simulator.requests.length);
    } finally {
      await bench.close();
    }
  });
});
