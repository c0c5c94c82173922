import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/records/document.ts';
import type { NothingForm } from '../../src/records/envelope.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Row } from '../../src/records/resource.ts';
import { keyOf } from '../../src/records/row.ts';
import agentActivities from '../../src/resources/agent-activities.ts';
import agents from '../../src/resources/agents.ts';
import messages from '../../src/resources/messages.ts';
import tasks from '../../src/resources/tasks.ts';
import { agent, agentRows, chat, parseAgents, reasons, record, rowsOf } from '../support/records.ts';

describe('the shape of a document', () => {
  it.each<[string, unknown, number[], NothingForm | undefined]>([
    ['a list', { data: [agent(1), agent(2)] }, [1, 2], undefined],
    ['one object', { data: agent(1) }, [1], undefined],
    ['an empty list', { data: [] }, [], 'data: []'],
    ['an empty object', { data: {} }, [], 'data: {}'],
    ['null', { data: null }, [], 'data: null'],
    ['no data', {}, [], '{}'],
    ['a document that is null', null, [], 'null'],
    ['a list without a document', [agent(1), agent(2)], [1, 2], undefined],
    ['other names beside data', { meta: { total: 1 }, data: [agent(1)] }, [1], undefined],
    ['records that are documents', { data: [{ data: agent(1) }, { data: [agent(2)] }] }, [1, 2], undefined],
  ])('may be %s', (_, document, ids, form) => {
    const answer = parseAnswer(document, agents);
    expect(rowsOf(answer, agents).map(({ id }) => id)).toEqual(ids);
    expect([answer.received, answer.form, answer.rejects]).toEqual([ids.length, form, []]);
  });

  it.each<[string, unknown]>([
    ['an error with status 200', { error: 'Invalid usernames or authentication.' }],
    ['a success message', { success: 'Deleted' }],
    ['a text', 'maintenance'],
    ['a number', 5],
    ['true', true],
    ['data that is a text', { data: 'maintenance' }],
    ['data that is a number', { data: 0 }],
    ['names that PostgreSQL cannot store', { 'a\0': 1 }],
  ])('that is %s is no answer', (_, document) => {
    expect(() => parseAnswer(document, agents)).toThrow(DocumentError);
  });

  it('says what came in place of data, in text PostgreSQL can store', () => {
    expect(() => parseAnswer({ 'err\0or': 'x' }, agents)).toThrow('only err\uFFFDor');
  });
});

