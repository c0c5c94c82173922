import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeStatus } from '../../src/cli/status-command.ts';
import { expectReads, readFreshness } from '../../src/operations/freshness.store.ts';
import { readOverview } from '../../src/operations/overview.store.ts';
import { renderMetrics } from '../../src/operations/prometheus.ts';
import { raiseAlerts } from '../../src/operations/raise-alerts.store.ts';
import { readStatus, type Status } from '../../src/operations/status.store.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import { dayOf } from '../../src/time/period.ts';
import { parseMetrics, serveStatus } from '../support/status-page.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

const HOUR_MS = 3_600_000;
const timetable = parseTimetable('0 2 * * *', 'UTC');

let bench: Workbench;
beforeEach(async () => {
  bench = await createWorkbench({ seed: 44, agents: 4, days: 6, chats: 40 });
});
afterEach(() => bench.close());

const expectNightly = () => expectReads(bench.database, { timetable, maxDurationMs: 6 * HOUR_MS }, new Date());
/** Moves what was noted into the past, of all resources or of one. */
const age = (hours: number, resource?: string) =>
  bench.database.pool.query(
    `update chatrhub_sync.freshness set last_read_at = last_read_at - $1 * interval '1 hour', expected_since = expected_since - $1 * interval '1 hour'
     where $2::text is null or resource = $2`,
    [hours, resource ?? null],
  );
const freshness = async () => Object.fromEntries((await readFreshness(bench.database)).map((row) => [row.resource, row.freshness]));
const all = (state: string) => ({
  agents: state,
  groups: state,
  agent_groups: state,
  visitors: state,
  chats: state,
  messages: state,
  agent_activities: state,
  tasks: state,
});

describe('the rows of a resource', () => {
  it('are records that were received, and no stubs that stand in for others', async () => {
    await bench.sync();
    const rowsOf = async ({ resources }: Pick<Status, 'resources'>) => [resources.chats?.rows, resources.visitors?.rows];
    const counted = async () => [
      await rowsOf(await readStatus(bench.database, { limits: [], rateScope: 'account' })),
      await rowsOf(await readStatus(bench.database, { limits: [], rateScope: 'account', countsFrom: 'statistics' })),
    ];
    const before = await counted();
    await bench.database.pool.query(
      `insert into chatrhub.chats (chat_id, client_id, is_inferred, synced_at) select 900000 + n, 1, true, now() from generate_series(1, 3) n`,
    );
    expect(await counted()).toEqual(before);
    await bench.database.pool.query(`update pg_class set reltuples = 150000 where oid = 'chatrhub.chats'::regclass`);
    expect((await counted())[1]).toEqual([149_997, before[1]?.[1]]);
  });
});

