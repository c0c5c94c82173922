import { describe, expect, it } from 'vitest';
import { POINTS } from '../../src/failpoint.ts';
import { createAccount } from '../../src/simulator/account/account.ts';
import { createRandom } from '../../src/simulator/account/random.ts';
import { runCli } from '../support/cli.ts';
import { withCliBench } from '../support/cli-bench.ts';
import { dyingAt, ENDS, type End } from '../support/failpoints.ts';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';
import { takeSeed } from '../support/seed.ts';

const SEED = takeSeed('processes that die at failpoints', 62);
const random = createRandom('processes', SEED);

/** How a process may end that met its end at a point; a signal may come too late to be heard. */
const ENDED: Record<End, (ended: { code: number | null; signal: string | null }) => boolean> = {
  throw: ({ code }) => code === 1,
  SIGTERM: ({ code }) => code === 143,
  SIGKILL: ({ signal }) => signal === 'SIGKILL',
};

describe('a process that ends', () => {
  it(`at every step between two effects, by ${ENDS.join(', ')} in turn, and is started again, has lost and doubled nothing`, {
    timeout: 300_000,
  }, async () => {
    const account = createAccount({ seed: SEED, agents: 4, days: 2, chats: 14 });
    await withCliBench(
      account,
      { limits: '1000000/second', oddities: { taskPageSize: 3, chatCap: 6 } },
      async ({ simulator, database, env, cwd, first }) => {
        const settings = { ...env, SYNC_START_DATE: first, LOG_LEVEL: 'silent' };
        const died: string[] = [];
        // The schemas are made once.
        const order = POINTS.filter((point) => !point.startsWith('migrate')).sort(() => random.next() - 0.5);
        for (const [i, point] of (['migrate', 'migrated', ...order] as const).entries()) {
          const end = ENDS[i % ENDS.length] as End;
          const hit = point.startsWith('migrate') ? 1 : random.int(1, 2);
          const ended = await runCli(['sync'], { env: { ...settings, ...dyingAt(point, hit, end) }, cwd });
          if (ended.stderr.includes(`dies at ${point}`)) {
            died.push(point);
            expect({ point, end, ended, isSo: ENDED[end](ended) }).toMatchObject({ isSo: true });
          } else {
            expect(ended).toMatchObject({ code: 0 });
            account.advance({ hours: 3 });
          }
        }
        expect(died.length).toBeGreaterThan(POINTS.length / 2);
        expect(await runCli(['sync'], { env: settings, cwd })).toMatchObject({ code: 0 });
        expect(await readTables(database.pool)).toEqual(expectedTables(account));
        const { rows } = await database.pool.query(
          `select count(*)::int as granted, count(status)::int as settled, (select sum(rows_inserted)::int from chatrhub_sync.runs) as inserted
           from chatrhub_sync.requests`,
        );
        expect(rows[0].granted).toBeGreaterThanOrEqual(simulator.requests.length);
        expect(rows[0].granted - rows[0].settled).toBeLessThanOrEqual(4 * died.length);
        process.stdout.write(`died at ${died.length} points\n`);
      },
    );
  });
});
