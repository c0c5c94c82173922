import { beforeAll, describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/evidence/doubts.ts';
import { createEvidenceBench, type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { addSmallAccount, addTalk, agent, MISSED, noon, task } from '../../support/scripted-records.ts';
import { atFirst, changed, type Endpoint } from '../../support/scripted-source.ts';
import type { SourceName } from '../../support/source-differences.ts';

const open = useBench();

async function openSmall(): Promise<EvidenceBench> {
  const bench = await open();
  addSmallAccount(bench.records, bench.now());
  bench.records.tasks.push(task(1, noon(bench.now(), -2)), task(2, noon(bench.now(), -1), { is_complete: true }));
  return bench;
}

describe('a record that names its type', () => {
  it.each<[string, SourceName, unknown]>([
    ['in the singular', 'chats', 'chat'],
    ['as a class', 'chats', 'Chat'],
    ['in capitals', 'chats', 'CHATS'],
    ['not at all', 'chats', undefined],
    ['in the singular', 'agents', 'agent'],
    ['as a class', 'groups', 'Group'],
    ['in the singular', 'visitors', 'visitor'],
    ['in the singular', 'messages', 'message'],
    ['in the singular', 'agent_groups', 'agent_group'],
    ['as a class', 'agent_groups', 'AgentGroup'],
    ['in the singular', 'agent_activities', 'agent_activity'],
    ['as a class', 'agent_activities', 'AgentActivity'],
    ['in the singular', 'tasks', 'q_task'],
    ['as a class', 'tasks', 'QTask'],
    ['as we call it, in the singular', 'tasks', 'task'],
  ])('%s, is loaded: %s', async (_, name, type) => {
    const bench = await openSmall();
    bench.source.on(
      name,
      changed((records) => records.map(({ type: _type, ...rest }) => ({ type, ...rest }) as never)),
    );
    await expectExact(bench, await bench.sync());
    // Copies inside other records would hide that the record itself was refused.
    expect(await bench.rows('select resource, reason from chatrhub_sync.rejected_records')).toEqual([]);
  });

  it('in the singular inside another record, is loaded from there', async () => {
    const bench = await openSmall();
    const singular = (copy: unknown) => ({ ...(copy as object), type: String((copy as { type: string }).type).slice(0, -1) });
    bench.source.on(
      'chats',
      changed((records) =>
        records.map(({ attributes, ...rest }) => ({
          ...rest,
          attributes: { ...attributes, agent: singular(attributes.agent), visitor: singular(attributes.visitor) },
        })),
      ),
    );
    await expectExact(bench, await bench.sync({ only: ['chats'] }), ['chats', 'visitors']);
  });

  it('and is of another kind, is refused: said once, with the rest settled, and accepted from then on', async () => {
    const bench = await open({ startDays: 12 });
    addSmallAccount(bench.records, bench.now(), { chats: 10, activityDays: 0 });
    const only = ['agents', 'groups', 'chats'];
    bench.source.on(
      'chats',
      changed((records) => [...records, { type: 'reports', id: 2, attributes: { total_chats: 10 } }]),
    );
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'records_refused' });
    expect(await bench.differences(['chats'])).toEqual([]);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
  });

  it('of which all are of another kind, settles nothing', async () => {
    const bench = await openSmall();
    bench.source.on(
      'chats',
      changed((records) => records.map((record) => ({ ...record, type: 'invoices' }))),
    );
    const only = ['agents', 'groups', 'chats'];
    await expectDoubt(bench, await bench.sync({ only }), { resource: 'chats', reason: 'mostly_refused' });
    expect(await bench.rows(`select covered_from from chatrhub_sync.coverage where resource = 'chats'`)).toEqual([]);
    bench.source.restore();
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync({ only }), ['chats']);
  });
});

describe('attributes', () => {
  const named = (bench: EvidenceBench, name: SourceName, spell: (name: string) => string) =>
    bench.source.on(
      name,
      changed((records) =>
        records.map(({ attributes, ...rest }) => ({
          ...rest,
          attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [spell(key), value])),
        })),
      ),
    );
  const NAMES: SourceName[] = ['agents', 'groups', 'agent_groups', 'visitors', 'chats', 'messages', 'agent_activities', 'tasks'];

  it.each(NAMES)('of %s in another spelling than the documented one are read', async (name) => {
    const bench = await openSmall();
    named(bench, name, (key) => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()));
    await expectExact(bench, await bench.sync());
    expect(await bench.rows('select from chatrhub_sync.rejected_records')).toEqual([]);
  });

  it.each(NAMES)('of %s of which none is documented make no records', async (name) => {
    const bench = await openSmall();
    named(bench, name, (key) => `x_${key}`);
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: 'mostly_refused' });
    bench.source.restore();
    await bench.advance({ days: 8 });
    await expectExact(bench, await bench.sync());
  });
});

