import { backfillRange } from '../src/runs/backfill.ts';
import { type Account, createAccount } from '../src/simulator/account/account.ts';
import { ROWS_PER_ANSWER } from '../src/source/request-plan.ts';
import { addDays, dayOf, daysIn, type Period } from '../src/time/period.ts';
import { createWatcher, leastActivity, leastMessages, leastTasks, type Moments, oneByOne, type Requests, total } from './budget-least.ts';
import { LOOKBACK_DAYS, openWorkbench } from './budget-workbench.ts';
import { percentOver, type Section } from './section.ts';

const midnight = (day: string): Date => new Date(`${day}T00:00:00Z`);
const momentsOf = ({ from, until }: Period): Moments => ({ from: midnight(from), until: midnight(until) });

type Night = { made: Requests; least: Requests; each: Requests };

const overOf = (nights: readonly Night[]): number => {
  const sum = (name: keyof Night) => nights.reduce((all, night) => all + total(night[name]), 0);
  return percentOver(sum('made'), sum('least'));
};

/** The first sync of an account, and two more a day apart each, against the least requests that would do. */
export async function countNights(serverUrl: string): Promise<Section> {
  const account = createAccount({ seed: 1, agents: 12, days: 30, chats: 1_500 });
  const bench = await openWorkbench(serverUrl, 'nights', account);
  const watcher = createWatcher(account, bench.simulator);
  const nights: Night[] = [];
  try {
    for (const isFirst of [true, false, false]) {
      if (!isFirst) account.advance({ days: 1 });
      const now = account.now();
      const from = isFirst ? account.startedAt : new Date(now.getTime() - 86_400_000);
      const lookback = { from: midnight(addDays(dayOf(now), -LOOKBACK_DAYS)), until: now };
      const unsettled = watcher.unsettled(lookback);
      const agents = account.asOf().agents.size;
      const lists = { agents: 1, groups: 1, ...(isFirst ? { agent_groups: agents, visitors: 1 } : {}) };
      const least = {
        ...lists,
        // With the report that proves them whole.
        chats: 2,
        tasks: leastTasks(account, isFirst ? undefined : from),
        agent_activities: leastActivity(account, { from, until: now }, { perAnswer: Number.POSITIVE_INFINITY, isFirst }),
        messages: leastMessages(unsettled),
      };
      const each = { ...lists, tasks: least.tasks, ...oneByOne(account, { from, until: now }, unsettled, LOOKBACK_DAYS) };
      await bench.sync(dayOf(account.startedAt));
      nights.push({ made: watcher.take(), least, each });
    }
  } finally {
    await bench.close();
  }
  const names = Object.keys(nights[0]?.made ?? {});
  const line = (resource: string, of: (requests: Requests) => number) =>
    Object.fromEntries([
      ['resource', resource],
      ...nights.flatMap(({ made, least, each }, night) =>
        Object.entries({ made, least, each }).map(([name, requests]) => [`${night + 1}: ${name}`, of(requests)] as const),
      ),
    ]);
  return {
    title:
      '1. Requests of three nights, the first into an empty warehouse: made, the least possible, and one for each chat and each day.\n' +
      '   12 agents, 30 days, 1,500 chats.',
    rows: [...names.map((name) => line(name, (requests) => requests[name] ?? 0)), line('all', total)],
    promised: [
      { promise: 'the first night: % more than the least possible', most: 2, measured: overOf(nights.slice(0, 1)) },
      // Together: of the few requests of one night, a single one is 2 %.
      { promise: 'the nights after: % more than the least possible', most: 2, measured: overOf(nights.slice(1)) },
    ],
  };
}

/** A backfill of two years, after a sync of the last days or into an empty warehouse: what was foretold, made, and the least possible. */
export async function countBackfill(serverUrl: string, { synced }: { synced: boolean }): Promise<Section> {
  const account = createAccount({ seed: 2, agents: 12, days: 730, chats: 6_000 });
  const bench = await openWorkbench(serverUrl, synced ? 'backfill_synced' : 'backfill_empty', account);
  const watcher = createWatcher(account, bench.simulator);
  const firstSynced = addDays(dayOf(account.now()), -30);
  try {
    if (synced) await bench.sync(firstSynced);
    watcher.take();
    const range = backfillRange(dayOf(account.startedAt), synced ? addDays(firstSynced, -1) : undefined, account.now());
    const estimate = await bench.estimate(range);
    const looks = watcher.take();
    const unsettled = watcher.unsettled(momentsOf(range));
    const least = leastOfBackfill(account, range, { isFirst: !synced, messages: leastMessages(unsettled) });
    const each = { ...least, ...oneByOne(account, momentsOf(range), unsettled, daysIn(range)) };
    await bench.backfill(range);
    const made = watcher.take();
    const foretold = Object.fromEntries(Object.entries(estimate).map(([name, { requests }]) => [name, requests]));
    const line = (resource: string, of: (requests: Requests) => number) => ({
      resource,
      foretold: of(foretold),
      made: of(made),
      least: of(least),
      each: of(each),
    });
    return {
      title:
        `2${synced ? 'a' : 'b'}. Requests of a backfill of two years ${synced ? 'after a sync of the last 30 days' : 'into an empty warehouse'}:` +
        ' foretold by the dry run, made, the least possible, and one for each chat and each day.\n' +
        '   12 agents, 730 days, about 6,000 chats.',
      rows: [...Object.keys(foretold).map((name) => line(name, (requests) => requests[name] ?? 0)), line('all', total)],
      notes: [
        `The dry run asked ${total(looks)} times itself. The least possible is that of answers of ${ROWS_PER_ANSWER.toLocaleString('en')} rows at most.`,
      ],
      promised: [
        { promise: 'the dry run is off by %', most: 5, measured: Math.abs(percentOver(total(foretold), total(made))) },
        { promise: '% more than the least possible', most: 2, measured: percentOver(total(made), total(least)) },
      ],
    };
  } finally {
    await bench.close();
  }
}

function leastOfBackfill(account: Account, range: Period, { isFirst, messages }: { isFirst: boolean; messages: number }): Requests {
  const lists = { agents: 1, groups: 1, tasks: leastTasks(account), agent_groups: account.asOf().agents.size, visitors: 1 };
  const moments = momentsOf(range);
  const chats = [...account.asOf().chats.values()].filter(({ createdAt }) => createdAt >= moments.from && createdAt < moments.until);
  return {
    ...(isFirst ? lists : {}),
    // With a report for each answer, which proves it whole.
    chats: 2 * Math.ceil(chats.length / ROWS_PER_ANSWER),
    agent_activities: leastActivity(account, moments, { perAnswer: ROWS_PER_ANSWER, isFirst }),
    messages,
  };
}
