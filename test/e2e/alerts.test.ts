import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { runCli, startCli } from '../support/cli.ts';
import { withCliBench } from '../support/cli-bench.ts';
import { serve } from '../support/http.ts';

const account = createAccount({ seed: 43, agents: 4, days: 3, chats: 20 });

describe('ALERT_WEBHOOK_URL', () => {
  it('is told when a sync or a schedule ends with something left, and its address is in no log', async () => {
    const told: { kind: string; details: { status: string } }[] = [];
    const hook = await serve((request, response) => {
      if (request.url?.includes('refusing')) return response.writeHead(500).end();
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk));
      request.on('end', () => {
        told.push(JSON.parse(body));
        response.end('ok');
      });
    });
    await withCliBench(account, { limits: '5/hour' }, async ({ env, cwd }) => {
      const refused = await runCli(['sync', '--max-duration', '1s'], {
        env: { ...env, ALERT_WEBHOOK_URL: `${hook.url}/refusing-canary` },
        cwd,
      });
      expect(refused).toMatchObject({ code: 0, stderr: expect.stringContaining('status 500') });
      expect(refused.stderr).not.toContain('canary');
      const settings = { ...env, ALERT_WEBHOOK_URL: `${hook.url}/canary`, STATUS_PORT: '0', SYNC_CRON: '* * * * * *' };
      expect(await runCli(['sync', '--max-duration', '1s'], { env: settings, cwd })).toMatchObject({ code: 0 });
      const { child, sees, ended } = startCli(['schedule'], { env: settings, cwd });
      await sees(/waiting for the budget/);
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 143, stderr: expect.not.stringContaining('canary') });
    });
    await hook.close();
    expect(told.map(({ kind, details }) => [kind, details.status])).toEqual([
      ['run', 'incomplete'],
      ['run', 'interrupted'],
    ]);
  });
});
