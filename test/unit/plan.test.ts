import { describe, expect, it } from 'vitest';
import { ASKING_ORDER, planHalves, planLookback, planMessages, planRequest, planSince, type Wanted } from '../../src/core/plan.ts';
import agentActivities from '../../src/resources/agent-activities.ts';
import agentGroups from '../../src/resources/agent-groups.ts';
import agents from '../../src/resources/agents.ts';
import chats from '../../src/resources/chats.ts';
import { resources } from '../../src/resources/index.ts';
import messages from '../../src/resources/messages.ts';
import tasks from '../../src/resources/tasks.ts';

const now = new Date('2018-06-20T02:00:00Z');
const june = { from: '2018-06-01', until: '2018-06-11' };

describe('a request', () => {
  it('for a whole list is its path', () => {
    expect(planRequest(agents)).toEqual({ resource: agents, path: '/agents.json', query: {}, label: '/agents.json', defaults: {} });
  });

  it('for days asks for a day more on either side, as nobody knows whose days they are and whether the last is included', () => {
    const { query, label, days } = planRequest(chats, { period: june });
    expect(query).toEqual({ start_date: '2018-05-31', end_date: '2018-06-12' });
    expect(label).toBe('/chats.json?start_date=2018-05-31&end_date=2018-06-12');
    expect(days).toEqual({ period: june, scope: '' });
  });

  it('for the days of an agent has the agent in its path, its scope, and what its records may leave out', () => {
    expect(planRequest(agentActivities, { agentId: 4, period: june })).toMatchObject({
      path: '/agent_activities/agent_id/4.json',
      query: { start_date: '2018-05-31', end_date: '2018-06-12' },
      defaults: { agent_id: 4 },
      days: { period: june, scope: 'agent_id=4' },
    });
    expect(planRequest(agentGroups, { agentId: 4 })).toMatchObject({ path: '/agent_groups/4.json', query: {}, defaults: { agent_id: 4 } });
  });

  it('has the parameters it is given beside those sent every time', () => {
    expect(planRequest(tasks, { parameters: { task_type: 'operational', after: '0' } }).query).toEqual({
      task_type: 'operational',
      after: '0',
    });
    expect(planRequest(messages, { parameters: { chat_id: '7' } }).query).toEqual({ include_admin: 'true', chat_id: '7' });
  });

  it('every resource has its place in the order of asking', () => {
    expect([...ASKING_ORDER].sort()).toEqual(resources.map(({ name }) => name).sort());
  });
});

describe('the halves of a request', () => {
  it('are asked for newest first, each with its own margin', () => {
    const halves = planHalves(planRequest(chats, { period: june }));
    expect(halves?.map(({ days, query }) => [days?.period, query])).toEqual([
      [
        { from: '2018-06-06', until: '2018-06-11' },
        { start_date: '2018-06-05', end_date: '2018-06-12' },
      ],
      [
        { from: '2018-06-01', until: '2018-06-06' },
        { start_date: '2018-05-31', end_date: '2018-06-07' },
      ],
    ]);
  });

  it('stay with their agent', () => {
    const halves = planHalves(planRequest(agentActivities, { agentId: 4, period: june }));
    expect(halves?.map(({ path, days, defaults }) => [path, days?.scope, defaults])).toEqual(
      Array(2).fill(['/agent_activities/agent_id/4.json', 'agent_id=4', { agent_id: 4 }]),
    );
  });

  it('of one day, or of no days, there are none', () => {
    expect(planHalves(planRequest(chats, { period: { from: '2018-06-01', until: '2018-06-02' } }))).toBeUndefined();
    expect(planHalves(planRequest(agents))).toBeUndefined();
  });
});

