import { setTimeout as sleep } from 'node:timers/promises';
import { forecast } from '../src/budget/forecast.ts';
import { type Account, createAccount } from '../src/simulator/account/account.ts';
import { addDays, dayOf } from '../src/time/period.ts';
import { endWell, limits, openProgram, refusedOf, waitUntil } from './budget-processes.ts';
import { age, openWorkbench } from './budget-workbench.ts';
import type { Section } from './section.ts';

const DAY_MS = 86_400_000;
const DAYS = 14;

/** When the sync comes: so many milliseconds after the backfill's first request. */
const ARRIVALS = [
  { name: 'alone', afterMs: undefined },
  { name: 'while the backfill waits', afterMs: 8_000 },
  { name: 'right after a burst of it', afterMs: 1_500 },
];

type Night = { requests: number; startedAt: Date; tookMs: number; before: Date[]; meanwhile: number };
type Met = Night & { refused: number; leastMs: number };

/** The sync of a third night, alone and while a backfill runs. Most of what it needs is a request for each agent, on any day of a week. */
export async function timeBeside(serverUrl: string): Promise<Section> {
  const born = new Date(Date.now() - 2 * DAY_MS);
  const account = createAccount({ seed: 5, agents: 80, days: DAYS, chats: 20 * DAYS, now: born });
  const met: (Met & { name: string })[] = [];
  for (const [index, { name, afterMs }] of ARRIVALS.entries()) {
    account.setNow(born);
    met.push({ name, ...(await meet(serverUrl, `beside_${index}`, account, afterMs)) });
  }
  const [alone, waiting] = met;
  const timesAlone = (each: Met | undefined): number => ratio(each?.tookMs, alone?.tookMs);
  return {
    title:
      '5. The sync of a third night, alone and while a backfill runs, the same limits: how long it takes, and the least possible with what\n' +
      '   was used before it came.',
    rows: met.map((each) => ({
      'the sync comes': each.name,
      requests: each.requests,
      refused: each.refused,
      'took ms': each.tookMs,
      'times alone': timesAlone(each),
      'least possible ms': each.leastMs,
      'of the backfill before': each.before.length,
      meanwhile: each.meanwhile,
    })),
    notes: ['What a burst has used cannot be given back: the sync waits until it has left the window of 5 s.'],
    promised: [
      { promise: 'refused requests', most: 0, measured: Math.max(...met.map(({ refused }) => refused)) },
      { promise: 'while the backfill waits: times as long as alone', most: 1.25, measured: timesAlone(waiting) },
      ...met.map((each) => ({ promise: `${each.name}: times the least possible`, most: 1.25, measured: ratio(each.tookMs, each.leastMs) })),
      {
        promise: "granted to the backfill between the sync's first and last",
        most: 0,
        measured: Math.max(...met.map((each) => each.meanwhile)),
      },
    ],
  };
}

/** To two decimals. */
const ratio = (a = Number.NaN, b = Number.NaN): number => Math.round((100 * a) / b) / 100;

async function meet(serverUrl: string, name: string, account: Account, afterMs: number | undefined): Promise<Met> {
  const bench = await openWorkbench(serverUrl, name, account);
  const since = dayOf(account.now());
  for (let night = 1; night <= 2; night += 1) {
    await bench.sync(since);
    await age(bench.database, '1 day');
    account.advance({ days: 1 });
  }
  const program = await openProgram(bench.url, account);
  const { requests } = program.simulator;
  try {
    const days = ['--from', dayOf(account.startedAt), '--to', addDays(since, -6)];
    const history = afterMs === undefined ? undefined : program.start(['backfill', ...days]);
    if (history) {
      await waitUntil(() => requests.length > 0, history);
      await sleep(afterMs);
    }
    // What the backfill loads is older than that, or the sync would ask for the messages too.
    await endWell([program.start(['sync'], { SYNC_LOOKBACK_DAYS: '4' })]);
    history?.kill('SIGTERM');
    await history?.ended;
    const { rows } = await bench.database.pool.query<Night>(
      `with night as (select * from chatrhub_sync.runs where command = 'sync' order by run_id desc limit 1),
         own as (select min(granted_at) as first, max(granted_at) as last from chatrhub_sync.requests join night using (run_id)),
         other as (select * from chatrhub_sync.requests where lane = 'backfill')
       select n.requests, n.started_at as "startedAt", round(1000 * extract(epoch from n.finished_at - n.started_at))::int as "tookMs",
         array(select effective_at from other, own where granted_at < first) as before,
         (select count(*)::int from other, own where granted_at between first and last) as meanwhile
       from night n`,
    );
    const [night] = rows;
    if (!night) throw new Error('the sync left no run');
    const budgets = limits.map((limit) => ({ limit, past: night.before }));
    const { finishesAt } = forecast({ requests: night.requests, budgets, now: night.startedAt });
    return { ...night, refused: refusedOf(requests), leastMs: finishesAt.getTime() - night.startedAt.getTime() };
  } finally {
    await program.close();
    await bench.close();
  }
}
