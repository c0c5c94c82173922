import { connect, createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { runCli, startCli } from '../support/cli.ts';
import { type CliBench, withCliBench } from '../support/cli-bench.ts';
import { killSchedulers } from '../support/scheduler-kills.ts';

const account = createAccount({ seed: 41, agents: 4, days: 3, chats: 20 });
const UNLIMITED = '1000000/second';

/** Where the page of a schedule is, as its log says. */
const pageOf = async ({ sees }: ReturnType<typeof startCli>): Promise<string> => (await sees(/"page":"([^"]+)"/))[1] ?? '';
const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

describe('chatrhub-sync schedule', () => {
  it('runs each slot once, with two processes that are killed at random', { timeout: 120_000 }, async () => {
    await withCliBench(account, { limits: UNLIMITED }, async ({ database, env, cwd }) => {
      const settings = { ...env, SYNC_CRON: '*/3 * * * * *', STATUS_PORT: '0' };
      const start = () => {
        const { child, sees, ended } = startCli(['schedule'], { env: settings, cwd });
        return { kill: (signal: NodeJS.Signals) => void child.kill(signal), started: sees(/schedule_started/), ended };
      };
      const { slots, once, more, lost, madeUp, kills } = await killSchedulers({
        pool: database.pool,
        everySeconds: 3,
        forMs: 12_000,
        seed: 1,
        start,
      });
      expect({ more, lost, covered: once + madeUp }).toEqual({ more: 0, lost: 0, covered: slots });
      expect([kills, once].every((number) => number > 0)).toBe(true);
    });
  });

  it('stops within ten seconds on SIGTERM while it waits for the budget, what is in hand being committed', async () => {
    await withCliBench(account, { limits: '5/hour' }, async ({ database, env, cwd }) => {
      const { child, sees, ended } = startCli(['schedule'], { env: { ...env, STATUS_PORT: '0' }, cwd });
      await sees(/waiting for the budget/);
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 143 });
      const { rows } = await database.pool.query('select status, requests::int, progress from chatrhub_sync.runs');
      expect(rows).toEqual([{ status: 'interrupted', requests: 5, progress: null }]);
    });
  });

  it('waits for a database that is not there yet, and says so', async () => {
    await withCliBench(account, { limits: UNLIMITED }, async ({ database, env, cwd }: CliBench) => {
      const { hostname, port } = new URL(database.url);
      const proxy = createServer((socket) =>
        socket
          .pipe(connect(Number(port), hostname))
          .on('error', () => socket.destroy())
          .pipe(socket),
      );
      const place = await listen(proxy, 0);
      await close(proxy);
      const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(place) }).href;
      const started = startCli(['schedule'], { env: { ...env, DATABASE_URL: url, STATUS_PORT: '0' }, cwd });
      const page = await pageOf(started);
      await started.sees(/waits for the database/);
      expect([await statusOf(`${page}healthz`), await statusOf(`${page}readyz`), await statusOf(page)]).toEqual([200, 503, 503]);
      expect(await (await fetch(`${page}healthz`)).json()).toMatchObject({ doing: 'waiting for the database' });
      await listen(proxy, place);
      await started.sees(/run_ended/);
      expect([await statusOf(`${page}healthz`), await statusOf(`${page}readyz`), await statusOf(page)]).toEqual([200, 200, 200]);
      started.child.kill('SIGINT');
      expect(await started.ended).toMatchObject({ code: 130 });
      proxy.close();
    });
  });

  it('refuses a port that is taken, and a database that lets nobody in, with what to do', async () => {
    await withCliBench(account, { limits: UNLIMITED }, async ({ database, env, cwd }) => {
      const taken = createServer();
      const port = await listen(taken, 0);
      const refused = await runCli(['schedule'], { env: { ...env, STATUS_PORT: String(port) }, cwd });
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`STATUS_PORT: ${port} is taken`) });
      await close(taken);
      const unknown = await runCli(['schedule'], { env: { ...env, STATUS_PORT: '0', STATUS_HOST: 'no host' }, cwd });
      expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('STATUS_HOST: no host is not known') });
      expect(unknown.stderr).not.toContain('DATABASE_URL');
      const nowhere = Object.assign(new URL(database.url), { pathname: '/not_there' }).href;
      const missing = await runCli(['schedule'], { env: { ...env, DATABASE_URL: nowhere, STATUS_PORT: '0' }, cwd });
      expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('check the name in DATABASE_URL') });
    });
  });
});

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
