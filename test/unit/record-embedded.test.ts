import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import agentGroups from '../../src/resources/agent-groups.ts';
import agents from '../../src/resources/agents.ts';
import chats from '../../src/resources/chats.ts';
import tasks from '../../src/resources/tasks.ts';

import { agent, chat, record, rowsOf } from '../support/records.ts';

describe('records inside records', () => {
  const bare = { client_id: 1, full_name: 'Ann' };

  it.each<[string, unknown]>([
    ['a resource', { type: 'agents', id: 4, attributes: bare }],
    ['a document', { data: { type: 'agents', id: 4, attributes: bare } }],
    ['a list of one', [{ type: 'agents', id: 4, attributes: bare }]],
    ['a document with a list of one', { data: [{ type: 'agents', id: '4', attributes: bare }] }],
    ['bare attributes', bare],
    ['bare attributes that repeat the id', { ...bare, agent_id: '4' }],
    ['attributes without an id', { attributes: bare }],
  ])('may be %s', (_, copy) => {
    const answer = parseAnswer({ data: [chat(2, { agent_id: 4, agent: copy })] }, chats);
    expect(rowsOf(answer, agents)).toEqual([{ id: 4, ...bare }]);
    expect(rowsOf(answer, chats)).toEqual([{ id: 2, client_id: 1, agent_id: 4 }]);
    expect(answer.rejects).toEqual([]);
    expect(answer.batches.map(({ resource, isOwn }) => [resource.name, isOwn])).toEqual([
      ['agents', false],
      ['groups', false],
      ['visitors', false],
      ['chats', true],
    ]);
  });

  it.each<[string, unknown]>([
    ['bare attributes', { client_id: 1, group_name: 'Sales' }],
    ['bare attributes, the account left out', { group_name: 'Sales' }],
    ['an empty object', {}],
    ['an empty list', []],
    ['a document without data', { data: null }],
    ['null', null],
    ['a text', 'SEE GROUP'],
  ])('are ignored when nothing names them: %s, the group_id being null', (_, group) => {
    for (const id of [null, undefined]) {
      const answer = parseAnswer({ data: [chat(2, { group_id: id, group })] }, chats);
      expect([rowsOf(answer, agents), rowsOf(answer, chats).length, answer.rejects]).toEqual([[], 1, []]);
    }
  });

  it.each([{}, [], { data: null }])('are no record when they are %j, though there is a group_id', (group) => {
    const answer = parseAnswer({ data: [chat(2, { group_id: 5, group })] }, chats);
    expect(answer.batches.flatMap(({ rows }) => rows)).toEqual([{ id: 2, client_id: 1, group_id: 5 }]);
    expect(answer.rejects).toEqual([]);
  });

  it('a group may be there although the group_id is null', () => {
    const answer = parseAnswer({ data: [chat(2, { group_id: null, group: record('groups', 5, { group_name: 'Sales' }) })] }, chats);
    expect(answer.batches[1]?.rows).toEqual([{ id: 5, client_id: 1, group_name: 'Sales' }]);
  });

  it('are kept aside under their own name when they cannot be used, their parent is not', () => {
    const answer = parseAnswer({ data: [chat(2, { agent_id: 4, agent: agent('4x'), visitor: agent(3) })] }, chats);
    expect(answer.rejects).toMatchObject([
      { resource: 'agents', recordKey: '4x', attribute: null, reason: 'id is not a number' },
      { resource: 'visitors', recordKey: '3', attribute: null, reason: 'is of type agents, not visitors' },
    ]);
    expect(answer.batches.map(({ rejected }) => rejected)).toEqual([1, 0, 1, 0]);
    expect(rowsOf(answer, chats)).toHaveLength(1);
  });

  it('may hold records themselves: a task, its message, the agent who sent it', () => {
    const message = { client_id: 1, body: 'Hi', chat_id: 9, from_agent_id: 4, from_agent: { full_name: 'Ann' } };
    const answer = parseAnswer({ data: [record('q_tasks', 1, { message_id: 20, message })] }, tasks);
    expect(answer.batches.map(({ resource, rows }) => [resource.name, rows])).toEqual([
      ['agents', [{ id: 4, client_id: 1, full_name: 'Ann' }]],
      ['messages', [{ id: 20, client_id: 1, chat_id: 9, from_agent_id: 4, body: 'Hi', bodyLength: 2 }]],
      ['tasks', [{ id: 1, client_id: 1, message_id: 20 }]],
    ]);
  });

  it('the same agent in many records is one row', () => {
    const link = (group: number) => record('agent_groups', 1, { agent_id: 4, group_id: group, agent: bare });
    const answer = parseAnswer({ data: [link(1), link(2), link(3)] }, agentGroups);
    expect(rowsOf(answer, agents)).toHaveLength(1);
    expect(rowsOf(answer, agentGroups)).toHaveLength(3);
  });
});
