import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { runCli, startCli } from '../support/cli.ts';
import { withCliBench } from '../support/cli-bench.ts';

const UNLIMITED = { limits: '1000000/second' };
const ORDER = ['agents', 'groups', 'chats', 'tasks', 'agent_activities', 'messages', 'agent_groups', 'visitors'];
const account = createAccount({ seed: 41, agents: 4, days: 50, chats: 120 });
const total = (requests: Record<string, number>) => Object.values(requests).reduce((sum, count) => sum + count, 0);

describe('chatrhub-sync backfill', () => {
  it('--dry-run says what it would take, loads nothing, and is right', () =>
    withCliBench(account, UNLIMITED, async ({ simulator, database, env, cwd, first }) => {
      const { code, stdout } = await runCli(['backfill', '--from', first, '--dry-run', '--json'], { env, cwd });
      const plan = JSON.parse(stdout);
      expect(code).toBe(0);
      expect(Object.keys(plan)).toEqual(['requests', 'total', 'duration_seconds', 'finishes_at']);
      expect(new Set(Object.keys(plan.requests))).toEqual(new Set(ORDER));
      expect(plan.total).toBe(total(plan.requests));
      expect(plan).toMatchObject({ duration_seconds: 0, finishes_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
      // The report; the agents, as none is known; and the newest chats, which tell how they fall on visitors.
      expect(simulator.requests.map(({ path }) => path.split('?')[0])).toEqual(['/chats/report.json', '/agents.json', '/chats.json']);
      const { rows } = await database.pool.query(
        'select (select count(*)::int from chatrhub.chats) + (select count(*)::int from chatrhub_sync.runs) as loaded',
      );
      expect(rows).toEqual([{ loaded: 0 }]);

      const done = await runCli(['backfill', '--from', first, '--json'], { env, cwd });
      expect(done.code).toBe(0);
      const report = JSON.parse(done.stdout);
      expect(report).toMatchObject({ command: 'backfill', status: 'complete', errors: [] });
      expect(Math.abs(report.requests - plan.total) / report.requests).toBeLessThan(0.05);
      const again = JSON.parse((await runCli(['backfill', '--from', first, '--dry-run', '--json'], { env, cwd })).stdout);
      // The account lives by the real clock: a chat that ended just now is asked for once more.
      const { rows: late } = await database.pool.query(
        'select count(*)::int as chats from chatrhub_sync.chat_fetches where not is_settled',
      );
      expect(again.total).toBe(late[0].chats);
      expect((await runCli(['backfill', '--from', first, '--refresh', '--dry-run'], { env, cwd })).stdout).toMatch(/messages +\d\d/);
    }));

  it('stopped by Ctrl-C commits what was fetched and says how to go on', () =>
    withCliBench(account, { limits: '12/hour' }, async ({ database, env, cwd, first }) => {
      const { child, ended, sees } = startCli(['backfill', '--from', first, '--only', 'chats,messages'], { env, cwd });
      await sees(/waiting for the budget/);
      child.kill('SIGINT');
      const { code, stdout } = await ended;
      expect(code).toBe(130);
      expect(stdout).toMatch(
        new RegExp(`To continue: chatrhub-sync backfill --from ${first} --to \\d{4}-\\d\\d-\\d\\d --only chats,messages`),
      );
      const { rows } = await database.pool.query('select count(*)::int as chats from chatrhub.chats where messages_synced_at is not null');
      expect(rows[0].chats).toBeGreaterThan(8);
    }));

  it('stops cleanly when its time is used up', () =>
    withCliBench(account, { limits: '12/hour' }, async ({ env, cwd, first }) => {
      const { code, stdout } = await runCli(['backfill', '--from', first, '--max-duration', '3s', '--json'], { env, cwd });
      expect({ code, status: JSON.parse(stdout).status }).toEqual({ code: 0, status: 'incomplete' });
      expect(total(JSON.parse(stdout).backlog)).toBeGreaterThan(10);
    }));

  it.each([
    [['backfill'], '--from'],
    [['backfill', '--from', '2018-02-30'], 'YYYY-MM-DD'],
    [['backfill', '--from', 'yesterday'], 'YYYY-MM-DD'],
    [['backfill', '--from', '2018-02-01', '--to', '2018-01-01'], 'later than --to 2018-01-01'],
    [['backfill', '--from', '2100-01-01'], 'a sync reads what is newer'],
    [['backfill', '--from', '2018-02-01', '--only', 'tickets'], 'agent_activities'],
    [['plan', '--to', '2018-02-01'], '--to needs --from'],
  ])('%j is refused with what is allowed', (args, says) =>
    withCliBench(account, UNLIMITED, async ({ simulator, env, cwd }) => {
      const { code, stderr } = await runCli(args, { env, cwd });
      expect({ code, says: stderr.includes(says), requests: simulator.requests.length }).toEqual({ code: 2, says: true, requests: 0 });
    }),
  );
});

describe('chatrhub-sync plan', () => {
  it('says what the next sync would take, before the first one and after it', () =>
    // Of few chats, what cannot be foreseen (an agent without a snapshot on the first day is asked about it again) is more than a share.
    withCliBench(createAccount({ seed: 41, agents: 4, days: 50, chats: 300 }), UNLIMITED, async ({ env, cwd, first }) => {
      const settings = { env: { ...env, SYNC_START_DATE: first }, cwd };
      const plan = JSON.parse((await runCli(['plan', '--json'], settings)).stdout);
      const report = JSON.parse((await runCli(['sync', '--json'], settings)).stdout);
      expect(report.status).toBe('complete');
      expect(Math.abs(report.requests - plan.total) / report.requests).toBeLessThan(0.05);
      const next = JSON.parse((await runCli(['plan', '--json'], settings)).stdout);
      const second = JSON.parse((await runCli(['sync', '--json'], settings)).stdout);
      expect(Math.abs(second.requests - next.total)).toBeLessThanOrEqual(2);
    }));

  it('does not wait for hours to ask a question, and says what it does not know', () =>
    withCliBench(account, { limits: '3/hour' }, async ({ env, cwd, first }) => {
      const settings = { env: { ...env, SYNC_START_DATE: first }, cwd };
      expect((await runCli(['sync', '--only', 'agents,groups,tasks', '--max-duration', '2s'], settings)).code).toBe(0);
      for (const days of [[], ['--from', '2018-01-01']]) {
        const { code, stdout, stderr } = await runCli(['plan', '--json', ...days], settings);
        expect({ code, total: JSON.parse(stdout).total > 0, isTold: stderr.includes('estimate_limited') }).toEqual({
          code: 0,
          total: true,
          isTold: true,
        });
      }
    }));

  it('shows a person what it saves, which limits make it wait, and when it is done', () =>
    withCliBench(account, { limits: '30/minute,60/hour' }, async ({ env, cwd, first }) => {
      const { stdout } = await runCli(['plan', '--from', first], { env, cwd });
      expect(stdout).toMatch(/A backfill from .*\n[\s\S]*by day and chat[\s\S]*agent_activities[\s\S]* all /);
      expect(stdout).toMatch(/30\/minute: used up at \S+, after 27 requests/);
      expect(stdout).toMatch(/60\/hour: used up at/);
      expect(stdout).toMatch(/done at \S+, in 1 h/);
    }));
});
