import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

type Document = { data: { id: number; attributes: Record<string, unknown> }[] };

let bench: Workbench;
beforeEach(async () => {
  bench = await createWorkbench({ seed: 71, agents: 6, days: 10, chats: 120 });
  // Messages and activity are none of its business, and most of the time.
  await bench.sync({ only: ['agents', 'groups', 'agent_groups', 'visitors', 'chats', 'tasks'] });
});
afterEach(() => bench.close());

/** A list as the source has it now. */
async function listOf(path: string): Promise<Document> {
  const response = await fetch(`${bench.simulator.url}${path}`, { headers: { authorization: 'Bearer test-key' } });
  return (await response.json()) as Document;
}

/** The source answers the next request whose path begins so with a list of its own, without what is dropped. */
async function drop(path: string, isDropped: (record: Document['data'][number], place: number) => boolean, of = path): Promise<void> {
  const { data } = await listOf(of);
  const body = JSON.stringify({ data: data.filter((record, place) => !isDropped(record, place)) });
  bench.simulator.fail((asked) => asked.startsWith(path), { status: 200, body });
}

const missing = async (table: string, key: string): Promise<number[]> =>
  (
    await bench.database.pool.query<{ id: number }>(
      `select ${key} as id from chatrhub.${table} where source_missing_since is not null order by 1`,
    )
  ).rows.map(({ id }) => id);

const LISTS = [
  ['agents', 'agent_id'],
  ['groups', 'group_id'],
  ['visitors', 'visitor_id'],
] as const;

describe('what a whole list does not have any more', () => {
  it.each(LISTS)('is marked in %s, keeps its values, and is cleared when it comes back', async (name, key) => {
    const due = () => bench.database.pool.query(`delete from chatrhub_sync.requests where resource = 'visitors'`);
    const [gone] = (await listOf(`/${name}.json`)).data.slice(-1);
    await drop(`/${name}.json`, ({ id }) => id === gone?.id);
    const before = await bench.database.pool.query(
      `select to_jsonb(t) - 'source_missing_since' as row from chatrhub.${name} t order by ${key}`,
    );
    await due();
    expect(await bench.sync({ only: [name] })).toMatchObject({ status: 'complete', errors: [] });
    expect(await missing(name, key)).toEqual([gone?.id]);
    const after = await bench.database.pool.query(
      `select to_jsonb(t) - 'source_missing_since' as row from chatrhub.${name} t order by ${key}`,
    );
    expect(after.rows).toEqual(before.rows);
    const [since] = (
      await bench.database.pool.query(`select source_missing_since from chatrhub.${name} where source_missing_since is not null`)
    ).rows;
    await drop(`/${name}.json`, ({ id }) => id === gone?.id);
    await due();
    await bench.sync({ only: [name] });
    expect(
      (await bench.database.pool.query(`select source_missing_since from chatrhub.${name} where source_missing_since is not null`)).rows,
    ).toEqual([since]);
    await due();
    await bench.sync({ only: [name] });
    expect(await missing(name, key)).toEqual([]);
  });

  it('is marked for a link between agent and group, of that agent alone', async () => {
    const { rows } = await bench.database.pool.query<{ agent_id: number }>(
      'select agent_id from chatrhub.agent_groups group by 1 having count(*) > 1 order by 1 limit 1',
    );
    const path = `/agent_groups/${rows[0]?.agent_id}.json`;
    await drop(path, (_, place) => place === 0);
    await bench.database.pool.query(`delete from chatrhub_sync.requests where resource = 'agent_groups'`);
    await bench.sync({ only: ['agent_groups'] });
    const marked = await bench.database.pool.query('select agent_id from chatrhub.agent_groups where source_missing_since is not null');
    expect(marked.rows).toEqual([rows[0]]);
  });

  it('is marked for a chat of days that the report has counted, and not when it counts more', async () => {
    const all = '/chats.json?start_date=2000-01-01&end_date=2100-01-01';
    let chats = (await listOf(all)).data;
    let gone = chats[60]?.id;
    const report = (total: number) => ({ status: 200, body: JSON.stringify({ data: { attributes: { total_chats: total } } }) });
    const without = () => drop('/chats.json', ({ id }) => id === gone, all);
    bench.simulator.fail((path) => path.includes('report'), report(chats.length), 50);
    await without();
    await bench.sync({ only: ['chats'] });
    expect(await missing('chats', 'chat_id')).toEqual([]);
    await bench.sync({ only: ['groups'] });
    await bench.close();

    bench = await createWorkbench({ seed: 71, agents: 6, days: 10, chats: 120, now: new Date('2026-11-22T22:49:00Z') });
    await bench.sync();
    chats = (await listOf(all)).data;
    gone = chats[60]?.id;
    bench.simulator.fail((path) => path.includes('report'), report(chats.length - 1), 1);
    await without();
    await bench.sync({ only: ['chats'] });
    expect(await missing('chats', 'chat_id')).toEqual([gone]);
    await bench.sync({ only: ['chats'] });
    expect(await missing('chats', 'chat_id')).toEqual([]);
  });
});

describe('nothing is marked', () => {
  it.each([
    ['an empty list', { status: 200, body: '{"data": []}' }],
    ['a list without data', { status: 200, body: '{"data": null}' }],
    ['an error', { status: 403 }],
  ])('after %s', async (_, fault) => {
    bench.simulator.fail((path) => /^\/(agents|groups)\.json/.test(path), fault, 10);
    await bench.sync({ only: ['agents', 'groups'] });
    expect(await missing('agents', 'agent_id')).toEqual([]);
    expect(await missing('groups', 'group_id')).toEqual([]);
  });

  it('after an empty list, which is asked for once more, as long as the one before it was not empty', async () => {
    const asked = async (status = 'complete') => {
      bench.requestsSince();
      expect(await bench.sync({ only: ['groups'] })).toMatchObject({ status, errors: [] });
      return bench.requestsSince();
    };
    const empty = { status: 200, body: '{"data": []}' };
    bench.simulator.fail((path) => path === '/groups.json', empty, 1);
    expect(await asked()).toEqual(['/groups.json', '/groups.json']);
    // It had groups before: an empty list is in doubt as long as it stays so.
    bench.simulator.fail((path) => path === '/groups.json', empty, 3);
    expect(await asked('partial')).toEqual(['/groups.json', '/groups.json']);
    expect(await asked('partial')).toEqual(['/groups.json']);
    expect(await asked()).toEqual(['/groups.json']);
    expect(await missing('groups', 'group_id')).toEqual([]);
  });

  it('after a list that lacks suspiciously much', async () => {
    await drop('/visitors.json', (_, place) => place >= 30);
    await bench.database.pool.query(`delete from chatrhub_sync.requests where resource = 'visitors'`);
    await bench.sync({ only: ['visitors'] });
    expect(await missing('visitors', 'visitor_id')).toEqual([]);
  });

  it('by records inside others, or for stubs', async () => {
    await bench.database.pool.query(
      `insert into chatrhub.agents (agent_id, client_id, is_inferred, synced_at) values (9001, 77, true, now() - interval '1 day')`,
    );
    await bench.sync();
    expect(await missing('agents', 'agent_id')).toEqual([]);
  });
});
