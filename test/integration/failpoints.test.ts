import { describe, expect, it } from 'vitest';
import { POINTS, type Point } from '../../src/failpoint.ts';
import { createRandom } from '../../src/simulator/account/random.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { dieAt } from '../support/failpoints.ts';
import { takeSeed } from '../support/seed.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

const SEED = takeSeed('kills at failpoints', 61);
const CHAINS = [0, 1, 2, 3, 4];
const KILLS = 30;
/** Points of migrations are reached once for a database; processes die there in test/e2e/failpoints.test.ts. */
const REACHED = POINTS.filter((point) => !point.startsWith('migrate'));
/** How often a run may come to a point, while that is not known. */
const UNKNOWN_HITS = 25;

const readLedger = async ({ direct }: Workbench) => {
  const { rows } = await direct.pool.query<{ granted: number; settled: number; unsettledLoads: number }>(
    `select count(*)::int as granted, count(status)::int as settled,
       count(*) filter (where loaded_at is not null and settled_at is null)::int as "unsettledLoads"
     from chatrhub_sync.requests`,
  );
  return rows[0] ?? { granted: 0, settled: 0, unsettledLoads: 0 };
};

/** Rows that all runs together say they have inserted, and rows there are. */
const countRows = async ({ direct }: Workbench) => {
  const { rows } = await direct.pool.query<{ inserted: number; stored: number }>(
    `select (select sum(rows_inserted)::int from chatrhub_sync.runs) as inserted, (select sum(n)::int from (
       select count(*) as n from chatrhub.agents union all select count(*) from chatrhub.groups
       union all select count(*) from chatrhub.agent_groups union all select count(*) from chatrhub.visitors
       union all select count(*) from chatrhub.chats union all select count(*) from chatrhub.messages
       union all select count(*) from chatrhub.agent_activities union all select count(*) from chatrhub.tasks) t) as stored`,
  );
  return rows[0] ?? { inserted: -1, stored: -2 };
};

/**
 * The evening of the next such weekday (1 is Monday), on which the number of a day's chats depends: a list of one day has to hold them. It
 * is to come, as an account whose clock is behind the database's has been asked before it spoke.
 */
function nextEvening(weekday: number): Date {
  const day = new Date();
  day.setUTCHours(18, 0, 0, 0);
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() !== weekday);
  return day;
}

const killedAt = new Map<Point, number>();
/** How often a run comes to a point, as far as it was seen. */
const most = new Map<Point, number>();

describe.each(CHAINS)('chain %i', (chain) => {
  it(`killed ${KILLS} times at steps between two effects, runs lose nothing, double nothing and send nothing unnoticed`, {
    timeout: 300_000,
  }, async () => {
    const random = createRandom('failpoints', SEED, chain);
    // Short pages and a list of chats that is cut: all that a run can come to.
    const now = nextEvening(chain + 1);
    const bench = await createWorkbench({ seed: SEED + chain, agents: 4, days: 1, chats: 4, now }, { taskPageSize: 4, chatCap: 8 });
    try {
      for (let turn = chain * KILLS, kills = 0; kills < KILLS; turn++) {
        const point = REACHED[turn % REACHED.length] as Point;
        const isSync = random.chance(0.8);
        const work = isSync ? () => bench.sync() : () => bench.backfill(addDays(dayOf(bench.account.startedAt), -1));
        const { isKilled, hits } = await dieAt(point, random.int(1, most.get(point) ?? UNKNOWN_HITS), work);
        if (isKilled) {
          kills += 1;
          killedAt.set(point, (killedAt.get(point) ?? 0) + 1);
          continue;
        }
        // It was done before it came to die: then all is there, and time goes on.
        most.set(point, Math.max(1, hits));
        if (!isSync) expect(await bench.sync(), `after ${kills} kills`).toMatchObject({ status: 'complete', errors: [] });
        await expectWarehouse(bench);
        bench.account.advance({ hours: random.int(1, 12) });
      }
      expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
      await expectWarehouse(bench);

      const { granted, settled, unsettledLoads } = await readLedger(bench);
      const seen = bench.simulator.requests.length;
      expect(unsettledLoads).toBe(0);
      // Four at a time can be granted and not sent, or sent and not settled, when a run dies.
      expect(granted).toBeGreaterThanOrEqual(seen);
      expect(seen).toBeGreaterThanOrEqual(settled);
      expect(granted - settled).toBeLessThanOrEqual(4 * KILLS);
      const { inserted, stored } = await countRows(bench);
      expect(inserted).toBe(stored);
      const { rows } = await bench.direct.pool.query('select distinct status from chatrhub_sync.runs order by 1');
      expect(rows.map(({ status }) => status)).toEqual(['complete', 'interrupted']);
    } finally {
      await bench.close();
    }
  });
});

it('every step was died at', () => {
  expect([...killedAt.keys()].sort()).toEqual([...REACHED].sort());
  process.stdout.write(`${[...killedAt.values()].reduce((a, b) => a + b)} kills\n`);
});
