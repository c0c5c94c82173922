import { expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { startCli } from '../support/cli.ts';
import { type CliBench, withCliBench } from '../support/cli-bench.ts';
import { expectedTables } from '../support/oracle.ts';

const [acme, globex] = [81, 82].map((seed) => createAccount({ seed, agents: 4, days: 3, chats: 20 }));
const LIMIT = 6;

/** What a sync of one account asked for and stored, that has a budget of a few requests. */
async function sync({ env, cwd, database, simulator }: CliBench) {
  const { child, sees, ended } = startCli(['sync'], { env, cwd });
  await sees(/waiting for the budget/);
  child.kill('SIGTERM');
  const { code } = await ended;
  const { rows } = await database.pool.query('select full_name from chatrhub.agents order by 1');
  const ledger = await database.pool.query('select count(*)::int as granted from chatrhub_sync.requests');
  return { code, names: rows.map(({ full_name }) => full_name), granted: ledger.rows[0].granted, asked: simulator.requests.length };
}

it('two accounts at one time have a budget each, and nothing of one is in the database of the other', async () => {
  if (!acme || !globex) throw new Error('there are two accounts');
  const limits = { limits: `${LIMIT}/hour` };
  await withCliBench(acme, limits, async (one) =>
    withCliBench(globex, limits, async (two) => {
      const [first, second] = await Promise.all([sync(one), sync(two)]);
      expect([first, second]).toMatchObject(Array(2).fill({ code: 143, granted: LIMIT, asked: LIMIT }));
      const namesOf = (account: typeof acme) => (expectedTables(account)['chatrhub.agents'] ?? []).map(({ full_name }) => full_name).sort();
      expect([first.names.sort(), second.names.sort()]).toEqual([namesOf(acme), namesOf(globex)]);
      expect(first.names).not.toEqual(second.names);
    }),
  );
});
