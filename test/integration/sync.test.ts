import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logEvent } from '../../src/events.ts';
import { readStatus } from '../../src/operations/status.store.ts';
import { describeProgress } from '../../src/runs/progress.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { expectedTables } from '../support/oracle.ts';
import type { Row } from '../support/read-tables.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

describe('nightly syncs of eight agents and three weeks of chats', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await createWorkbench({ seed: 1, agents: 8, days: 20, chats: 160 });
  });
  afterAll(() => bench.close());

  it('make every table equal to the account, column by column', async () => {
    const report = await bench.sync();
    expect(report).toMatchObject({ status: 'complete', errors: [] });
    await expectWarehouse(bench);
    // Columns take all that the source sends.
    const { rows } = await bench.database.pool.query(`select undeclared from chatrhub_sync.runs`);
    expect(rows).toEqual([{ undeclared: {} }]);
    for (const [name, { fetched, inserted, updated, unchanged, rejected }] of Object.entries(report.resources)) {
      expect(inserted + updated + unchanged + rejected, name).toBe(fetched);
    }
  });

  it('write nothing when repeated at once, save messages_synced_at of chats still open, and ask only what can have changed', async () => {
    bench.requestsSince();
    const before = await readRowVersions(bench.database);
    const report = await bench.sync();
    expect(report.status).toBe('complete');
    expect(await readRowVersions(bench.database)).toEqual(before);
    expect(Object.values(report.resources).map(({ inserted, updated }) => inserted + updated)).toEqual(Array(8).fill(0));

    const tables = expectedTables(bench.account);
    const names = new Map(tables['chatrhub_private.visitor_contacts'].map(({ visitor_id, xmpp_username }) => [visitor_id, xmpp_username]));
    const open = tables['chatrhub.chats'].filter((chat) => !chat.is_ended);
    const isAlone = ({ visitor_id }: Row) => open.filter((other) => other.visitor_id === visitor_id).length === 1 || visitor_id === null;
    const units = open.map((chat) => (isAlone(chat) ? `chat_id=${chat.chat_id}` : `visitor_username=${names.get(chat.visitor_id)}`));
    const asked = bench.requestsSince();
    const messages = asked.filter((path) => path.startsWith('/messages')).map((path) => path.split('&')[1]);
    expect(messages.sort()).toEqual([...new Set(units)].sort());
    expect(asked.filter((path) => /^\/(agents|groups|chats)\.json/.test(path))).toHaveLength(3);
    const working = tables['chatrhub.agents'].filter((agent) => !agent.is_bot && !agent.is_terminated);
    expect(asked.filter((path) => path.startsWith('/agent_activities'))).toHaveLength(working.length);
    expect(asked.filter((path) => /^\/(agent_groups|visitors)/.test(path))).toEqual([]);
  });

  it('follow the account night after night: new chats, late ratings, tags, resolved tasks, renamed agents', async () => {
    for (const night of [1, 2, 3]) {
      bench.account.advance({ days: 1, hours: night });
      const report = await bench.sync();
      expect(report).toMatchObject({ status: 'complete', errors: [] });
      await expectWarehouse(bench);
    }
  });

  it('ask weekly lists again after a week, also when the run comes ten minutes early', async () => {
    await bench.database.pool.query(`update chatrhub_sync.requests set loaded_at = loaded_at - interval '7 days' + interval '10 minutes'`);
    bench.requestsSince();
    await bench.sync({ only: ['visitors', 'agent_groups'] });
    expect(bench.requestsSince().filter((path) => path === '/visitors.json')).toHaveLength(1);
    await expectWarehouse(bench, ['chatrhub.visitors', 'chatrhub.agent_groups', 'chatrhub_private.visitor_contacts']);
  });
});

describe('a sync after forty nights without one', () => {
  it('leaves no hole', async () => {
    const bench = await createWorkbench({ seed: 4, agents: 4, days: 5, chats: 30 });
    try {
      await bench.sync();
      bench.account.advance({ days: 40 });
      expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
      const { pool } = bench.database;
      const torn = await pool.query('select scope from chatrhub_sync.coverage group by resource, scope having count(*) > 1');
      expect(torn.rows).toEqual([]);
      await expectWarehouse(bench, ['chatrhub.messages', 'chatrhub.agent_activities', 'chatrhub.tasks']);
      const known = new Set((await pool.query('select chat_id from chatrhub.chats')).rows.map(({ chat_id }) => Number(chat_id)));
      expect(expectedTables(bench.account)['chatrhub.chats'].filter((chat) => !known.has(Number(chat.chat_id)))).toEqual([]);
    } finally {
      await bench.close();
    }
  });
});

