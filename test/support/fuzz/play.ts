import { FRESH_MS } from '../../../src/evidence/judge/judge-span.ts';
import type { RunReport } from '../../../src/runs/run-report.ts';
import { type Account, createAccount } from '../../../src/simulator/account/account.ts';
import type { Endpoint } from '../../../src/simulator/api/endpoint.ts';
import { NO_ODDITIES, type Oddities } from '../../../src/simulator/api/oddities.ts';
import { isHeld, odditiesOf } from '../../../src/simulator/api/oddity-catalogue.ts';
import { SUBJECTS } from '../../../src/simulator/api/oddity-catalogue-lists.ts';
import type { Subject } from '../../../src/simulator/api/oddity-variant.ts';
import { addDays, type Day, dayOf, firstUnfinishedDay, startOf } from '../../../src/time/period.ts';
import { readTables, TABLE_NAMES } from '../read-tables.ts';
import { compareActivities } from './activities.ts';
import { type Bench, type Seat, takeSeat } from './bench.ts';
import { compareTables, type Difference, type EverHad, noteThere } from './compare.ts';
import { crawl } from './crawl.ts';
import type { Draw } from './draw.ts';
import { createLeast } from './least.ts';
import { compareMarks } from './marks.ts';
import { sourceTables } from './source.ts';
import type { Situation } from './strictness.ts';
import { judge, type Verdict } from './verdict.ts';

/** What became of one run of a draw. */
export type Played = {
  command: string;
  status: string;
  verdict: Verdict;
  differences: readonly Difference[];
  /** What the run says that it lacks. */
  said: readonly string[];
  made: number;
  least: number;
};

const DEMAND =
  'alter table chatrhub.chats add column demanded integer not null default 0; alter table chatrhub.chats alter column demanded drop default';
const HOUR_MS = 3_600_000;
/** Agents' snapshots are compared apart. */
const COMPARED = TABLE_NAMES.filter((name) => name !== 'chatrhub.agent_activities');
const NO_DEMAND = 'alter table chatrhub.chats drop column if exists demanded';

/** Plays a draw on an empty warehouse. */
export async function play(bench: Bench, draw: Draw): Promise<Played[]> {
  await bench.reset();
  const account = createAccount(draw.account);
  const seat = await takeSeat(bench, account);
  const from = dayOf(account.startedAt);
  const isPartOfIt = draw.backfillAfter !== undefined;
  const scene: Scene = {
    bench,
    account,
    seat,
    draw,
    had: new Map(),
    past: isPast(draw) ? everThere(account) : new Map(),
    lastRead: new Map(),
    loadedFrom: isPartOfIt ? addDays(from, Math.floor((draw.account.days ?? 0) / 2)) : from,
    lacking: new Set(),
    least: createLeast(account, seat.simulator),
  };
  const since = scene.loadedFrom;
  const played: Played[] = [];
  try {
    for (let run = 0; run <= draw.pauses.length; run++) {
      if (run > 0) account.advance({ hours: draw.pauses[run - 1] ?? 0 });
      const oddities = prepare(scene, run);
      if (draw.demandingRun === run) await bench.pool.query(DEMAND);
      played.push(await oneRun(scene, run, oddities, () => seat.sync(clockOf(account, oddities), since, draw.lookbackDays)));
      if (draw.demandingRun === run) await bench.pool.query(NO_DEMAND);
      if (draw.backfillAfter === run) played.push(await oneBackfill(scene, run, oddities, from));
    }
  } finally {
    await bench.pool.query(NO_DEMAND);
    await seat.simulator.close();
  }
  return played;
}

/** Copies are as their records were when the chat began. */
const isPast = ({ chosen }: Draw): boolean => chosen.some(({ variant: { set } }) => set?.copies === 'past');

/** All that was there on any day up to now: copies of the past show what is gone, and no list does. */
function everThere(account: Account): EverHad {
  const ever: EverHad = new Map();
  for (let at = account.startedAt; at <= account.now(); at = new Date(at.getTime() + 24 * HOUR_MS))
    noteThere(ever, sourceTables({ ...account, asOf: () => account.asOf(at) }, NO_ODDITIES, new Map()));
  return ever;
}

const ENDPOINTS = Object.keys(SUBJECTS) as Endpoint[];

type Scene = {
  bench: Bench;
  account: Account;
  seat: Seat;
  draw: Draw;
  had: EverHad;
  past: EverHad;
  lastRead: Map<string, Date>;
  loadedFrom: Day;
  /** What the last run said that it lacks. */
  lacking: ReadonlySet<string>;
  least: ReturnType<typeof createLeast>;
};

