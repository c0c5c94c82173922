import { createWatcher, leastActivity, leastMessages, leastTasks, total } from '../../../bench/budget-least.ts';
import type { Account } from '../../../src/simulator/account/account.ts';
import type { Simulator } from '../../../src/simulator/api/simulator-server.ts';
import type { LastRead } from './source.ts';

/** A weekly list is due half a day before the week is over. */
const DUE_MS = 6.5 * 86_400_000;

/** Counts, before each run, how many requests would do for it if the source behaved as documented. */
export function createLeast(account: Account, simulator: Simulator) {
  const watcher = createWatcher(account, simulator);
  let readAt: Date | undefined;
  return {
    before({ since, lastRead }: { since: Date; lastRead: LastRead }): number {
      const now = account.now();
      const moments = { from: readAt ?? since, until: now };
      const isDue = (path: string) => now.getTime() - (lastRead.get(path)?.getTime() ?? 0) > DUE_MS;
      const agents = [...account.asOf().agents.keys()];
      return total({
        agents: 1,
        groups: 1,
        // With the report that proves them whole.
        chats: 2,
        tasks: leastTasks(account, readAt),
        visitors: isDue('/visitors.json') ? 1 : 0,
        agent_groups: agents.filter((id) => isDue(`/agent_groups/${id}.json`)).length,
        agent_activities: leastActivity(account, moments, { perAnswer: Number.POSITIVE_INFINITY, isFirst: readAt === undefined }),
        messages: leastMessages(watcher.unsettled({ from: since, until: now })),
      });
    },
    /** The run is over. */
    after(): void {
      readAt = account.now();
      watcher.take();
    },
  };
}
