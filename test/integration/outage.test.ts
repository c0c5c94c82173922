import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockedError, sqlState } from '../../src/errors.ts';
import type { RunReport } from '../../src/runs/run-report.ts';
import { createDatabase, type DatabaseOptions } from '../../src/warehouse/connection/database.ts';
import { openRun } from '../../src/warehouse/run-log.ts';
import { createWorkbench, expectWarehouse, type Opening, type Workbench } from '../support/warehouse.ts';
import { startWire, type Wire } from '../support/wire.ts';

/** One moment of birth for all: what happens in an account's last minutes depends on it. */
const ACCOUNT = { seed: 51, agents: 4, days: 2, chats: 25, now: new Date() };
/** A server that does not answer is not waited for as long as usual. */
const HASTY: DatabaseOptions = { statementTimeoutMs: 1_000, patience: { firstMs: 20_000, laterMs: 4_000 } };

let target = '';
let wire: Wire;
/** What happens when the database is found to be away. */
let whenAway = () => {};
let bench: Workbench;
const throughWire: Opening = {
  open(url) {
    target = url;
    return createDatabase(wire.through(url), { ...HASTY, onAway: () => whenAway() });
  },
};
beforeEach(async () => {
  wire = await startWire(() => target);
  whenAway = () => {};
  bench = await createWorkbench(ACCOUNT, {}, throughWire);
});
afterEach(async () => {
  await bench.close();
  await wire.close();
});

/** Does something as soon as the source has seen so many requests; the requests are answered as ever. */
function atRequest(counts: readonly number[], act: () => unknown): void {
  let seen = 0;
  bench.simulator.fail(
    () => {
      seen += 1;
      if (counts.includes(seen)) act();
      return false;
    },
    { status: 500 },
  );
}

const heldLocks = async () => {
  const { rows } = await bench.direct.pool.query<{ held: number }>(
    `select count(*)::int as held from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows[0]?.held;
};

describe('a sync goes on, and is exact in its tables and its counts,', () => {
  let undisturbed: RunReport['resources'];
  beforeEach(async () => {
    if (undisturbed) return;
    const other = await createWorkbench(ACCOUNT);
    undisturbed = (await other.sync()).resources;
    await other.close();
  });
  const expectUndisturbed = async (report: RunReport) => {
    expect(report).toMatchObject({ status: 'complete', errors: [] });
    expect(report.resources).toEqual(undisturbed);
    await expectWarehouse(bench);
  };

  it('when the database is not there for a while', async () => {
    atRequest([4, 9, 20], async () => {
      await wire.shut();
      whenAway = () => {
        whenAway = () => {};
        void wire.open();
      };
    });
    await expectUndisturbed(await bench.sync());
  });

  it('when connections are cut at a commit, which has gone through', async () => {
    let count = 0;
    atRequest([2, 5, 8, 11, 14, 17, 20], () => {
      count += 1;
      wire.cutAtCommit(2);
    });
    const report = await bench.sync();
    expect(wire.commitsCut).toBe(2 * count);
    expect(count).toBe(7);
    await expectUndisturbed(report);
  });

  it('when all its connections are half open: they take everything and answer nothing', async () => {
    atRequest([6, 15], () => wire.silence());
    await expectUndisturbed(await bench.sync());
  });

  it('when the server ends all its sessions: idle ones, one in a transaction, the one of its lock, which it takes again', async () => {
    atRequest([3, 12], () =>
      bench.direct.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chatrhub-sync' and datname = current_database()`,
      ),
    );
    let seen = 0;
    let refused: unknown;
    bench.simulator.hold(
      () => ++seen === 18,
      async () => {
        await expect.poll(heldLocks, { timeout: 20_000 }).toBe(2);
        refused = await openRun(bench.database, 'sync').catch((error: unknown) => error);
      },
    );
    await expectUndisturbed(await bench.sync());
    expect(refused).toBeInstanceOf(LockedError);
    expect(await heldLocks()).toBe(0);
  });
});

describe('a sync that another run took for dead while it had no connection', () => {
  it('writes nothing more, and asks for nothing more', async () => {
    let other: Awaited<ReturnType<typeof openRun>> | undefined;
    const direct = createDatabase(target);
    let seenThen = 0;
    atRequest([10], async () => {
      await wire.shut();
      await expect.poll(heldLocks).toBe(0);
      other = await openRun(direct, 'backfill');
      seenThen = bench.simulator.requests.length;
      await wire.open();
    });
    const report = await bench.sync();
    expect(report).toMatchObject({
      status: 'interrupted',
      errors: [{ resource: 'all', error: expect.stringContaining('another run has replaced it') }],
    });
    // Those that were under way then.
    expect(bench.simulator.requests.length - seenThen).toBeLessThanOrEqual(4);
    const { rows } = await direct.pool.query(
      `select path from chatrhub_sync.requests where run_id = $1 and loaded_at > (select started_at from chatrhub_sync.runs where run_id = $2)`,
      [report.run_id, other?.run.runId],
    );
    expect(rows).toEqual([]);
    await other?.release();
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    await expectWarehouse(bench);
    await direct.close();
  });
});

describe('a database that stays away', () => {
  it('fails the run when its patience ends; the next one goes on where it was', async () => {
    atRequest([8], () => wire.shut());
    const error: unknown = await bench.sync().catch((thrown: unknown) => thrown);
    expect(sqlState(error)).toMatch(/^(ECONNREFUSED|08006)$/);
    const seen = bench.simulator.requests.length;
    await wire.open();
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    expect(seen).toBeLessThan(12);
    const { rows } = await bench.direct.pool.query('select status from chatrhub_sync.runs order by run_id');
    expect(rows).toEqual([{ status: 'interrupted' }, { status: 'complete' }]);
    await expectWarehouse(bench);
  });
});