describe('the days a sync reads of all chats', () => {
  const from = (covered: [string, string][], startDate?: string, lookbackDays = 30) =>
    planLookback(
      covered.map(([start, until]) => ({ from: start, until })),
      { now, startDate, lookbackDays },
    ).from;

  it('end with today: the request asks for a day more, which has begun in some time zones', () => {
    expect(planLookback([], { now, startDate: undefined, lookbackDays: 30 }).until).toBe('2018-06-21');
  });

  it.each<[string, [string, string][], string | undefined, string]>([
    ['30 days ago on an empty warehouse', [], undefined, '2018-05-21'],
    ['the start date on an empty warehouse', [], '2018-01-01', '2018-01-01'],
    ['the lookback', [['2018-01-01', '2018-06-19']], '2017-01-01', '2018-05-21'],
    ['the last covered day when that is longer ago', [['2018-01-01', '2018-04-01']], undefined, '2018-04-01'],
    ['not before what was ever covered: that is for a backfill', [['2018-06-10', '2018-06-19']], undefined, '2018-06-10'],
    [
      'the last of several covered ranges',
      [
        ['2017-01-01', '2017-02-01'],
        ['2018-01-01', '2018-06-19'],
      ],
      undefined,
      '2018-05-21',
    ],
  ])('begin with %s', (_, covered, startDate, expected) => {
    expect(from(covered, startDate)).toBe(expected);
  });

  it('begin today at the latest, should the start lie ahead', () => {
    expect(planLookback([], { now, startDate: '2030-01-01', lookbackDays: 30 })).toEqual({ from: '2018-06-20', until: '2018-06-21' });
    expect(planSince([], '2030-01-01', now)).toEqual({ from: '2018-06-20', until: '2018-06-21' });
  });

  it('without a lookback begin where the last sync left off', () => {
    expect(from([['2018-01-01', '2018-06-19']], undefined, 0)).toBe('2018-06-19');
  });
});

describe('the days of activity an agent lacks', () => {
  it.each([
    ['from where it left off', [{ from: '2018-01-01', until: '2018-06-18' }], '2018-06-18'],
    ['from the last of several ranges', [june, { from: '2018-06-15', until: '2018-06-16' }], '2018-06-16'],
    ['from the start', [], '2018-05-01'],
  ])('%s', (_, covered, expected) => {
    expect(planSince(covered, '2018-05-01', now)).toEqual({ from: expected, until: '2018-06-21' });
  });
});

describe('requests for messages', () => {
  const wanted = (
    chatId: number,
    visitorId: number | null,
    visitorUsername: string | null = visitorId === null ? null : `v-${visitorId}`,
  ): Wanted => ({
    chatId,
    visitorId,
    visitorUsername,
  });
  const asked = (list: readonly Wanted[]) => planMessages(messages, list).map(({ messagesOf }) => messagesOf);

  it.each<[string, Wanted[], unknown[]]>([
    ['one per chat', [wanted(3, 30), wanted(2, 20)], [{ chatId: 3 }, { chatId: 2 }]],
    ['one per visitor with two or more', [wanted(3, 30), wanted(2, 20), wanted(1, 30)], [{ visitorId: 30 }, { chatId: 2 }]],
    ['one per chat without a visitor', [wanted(3, null), wanted(2, null)], [{ chatId: 3 }, { chatId: 2 }]],
    ['one per chat when the user name is unknown', [wanted(3, 30, null), wanted(2, 30, '')], [{ chatId: 3 }, { chatId: 2 }]],
    ['no request', [], []],
  ])('%s, in the order of the chats', (_, list, expected) => {
    expect(asked(list)).toEqual(expected);
  });

  it('for a chat say which chat their records belong to', () => {
    expect(planMessages(messages, [wanted(3, 30)])).toEqual([
      {
        resource: messages,
        path: '/messages.json',
        query: { include_admin: 'true', chat_id: '3' },
        label: '/messages.json?include_admin=true&chat_id=3',
        defaults: { chat_id: 3 },
        messagesOf: { chatId: 3 },
      },
    ]);
  });

  it('for a visitor name no chat, and the user name only where it is sent', () => {
    const [request] = planMessages(messages, [wanted(3, 30), wanted(2, 30)]);
    expect(request).toMatchObject({ query: { visitor_username: 'v-30' }, defaults: {}, messagesOf: { visitorId: 30 } });
    expect(request?.label).toBe('/messages.json?include_admin=true&visitor_id=30');
  });

  it('for a visitor know what to ask for should the source not know him: each chat that wants its messages', () => {
    const [request] = planMessages(messages, [wanted(3, 30), wanted(1, 40), wanted(2, 30)]);
    expect(request?.orElse?.map(({ messagesOf }) => messagesOf)).toEqual([{ chatId: 3 }, { chatId: 2 }]);
  });

  it('are a mistake for what is not asked for by chat', () => {
    expect(() => planMessages(agents, [])).toThrow(TypeError);
  });
});
