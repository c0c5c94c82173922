import { describe, expect, it } from 'vitest';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { addSmallAccount, addTalk, agent, iso, noon, type Sent, task } from '../../support/scripted-records.ts';
import { changed } from '../../support/scripted-source.ts';

const open = useBench();

const rejected = (bench: EvidenceBench) =>
  bench.rows('select resource, record_key as key, reason from chatrhub_sync.rejected_records order by resource, record_key, value');

describe('ids that begin anew', () => {
  it('with each type of task: what came first stays, the others are rejected, and the run is partial for as long', async () => {
    const bench = await open();
    bench.records.agents.push(agent(1));
    const add = (id: number, type: string, day: number) => bench.records.tasks.push(task(id, noon(bench.now(), day), { task_type: type }));
    for (const id of [1, 2, 3]) add(id, 'operational', -9 + id);
    for (const id of [1, 2]) add(id, 'machine_learning', -4 + id);
    for (const _night of [0, 1]) {
      await expectDoubt(bench, await bench.sync({ only: ['agents', 'tasks'] }), {
        resource: 'tasks',
        reason: ['mostly_refused', 'records_refused'],
      });
      await bench.advance({ days: 1 });
    }
    expect(await bench.rows('select task_id as id, task_type as type from chatrhub.tasks order by 1')).toEqual(
      [1, 2, 3].map((id) => ({ id: String(id), type: 'operational' })),
    );
    const reason = 'has the id of another record that is stored';
    expect(await rejected(bench)).toEqual([1, 2].map((id) => ({ resource: 'tasks', key: String(id), reason })));
  });

  const withoutMoment = ({ attributes, ...message }: Sent): Sent => ({ ...message, attributes: { ...attributes, create_dt: null } });
  it.each<[string, (message: Sent) => Sent]>([
    ['and each message says when it was made', (message) => message],
    ['and no message says when it was made', withoutMoment],
  ])('with each chat, %s: what came first stays, the others are rejected, and the run is partial for as long', async (_, change) => {
    const bench = await open();
    addSmallAccount(bench.records, bench.now(), { chats: 0, activityDays: 0 });
    for (const id of [1, 2]) addTalk(bench.records, id, noon(bench.now(), id - 5));
    for (const message of bench.records.messages) message.id = 1 + ((message.id - 1) % 4);
    bench.source.on(
      'messages',
      changed((messages) => messages.map(change)),
    );
    expect(new Set(bench.records.messages.map(({ id }) => id)).size).toBe(4);
    const only = ['agents', 'groups', 'chats', 'messages'];
    for (const _night of [0, 1]) {
      await expectDoubt(bench, await bench.sync({ only }), { resource: 'messages', reason: ['mostly_refused', 'records_refused'] });
      await bench.advance({ days: 1 });
    }
    expect(await bench.rows('select count(distinct chat_id)::int as chats, count(*)::int as n from chatrhub.messages')).toEqual([
      { chats: 1, n: 4 },
    ]);
    expect(await rejected(bench)).toHaveLength(4);
  });
});

it('a task or message that changes what no record changes, and was made when it was made, is the same one', async () => {
  const bench = await open();
  bench.records.agents.push(agent(1));
  bench.records.tasks.push(task(1, noon(bench.now(), -3)));
  const only = ['agents', 'tasks'];
  await expectExact(bench, await bench.sync({ only }), ['tasks']);
  await bench.advance({ days: 1 });
  for (const { attributes } of bench.records.tasks)
    Object.assign(attributes, { task_type: 'machine_learning', updt_dt: iso(bench.now(), -60) });
  await expectExact(bench, await bench.sync({ only }), ['tasks']);
});