/** The account as its source shows it, which may lag behind. */
function shownBy(account: Account, { staleHours }: Oddities): Account {
  const now = () => new Date(account.now().getTime() - staleHours * HOUR_MS);
  return { ...account, now, asOf: (t = now()) => account.asOf(t) };
}

/** The program's clock. */
const clockOf = (account: Account, { clockAhead }: Oddities): Date => new Date(account.now().getTime() - clockAhead * 60_000);

function prepare({ seat: { simulator }, draw }: Scene, run: number): Oddities {
  const oddities = odditiesOf(
    draw.chosen.map(({ variant }) => variant),
    run,
  );
  simulator.set(oddities);
  for (const { run: when, path, fault, times } of draw.troubles)
    if (when === run) simulator.fail((asked) => asked.startsWith(path), fault, times);
  return oddities;
}

/** The backfill brings the older half: from then on that is to be there too, once it was complete. */
async function oneBackfill(scene: Scene, run: number, oddities: Oddities, from: Day): Promise<Played> {
  const before = scene.loadedFrom;
  scene.loadedFrom = from;
  const now = clockOf(scene.account, oddities);
  const until = startOf(firstUnfinishedDay(now));
  const played = await oneRun(scene, run, oddities, () => scene.seat.backfill(now, from), until);
  if (played.status !== 'complete') scene.loadedFrom = before;
  return played;
}

async function oneRun(scene: Scene, run: number, oddities: Oddities, start: () => Promise<RunReport>, until?: Date): Promise<Played> {
  const { bench, seat, had, past, lastRead, least } = scene;
  const account = shownBy(scene.account, oddities);
  const begun = seat.simulator.requests.length;
  const leastOf = least.before({ since: startOf(scene.loadedFrom), lastRead });
  const report = await start();
  const asked = seat.simulator.requests.slice(begun);
  for (const { path, status } of asked) if (status === 200) lastRead.set(path, account.now());
  const situation = { ...situationOf(scene, run, oddities, asked), until };
  const expected = sourceTables(account, oddities, lastRead);
  const differences = [
    ...compareTables(await readTables(bench.pool, { only: COMPARED }), expected, situation, had, past),
    ...(await compareActivities(bench.pool, situation)),
    ...(await compareMarks(bench.pool, expected, situation, had)),
  ];
  const { verdict, said } = judge(report, differences);
  scene.lacking = new Set(said);
  least.after();
  return { command: report.command, status: report.status, verdict, differences, said, made: asked.length, least: leastOf };
}

function situationOf(
  { account: present, draw, lastRead, loadedFrom, lacking }: Scene,
  run: number,
  oddities: Oddities,
  asked: readonly { path: string }[],
): Omit<Situation, 'until'> {
  const account = shownBy(present, oddities);
  const held = draw.chosen.filter(({ variant }) => isHeld(variant, run));
  const isBlind = held.some(({ variant: { outcome } }) => outcome === 'unseen');
  // A weekly list that was not asked for has said nothing.
  const isAsked = (subject: Subject) =>
    asked.some(({ path }) => ENDPOINTS.some((endpoint) => SUBJECTS[endpoint] === subject && path.startsWith(`/${endpoint}`)));
  const claiming = held.filter(({ variant: { outcome } }) => outcome === 'partial');
  const isActivityCut = held.some(({ switch: { name } }) => name === 'activityCut');
  // Where there is never anything, nothing says that there is more.
  const silent = new Set(oddities.lacks.map((endpoint) => SUBJECTS[endpoint]));
  return {
    now: account.asOf(),
    activityUntil: new Date(account.now().getTime() - (isActivityCut ? FRESH_MS : 0)),
    seen: isBlind ? crawl(account, oddities, loadedFrom) : undefined,
    claimed: new Set(
      claiming.flatMap(({ switch: { of }, variant }) => variant.of ?? of).filter((subject) => !silent.has(subject) && isAsked(subject)),
    ),
    lastRead,
    loadedFrom: startOf(loadedFrom),
    lookbackFrom: startOf(addDays(dayOf(clockOf(present, oddities)), -draw.lookbackDays)),
    isWeekly: draw.account.isLate === true && !draw.account.isRestless && run === draw.pauses.length,
    isRestless: draw.account.isRestless === true,
    lacking,
    // A list that is read once a week may still be as lean as it was.
    isLean: draw.chosen.some(({ variant: { set, from = 0 } }) => set?.leanLists && from <= run),
    isCounted:
      oddities.report === 'given' &&
      oddities.reportCounts === 'listed' &&
      oddities.reportExtra === 0 &&
      oddities.reportEndDate === 'as listed' &&
      oddities.complaints.report === undefined,
    hasCopies: oddities.copies === 'now' && !oddities.withoutUpdates,
  };
}