describe('a resource', () => {
  it('was never read before the first sync, and is fresh after it', async () => {
    expect(await freshness()).toEqual(all('never'));
    await bench.sync();
    expect(await freshness()).toEqual(all('fresh'));
  });

  it('of which nothing is wanted is read by the sync that finds so', async () => {
    await bench.sync({ only: ['messages'] });
    expect(bench.requestsSince()).toEqual([]);
    expect(await freshness()).toEqual({ ...all('never'), messages: 'fresh' });
  });

  it('of which nothing is wanted is not read by a sync in which the chats failed', async () => {
    bench.simulator.fail((path) => path.startsWith('/chats'), { status: 400, body: '{}' }, 100);
    await bench.sync({ only: ['chats', 'messages'] });
    expect(await freshness()).toEqual(all('never'));
  });

  it('that is read weekly was not read by a sync which leaves it out', async () => {
    await bench.sync();
    await age(24);
    await bench.sync();
    const rows = await readFreshness(bench.database);
    expect(rows.flatMap(({ resource, secondsSinceRead }) => ((secondsSinceRead ?? 0) > 3_600 ? [resource] : []))).toEqual([
      'visitors',
      'agent_groups',
    ]);
  });

  it('is stale when the next sync had its time and did not read it, and later where it is read weekly', async () => {
    await bench.sync();
    await expectNightly();
    await age(30.9);
    expect(await freshness()).toEqual(all('fresh'));
    await age(0.2);
    expect(await freshness()).toEqual({ ...all('stale'), agent_groups: 'fresh', visitors: 'fresh' });
    await age(24 * 7.5);
    expect(await freshness()).toEqual(all('stale'));
  });

  it('that was never read is late like any other, and says that it was never read', async () => {
    await expectNightly();
    await age(32);
    const rows = await readFreshness(bench.database);
    expect(rows.map((row) => [row.resource, row.freshness, Math.floor(row.lateSeconds / 3_600)])).toContainEqual(['chats', 'never', 1]);
  });

  it('is not read by a sync in which it failed, or that did not come to it', async () => {
    await bench.sync();
    await expectNightly();
    await age(40);
    bench.simulator.fail((path) => path.startsWith('/groups'), { status: 400, body: '{}' }, 100);
    await bench.sync({ only: ['agents', 'groups'] });
    expect(await freshness()).toMatchObject({ agents: 'fresh', groups: 'stale', chats: 'stale', tasks: 'stale' });
  });

  it.each([
    ['one of them is refused', 'task_type=operational&is_resolved=0', 400],
    ['the last of them is refused', 'task_type=machine_learning&is_resolved=1', 400],
    ['the source is down', '/q_tasks', 503],
  ])('that comes in several lists is not read while %s', async (_, list, status) => {
    await bench.sync();
    await expectNightly();
    await age(40);
    const times = status === 400 ? 1 : 100;
    bench.simulator.fail((path) => path.includes(list), { status, body: '{}' }, times);
    expect((await bench.sync({ only: ['agents', 'tasks'] })).status).not.toBe('complete');
    expect(await freshness()).toMatchObject({ agents: 'fresh', tasks: 'stale' });
  });

  it('that comes in several lists is read when all of them are, also where something else failed', async () => {
    await bench.sync();
    await expectNightly();
    await age(40);
    bench.simulator.fail((path) => path.startsWith('/groups'), { status: 400, body: '{}' }, 1);
    await bench.sync({ only: ['groups', 'tasks'] });
    expect(await freshness()).toMatchObject({ groups: 'stale', tasks: 'fresh' });
  });

  it('that comes agent by agent is read when all agents are, and not by a sync that came to some of them', async () => {
    const only = ['agent_activities'];
    await bench.sync({ only: ['agents'] });
    const hurried = bench.seat([{ count: 3, windowMs: HOUR_MS }]);
    expect(await hurried.sync({ only, maxDurationMs: 60_000 })).toMatchObject({ status: 'incomplete', requests: 2 });
    expect(await freshness()).toMatchObject({ agents: 'fresh', agent_activities: 'never' });
    await bench.sync({ only });
    expect(await freshness()).toMatchObject({ agent_activities: 'fresh' });
  });

  it.each([
    ['something else failed', '/groups', 'fresh'],
    ['the list of agents failed', '/agents.json', 'stale'],
    ['one of them failed', '/agent_activities', 'stale'],
  ])('that comes agent by agent is read or not where %s', async (_, path, state) => {
    await bench.sync();
    await expectNightly();
    await age(40);
    bench.simulator.fail((asked) => asked.startsWith(path), { status: 403, body: '{}' }, 1);
    expect((await bench.sync({ only: ['agents', 'groups', 'agent_activities'] })).status).toBe('partial');
    expect(await freshness()).toMatchObject({ agent_activities: state });
  });

  it('is not read by a backfill, which reads other days, save a weekly list, which syncs then leave out', async () => {
    await bench.sync();
    await expectNightly();
    await age(24 * 20);
    await bench.backfill(dayOf(bench.account.startedAt), { refresh: true });
    expect(await freshness()).toEqual({ ...all('stale'), agent_groups: 'fresh', visitors: 'fresh' });
  });
});

describe('how fresh a resource is', () => {
  it('is the same in the view, the status page, the metrics and the alerts', async () => {
    const { database } = bench;
    await bench.sync({ only: ['agents', 'chats', 'visitors'] });
    await expectNightly();
    await age(40, 'chats');
    await age(40, 'tasks');
    const { rows } = await database.pool.query(
      'select entity, last_read_at, freshness, late_seconds > 0 as is_late from chatrhub_bi.data_freshness',
    );
    expect(rows.map(({ entity, freshness, is_late }) => [entity, freshness, is_late])).toEqual([
      ['agents', 'fresh', false],
      ['groups', 'never', false],
      ['visitors', 'fresh', false],
      ['agent_groups', 'never', false],
      ['chats', 'stale', true],
      ['messages', 'never', false],
      ['agent_activities', 'never', false],
      ['tasks', 'never', true],
    ]);
    const settings = { limits: [], rateScope: 'account' as const, cron: '0 2 * * *', timetable, version: '1.2.3' };
    const overview = await readOverview(database, settings);
    const figures = { runs: [], requests: [], rows: { inserted: 0, updated: 0, unchanged: 0, rejected: 0 } };
    const { text } = await renderMetrics({ overview, figures: { ...figures, slots: { skipped: 0, made: 0 }, rejected: [], lastRuns: [] } });
    const samples = parseMetrics(text);
    for (const { entity, freshness, last_read_at, is_late } of rows) {
      const shown = overview.resources[entity];
      expect([entity, shown?.freshness, shown?.last_read_at]).toEqual([entity, freshness, last_read_at?.toISOString() ?? null]);
      expect([entity, samples.get(`chatrhub_sync_stale{resource="${entity}"}`)]).toEqual([entity, Number(is_late)]);
      expect([entity, (samples.get(`chatrhub_sync_late_seconds{resource="${entity}"}`) ?? 0) > 0]).toEqual([entity, is_late]);
    }
    await raiseAlerts(database);
    const { rows: alerts } = await database.pool.query(
      `select details -> 'resources' as late from chatrhub_sync.alerts where kind = 'stale'`,
    );
    expect(alerts).toEqual([{ late: ['chats', 'tasks'] }]);
  });
});

