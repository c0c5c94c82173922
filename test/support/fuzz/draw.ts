import type { AccountOptions } from '../../../src/simulator/account/account.ts';
import { createRandom, type Random } from '../../../src/simulator/account/random.ts';
import type { Fault } from '../../../src/simulator/api/faults.ts';
import { SWITCHES } from '../../../src/simulator/api/oddity-catalogue.ts';
import type { Switch, Variant } from '../../../src/simulator/api/oddity-variant.ts';

/** A switch with the variant that it is in. */
export type Chosen = { switch: Switch; variant: Variant };

/** Requests of a run that go wrong: the next few whose path begins so. */
type Trouble = { run: number; path: string; fault: Fault; times: number };

/** A source, what happens to it and to the warehouse, and the runs between them. */
export type Draw = {
  seed: number;
  account: AccountOptions;
  chosen: readonly Chosen[];
  /** Hours that pass before each run but the first. */
  pauses: readonly number[];
  troubles: readonly Trouble[];
  /** The run before which somebody adds a column that wants a value to the chats; it goes before the next one. */
  demandingRun: number | undefined;
  /** The first syncs leave out the first days of the account; a backfill follows the run with this number. */
  backfillAfter: number | undefined;
  lookbackDays: number;
};

const HOUR_MS = 3_600_000;
/** Fake time: far from the real one. */
const FIRST_MOMENT = Date.UTC(2040, 1, 1);
const PATHS = [
  '/agents.json',
  '/groups.json',
  '/chats.json',
  '/chats/report.json',
  '/q_tasks',
  '/messages',
  '/agent_activities',
  '/agent_groups',
  '/visitors',
];
const FAULTS: readonly Fault[] = [
  { status: 500, body: 'oops' },
  { status: 502 },
  { status: 403 },
  { status: 200, body: '{"error": "Invalid usernames or authentication."}' },
  { status: 200, body: '{"data": [{"id": 1, "name": "half' },
  'html',
  'empty',
  'truncate',
  'reset',
  'cut-gzip',
];
/** Longer than a lookback that is short, so that the quiet days of old chats lie behind it. */
const SHORT_LOOKBACK_DAYS = 4;
const LOOKBACK_DAYS = 60;
const WEEK_HOURS = 172;

/** A source may begin to be odd later, or be mended: its answers of one run are not like those of another. */
const MOMENTS = [
  { says: '', runs: {} },
  { says: ', from the second run on', runs: { from: 1 } },
  { says: ', in the first run', runs: { until: 1 } },
];

/** How switches are written: `name: label`. */
export const nameOf = ({ switch: { name }, variant: { label } }: Chosen): string => `${name}: ${label}`;

/** These change what records say without a change of the records: nobody could see that they did. */
const STEADY = ['withoutClient', 'withoutUpdates', 'nestedNames', 'sharedNames'];

/** A variant in some runs only; one that has its own, is of the account, or shows less than there is, stays as it is. */
const during = (name: string, variant: Variant, { says, runs }: (typeof MOMENTS)[number]): Variant =>
  STEADY.includes(name) || variant.from !== undefined || variant.until !== undefined || variant.account || variant.outcome === 'unseen'
    ? variant
    : { ...variant, ...runs, label: `${variant.label}${says}` };

/** The switch and variant of a name as `nameOf` writes it. */
function chosenOf(text: string): Chosen {
  const found = SWITCHES.flatMap((each) =>
    MOMENTS.flatMap((moment) => each.variants.map((variant) => ({ switch: each, variant: during(each.name, variant, moment) }))),
  ).find((each) => nameOf(each) === text);
  if (!found) throw new RangeError(`no switch is called "${text}"`);
  return found;
}

/** All of a draw that depends on its seed, and with `names` given those switches; those of `also` are set besides. */
export function drawOf(seed: number, names?: readonly string[], also: readonly string[] = []): Draw {
  const random = createRandom('fuzz', seed);
  const count = random.pick([0, 1, 1, 1, 2, 2, 3]);
  const moments = createRandom('fuzz, moments', seed);
  const drawn = chooseSwitches(random, count).map((chosen) => ({
    ...chosen,
    variant: during(chosen.switch.name, chosen.variant, moments.pick([...MOMENTS.slice(0, 1), ...MOMENTS])),
  }));
  const rest = createRandom('fuzz, the rest', seed);
  const added = also.map(chosenOf);
  const isAdded = (name: string): boolean => added.some((each) => each.switch.name === name);
  const chosen = [...(names?.map(chosenOf) ?? drawn).filter((each) => !isAdded(each.switch.name)), ...added];
  const runs = rest.pick([2, 2, 2, 3, 4]);
  const options = Object.assign({}, ...chosen.map(({ variant }) => variant.account)) as Partial<AccountOptions>;
  const account = {
    seed: rest.int(1, 1_000_000),
    agents: rest.pick([4, 4, 5, 6]),
    chats: rest.pick([20, 20, 22, 25, 30, 40]),
    days: rest.pick([5, 5, 6, 7, 9, 14]),
    now: new Date(FIRST_MOMENT + rest.int(0, 24 * 7) * HOUR_MS),
    ...options,
  };
  const pauses = Array.from({ length: runs - 1 }, (_, i) =>
    account.isLate && i === runs - 2 ? WEEK_HOURS : rest.pick([12, 24, 24, 27, 24, 72, WEEK_HOURS]),
  );
  const troubles = rest.chance(0.3) ? Array.from({ length: rest.int(1, 3) }, () => troubleOf(rest, runs)) : [];
  const [isDemanding, isBackfilled, when] = [rest.chance(0.08), rest.chance(0.15), rest.int(0, runs - 1)];
  return {
    seed,
    account,
    chosen,
    pauses,
    troubles,
    demandingRun: isDemanding ? when : undefined,
    // Whoever is away during a backfill, and comes back, has activity of its days that the next backfill reads.
    backfillAfter: isBackfilled && !account.isLate && !account.isRestless ? when : undefined,
    lookbackDays: account.isLate ? SHORT_LOOKBACK_DAYS : LOOKBACK_DAYS,
  };
}

/** So many different switches, each in one of its variants. */
function chooseSwitches(random: Random, count: number): Chosen[] {
  const chosen: Chosen[] = [];
  while (chosen.length < count) {
    const each = random.pick(SWITCHES);
    if (!chosen.some(({ switch: { name } }) => name === each.name)) chosen.push({ switch: each, variant: random.pick(each.variants) });
  }
  return chosen;
}

const troubleOf = (random: Random, runs: number): Trouble => ({
  run: random.int(0, runs - 1),
  path: random.pick(PATHS),
  fault: random.pick(FAULTS),
  times: random.pick([1, 1, 1, 2, 5]),
});
