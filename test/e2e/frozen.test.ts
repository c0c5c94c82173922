import { expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { runCli, startCli } from '../support/cli.ts';
import { withCliBench } from '../support/cli-bench.ts';
import { dyingAt } from '../support/failpoints.ts';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';

it.each(['granted', 'parse'] as const)(
  'a process that is frozen at "%s" while another one takes its place writes nothing over newer work when it goes on',
  { timeout: 120_000 },
  async (point) => {
    const account = createAccount({ seed: 55, agents: 4, days: 2, chats: 20 });
    await withCliBench(account, { limits: '1000000/second' }, async ({ simulator, database, env, cwd, first }) => {
      const settings = { ...env, SYNC_START_DATE: first };
      const frozen = startCli(['sync'], { env: { ...settings, ...dyingAt(point, 4, 'SIGSTOP') }, cwd });
      await frozen.sees(new RegExp(`dies at ${point}`));
      // What its sessions are for the server after a network that was cut, or a timeout.
      await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chatrhub-sync' and datname = current_database()`,
      );
      account.advance({ days: 1 });
      expect(await runCli(['sync'], { env: settings, cwd })).toMatchObject({ code: 0 });
      const expected = expectedTables(account);
      expect(await readTables(database.pool)).toEqual(expected);

      const seen = simulator.requests.length;
      // A slot is used for two seconds after its grant; the other process may have been quicker than that.
      const isStale = `select bool_and(granted_at < clock_timestamp() - interval '2 seconds') as stale from chatrhub_sync.requests where settled_at is null`;
      await expect.poll(async () => (await database.pool.query(isStale)).rows[0].stale ?? true, { timeout: 10_000 }).toBe(true);
      frozen.child.kill('SIGCONT');
      const { code, stdout } = await frozen.ended;
      expect({ code, isTold: stdout.includes('another run has replaced it') }).toEqual({ code: 1, isTold: true });
      expect(simulator.requests.length).toBe(seen);
      expect(await readTables(database.pool)).toEqual(expected);
      const { rows } = await database.pool.query('select status from chatrhub_sync.runs order by run_id');
      expect(rows.map(({ status }) => status)).toEqual(['interrupted', 'complete']);
    });
  },
);