/** Up to when each resource reaches, asked of its own table, and said in a time zone half an hour off the others. */
const REACHED = `
  select resource, at, to_char(at at time zone 'Asia/Kolkata', 'FMDD Mon YYYY, HH24:MI') as local from (
    select 'agents', max(greatest(created_at, updated_at)) from chatrhub.agents
    union all select 'groups', max(greatest(created_at, updated_at)) from chatrhub.groups
    union all select 'agent_groups', max(greatest(created_at, updated_at)) from chatrhub.agent_groups
    union all select 'visitors', max(created_at) from chatrhub.visitors
    union all select 'chats', max(created_at) from chatrhub.chats
    union all select 'messages', max(created_at) from chatrhub.messages
    union all select 'agent_activities', max(snapshot_at) from chatrhub.agent_activities
    union all select 'tasks', max(greatest(created_at, updated_at)) from chatrhub.tasks
  ) r (resource, at)`;
const SAID: Record<string, string> = {
  visitors: 'newest visitor appeared',
  chats: 'newest chat began',
  messages: 'newest message was sent',
  agent_activities: 'newest snapshot was taken',
};

describe('up to when a resource reaches', () => {
  it('is said in the reporting time zone, which is named, by status, status --json and the page', async () => {
    const { database } = bench;
    await bench.sync({ only: ['agents', 'groups', 'chats', 'messages', 'visitors', 'agent_activities'] });
    await database.pool.query(`update chatrhub_bi.settings set reporting_time_zone = 'Asia/Kolkata'`);
    await database.pool.query(`insert into chatrhub.agent_groups (agent_id, group_id, client_id, synced_at)
      select min(agent_id), (select min(group_id) from chatrhub.groups), 77, now() from chatrhub.agents`);
    const { rows } = await database.pool.query<{ resource: string; at: Date | null; local: string | null }>(REACHED);
    expect(rows.filter(({ at }) => at === null).map(({ resource }) => resource)).toEqual(['agent_groups', 'tasks']);
    const said = (resource: string, local: string | null): string => {
      if (local !== null) return `${SAID[resource] ?? 'newest change was made'} ${local}`;
      return resource === 'tasks' ? 'no record yet' : 'newest record is not known';
    };

    const status = await readStatus(database, { limits: [], rateScope: 'account' });
    expect(status.reporting_time_zone).toBe('Asia/Kolkata');
    const text = describeStatus(status, undefined);
    expect(text).toContain('Newest records, in Asia/Kolkata');
    const many = Object.entries(status.resources).map(([name, shown]) => [name, { ...shown, rows: 123_456_789, backlog: 98_765 }]);
    const wide = describeStatus({ ...status, resources: Object.fromEntries(many) }, undefined).split('\n');
    const tables = wide.slice(wide.indexOf('Last runs, in UTC'), wide.indexOf('Budget'));
    expect(tables.length).toBeGreaterThan(25);
    for (const line of tables) expect(line.length, line).toBeLessThanOrEqual(80);
    const server = await serveStatus(database);
    try {
      const page = await (await fetch(server.url)).text();
      const json = (await (await fetch(`${server.url}status.json`)).json()) as Status;
      expect(json).toMatchObject({ reporting_time_zone: 'Asia/Kolkata' });
      expect(page).toContain('in Asia/Kolkata, the reporting time zone');
      for (const { resource, at, local } of rows) {
        const shown = { reaches_until_at: at?.toISOString() ?? null, reaches_until_text: said(resource, local) };
        expect({ resource, ...status.resources[resource] }).toMatchObject({ resource, ...shown });
        expect(json.resources[resource]).toMatchObject(shown);
        expect(text).toContain(`\n  ${resource.padEnd('agent_activities'.length)}  ${shown.reaches_until_text}`);
        const card = page.slice(page.indexOf(`<h3>${resource.replace('_', ' ')}</h3>`));
        expect(card.slice(0, card.indexOf('</li>')).replace(/<[^>]*>/g, '')).toContain(shown.reaches_until_text);
      }
    } finally {
      await server.close();
    }
  });
});