const ERRORS = [{ detail: 'statement timeout' }];
const FAILED: [string, object][] = [
  ['errors beside an empty list', { data: [], errors: ERRORS }],
  ['an error beside an empty list', { data: [], error: 'statement timeout' }],
  ['errors beside null', { data: null, errors: ERRORS }],
  ['no success beside an empty list', { data: [], success: false }],
  ['a status of 500 beside an empty record', { data: {}, status: 500 }],
  ['a status of 503 beside null', { data: null, status: 503 }],
];
const ENDPOINTS: Endpoint[] = ['agents', 'groups', 'visitors', 'chats', 'report', 'agent_groups', 'agent_activities', 'tasks'];

describe('records without attributes', () => {
  it.each<[SourceName, unknown]>([
    ['agents', {}],
    ['groups', null],
    ['chats', {}],
    ['messages', null],
    ['tasks', []],
  ])('of %s are rejected, and nothing is stored of them: %j', async (name, attributes) => {
    const bench = await openSmall();
    bench.source.on(
      name,
      changed((records) => records.map((record, i) => (i === 0 ? ({ ...record, attributes } as never) : record))),
    );
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: 'mostly_refused' });
    expect(await bench.rows('select reason from chatrhub_sync.rejected_records')).toContainEqual({ reason: 'has no attributes' });
    bench.source.restore();
    await bench.advance({ days: 8 });
    await expectExact(bench, await bench.sync());
  });
});

describe('records of which all have one id', () => {
  it.each<SourceName>(['agents', 'groups', 'visitors', 'chats', 'messages'])('leave %s in doubt', async (name) => {
    const bench = await openSmall();
    bench.source.on(
      name,
      changed((records) =>
        records.map((record, i) => {
          const create_dt = new Date(Date.parse(String(record.attributes.create_dt)) + i * 1000).toISOString();
          return { ...record, id: 1, attributes: { ...record.attributes, create_dt } };
        }),
      ),
    );
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: 'mostly_refused' });
  });
});

describe('values that do not fit their columns', () => {
  const EPOCH = (value: unknown) => Date.parse(String(value)) / 1000;
  it.each<[SourceName, string, (value: unknown) => unknown]>([
    ['agents', 'create_dt', EPOCH],
    ['chats', 'create_dt', EPOCH],
    ['chats', 'create_dt', () => '03/04/2026 10:00 AM'],
    ['messages', 'create_dt', EPOCH],
    ['agent_groups', 'create_dt', EPOCH],
    ['agent_groups', 'group_id', (id) => ({ id })],
    ['agent_activities', 'status', (status) => [status]],
  ])('in all records of %s leave %s in doubt until they can be read', async (name, attribute, spell) => {
    const bench = await openSmall();
    bench.source.on(
      name,
      changed((records) =>
        records.map(({ attributes, ...rest }) => ({ ...rest, attributes: { ...attributes, [attribute]: spell(attributes[attribute]) } })),
      ),
    );
    const isKey = attribute === 'group_id';
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: isKey ? 'mostly_refused' : 'values_refused' });
    await bench.advance({ days: 1 });
    expect((await bench.sync()).status).toBe('partial');
    bench.source.restore();
    await bench.advance({ days: 7 });
    const report = await bench.sync();
    expect((await bench.doubts()).filter(({ reason }) => reason === 'values_refused')).toEqual([]);
    expect(report.status).toBe('complete');
  });

  it('in one record are kept aside, and leave nothing in doubt', async () => {
    const bench = await openSmall();
    bench.source.on(
      'chats',
      changed((records) =>
        records.map((record, i) => (i > 0 ? record : { ...record, attributes: { ...record.attributes, response_delay: 'soon' } })),
      ),
    );
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    expect(await bench.rows('select attribute, value from chatrhub_sync.rejected_records')).toEqual([
      { attribute: 'response_delay', value: 'soon' },
    ]);
  });
});

describe('members in any spelling that say that there is more', () => {
  it.each<[SourceName, object]>([
    ['agents', { totalElements: 99 }],
    ['groups', { complete: false }],
    ['visitors', { '@odata.nextLink': 'more' }],
    ['chats', { warning: 'only the first record is shown' }],
    ['messages', { partial_results: 'yes' }],
    ['agent_groups', { page: { number: 0, total_pages: 2 } }],
    ['agent_activities', { continuationToken: 'abc' }],
  ])('of %s, as %j, leave them in doubt', async (name, more) => {
    const bench = await openSmall();
    bench.source.on(name, (_, next) => ({ ...next(), ...more }));
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: 'more_announced' });
    bench.source.restore();
    await bench.advance({ days: 8 });
    await expectExact(bench, await bench.sync());
  });
});

