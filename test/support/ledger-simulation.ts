import { createLedger } from '../../src/budget/ledger.store.ts';
import type { Call } from '../../src/budget/limits.ts';
import { createRandom, type Random } from '../../src/simulator/account/random.ts';
import type { ConductedDatabase } from './conducted-database.ts';
import type { FakeMs } from './fake-clock.ts';
import type { Scenario } from './ledger-scenario.ts';
import type { Turns } from './turns.ts';

/** A request as the source saw it. `grantedAt` is the moment of the grant's statement, whatever the ledger wrote. */
export type Seen = { requestId: number; lane: Call['lane']; endpoint: string; grantedAt: FakeMs; countedAt: FakeMs };

const LANES = ['sync', 'backfill', 'command'] as const;
export const ENDPOINTS = ['/agents.json', '/chats.json'];

/** A process that was frozen for longer after its grant does not send. */
const STALE_MS = 2_000;
const LONGEST_FREEZE_MS = 6_000;
const LONGEST_LIFE_MS = 30_000;
const END_MS = 3_600_000;
const GRANTING = 'insert into chatrhub_sync.requests';

class Crash extends Error {}

/**
 * Processes that send requests, each by a ledger and sessions of its own, and a source that counts a request at some moment while it is
 * under way. Returns the requests in the order in which they were sent.
 *
 * The processes use all that a grant allows, which is more than a permit allows: they measure from the moment of the grant, not from the
 * moment they asked for it; and after up to two seconds an answer may still take the whole timeout, to the end of the slot's deadline.
 */
export async function simulate(
  turns: Turns,
  seats: readonly ConductedDatabase[],
  { runId, scenario, rewrite = (sql) => sql }: { runId: number; scenario: Scenario; rewrite?: ((sql: string) => string) | undefined },
): Promise<Seen[]> {
  const seen: Seen[] = [];
  let left = scenario.requests;

  async function live({ database, conduct }: ConductedDatabase, random: Random) {
    const ledger = createLedger(database, scenario);
    const lane = random.pick(LANES);
    const diesAt = random.chance(scenario.crashes) ? turns.now() + random.next() * LONGEST_LIFE_MS : Number.POSITIVE_INFINITY;
    let grantedAt = Number.NaN;

    const pause = async (ms: number) => {
      await turns.pause(ms);
      if (turns.now() >= diesAt) throw new Crash();
    };
    const work = () => pause(random.next() * (random.chance(scenario.freezes) ? LONGEST_FREEZE_MS : scenario.statementMs));

    conduct(async ({ text, pid, isInTransaction }, execute) => {
      // PostgreSQL rolls back by itself what a process left that died.
      if (isInTransaction && text !== 'rollback') await work();
      if (text.includes(GRANTING)) grantedAt = turns.now();
      return turns.execute(pid, () => execute(rewrite(text)));
    });

    async function acquire(call: Call): Promise<number> {
      for (;;) {
        const answer = await ledger.grant(call, scenario.timeoutMs);
        if ('requestId' in answer) {
          await work();
          if (turns.now() - grantedAt <= STALE_MS) return answer.requestId;
          await ledger.settle(answer.requestId, {});
        } else await pause('waitMs' in answer ? answer.waitMs : 0);
        await work();
      }
    }

    async function send(requestId: number, endpoint: string) {
      const takesMs = Math.min(
        scenario.timeoutMs,
        random.chance(scenario.timeouts) ? Number.POSITIVE_INFINITY : random.next() * scenario.latencyMs,
      );
      const countedAt = turns.now() + takesMs * random.pick([0, random.next(), 1]);
      seen.push({ requestId, lane, endpoint, grantedAt, countedAt });
      await pause(takesMs);
      await work();
      if (!random.chance(scenario.unsettled)) await ledger.settle(requestId, { status: 200, bytes: 1 });
    }

    while (left > 0) {
      const endpoint = random.pick(ENDPOINTS);
      const requestId = await acquire({ runId, lane, resource: 'agents', endpoint, path: endpoint, attempt: 1 });
      left--;
      turns.spawn(() => send(requestId, endpoint).catch(ignoreCrash));
    }
  }

  seats.slice(0, scenario.processes).forEach((seat, place) => {
    turns.spawn(async () => {
      const random = createRandom('process', scenario.seed, place);
      // Whoever died is followed by another.
      while (left > 0) {
        await turns.pause(random.next() * 1_000);
        await live(seat, random).catch(ignoreCrash);
      }
    });
  });
  await turns.run(END_MS);
  return seen;
}

const ignoreCrash = (error: unknown) => {
  if (!(error instanceof Crash)) throw error;
};