describe('a sync that takes long', () => {
  it('tells every now and then which resource it is at and how many requests are left', async () => {
    const bench = await createWorkbench({ seed: 8, agents: 4, days: 3, chats: 60 });
    try {
      const lines: Record<string, unknown>[] = [];
      const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
      await bench.sync({ logger, watch: { everyMs: 1, show: (view) => logEvent(logger, 'run_progress', describeProgress(view)) } });
      const progress = lines.filter(({ event }) => event === 'run_progress');
      expect(new Set(progress.map(({ resource }) => resource))).toContain('messages');
      const left = progress.filter(({ resource }) => resource === 'messages').map((line) => Number(line.left));
      expect(left).toEqual([...left].sort((a, b) => b - a));
      expect(left[0]).toBeGreaterThan(left.at(-1) ?? 0);
    } finally {
      await bench.close();
    }
  });
});

describe('a sync while tasks are being resolved', () => {
  it('misses none of those that were there when it began', async () => {
    const bench = await createWorkbench({ seed: 6, agents: 6, days: 20, chats: 400 }, { taskPageSize: 10 });
    try {
      const before = expectedTables(bench.account)['chatrhub.tasks'].map(({ task_id }) => task_id);
      // Three hours pass with every page, in which some tasks move from the open lists to the resolved ones.
      const passTime = (path: string): boolean => {
        if (path.startsWith('/q_tasks')) bench.account.advance({ hours: 3 });
        return false;
      };
      bench.simulator.fail(passTime, { status: 500 });
      expect(await bench.sync({ only: ['tasks'] })).toMatchObject({ status: 'complete', errors: [] });
      const { rows } = await bench.database.pool.query('select task_id from chatrhub.tasks');
      const known = new Set(rows.map(({ task_id }) => task_id));
      expect(before.filter((id) => !known.has(id))).toEqual([]);
    } finally {
      await bench.close();
    }
  });
});