describe('ids', () => {
  it.each<[unknown, number]>([
    [4, 4],
    ['4', 4],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('%j is %d', (id, expected) => {
    expect(agentRows([agent(id)])).toMatchObject([{ id: expected }]);
  });

  it.each<[unknown, string | null, string]>([
    [undefined, null, 'has no id'],
    [null, null, 'has no id'],
    ['', '', 'has no id'],
    ['12abc', '12abc', 'id is not a number'],
    [1.5, '1.5', 'id is not a whole number'],
    [true, null, 'id is not a number'],
    [{}, null, 'id is not a number'],
    [2 ** 53, '9007199254740992', 'id is beyond 2^53, where numbers lose digits'],
    ['9007199254740993', '9007199254740993', 'id is beyond 2^53, where numbers lose digits'],
    ['1\0', '1\uFFFD', 'id is not a number'],
  ])('a record with the id %j is kept aside, the others go on', (id, recordKey, reason) => {
    const answer = parseAgents([agent(1), agent(id, { full_name: 'No One' }), agent(2)]);
    expect(rowsOf(answer, agents).map((row) => row.id)).toEqual([1, 2]);
    expect(reasons(answer)).toEqual([[recordKey, null, reason]]);
    expect(answer.rejects[0]?.value).toContain('No One');
    expect(answer.batches.at(-1)).toMatchObject({ isOwn: true, rejected: 1 });
  });

  it('may be among the attributes, or only where an attribute repeats them', () => {
    expect(agentRows([{ id: 5, client_id: 1 }, { attributes: { id: '6', client_id: 1 } }, { client_id: 1, agent_id: '7' }])).toMatchObject([
      { id: 5 },
      { id: 6 },
      { id: 7 },
    ]);
  });

  it.each([4, '4', '', null, undefined])('agree with an agent_id of %j', (again) => {
    expect(agentRows([agent(4, { agent_id: again })])).toMatchObject([{ id: 4 }]);
  });

  it.each([
    ['5', 'its id is 4, but its agent_id is 5'],
    ['4\0', 'its id is 4, but its agent_id is 4\uFFFD'],
    [{ a: 1 }, 'its id is 4, but its agent_id is {"a":1}'],
  ])('contradict an agent_id of %j', (again, reason) => {
    expect(reasons(parseAgents([agent(4, { agent_id: again })]))).toEqual([['4', null, reason]]);
  });

  it('are not trusted where the API repeats them: agent and moment are the key', () => {
    const at = (minute: string) => record('agent_activities', 1, { agent_id: 4, create_dt: `2018-06-19T13:${minute}:00+00:00` });
    const rows = rowsOf(parseAnswer({ data: [at('00'), at('05'), at('10')] }, agentActivities), agentActivities);
    expect(rows.map((row) => keyOf(row, agentActivities))).toEqual([
      '4/2018-06-19T13:00:00.000Z',
      '4/2018-06-19T13:05:00.000Z',
      '4/2018-06-19T13:10:00.000Z',
    ]);
  });

  it('come from the request where records leave them out', () => {
    const activity = record('agent_activities', 1, { create_dt: '2018-06-19T13:00:00Z' });
    expect(rowsOf(parseAnswer({ data: [activity] }, agentActivities, { defaults: { agent_id: 7 } }), agentActivities)).toMatchObject([
      { agent_id: 7 },
    ]);
    const of8 = record('messages', 1, { chat_id: 8 });
    expect(rowsOf(parseAnswer({ data: [of8] }, messages, { defaults: { chat_id: 9 } }), messages)).toMatchObject([{ chat_id: 8 }]);
  });
});

describe('records that are not what was asked for', () => {
  it.each<[string, unknown, string]>([
    ['a report', record('report', 2, { total_chats: 2 }), 'is of type report, not agents'],
    ['another type', chat(2), 'is of type chats, not agents'],
    ['of a type that is no name', { ...agent(2), type: { a: 1 } }, 'is of type {"a":1}, not agents'],
    ['of another account', agent(2, { client_id: 99 }), 'belongs to account 99, not to 1'],
    ['null', null, 'not a record'],
    ['a text', 'x', 'not a record'],
    ['two records in one', [agent(2), agent(3)], 'not a record'],
    ['an empty list', [], 'has no attributes'],
    ['one that has null for its attributes', { id: 3, type: 'agents', attributes: null }, 'has no attributes'],
  ])('are kept aside: %s', (_, item, reason) => {
    const answer = parseAgents([agent(1), agent(9), item]);
    expect(rowsOf(answer, agents).map((row) => row.id)).toEqual([1, 9]);
    expect(answer.rejects).toMatchObject([{ resource: 'agents', attribute: null, reason }]);
    expect(answer.batches.at(-1)?.rejected).toBe(1);
  });

  it.each(['q_tasks', 'tasks', null, undefined])('a task may say that its type is %j', (type) => {
    expect(rowsOf(parseAnswer({ data: [{ ...record('', 1), type }] }, tasks), tasks)).toHaveLength(1);
  });
});

describe('the account', () => {
  it('is the one most records belong to, unless it is known', () => {
    const data = [agent(1, { client_id: 7 }), agent(2, { client_id: 8 }), agent(3, { client_id: 8 })];
    expect(parseAgents(data).clientId).toBe(8);
    expect(agentRows(data).map(({ id }) => id)).toEqual([2, 3]);
    expect(agentRows(data, { clientId: 7 }).map(({ id }) => id)).toEqual([1]);
  });

  it.each([undefined, null, ''])('stands in for a client_id of %j', (client) => {
    const answer = parseAgents([agent(1, { client_id: client }), agent(2)]);
    expect(rowsOf(answer, agents)).toMatchObject([{ id: 1, client_id: 1 }, { id: 2 }]);
    expect(answer.rejects).toEqual([]);
  });

  it('stands in for a client_id that does not fit, which is noted', () => {
    const answer = parseAgents([agent(1, { client_id: 'x' }), agent(2)]);
    expect(rowsOf(answer, agents)).toHaveLength(2);
    expect(reasons(answer)).toEqual([['1', 'client_id', 'not a number']]);
  });

  it('is 0 while no record names one', () => {
    expect(agentRows([agent(1, { client_id: null })])).toMatchObject([{ client_id: 0 }]);
    expect(agentRows([agent(1, { client_id: null })], { clientId: 3 })).toMatchObject([{ client_id: 3 }]);
  });
});

describe('duplicates in one answer', () => {
  const early = { updt_dt: '2018-06-20T10:00:00Z' };
  const late = { updt_dt: '2018-06-20T12:00:00+01:00' };

  it.each<[string, Row, Row]>([
    ['the later change comes last', { ...early, full_name: 'Old', email: 'a@example.com' }, { ...late, full_name: 'New' }],
    ['the later change comes first', { ...late, full_name: 'New' }, { ...early, full_name: 'Old', email: 'a@example.com' }],
    ['the other one was never changed', { ...late, full_name: 'New' }, { updt_dt: null, full_name: 'Old', email: 'a@example.com' }],
    ['the other one does not say', { full_name: 'Old', email: 'a@example.com' }, { ...late, full_name: 'New' }],
    ['both are of one second: the last wins', { ...late, full_name: 'Old', email: 'a@example.com' }, { ...late, full_name: 'New' }],
  ])('become one row, the larger updt_dt wins and absent attributes are kept: %s', (_, first, second) => {
    const answer = parseAgents([agent(1, first), agent('1', second)]);
    expect(rowsOf(answer, agents)).toEqual([
      { id: 1, client_id: 1, full_name: 'New', email: 'a@example.com', updt_dt: new Date('2018-06-20T11:00:00Z') },
    ]);
    expect(answer.received).toBe(2);
  });

  it('null of the later one is null', () => {
    expect(agentRows([agent(1, { ...early, full_name: 'Old' }), agent(1, { ...late, full_name: null })])).toMatchObject([
      { full_name: null },
    ]);
  });

  it('what is kept aside twice is noted once and counted twice', () => {
    const answer = parseAgents([agent('x'), agent('x'), agent(1, { is_bot: '?' }), agent(1, { is_bot: '?' })]);
    expect(reasons(answer)).toEqual([
      ['x', null, 'id is not a number'],
      ['1', 'is_bot', 'not a boolean'],
    ]);
    expect(answer.batches.at(-1)?.rejected).toBe(2);
  });
});
