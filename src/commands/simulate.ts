import { once } from 'node:events';
import { createAccount } from '../simulator/account.ts';
import { startSimulator } from '../simulator/server.ts';

export type SimulateFlags = { port: number; seed: number; days: number; chats: number; agents: number };

/** The API's documented limits (L47). */
const LIMITS = [
  { count: 20, windowMs: 60_000 },
  { count: 150, windowMs: 3_600_000 },
  { count: 2_000, windowMs: 86_400_000 },
];

/** `chatrhub-sync simulate`: serves an invented account, which moves with the clock, until it is stopped. */
export async function simulateCommand({ port, seed, days, chats, agents }: SimulateFlags, signal: AbortSignal): Promise<void> {
  const account = createAccount({ seed, days, chats, agents, followClock: true });
  const simulator = await startSimulator({ account, port, limits: LIMITS });
  process.stdout.write(`An invented ChatrHub account of ${agents} agents and about ${chats} chats in ${days} days, with the limits of the real one:

  CHATRHUB_API_URL=${simulator.url} CHATRHUB_API_KEY=test-key npx chatrhub-sync sync

A day passes at once with: curl -X POST '${new URL('/simulator/advance?days=1', simulator.url)}'
Ctrl-C ends it.
`);
  if (!signal.aborted) await once(signal, 'abort');
  await simulator.close();
}
