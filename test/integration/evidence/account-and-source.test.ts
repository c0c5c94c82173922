import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { addSmallAccount, addTalk, agent, iso, noon, type Records, task } from '../../support/scripted-records.ts';
import { atFirst, type Endpoint } from '../../support/scripted-source.ts';

const open = useBench();
const CHATS = ['agents', 'groups', 'chats', 'messages', 'tasks'];

async function openSmall(options: Parameters<typeof addSmallAccount>[2] = {}, startDays = 6): Promise<EvidenceBench> {
  const bench = await open({ startDays });
  addSmallAccount(bench.records, bench.now(), options);
  bench.records.tasks.push(task(1, noon(bench.now(), -2)));
  return bench;
}
const everything = (records: Records) => Object.values(records).flat();
const withoutClient = (records: Records) => {
  for (const { attributes } of everything(records)) delete attributes.client_id;
};

describe('an account without a number', () => {
  it('is account 0, and nothing of it is refused', async () => {
    const bench = await openSmall();
    withoutClient(bench.records);
    await expectExact(bench, await bench.sync(), undefined, { clientId: 0 });
    expect(await bench.rows('select reason from chatrhub_sync.rejected_records')).toEqual([]);
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync(), undefined, { clientId: 0 });
  });

  it('is one of that number, once it is seen: what was there before too', async () => {
    const bench = await openSmall();
    withoutClient(bench.records);
    await bench.sync();
    for (const { attributes } of everything(bench.records)) attributes.client_id = 77;
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync(), undefined, { clientId: 77 });
    expect(await bench.rows('select distinct client_id::int as id from chatrhub.messages')).toEqual([{ id: 77 }]);
  });

  it('in some lists, has it from the others of the first run', async () => {
    const bench = await openSmall();
    for (const { attributes } of [...bench.records.agents, ...bench.records.groups]) delete attributes.client_id;
    await expectExact(bench, await bench.sync());
  });

  it('that the list of agents says otherwise, is what most records of the first run say', async () => {
    const bench = await openSmall({ activityDays: 0 });
    for (const { attributes } of bench.records.agents) attributes.client_id = 1;
    const run = await bench.sync({ only: CHATS });
    expect(await bench.differences(['chats', 'messages'])).toEqual([]);
    expect(run.status).toBe('partial');
    expect(await bench.rows('select distinct client_id::int as id from chatrhub.chats where not is_inferred')).toEqual([{ id: 77 }]);
  });
});

describe('a record of another account', () => {
  it('is kept aside, is in doubt once, and stays aside', async () => {
    const bench = await openSmall({ activityDays: 0 });
    bench.records.agents.push(...Array.from({ length: 20 }, (_, i) => agent(30 + i)), agent(60, { client_id: 1 }));
    await expectDoubt(bench, await bench.sync({ only: CHATS }), { resource: 'agents', reason: 'records_refused' });
    for (const _night of [1, 2]) {
      await bench.advance({ hours: 1 });
      expect(await bench.sync({ only: CHATS })).toMatchObject({ status: 'complete', errors: [] });
      expect(await bench.doubts()).toEqual([]);
    }
    expect(await bench.rows('select agent_id from chatrhub.agents where agent_id = 60')).toEqual([]);
    expect(await bench.rows(`select distinct reason from chatrhub_sync.rejected_records`)).toEqual([
      { reason: 'belongs to account 1, not to 77' },
    ]);
  });
});

const deep = (depth: number, inner = '"token"') => '['.repeat(depth) + inner + ']'.repeat(depth);

