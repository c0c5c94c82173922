import { once } from 'node:events';
import { DOCUMENTED_LIMITS, parseLimits } from '../budget/limits.ts';
import { createAccount } from '../simulator/account/account.ts';
import { startSimulator } from '../simulator/api/simulator-server.ts';
import { explainPort } from './explain-port.ts';
import { print } from './print.ts';

export type SimulateFlags = { port: number; seed: number; days: number; chats: number; agents: number; limits: string };

/** `chatrhub-sync simulate`: serves an invented account, which moves with the clock, until it is stopped. */
export async function simulateCommand({ port, seed, days, chats, agents, limits }: SimulateFlags, signal: AbortSignal): Promise<void> {
  const account = createAccount({ seed, days, chats, agents, followClock: true });
  const simulator = await startSimulator({ account, port, limits: parseLimits(limits) ?? [] }).catch((error: unknown) => {
    throw explainPort(error, { port, portName: '--port', host: '127.0.0.1' });
  });
  const isDocumented = limits === DOCUMENTED_LIMITS;
  const settings = isDocumented ? '' : ` CHATRHUB_RATE_LIMITS=${limits}`;
  print(`An invented ChatrHub account of ${agents} agents and about ${chats} chats in ${days} days, limited to ${limits}:

  CHATRHUB_API_URL=${simulator.url} CHATRHUB_API_KEY=test-key${settings} npx chatrhub-sync sync
${isDocumented ? '\nWith these limits, which are the real ones, a first sync takes hours. With --limits 2000/minute it takes a minute.\n' : ''}
A day passes at once with: curl -X POST '${new URL('/simulator/advance?days=1', simulator.url)}'
Ctrl-C ends it.`);
  if (!signal.aborted) await once(signal, 'abort');
  await simulator.close();
}
