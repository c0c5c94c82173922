import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded, stopEmbedded } from '../../src/embedded/embedded-postgres.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { makeDataDir, removeEmbedded } from '../support/postgres.ts';
import { createWorkbench, expectWarehouse } from '../support/warehouse.ts';
import { startWire, type Wire } from '../support/wire.ts';

/** A server of its own, which can be stopped. */
let dataDir = '';
let adminUrl = '';
let wire: Wire;
beforeAll(async () => {
  dataDir = await makeDataDir();
  ({ url: adminUrl } = await startEmbedded({ dataDir }));
  // The server may come back on another port.
  wire = await startWire(() => adminUrl);
  return async () => {
    await wire.close();
    await removeEmbedded(dataDir);
  };
});

const restart = async () => {
  ({ url: adminUrl } = await startEmbedded({ dataDir }));
};

const kill = async () => {
  const [pid] = (await readFile(join(await realpath(join(dataDir, 'postgres')), 'postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
};

describe('a sync whose database server', () => {
  it.each([
    ['is restarted', () => stopEmbedded(dataDir)],
    ['is killed, and started again', kill],
  ])('%s goes on: what was committed is there, the rest is done again', async (_, end) => {
    const bench = await createWorkbench(
      { seed: 52, agents: 4, days: 2, chats: 25 },
      {},
      { adminUrl, open: (url) => createDatabase(wire.through(url)) },
    );
    try {
      let seen = 0;
      let restarted: Promise<void> | undefined;
      bench.simulator.fail(
        () => {
          seen += 1;
          if (seen === 12) restarted = end().then(restart);
          return false;
        },
        { status: 500 },
      );
      const report = await bench.sync();
      expect(report).toMatchObject({ status: 'complete', errors: [] });
      await restarted;
      expect(seen).toBeGreaterThan(20);
      await expectWarehouse(bench);
      // Nothing is sent with a slot for which the database was waited for too long (it is settled), nor with one whose grant was
      // committed and whose answer was cut off (it counts until its deadline).
      const { rows } = await bench.database.pool.query(
        `select count(loaded_at)::int as loaded, count(*) filter (where loaded_at is null and status is not null)::int as lost
         from chatrhub_sync.requests`,
      );
      expect(rows).toEqual([{ loaded: seen, lost: 0 }]);
    } finally {
      await bench.close();
    }
  });
});