describe('a sync of a source that fails', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await createWorkbench({ seed: 2, agents: 4, days: 3, chats: 30 });
  });
  afterEach(() => bench.close());

  it('ends after a few requests when nothing is answered, and the next one catches up', async () => {
    // Four tries each for agents, groups and chats, and two on each path of the report, whose failure keeps nothing from being asked for.
    bench.simulator.fail(() => true, { status: 503 }, 16);
    const report = await bench.sync();
    expect(report).toMatchObject({
      status: 'failed',
      requests: 16,
      errors: expect.arrayContaining([expect.objectContaining({ resource: 'all' })]),
    });
    expect(Object.values(report.backlog).reduce((a, b) => a + b)).toBeGreaterThan(5);
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    await expectWarehouse(bench);
  });

  it('is partial when the source goes silent in its midst, and keeps what came', async () => {
    bench.simulator.fail((path) => path.startsWith('/messages'), { status: 500 }, 1_000);
    expect(await bench.sync()).toMatchObject({ status: 'partial' });
    await expectWarehouse(bench, ['chatrhub.chats', 'chatrhub.agent_activities']);
  });

  it('goes on beside one chat whose messages cannot be had', async () => {
    let bad: string | undefined;
    const isBad = (path: string) => {
      if (path.startsWith('/messages')) bad ??= path;
      return path === bad;
    };
    bench.simulator.fail(isBad, 'html', 4);
    const report = await bench.sync();
    expect(report).toMatchObject({ status: 'partial', backlog: { messages: 1, visitors: 0 }, errors: [{ resource: 'messages' }] });
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    await expectWarehouse(bench);
  });

  it('asks by chat for the messages of visitors the source does not know', async () => {
    bench.simulator.fail((path) => path.includes('visitor_username'), { status: 404 }, 1_000);
    expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [], backlog: { messages: 0 } });
    await expectWarehouse(bench);
  });

  it('stops at once when the key is refused in its midst, keeps what came, and goes on with another key', async () => {
    let [isWithdrawn, isOther] = [false, false];
    const isRefused = (path: string): boolean => {
      isWithdrawn ||= path.startsWith('/messages');
      return isWithdrawn && !isOther;
    };
    bench.simulator.fail(isRefused, { status: 401 }, Number.POSITIVE_INFINITY);
    const report = await bench.sync();
    isOther = true;
    expect(report).toMatchObject({ status: 'failed', errors: [{ resource: 'all', error: expect.stringContaining('key was refused') }] });
    // Those that were under way then.
    expect(bench.requestsSince().filter((path) => path.startsWith('/messages')).length).toBeLessThanOrEqual(4);
    await expectWarehouse(bench, ['chatrhub.chats', 'chatrhub.agent_activities']);
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    await expectWarehouse(bench);
  });

  it('asks once for the messages of a chat that is gone', async () => {
    // The only one of its visitor is asked about by its own number.
    const chats = [...bench.account.asOf().chats.values()];
    const alone = chats.findLast(({ id, visitorId }) => chats.every((other) => other.id === id || other.visitorId !== visitorId))?.id;
    const gone = `/messages.json?include_admin=true&chat_id=${alone}`;
    bench.simulator.fail((path) => path === gone, { status: 404 }, 1_000);
    expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
    expect(bench.requestsSince()).toContain(gone);
    expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
    const { rows } = await bench.direct.pool.query('select is_ended from chatrhub.chats where chat_id = $1', [alone]);
    // An open one is looked at each night.
    expect(bench.requestsSince().includes(gone)).toBe(rows[0]?.is_ended !== true);
  });

  it('takes a list that is not there for a failure, and not for an empty one', async () => {
    await bench.sync();
    bench.simulator.fail((path) => path === '/groups.json', { status: 404 }, 1);
    expect(await bench.sync()).toMatchObject({ status: 'partial', errors: [{ resource: 'groups' }] });
    const { rows } = await bench.direct.pool.query('select from chatrhub.groups where source_missing_since is not null');
    expect(rows).toEqual([]);
  });

  it('takes answers that are too large in halves', async () => {
    bench.simulator.fail((path) => path.startsWith('/chats') || path.includes('activities'), 'bomb', 2);
    expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
    await expectWarehouse(bench);
  });

  it('asks for them in halves at once in the nights after, and for all again after a week', async () => {
    const only = ['chats'];
    const asked = async () => {
      bench.requestsSince();
      expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
      return bench.requestsSince().filter((path) => path.startsWith('/chats.json'));
    };
    bench.simulator.fail((path) => path.startsWith('/chats.json'), 'bomb', 1);
    const [whole, ...halves] = await asked();
    expect(halves).toHaveLength(2);
    expect((await asked()).sort()).toEqual(halves.sort());
    await bench.database.pool.query(`update chatrhub_sync.source_facts set found_at = found_at - interval '7 days'`);
    expect(await asked()).toEqual([whole]);
  });

  it('keeps aside what does not fit, and goes on with the rest', async () => {
    const body = JSON.stringify({
      data: [
        { type: 'groups', id: 9_001, attributes: { group_name: 'Good', client_id: 77, create_dt: 'yesterday', trmnt_ind: 'perhaps' } },
        { type: 'groups', id: '12abc', attributes: { group_name: 'No key', client_id: 77 } },
        { type: 'groups', id: 9_002, attributes: { group_name: 'With more', client_id: 77, mood: 'blue' } },
      ],
    });
    bench.simulator.fail((path) => path === '/groups.json', { status: 200, body }, 2);
    for (const _night of [1, 2])
      expect((await bench.sync({ only: ['groups'] })).resources.groups).toMatchObject({ fetched: 3, rejected: 1 });
    const { rows } = await bench.database.pool.query(
      'select resource, record_key, attribute, value, first_run_id, run_id from chatrhub_sync.rejected_records order by attribute nulls first',
    );
    expect(rows).toMatchObject([
      { resource: 'groups', record_key: '12abc', attribute: null, first_run_id: 1, run_id: 2 },
      { resource: 'groups', record_key: '9001', attribute: 'create_dt', value: 'yesterday', first_run_id: 1, run_id: 2 },
      { resource: 'groups', record_key: '9001', attribute: 'trmnt_ind', value: 'perhaps' },
    ]);
    const groups = await bench.database.pool.query('select group_id, group_name, is_terminated from chatrhub.groups order by 1');
    expect(groups.rows).toEqual([
      { group_id: 9_001, group_name: 'Good', is_terminated: null },
      { group_id: 9_002, group_name: 'With more', is_terminated: null },
    ]);
    const status = await readStatus(bench.database, { limits: [], rateScope: 'account' });
    expect(status.undeclared).toEqual({ groups: { mood: 1 } });
  });

  it('copies an empty account', async () => {
    bench.simulator.fail(() => true, { status: 200, body: '{"data": []}' }, 1_000);
    expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
  });
});

/** Where each row version lies: a row that was written again lies elsewhere. Chats still open are told by all but messages_synced_at. */
async function readRowVersions({ pool }: Database): Promise<Record<string, unknown>> {
  const { rows } = await pool.query<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.tables where table_schema in ('chatrhub', 'chatrhub_private') and table_type = 'BASE TABLE'`,
  );
  const versions: Record<string, unknown> = {};
  for (const { name } of rows) {
    const filter = name === 'chatrhub.chats' ? 'where is_ended' : '';
    versions[name] = (await pool.query(`select ctid::text, xmin::text from ${name} ${filter} order by 1`)).rows;
  }
  versions.open = (
    await pool.query(`select to_jsonb(c) - 'messages_synced_at' from chatrhub.chats c where not is_ended order by chat_id`)
  ).rows;
  return versions;
}
