import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Day, dayOf } from '../../src/core/period.ts';
import { POINTS, type Point } from '../../src/failpoint.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { dieAt } from '../support/failpoints.ts';
import { takeSeed } from '../support/seed.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

const SEED = takeSeed('kills at failpoints', 61);
const random = createRandom('failpoints', SEED);
const KILLS = 250;
/** Points of migrations are reached once for a database; processes die there in test/e2e/failpoints.test.ts. */
const REACHED = POINTS.filter((point) => !point.startsWith('migrate'));

let bench: Workbench;
beforeAll(async () => {
  // Short pages and a list of chats that is cut: all that a run can come to.
  bench = await createWorkbench({ seed: SEED, agents: 4, days: 2, chats: 14 }, { taskPageSize: 3, chatCap: 6 });
});
afterAll(() => bench.close());

/** All points in turn, each at its first, second, ... hit; from the first again when a run did not come to that. */
function* plan(most: ReadonlyMap<Point, number>): Generator<{ point: Point; hit: number }> {
  for (let turn = 0; ; turn++) {
    const round = REACHED.map((point) => ({ point, order: random.next() })).sort((a, b) => a.order - b.order);
    for (const { point } of round) yield { point, hit: 1 + (turn % (most.get(point) ?? turn + 1)) };
  }
}

const ledger = async () =>
  (
    await bench.direct.pool.query<{ granted: number; settled: number; unsettledLoads: number }>(
      `select count(*)::int as granted, count(status)::int as settled,
         count(*) filter (where loaded_at is not null and settled_at is null)::int as "unsettledLoads"
       from chatrhub_sync.requests`,
    )
  ).rows[0];

const countRows = async () => {
  const { rows } = await bench.direct.pool.query<{ inserted: number; stored: number }>(
    `select (select sum(rows_inserted)::int from chatrhub_sync.runs) as inserted, (select sum(n)::int from (
       select count(*) as n from chatrhub.agents union all select count(*) from chatrhub.groups
       union all select count(*) from chatrhub.agent_groups union all select count(*) from chatrhub.visitors
       union all select count(*) from chatrhub.chats union all select count(*) from chatrhub.messages
       union all select count(*) from chatrhub.agent_activities union all select count(*) from chatrhub.tasks) t) as stored`,
  );
  return rows[0];
};

it(`killed ${KILLS} times, at every step between two effects, runs lose nothing, double nothing and send nothing unnoticed`, {
  timeout: 300_000,
}, async () => {
  const first: Day = dayOf(bench.account.startedAt);
  const killedAt = new Map<Point, number>();
  let kills = 0;
  let whole = 0;
  const most = new Map<Point, number>();
  for (const { point, hit } of plan(most)) {
    const work = random.chance(0.8) ? () => bench.sync() : () => bench.backfill(first);
    if (await dieAt(point, hit, work)) {
      kills += 1;
      killedAt.set(point, (killedAt.get(point) ?? 0) + 1);
    } else {
      // It was done before it came to die: then all is there, and time goes on.
      whole += 1;
      most.set(point, Math.max(1, hit - 1));
      expect(await bench.sync(), `after ${kills} kills`).toMatchObject({ status: 'complete', errors: [] });
      await expectWarehouse(bench);
      bench.account.advance({ hours: random.int(1, 6) });
    }
    if (kills === KILLS) break;
  }
  expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
  await expectWarehouse(bench);

  expect([...killedAt.keys()].sort()).toEqual([...REACHED].sort());
  expect(whole).toBeGreaterThan(0);
  const { granted = 0, settled = 0, unsettledLoads } = (await ledger()) ?? {};
  const seen = bench.simulator.requests.length;
  expect(unsettledLoads).toBe(0);
  // Four at a time can be granted and not sent, or sent and not settled, when a run dies.
  expect(granted).toBeGreaterThanOrEqual(seen);
  expect(seen).toBeGreaterThanOrEqual(settled);
  expect(granted - settled).toBeLessThanOrEqual(4 * kills);
  const { inserted, stored } = (await countRows()) ?? {};
  expect(inserted).toBe(stored);
  const { rows } = await bench.direct.pool.query('select distinct status from chatrhub_sync.runs order by 1');
  expect(rows.map(({ status }) => status)).toEqual(['complete', 'interrupted']);
});
