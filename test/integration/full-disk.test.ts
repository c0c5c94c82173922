import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../../src/embedded/embedded-postgres.ts';
import { makeDataDir, removeEmbedded } from '../support/postgres.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

/** How there comes to be no room for messages, and room again. `adminUrl`: the server that this can be done to, if not any. */
type Way = { adminUrl?: string; fill(bench: Workbench): Promise<unknown>; clear(bench: Workbench): Promise<unknown> };

const RAISED: Way = {
  fill: ({ direct }) =>
    direct.pool.query(`create function meddle() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
      create trigger meddle before insert on chatrhub.messages for each row execute function meddle()`),
  clear: ({ direct }) => direct.pool.query('drop trigger meddle on chatrhub.messages'),
};

/** A server of its own with messages on a disk of their own. */
const dataDir = await makeDataDir();
const { url: adminUrl } = await startEmbedded({ dataDir });
const disk = mountSmallDisk((await stat(join(dataDir, 'postgres'))).uid);
const onDisk = (small: SmallDisk): Way => ({
  adminUrl,
  async fill({ direct }) {
    await direct.pool.query(`create tablespace small location '${small.path}'`);
    await direct.pool.query('alter table chatrhub.messages set tablespace small');
    small.fill();
  },
  clear: async () => small.clear(),
});
// Only who may mount has such a disk; the other way is everybody's.
const WAYS: [string, Way][] = [
  ['an error as of a full disk', RAISED],
  ...(disk ? [['a disk without room', onDisk(disk)] as [string, Way]] : []),
];
process.stdout.write(`row 67: ${disk ? 'with a disk that is full' : 'no disk can be mounted here: by the error of a full one'}\n`);

afterAll(async () => {
  await removeEmbedded(dataDir);
  disk?.remove();
});

describe('row 67: a sync whose database has a full disk', () => {
  it.each(WAYS)('stops, says so, and loses nothing: %s', async (_, way) => {
    const bench = await createWorkbench({ seed: 53, agents: 4, days: 2, chats: 25 }, {}, way.adminUrl ? { adminUrl: way.adminUrl } : {});
    try {
      await way.fill(bench);
      const report = await bench.sync();
      expect(report).toMatchObject({ status: 'failed' });
      expect(report.errors.at(-1)?.error).toMatch(/could not extend file.* - the disk of the database is full: make room/);
      const asked = bench.requestsSince().filter((path) => path.startsWith('/messages'));
      expect(asked.length).toBeLessThanOrEqual(4);
      await way.clear(bench);
      expect(await bench.sync()).toMatchObject({ status: 'complete' });
      await expectWarehouse(bench);
    } finally {
      await bench.close();
    }
  });
});
