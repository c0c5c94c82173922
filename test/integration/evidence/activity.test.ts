import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/evidence/doubts.ts';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectAllOrPartial, expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { addActivity, agent, iso, midnight, type Sent, snapshot } from '../../support/scripted-records.ts';
import { type Body, changed, cutAt, type Override, ofAnyDays } from '../../support/scripted-source.ts';

const open = useBench();
const only = ['agents', 'agent_activities'];
const NAMES = ['agent_activities'] as const;

/** An agent and a bot; the agent's snapshots of some days before the first night, and of those after it. */
async function openAgent({ days = 6, later = 0 } = {}): Promise<EvidenceBench> {
  const bench = await open();
  bench.records.agents.push(agent(1), agent(2, { is_bot: true }));
  addActivity(bench.records, 1, midnight(bench.now(), -days - 1), iso(bench.now(), later * 86_400));
  return bench;
}
const covered = (bench: EvidenceBench, agentId: number) =>
  bench.rows(
    `select covered_until::text as until from chatrhub_sync.coverage where resource = 'agent_activities' and scope = 'agent_id=${agentId}' order by 1 desc`,
  );

describe('activity that is cut without a word', () => {
  /** Of the days asked for, just some at an end. */
  const cutDays = (days: number, keep: 'oldest' | 'newest'): Override =>
    changed((records) => {
      const all = [...new Set(records.map(({ attributes }) => String(attributes.create_dt).slice(0, 10)))];
      const kept = new Set(keep === 'oldest' ? all.slice(0, days) : all.slice(-days));
      return records.filter(({ attributes }) => kept.has(String(attributes.create_dt).slice(0, 10)));
    });

  it.each<[string, Override]>([
    ['at 100 rows, the oldest kept', cutAt(100, 'oldest')],
    ['at 100 rows, the newest kept', cutAt(100)],
    ['at 500 rows, the oldest kept', cutAt(500, 'oldest')],
    ['at 1,000 rows, the oldest kept', cutAt(1_000, 'oldest')],
    ['at 1,000 rows, the newest kept', cutAt(1_000)],
    ['after a day', cutDays(1, 'oldest')],
    ['before the last three days', cutDays(3, 'newest')],
    ['after three days', cutDays(3, 'oldest')],
  ])('%s, comes all the same, or the run is partial', async (_, cut) => {
    const bench = await openAgent();
    bench.source.on('agent_activities', cut);
    await expectAllOrPartial(bench, await bench.sync({ only }), 'agent_activities');
    await bench.advance({ hours: 1 });
    await expectAllOrPartial(bench, await bench.sync({ only }), 'agent_activities');
  });

  it('within a day cannot come, and is said', async () => {
    const bench = await openAgent();
    bench.source.on('agent_activities', cutAt(100, 'oldest'));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'agent_activities', reason: 'span_cut' });
    bench.source.restore();
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });

  it.each<[string, object, Reason]>([
    ['says that it failed', { errors: [{ detail: 'statement timeout' }] }, 'answer_failed'],
    ['says that there is more', { has_more: true }, 'more_announced'],
  ])('is not believed to be all when the second look %s beside rows of other days', async (_, sign, reason) => {
    const bench = await openAgent();
    let first: Body | undefined;
    bench.source.on('agent_activities', (url, next) => {
      if (!url.pathname.endsWith('/1.json')) return next();
      if (first) return { data: (first.data as Sent[]).slice(0, 5), ...sign };
      first = cutDays(2, 'oldest')(url, next) as Body;
      return first;
    });
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'agent_activities', reason });
    bench.source.restore();
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });

  it.each(['oldest', 'newest'] as const)('at a single row, the %s, tells no interval, and is said', async (keep) => {
    const bench = await openAgent();
    bench.source.on('agent_activities', cutAt(1, keep));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'agent_activities', reason: 'span_cut' });
    bench.source.restore();
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });

  it('comes also when history is loaded', async () => {
    const bench = await openAgent({ days: 25 });
    await bench.sync({ only });
    bench.source.on('agent_activities', cutAt(2_000, 'oldest'));
    const from = midnight(bench.now(), -24).slice(0, 10);
    await expectAllOrPartial(bench, await bench.backfill(from, { only }), 'agent_activities', { from });
  });
});

describe('activity of other days than were asked for', () => {
  it.each([
    ['of several days', 0, 300],
    // In the last time zone half of them may be of yesterday.
    ['of today', 20, 230],
  ])('proves nothing of those days, and they are read again when the source heeds them: %s', async (_, hours, newest) => {
    const bench = await openAgent({ later: 2 });
    await bench.advance({ hours: (24 + hours - bench.now().getUTCHours()) % 24 });
    bench.source.on('agent_activities', ofAnyDays(newest));
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'agent_activities', reason: 'not_asked_for' });
    bench.source.restore();
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });

  it('proves nothing of history either', async () => {
    const bench = await openAgent({ days: 25 });
    await bench.sync({ only });
    bench.source.on('agent_activities', ofAnyDays(2_000));
    const from = midnight(bench.now(), -24).slice(0, 10);
    await expectDoubt(bench, await bench.backfill(from, { only }), { resource: 'agent_activities', reason: 'not_asked_for' });
    bench.source.restore();
    await expectExact(bench, await bench.backfill(from, { only }), NAMES, { from });
  });
});