describe('headers that say that there is more', () => {
  it.each<[string, SourceName, Record<string, string>]>([
    ['a link to another path', 'agents', { link: '</api/v1/agents.json?page=1>; rel="prev", </api/v1/others.json?page=2>; rel="next"' }],
    ['a total', 'groups', { 'x-total-count': '2' }],
    ['a total', 'chats', { 'X-Pagination-Total': '4' }],
    ['a next page', 'messages', { 'X-Next-Page': '2' }],
    ['a number of pages', 'agents', { 'X-Total-Pages': '2', 'X-Page': '1' }],
    ['a range of a total', 'visitors', { 'content-range': 'items 0-0/4' }],
  ])('%s, in answers with %s, leave them in doubt', async (_, name, headers) => {
    const bench = await openSmall();
    bench.source.on(name, (__, next) => {
      const body = next() as { data: unknown[] };
      return { status: 200, headers, body: { ...body, data: body.data.slice(0, 1) } };
    });
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: 'more_announced' });
  });

  it.each<[SourceName, Reason]>([
    ['agents', 'list_full'],
    ['groups', 'list_full'],
    ['visitors', 'list_lacks_shown'],
    ['agent_groups', 'list_full'],
    ['messages', 'messages_cut'],
  ])('are not needed where the document says that an answer is full: %s', async (name, reason) => {
    const bench = await openSmall();
    await expectExact(bench, await bench.sync());
    await bench.advance({ days: 8 });
    addTalk(bench.records, 60, noon(bench.now(), -1), {});
    bench.source.on(name, (_, next) => {
      const data = (next() as { data: unknown[] }).data.slice(0, 1);
      return { data, meta: { per_page: 1, page: 1 } };
    });
    await expectDoubt(bench, await bench.sync(), { resource: name, reason });
    for (const table of ['agents', 'groups', 'visitors', 'agent_groups'] as const) expect(await bench.missing(table)).toEqual([]);
  });

  it('follow a link to the next page of the same list', async () => {
    const bench = await openSmall();
    bench.source.on('agents', (url, next) => {
      const [first, ...others] = (next() as { data: unknown[] }).data;
      if (url.searchParams.has('page')) return { data: others };
      return { status: 200, headers: { link: '<?page=2>; rel=next' }, body: { data: [first] } };
    });
    await expectExact(bench, await bench.sync());
  });

  it('are none where all came', async () => {
    const bench = await openSmall();
    const headers = { 'x-total-count': '3', 'x-next-page': '', 'x-total-pages': '1', link: '<https://example.org>; rel="help"' };
    bench.source.on('agents', (_, next) => ({ status: 200, headers, body: next() }));
    await expectExact(bench, await bench.sync());
    expect(await bench.doubts()).toEqual([]);
  });
});

describe('an answer with status 200 that says that it failed', () => {
  it.each<[string, Endpoint, object]>([
    ...FAILED.map(([name, body]): [string, Endpoint, object] => [name, 'messages', body]),
    ...ENDPOINTS.map((endpoint): [string, Endpoint, object] => ['errors beside an empty list', endpoint, { data: [], errors: ERRORS }]),
    ['a status of 500 beside an empty record', 'agent_activities', { data: {}, status: 500 }],
    ['no success beside an empty list', 'chats', { data: [], success: false }],
  ])('by %s (%s) is asked for again', async (_, endpoint, body) => {
    const bench = await openSmall();
    bench.source.on(endpoint, atFirst(body));
    await expectExact(bench, await bench.sync());
    const [first, ...others] = bench.requestsSince(endpoint);
    expect(others).toContain(first);
  });

  it.each<[SourceName, object]>([
    ['chats', { errors: ERRORS }],
    ['messages', { success: false }],
    ['agent_activities', { error: 'partial result' }],
    ['visitors', { errors: ERRORS }],
    ['agents', { status: 500 }],
  ])('beside records of %s, has those stored and nothing settled', async (name, said) => {
    const bench = await openSmall();
    bench.source.on(name, (_, next) => ({ ...next(), ...said }));
    await expectDoubt(bench, await bench.sync(), { resource: name, reason: 'answer_failed' });
    expect(await bench.differences([name])).toEqual([]);
    bench.source.restore();
    await bench.advance({ hours: 1 });
    await expectExact(bench, await bench.sync());
  });

  it.each([
    ['no errors', { errors: [] }],
    ['null for an error', { error: null }],
    ['success', { success: true }],
    ['a status of 200', { status: 200 }],
    ['no next page', { links: { next: null, self: '/api/v1/chats.json' }, next: null }],
    ['a message of nothing', { message: '' }],
    ['an error of nothing', { error: { code: 0, message: '' }, errorMessage: 'No error', error_code: 200 }],
    ['a link to nowhere', { next: '#', links: { next: 'none' } }],
  ])('is not one that says %s', async (_, said) => {
    const bench = await openSmall();
    for (const endpoint of [...ENDPOINTS, 'messages'] as const)
      bench.source.on(endpoint, (__, next) => {
        const body = next();
        return 'data' in body ? { ...body, ...said } : body;
      });
    await expectExact(bench, await bench.sync());
    expect(await bench.doubts()).toEqual([]);
  });
});

