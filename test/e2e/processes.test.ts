import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { createRandom } from '../../src/simulator/account/random.ts';
import { runCli, startCli } from '../support/cli.ts';
import { withCliBench } from '../support/cli-bench.ts';
import type { TestDatabase } from '../support/database.ts';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';

/** Requests whose answers were loaded more than once. The report is no work but planning. */
const doneTwice = async ({ pool }: TestDatabase, where = 'true') =>
  (
    await pool.query(
      `select path from chatrhub_sync.requests where loaded_at is not null and path not like '%/report.json%' and ${where}
       group by path having count(*) > 1`,
    )
  ).rows;

const ledgerRows = async ({ pool }: TestDatabase): Promise<number> =>
  Number((await pool.query('select count(*) as count from chatrhub_sync.requests')).rows[0].count);

describe('a backfill of two years', () => {
  it('killed ten times at random does each piece of work once, save what was under way', { timeout: 300_000 }, async () => {
    // The clock stands still: a day that is over when one process begins is over for the next.
    const account = createAccount({ seed: 31, agents: 4, days: 730, chats: 500, snapshotMinutes: 60 });
    await withCliBench(account, { limits: '1000000/second' }, async ({ simulator, database, env, cwd, first }) => {
      const random = createRandom('kills', 31);
      const args = ['backfill', '--from', first];
      const kills = 10;
      for (let kill = 1; kill <= kills; kill++) {
        const target = simulator.requests.length + random.int(1, 40);
        const { child, ended } = startCli(args, { env, cwd });
        await expect.poll(() => simulator.requests.length, { timeout: 60_000, interval: 1 }).toBeGreaterThanOrEqual(target);
        child.kill('SIGKILL');
        expect(await ended).toMatchObject({ signal: 'SIGKILL' });
      }
      expect(await runCli(args, { env, cwd })).toMatchObject({ code: 0 });
      const { rows: statuses } = await database.pool.query('select status from chatrhub_sync.runs order by run_id');
      expect(statuses.map(({ status }) => status)).toEqual([...Array(kills).fill('interrupted'), 'complete']);

      expect(await doneTwice(database)).toEqual([]);
      const { rows: lost } = await database.pool.query(
        `select r.path from chatrhub_sync.requests r join chatrhub_sync.runs using (run_id)
         where loaded_at is null and r.path not like '%report%'`,
      );
      expect(lost.length).toBeLessThanOrEqual(4 * kills);
      // Every request that left is in the ledger; at each kill some may have been granted and not sent yet.
      const unsent = (await ledgerRows(database)) - simulator.requests.length;
      expect(unsent).toBeGreaterThanOrEqual(0);
      expect(unsent).toBeLessThanOrEqual(4 * kills);
      // The present is the sync's.
      expect(await runCli(['sync'], { env, cwd })).toMatchObject({ code: 0 });
      expect(await readTables(database.pool)).toEqual(expectedTables(account));
    });
  });
});

describe('four processes on one key', () => {
  it('never break a limit, one being killed and started again, and share the work', { timeout: 120_000 }, async () => {
    const account = createAccount({ seed: 32, agents: 5, days: 60, chats: 150 });
    await withCliBench(account, { limits: '20/1s,60/5s,150/20s' }, async ({ simulator, database, env, cwd, first }) => {
      await runCli(['migrate'], { env, cwd });
      const args = ['backfill', '--from', first, '--json'];
      const start = () => startCli(args, { env, cwd });
      const [one, two, three, victim] = [start(), start(), startCli(['sync', '--json'], { env, cwd }), start()];
      await expect.poll(() => simulator.requests.length, { timeout: 30_000, interval: 10 }).toBeGreaterThan(60);
      victim.child.kill('SIGKILL');
      await victim.ended;
      const again = start();
      for (const { ended } of [one, two, three, again]) expect(await ended).toMatchObject({ code: 0 });

      expect(simulator.requests.filter(({ status }) => status === 429)).toEqual([]);
      expect(await doneTwice(database, `resource in ('messages', 'agent_groups', 'visitors')`)).toEqual([]);
      expect((await ledgerRows(database)) - simulator.requests.length).toBeLessThanOrEqual(4);
      const { rows } = await database.pool.query<{ status: string; requests: number }>(
        `select status, requests::int from chatrhub_sync.runs order by run_id`,
      );
      expect(rows.map(({ status }) => status).sort()).toEqual(['complete', 'complete', 'complete', 'complete', 'interrupted']);
      expect(await readTables(database.pool)).toEqual(expectedTables(account));
    });
  });
});
