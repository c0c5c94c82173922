import { describe, expect, it } from 'vitest';
import type { NothingForm } from '../../src/records/envelope.ts';
import { useClientBench } from '../support/client.ts';

const used = useClientBench();

/** Whatever stands for nothing is an answer here. */
const ANYTHING = new Set<NothingForm>(['data: null', 'data: {}', '204', '404', '[]', '{}', 'null']);

describe('rows 105, 106: only declared reads leave', () => {
  const REFUSED: [string, Record<string, string>][] = [
    ['/chats/transfer/1.json', {}],
    ['/chats/1/../transfer/1.json', {}],
    ['/agent_groups/1/../../chats/transfer/1.json', {}],
    ['/agent_groups/1%2F..%2F..%2Fchats%2Ftransfer%2F1.json', {}],
    ['/agent_groups/1.json/../../chats/transfer/1.json', {}],
    ['/agent_groups/1.json?x=/agent_groups/1.json', {}],
    ['/agent_groups/1.json#/agent_groups/1.json', {}],
    ['/agent_groups/1.json\n', {}],
    ['/agents/1.json', {}],
    ['/chats/1.json', {}],
    ['/agent_groups/-1.json', {}],
    ['/agent_groups/١.json', {}],
    ['//other.example/agents.json', {}],
    ['@other.example/agents.json', {}],
    ['/AGENTS.json', {}],
    ['/q_tasks/machine_learning/1/2.json', {}],
    ['/q_tasks/operational/1/1.json', {}],
    ['/q_tasks.json', { after: '0', intent: '2' }],
    ['/q_tasks.json', { after: '-1' }],
    ['/q_tasks.json', { is_resolved: '2' }],
    ['/visitors.json', { visitor_username: 'somebody' }],
    ['/visitors.json', { visitor_id: '1' }],
    ['/agents.json', { agent_username: 'somebody' }],
    ['/agents.json', { _method: 'DELETE' }],
    ['/agents.json', { constructor: 'x' }],
    ['/agents.json', JSON.parse('{"__proto__": "x"}') as Record<string, string>],
    ['/messages.json', { chat_id: '1 or 1=1' }],
    ['/messages.json', { chat_id: '1', include_admin: 'no' }],
    ['/chats.json', { tag: 'a & b' }],
    ['/chats.json', { start_date: '2018-06-01T00:00:00Z' }],
    ['/chats.json', { agent_id: '' }],
    ['/chats/report.json', { visitor_id: '1' }],
    ['/agent_activities/agent_id/1/2.json', {}],
    ['/transcripts.json', {}],
  ];

  it.each(REFUSED)('%s %j is refused before anything is granted or sent', async (path, query) => {
    expect(await used.bench.failureOf(used.bench.clientOf(), { path, query, redactedUrl: path })).toBe('refused');
    expect(await used.bench.attempts()).toEqual([]);
    expect(used.bench.requestsSince()).toEqual([]);
  });

  const DAYS = { start_date: '2018-06-01', end_date: '2018-06-02' };
  const ALLOWED: [string, Record<string, string>][] = [
    ['/agents.json', {}],
    ['/groups.json', {}],
    ['/agent_groups/1.json', {}],
    ['/visitors.json', {}],
    ['/chats.json', { ...DAYS, agent_id: '1', missed: 'missed_chats' }],
    ['/chats/report.json', DAYS],
    ['/messages.json', { chat_id: '1', include_admin: 'true' }],
    ['/messages.json', { chat_id: '1', include_admin: 'false' }],
    ['/agent_activities/agent_id/1.json', DAYS],
    ['/q_tasks.json', { after: '0', task_type: 'operational', is_resolved: '1' }],
  ];

  it.each(ALLOWED)('%s %j is sent, as it stands', async (path, query) => {
    const { content: document } = await used.bench.get(used.bench.clientOf(), {
      path,
      query,
      redactedUrl: path,
      canBeMissing: true,
      believes: ANYTHING,
    });
    expect(document).toBeTypeOf('object');
    const [seen, ...others] = used.bench.requestsSince().map((sent) => new URL(sent, 'http://simulator'));
    expect([seen?.pathname, Object.fromEntries(seen?.searchParams ?? []), others]).toEqual([path, query, []]);
  });

  it('and no refusal says anything secret', () => used.bench.expectDiscretion());
});