const MISSING = { status: 404, body: { error: 'not found' } };
const NOTHINGS: [string, unknown][] = [
  ['{}', {}],
  ['null', { status: 200, body: 'null' }],
  ['[]', []],
  ['{"data": null}', { data: null }],
  ['{"data": {}}', { data: {} }],
  ['404', MISSING],
];

/** Three nights of an account with empty chats, a bot, an agent without groups, and no task: how many requests each took. */
async function playNothing(bench: EvidenceBench, nothing: unknown): Promise<number[]> {
  addSmallAccount(bench.records, bench.now());
  for (const day of [1, 2, 3]) addTalk(bench.records, 50 + day, noon(bench.now(), -day), MISSED, 0);
  for (const endpoint of ['messages', 'agent_activities', 'agent_groups', 'tasks'] as const)
    bench.source.on(endpoint, (_, next) => {
      const body = next();
      return Array.isArray(body.data) && body.data.length === 0 ? nothing : body;
    });
  const requests: number[] = [];
  for (const night of [0, 1, 2]) {
    if (night > 0) await bench.advance({ hours: 1 });
    bench.requestsSince();
    await expectExact(bench, await bench.sync());
    requests.push(bench.requestsSince().length);
  }
  return requests;
}

describe('nothing', () => {
  let usual: number[] = [];
  beforeAll(async () => {
    const bench = await createEvidenceBench();
    usual = await playNothing(bench, { data: [] }).finally(() => bench.close());
  });

  it.each(NOTHINGS)('that is sent as %s is believed once it is confirmed, and costs no more from then on', async (_, nothing) => {
    const [first = 0, ...later] = await playNothing(await open(), nothing);
    const [usualFirst = 0, ...usualLater] = usual;
    expect(later).toEqual(usualLater);
    // A second look for each of the four resources.
    expect(first).toBeLessThanOrEqual(usualFirst + 4);
  });
});

describe('a list that is not found', () => {
  it('is that of an account which has none, and costs no more than an empty one from the second night on', async () => {
    const play = async (nothing: unknown): Promise<number[]> => {
      const bench = await open();
      bench.records.agents.push(agent(1));
      for (const endpoint of ['groups', 'visitors', 'chats'] as const) bench.source.on(endpoint, () => nothing);
      const requests: number[] = [];
      for (const _night of [0, 1, 2]) {
        bench.requestsSince();
        await expectExact(bench, await bench.sync());
        requests.push(bench.requestsSince().length);
        await bench.advance({ days: 7 });
      }
      return requests;
    };
    const [first = 0, ...later] = await play(MISSING);
    const [usualFirst = 0, ...usualLater] = await play({ data: [] });
    expect(later).toEqual(usualLater);
    expect(first).toBe(usualFirst + 3);
  });

  it.each(['groups', 'visitors', 'chats'] as const)('is a failure where records are known: %s', async (name) => {
    const bench = await openSmall();
    await expectExact(bench, await bench.sync());
    await bench.advance({ days: 8 });
    bench.source.on(name, () => MISSING);
    expect(await bench.sync()).toMatchObject({
      status: 'partial',
      errors: expect.arrayContaining([expect.objectContaining({ resource: name })]),
    });
    expect(await bench.missing(name)).toEqual([]);
  });

  it('is a failure where it is that of agents', async () => {
    const bench = await open();
    for (const endpoint of ENDPOINTS) bench.source.on(endpoint, () => MISSING);
    expect(await bench.sync()).toMatchObject({
      status: 'failed',
      errors: expect.arrayContaining([expect.objectContaining({ resource: 'agents' })]),
    });
  });
});