describe('activity of days without any', () => {
  it('in the middle or at an edge, as of an agent who began late or was away, is covered after one more look', async () => {
    const bench = await openAgent();
    bench.records.agent_activities = bench.records.agent_activities.filter(({ attributes }) => {
      const day = String(attributes.create_dt);
      return day >= midnight(bench.now(), -3) && (day < midnight(bench.now(), -2) || day >= midnight(bench.now(), -1));
    });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    // One for the agent and one for the bot; the edge; and the form of nothing, seen twice.
    expect(bench.requestsSince('agent_activities').length).toBeLessThanOrEqual(4);
    await bench.advance({ hours: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('agent_activities')).toHaveLength(1);
  });
});

describe('activity of an agent of whom nothing comes any more, not even what is stored', () => {
  it('is asked for once more, and comes in the same run', async () => {
    const bench = await openAgent({ later: 5 });
    await bench.sync({ only });
    await bench.advance({ days: 2 });
    let isFirst = true;
    bench.source.on('agent_activities', (url, next) => {
      if (!url.pathname.endsWith('/1.json') || !isFirst) return next();
      isFirst = false;
      return { data: [] };
    });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(isFirst).toBe(false);
    // The look has shown nothing of how many days an answer holds.
    await bench.advance({ days: 2 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync({ only }), NAMES);
    expect(bench.requestsSince('agent_activities').filter((path) => path.includes('/1.json'))).toHaveLength(1);
  });
});

describe('activity that is not sent for a while', () => {
  const nothing: readonly [string, Override][] = [
    ['an empty list', () => ({ data: [] })],
    ['null', () => ({ data: null })],
    ['404', () => ({ status: 404, body: '' })],
  ];

  it.each(nothing)('but %s, loses no day: the night is partial, and the next good one has all', async (_, said) => {
    for (const { nights, pause } of [
      { nights: 1, pause: 1 },
      { nights: 1, pause: 5 },
      { nights: 3, pause: 1 },
    ]) {
      const bench = await openAgent({ later: 12 });
      await expectExact(bench, await bench.sync({ only }), NAMES);
      await bench.advance({ days: pause });
      bench.source.on('agent_activities', said);
      for (let night = 0; night < nights; night += 1) {
        await expectDoubt(bench, await bench.sync({ only }), { resource: 'agent_activities', reason: 'stored_not_sent' });
        await bench.advance({ days: 1 });
      }
      bench.source.restore();
      await expectExact(bench, await bench.sync({ only }), NAMES);
    }
  });

  it('during a backfill, is not taken for a history without any', async () => {
    const bench = await openAgent({ days: 40 });
    await expectExact(bench, await bench.sync({ only }), NAMES);
    const from = midnight(bench.now(), -40).slice(0, 10);
    bench.source.on('agent_activities', () => ({ data: [] }));
    await expectDoubt(bench, await bench.backfill(from, { only }), { resource: 'agent_activities', reason: 'stored_not_sent' });
    bench.source.restore();
    await expectExact(bench, await bench.backfill(from, { only }), NAMES, { from });
  });
});

describe('activity of the future', () => {
  it('is kept out, said, and stored when its time has come', async () => {
    const bench = await openAgent({ later: 2 });
    bench.source.on('agent_activities', (url, next) => {
      const body = next() as { data: object[] };
      const planned = bench.records.agent_activities.filter(
        ({ attributes }) => Date.parse(String(attributes.create_dt)) > bench.now().getTime(),
      );
      return url.pathname.endsWith('/1.json')
        ? {
            data: [...body.data, ...planned.slice(0, 100).map((one) => ({ ...one, attributes: { ...one.attributes, status: 'offline' } }))],
          }
        : body;
    });
    const run = await bench.sync({ only });
    await expectDoubt(bench, run, { resource: 'agent_activities', reason: 'future_records', mayBeMissing: false });
    // Five minutes may be a matter of clocks.
    const limit = iso(bench.now(), 300);
    expect(await bench.rows(`select snapshot_at from chatrhub.agent_activities where snapshot_at > '${limit}'`)).toEqual([]);
    await bench.advance({ days: 1 });
    bench.source.restore();
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });
});

describe('the last day of an agent who leaves', () => {
  it.each<[string, (bench: EvidenceBench) => void]>([
    ['is terminated', ({ records }) => Object.assign(records.agents[0]?.attributes ?? {}, { trmnt_ind: 1 })],
    ['is not in the list any more', ({ records }) => records.agents.splice(0, 1)],
  ])('in the evening, as he %s, comes the next night', async (_, leave) => {
    const bench = await openAgent();
    bench.records.agents.push(agent(3));
    addActivity(bench.records, 3, midnight(bench.now(), -7), iso(bench.now(), 5 * 86_400));
    await expectExact(bench, await bench.sync({ only }), NAMES);
    // He works until six in the evening.
    addActivity(bench.records, 1, bench.now(), iso(midnight(bench.now(), 0), 18 * 3_600));
    await bench.advance({ days: 1 });
    leave(bench);
    await expectExact(bench, await bench.sync({ only }), NAMES);
    const last = await bench.rows('select max(snapshot_at) as at from chatrhub.agent_activities where agent_id = 1');
    expect(last).toEqual([{ at: new Date(iso(midnight(bench.now(), -1), 18 * 3_600 - 300)) }]);
    // From then on a look a week is enough.
    bench.requestsSince();
    for (const _night of [2, 3, 4]) {
      await bench.advance({ days: 1 });
      await expectExact(bench, await bench.sync({ only }), NAMES);
    }
    expect(bench.requestsSince('agent_activities').filter((path) => path.includes('/1.json'))).toHaveLength(0);
    expect(await covered(bench, 3)).not.toEqual([]);
  });
});

describe('snapshots', () => {
  it('off the grid are all stored', async () => {
    const bench = await openAgent();
    bench.records.agent_activities.push(snapshot(1, iso(midnight(bench.now(), -2), 421)), snapshot(1, iso(midnight(bench.now(), -2), 422)));
    await expectExact(bench, await bench.sync({ only }), NAMES);
  });
});