describe('a text that looks like deep JSON', () => {
  it.each<[string, string]>([
    ['66 brackets', deep(66)],
    ['5,000 brackets', deep(5_000)],
    ['66 braces', `${'{"a":'.repeat(66)}"token"${'}'.repeat(66)}`],
    ['66 brackets around texts that are JSON themselves', deep(66, JSON.stringify(JSON.stringify(['token', { secret: 1 }])))],
    ['brackets that do not close', `${'['.repeat(90)}"token`],
  ])('is stored as a text, and costs no record: %s', async (_, text) => {
    const bench = await openSmall({ activityDays: 0 });
    const { records } = bench;
    Object.assign(records.visitors[0]?.attributes ?? {}, { name: text });
    Object.assign(records.chats[1]?.attributes ?? {}, { feedback: text });
    Object.assign(records.messages[2]?.attributes ?? {}, { body: text });
    expect(await bench.sync({ only: [...CHATS, 'visitors'] })).toMatchObject({ status: 'complete', errors: [] });
    for (const statement of [
      'select name as text from chatrhub_private.visitor_contacts where visitor_id = 1001',
      'select feedback as text from chatrhub_private.chat_feedback where chat_id = 2',
      'select body as text from chatrhub_private.message_bodies where message_id = 102',
    ]) {
      const [row] = await bench.rows<{ text: string }>(statement);
      expect(row?.text?.slice(0, 60), statement).toBe(text.slice(0, 60));
    }
    expect(await bench.rows('select from chatrhub_sync.rejected_records where attribute is null')).toEqual([]);
    expect(await bench.missing('visitors')).toEqual([]);
  });

  it('keeps no secret that is in it', async () => {
    const bench = await openSmall({ activityDays: 0 });
    Object.assign(bench.records.visitors[0]?.attributes ?? {}, { name: deep(66, '{"password":"fake-secret-of-a-visitor"}') });
    await bench.sync({ only: [...CHATS, 'visitors'] });
    const [row] = await bench.rows<{ name: string }>('select name from chatrhub_private.visitor_contacts where visitor_id = 1001');
    expect(row?.name).toMatch(/^\[{60}/);
    const raw = await bench.rows(`select from chatrhub_raw.record_versions where attributes::text like '%fake-secret-of%'`);
    expect([row?.name.includes('fake-secret-of'), raw]).toEqual([false, []]);
  });

  it('does not keep what its visitor does from being seen', async () => {
    const bench = await openSmall({ activityDays: 0 });
    Object.assign(bench.records.tasks[0]?.attributes ?? {}, { variables_: deep(66) });
    expect((await bench.sync({ only: CHATS })).errors).toEqual([]);
    expect(await bench.rows('select task_id::int as id from chatrhub.tasks')).toEqual([{ id: 1 }]);
  });
});

describe('a database that refuses rows', () => {
  const REFUSALS: [string, string, string, string][] = [
    [
      'a column',
      'chats',
      'add column region text not null default 1; alter table chatrhub.chats alter column region drop default',
      'drop column region',
    ],
    ['a constraint', 'chats', `add constraint ours check (chat_id < 4)`, 'drop constraint ours'],
    ['a constraint', 'messages', `add constraint ours check (chat_id <> 2)`, 'drop constraint ours'],
    ['a constraint', 'tasks', `add constraint ours check (task_type <> 'operational')`, 'drop constraint ours'],
    [
      'a constraint',
      'agent_activities',
      `add constraint ours check (snapshot_at <> timestamptz '2026-03-12 00:05Z')`,
      'drop constraint ours',
    ],
    ['a constraint', 'visitors', `add constraint ours check (visitor_id <> 1002)`, 'drop constraint ours'],
  ];
  it.each(REFUSALS)(
    'because of %s that was added to %s makes the run partial, and has them asked for again',
    async (_, table, add, remove) => {
      const bench = await openSmall();
      await bench.rows(`alter table chatrhub.${table} ${add}`);
      const run = await bench.sync();
      expect(await bench.differences()).not.toEqual([]);
      await expectDoubt(bench, run, { resource: table as 'chats', reason: 'database_refused' });
      await bench.rows(`alter table chatrhub.${table} ${remove}`);
      await bench.advance({ hours: 1 });
      await expectExact(bench, await bench.sync());
    },
  );

  it('from a backfill, covers none of its days, and reads them when the column is gone', async () => {
    const bench = await openSmall({ chats: 18, activityDays: 0 }, 3);
    const from = noon(bench.now(), -18).slice(0, 10);
    await bench.sync({ only: CHATS });
    await bench.rows(`alter table chatrhub.chats ${REFUSALS[0]?.[2]}`);
    const run = await bench.backfill(from, { only: CHATS });
    await expectDoubt(bench, run, { resource: 'chats', reason: 'database_refused' });
    expect(
      await bench.rows(`select from chatrhub_sync.coverage where resource = 'chats' and covered_from < '${noon(bench.now(), -4)}'`),
    ).toEqual([]);
    await bench.rows('alter table chatrhub.chats drop column region');
    await expectExact(bench, await bench.backfill(from, { only: CHATS }), ['chats', 'messages'], { from });
    expect(await bench.backfill(from, { only: CHATS })).toMatchObject({ status: 'complete', requests: 0 });
  });
});

const UNTIL = /20\d\d-\d\d-\d\d/;

describe('a source that asks to wait longer than the run lasts', () => {
  it.each<[string, string]>([
    ['in seconds', '604800'],
    ['as a date', new Date(Date.now() + 7 * 86_400_000).toUTCString()],
  ])('for everything has failed, with its status and until when: %s', async (_, wait) => {
    const bench = await openSmall();
    for (const endpoint of [
      'agents',
      'groups',
      'visitors',
      'chats',
      'report',
      'messages',
      'agent_groups',
      'agent_activities',
      'tasks',
    ] as const)
      bench.source.on(endpoint, () => ({ status: 503, headers: { 'retry-after': wait }, body: { error: 'maintenance' } }));
    const run = await bench.sync();
    expect(run.status).toBe('failed');
    expect(run.errors.map(({ error }) => error).join('\n')).toMatch(/503/);
    expect(run.errors.map(({ error }) => error).join('\n')).toMatch(UNTIL);
    expect(run.requests).toBeLessThanOrEqual(12);
    bench.source.restore();
    await bench.advance({ days: 8 });
    await expectExact(bench, await bench.sync());
  });

  it.each<Endpoint>(['messages', 'tasks', 'agents', 'agent_activities', 'agent_groups'])(
    'for %s alone leaves that out, and the others are there',
    async (endpoint) => {
      const bench = await openSmall();
      await bench.sync();
      await bench.advance({ days: 1 });
      addTalk(bench.records, 40, iso(bench.now(), -40_000));
      bench.records.tasks.push(task(2, iso(bench.now(), -40_000)));
      bench.records.groups.push({
        ...agent(30),
        type: 'groups',
        attributes: { ...bench.records.groups[0]?.attributes, group_name: 'New' },
      });
      await bench.rows(`delete from chatrhub_sync.requests where resource = 'agent_groups'`);
      bench.source.on(endpoint, () => ({ status: 503, headers: { 'retry-after': '604800' }, body: { error: 'maintenance' } }));
      const run = await bench.sync();
      expect(run.status).toBe('partial');
      expect(run.errors).toContainEqual({ resource: endpoint, error: expect.stringMatching(/503/) });
      expect(run.errors).toContainEqual({ resource: endpoint, error: expect.stringMatching(UNTIL) });
      // What comes after three failures in a row may be left for the next run.
      const others = (['groups', 'chats', ...(endpoint === 'tasks' ? [] : (['tasks', 'messages'] as const))] as const).filter(
        (name) => name !== endpoint,
      );
      expect(await bench.differences(others)).toEqual([]);
    },
  );

  it('waits for one that it can wait for', async () => {
    const bench = await openSmall({ activityDays: 0 });
    let isFirst = true;
    bench.source.on('groups', (_, next) => {
      if (!isFirst) return next();
      isFirst = false;
      return { status: 503, headers: { 'retry-after': '1' }, body: { error: 'restarting' } };
    });
    await expectExact(bench, await bench.sync({ only: CHATS }), ['groups', 'chats']);
  });
});

describe('a key that is refused', () => {
  const refused = () => ({ status: 401, body: { error: 'insufficient scope' } });

  it.each<Endpoint>(['groups', 'report', 'tasks', 'agent_activities', 'messages', 'agent_groups', 'visitors'])(
    'for %s alone, while it is good for others, leaves that out, and one request a night shows it',
    async (endpoint) => {
      const bench = await openSmall();
      bench.source.on(endpoint, refused);
      for (const _night of [1, 2]) {
        bench.requestsSince();
        const run = await bench.sync();
        expect(run).toMatchObject({ status: endpoint === 'report' ? 'complete' : 'partial' });
        for (const { resource, error } of run.errors)
          expect([resource, error]).toEqual([endpoint, expect.stringMatching(/the API key is refused for this endpoint \(401\)/)]);
        expect(
          await bench.differences(
            (['agents', 'chats', 'agent_activities', 'tasks', 'messages', 'visitors'] as const).filter((name) => name !== endpoint),
          ),
        ).toEqual([]);
        expect(bench.requestsSince('agents').length).toBeLessThanOrEqual(2 + Number(endpoint === 'report'));
        await bench.advance({ days: 1 });
      }
    },
  );

  it('once leaves out what was asked for', async () => {
    const bench = await openSmall();
    bench.source.on('chats', atFirst(refused()));
    const run = await bench.sync();
    expect(run).toMatchObject({ status: 'partial', errors: [{ resource: 'chats' }] });
    expect(await bench.differences(['agents', 'groups', 'tasks', 'agent_activities'])).toEqual([]);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync());
  });

  it('for the first request ends the run', async () => {
    const bench = await openSmall();
    for (const endpoint of ['agents', 'groups', 'tasks'] as const) bench.source.on(endpoint, refused);
    expect(await bench.sync()).toMatchObject({ status: 'failed', requests: 1, errors: [{ resource: 'all' }] });
    expect(await bench.sync({ only: ['tasks'] })).toMatchObject({ status: 'failed', requests: 2, errors: [{ resource: 'all' }] });
  });
});

