import { createAccount } from '../src/simulator/account/account.ts';
import { addDays, dayOf } from '../src/time/period.ts';
import type { Database } from '../src/warehouse/connection/database.ts';
import { endWell, openProgram, timeOf, waitUntil } from './budget-processes.ts';
import { age, openWorkbench } from './budget-workbench.ts';
import { type Promised, percentOver, type Section } from './section.ts';

type Timed = Awaited<ReturnType<typeof timeOf>>;

const row = ({ requests, refused, latencyMs, tookMs, lowerBoundMs, leastMs }: Timed) => ({
  requests,
  refused,
  'median latency ms': latencyMs,
  'first to last ms': tookMs,
  'lower bound ms': lowerBoundMs,
  '% more': percentOver(tookMs, lowerBoundMs),
  'least possible ms': leastMs,
});

const keepsTime = ({ refused, tookMs, leastMs }: Timed, most: number): Promised[] => [
  { promise: 'refused requests', most: 0, measured: refused },
  { promise: '% more than the least possible time', most, measured: percentOver(tookMs, leastMs) },
];
const NOTES = [
  'The lower bound asks for all at once; the least possible, for messages from when the chats were read. Each window takes a latency more.',
];

/** One sync of an empty warehouse, as a process of its own. */
export async function timeSync(serverUrl: string): Promise<Section> {
  const account = createAccount({ seed: 3, agents: 8, days: 20, chats: 525 });
  const bench = await openWorkbench(serverUrl, 'one_sync', account);
  const program = await openProgram(bench.url, account);
  try {
    await endWell([program.start(['sync'])]);
    const timed = await timeOf(program.simulator.requests, bench.database);
    return {
      title: '3. One sync, limits 20/1s, 60/5s, 150/20s: the time from its first request to its last, as the source saw them.',
      rows: [row(timed)],
      notes: NOTES,
      promised: keepsTime(timed, 3),
    };
  } finally {
    await program.close();
    await bench.close();
  }
}

/** Four processes share a backfill; one of them is killed while requests are under way, and started again. */
export async function timeFour(serverUrl: string): Promise<Section> {
  const account = createAccount({ seed: 4, agents: 4, days: 11, chats: 1_350 });
  const bench = await openWorkbench(serverUrl, 'four', account);
  const firstSynced = addDays(dayOf(account.now()), -4);
  await bench.sync(firstSynced);
  await age(bench.database, '1 hour');
  const { rows: before } = await bench.database.pool.query('select request_id from chatrhub_sync.requests');
  const program = await openProgram(bench.url, account);
  const { requests } = program.simulator;
  try {
    const args = ['backfill', '--from', dayOf(account.startedAt), '--to', addDays(firstSynced, -1)];
    const start = () => program.start(args, { BACKFILL_RESERVE: '0%' });
    const doomed = start();
    await waitUntil(() => requests.length > 0, doomed);
    const others = [start(), start(), start()];
    await waitUntil(async () => requests.length >= 175 && (await hasUnderWay(bench.database)), doomed);
    doomed.kill('SIGKILL');
    const code = await doomed.ended;
    if (code !== null) throw new Error(`the process that was to be killed ended with ${code}`);
    await endWell([...others, start()]);

    const timed = await timeOf(requests, bench.database);
    const { rows } = await bench.database.pool.query<{ rows: number; lost: number; unsettled: number }>(
      `select count(*)::int as rows, count(*) filter (where loaded_at is null)::int as lost,
         count(*) filter (where settled_at is null)::int as unsettled
       from chatrhub_sync.requests where request_id > $1`,
      [Math.max(...before.map(({ request_id }) => request_id))],
    );
    const ledger = rows[0] ?? { rows: 0, lost: 0, unsettled: 0 };
    const twice = requests.length - new Set(requests.map(({ path }) => path)).size;
    return {
      title:
        '4. A backfill in four processes, the same limits, one killed with SIGKILL in the midst and started again: the time from the first\n' +
        '   request to the last, as the source saw them.',
      rows: [{ ...row(timed), 'ledger rows': ledger.rows, 'asked twice': twice, 'lost at the kill': ledger.lost }],
      notes: NOTES,
      promised: [
        ...keepsTime(timed, 5),
        { promise: 'asked twice, without what was lost at the kill', most: 0, measured: twice - ledger.lost },
        { promise: 'requests that the ledger does not hold', most: 0, measured: requests.length - ledger.rows },
        {
          promise: 'ledger rows without a request, but those granted at the kill',
          most: ledger.unsettled,
          measured: ledger.rows - requests.length,
        },
      ],
    };
  } finally {
    await program.close();
    await bench.close();
  }
}

/** Whether the first backfill has a request under way. */
async function hasUnderWay({ pool }: Database): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from chatrhub_sync.requests where settled_at is null
       and run_id = (select min(run_id) from chatrhub_sync.runs where command = 'backfill')`,
  );
  return rowCount !== 0;
}
