import { expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { runCli } from '../support/cli.ts';
import { withCliBench } from '../support/cli-bench.ts';

const account = createAccount({ seed: 3, agents: 4, days: 4, chats: 20 });
const UNLIMITED = '1000000/second';

it('only what keeps a warehouse up to date sets how its days and hours are counted, and says what changed', () =>
  withCliBench(account, { limits: UNLIMITED }, async ({ database, cwd, env, first }) => {
    const KOLKATA = { ...env, REPORTING_TIMEZONE: 'Asia/Kolkata', BUSINESS_HOURS: 'Mon 09:00-17:00' };
    const counted = async () =>
      (
        await database.pool.query(`select reporting_time_zone as zone, (select count(*)::int from chatrhub_bi.business_hours) as hours
          from chatrhub_bi.settings`)
      ).rows[0];
    const run = async (args: string[], settings: Record<string, string>) => {
      const { code, stdout, stderr } = await runCli(args, { env: settings, cwd });
      expect([args[0], code, code === 0 ? '' : stderr]).toEqual([args[0], 0, '']);
      return { stdout, stderr, isRebuilt: stderr.includes('"is_rebuild":true') };
    };

    expect((await run(['sync'], { ...KOLKATA, SYNC_START_DATE: first })).stderr).not.toContain('before');
    expect(await counted()).toEqual({ zone: 'Asia/Kolkata', hours: 1 });
    const { visitor } = (await database.pool.query('select min(visitor_id)::text as visitor from chatrhub.visitors')).rows[0];
    for (const args of [
      ['plan'],
      ['backfill', '--from', first, '--dry-run'],
      ['reconcile'],
      ['replay'],
      ['erase', '--visitor', visitor, '--yes'],
    ])
      expect([args[0], (await run(args, env)).isRebuilt, await counted()]).toEqual([args[0], false, { zone: 'Asia/Kolkata', hours: 1 }]);

    const { stdout } = await run(['migrate'], env);
    expect(stdout).toBe(
      'days are counted in UTC now, and were in Asia/Kolkata before\nbusiness hours are those of BUSINESS_HOURS now, and were others before\n',
    );
    expect(await counted()).toEqual({ zone: 'UTC', hours: 0 });
    expect((await run(['migrate'], env)).stdout).toContain('nothing to do');
    expect((await run(['sync'], KOLKATA)).stderr).toContain('days are counted in Asia/Kolkata now, and were in UTC before');
  }));