/** Pauses end by the clock of the database, which stands still otherwise. */
async function whileTimePasses<T>(bench: EvidenceBench, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const passing = (async () => {
    while (!over.signal.aborted) {
      await bench.advance({ minutes: 1 / 60 });
      await setImmediate();
    }
  })();
  return work().finally(() => {
    over.abort();
    return passing;
  });
}

describe('an endpoint that answers 429 without end, while others answer,', () => {
  it.each<[Endpoint, string | undefined]>([
    ['agents', '0'],
    ['report', '-5'],
    ['tasks', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['agent_activities', undefined],
  ])('is left, and named: %s, Retry-After %s', async (endpoint, wait) => {
    const bench = await openSmall();
    bench.source.on(endpoint, () => ({ status: 429, headers: wait === undefined ? {} : { 'retry-after': wait }, body: {} }));
    const run = await whileTimePasses(bench, () => bench.sync());
    expect(run.status).toBe('partial');
    for (const { resource, error } of run.errors)
      expect([resource, error]).toEqual([endpoint, expect.stringMatching(/^GET \/.+: too many requests \(429\), 6 times in a row/)]);
    if (endpoint === 'report') await expectDoubt(bench, run, { resource: 'chats', reason: 'report_failed' });
    else expect(run.errors).not.toEqual([]);
    const others = (['groups', 'chats', 'agent_activities', 'tasks', 'messages'] as const).filter((name) => name !== endpoint);
    expect(await bench.differences(endpoint === 'agents' ? ['groups'] : others)).toEqual([]);
  });

  it('is waited for while the others are refused, too', async () => {
    const bench = await openSmall();
    let left = 8;
    for (const endpoint of ['agents', 'groups'] as const)
      bench.source.on(endpoint, (_, next) => (left-- > 0 ? { status: 429, headers: { 'retry-after': '0' }, body: {} } : next()));
    await expectExact(bench, await whileTimePasses(bench, () => bench.sync({ only: ['agents', 'groups'] })), ['agents', 'groups']);
  });
});

describe('some chats and agents that always fail', () => {
  it.each([500, 403])('with %i are asked for last, from the second night on, and all others are there', async (status) => {
    const bench = await open({ startDays: 20 });
    addSmallAccount(bench.records, bench.now(), { activityDays: 2, chats: 15 });
    bench.records.agents.push(...[4, 5, 6, 7].map((id) => agent(id, { trmnt_ind: 1 })));
    const failing = { status, body: {} };
    bench.source.on('messages', (url, next) => (Number(url.searchParams.get('chat_id')) > 10 ? failing : next()));
    bench.source.on('agent_activities', (url, next) => (/\/[1456]\.json/.test(url.pathname) ? failing : next()));
    for (const _night of [1, 2, 3]) {
      expect(await bench.sync()).toMatchObject({ status: 'partial' });
      await bench.advance({ days: 1 });
    }
    const rows = await bench.rows(`select chat_id::int as id from chatrhub.chats where messages_synced_at is not null order by 1`);
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const [asked] = await bench.rows(
      `select count(distinct scope)::int as count from chatrhub_sync.coverage where resource = 'agent_activities'`,
    );
    expect(asked).toEqual({ count: bench.records.agents.length - 4 });
  });
});
