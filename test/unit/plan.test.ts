import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import agentActivities from '../../src/resources/agent-activities.ts';
import agentGroups from '../../src/resources/agent-groups.ts';
import agents from '../../src/resources/agents.ts';
import chats from '../../src/resources/chats.ts';
import { resources } from '../../src/resources/index.ts';
import messages from '../../src/resources/messages.ts';
import tasks from '../../src/resources/tasks.ts';
import { chosenResources } from '../../src/runs/planner.ts';
import {
  countWindows,
  firstDay,
  planHalves,
  planLookback,
  planMessages,
  planMissing,
  planRequest,
  planSince,
  planWindow,
  rowsPerDayAfter,
  type Wanted,
} from '../../src/source/request-plan.ts';
import { addDays, daysIn, merge, type Period } from '../../src/time/period.ts';

const now = new Date('2018-06-20T02:00:00Z');
const june = { from: '2018-06-01', until: '2018-06-11' };

describe('a request', () => {
  it('for a whole list is its path', () => {
    expect(planRequest(agents)).toEqual({
      resource: agents,
      path: '/agents.json',
      query: {},
      redactedUrl: '/agents.json',
      claimKey: '/agents.json',
      defaults: {},
    });
  });

  it('for days asks for a day more on either side, as nobody knows whose days they are and whether the last is included', () => {
    const { query, redactedUrl, days } = planRequest(chats, { period: june });
    expect(query).toEqual({ start_date: '2018-05-31', end_date: '2018-06-12' });
    expect(redactedUrl).toBe('/chats.json?start_date=2018-05-31&end_date=2018-06-12');
    expect(days).toEqual({ period: june, scope: '' });
  });

  it('for the days of an agent has the agent in its path, its scope, and what its records may leave out', () => {
    expect(planRequest(agentActivities, { agentId: 4, period: june })).toMatchObject({
      path: '/agent_activities/agent_id/4.json',
      query: { start_date: '2018-05-31', end_date: '2018-06-12' },
      defaults: { agent_id: 4 },
      claimKey: 'agent_activities agent_id=4',
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
    expect(new Set(resources.map(({ order }) => order)).size).toBe(resources.length);
    const order = ['agents', 'groups', 'chats', 'tasks', 'agent_activities', 'messages', 'agent_groups', 'visitors'];
    const names = chosenResources(undefined).map(({ name }) => name);
    expect(names.filter((name) => order.includes(name))).toEqual(order);
    expect(names).toHaveLength(resources.length);
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
  const period = (covered: [string, string][], since = '2018-05-21', lookbackDays = 30) =>
    planLookback(
      covered.map(([from, until]) => ({ from, until })),
      { now, since, lookbackDays },
    );

  it('end with today: the request asks for a day more, which has begun in some time zones', () => {
    expect(period([]).until).toBe('2018-06-21');
  });

  it.each<[string, [string, string][], string, string]>([
    ['the first day that syncs look after, while nothing is covered', [], '2018-01-01', '2018-01-01'],
    ['the lookback', [['2018-01-01', '2018-06-19']], '2018-01-01', '2018-05-21'],
    ['the last covered day when that is longer ago', [['2018-01-01', '2018-04-01']], '2018-01-01', '2018-04-01'],
    ['no day before those that are covered: that is for a backfill', [['2018-06-10', '2018-06-19']], '2018-06-10', '2018-06-10'],
    ['days of the lookback that a backfill added', [['2018-05-30', '2018-06-19']], '2018-06-10', '2018-05-30'],
    [
      'the lookback, all of which a backfill added on the day of the first sync',
      [['2018-01-01', '2018-06-20']],
      '2018-06-20',
      '2018-05-21',
    ],
    ['its own first day, when all that is covered is a backfill of long ago', [['2017-01-01', '2017-02-01']], '2018-06-01', '2018-06-01'],
    [
      'the lookback, beside a backfill of long ago',
      [
        ['2017-01-01', '2017-02-01'],
        ['2018-01-01', '2018-06-19'],
      ],
      '2018-01-01',
      '2018-05-21',
    ],
  ])('begin with %s', (_, covered, since, expected) => {
    expect(period(covered, since).from).toBe(expected);
  });

  it('begin today at the latest, should the first day lie ahead', () => {
    expect(period([], '2030-01-01')).toEqual({ from: '2018-06-20', until: '2018-06-21' });
    expect(planSince([], { now, since: '2030-01-01' })).toEqual({ from: '2018-06-20', until: '2018-06-21' });
  });

  it('without a lookback begin where the last sync left off', () => {
    expect(period([['2018-01-01', '2018-06-19']], '2018-01-01', 0).from).toBe('2018-06-19');
  });

  it.each([
    [undefined, '2018-05-21'],
    ['2018-01-01', '2018-01-01'],
    ['2030-01-01', '2018-06-20'],
  ])('begin on an empty warehouse, with a start date of %s, on %s', (startDate, expected) => {
    expect(firstDay(startDate, now)).toBe(expected);
  });
});

describe('the days of activity an agent lacks', () => {
  it.each([
    ['from where it left off', [{ from: '2018-01-01', until: '2018-06-18' }], '2018-06-18'],
    ['from the first day that is lacking between several ranges', [june, { from: '2018-06-15', until: '2018-06-16' }], '2018-05-01'],
    [
      'from a hole that a doubt has left',
      [
        { from: '2018-04-01', until: '2018-06-10' },
        { from: '2018-06-15', until: '2018-06-18' },
      ],
      '2018-06-10',
    ],
    ['from the first day that syncs look after', [], '2018-05-01'],
    ['from there also beside a backfill of long ago', [{ from: '2017-01-01', until: '2017-06-18' }], '2018-05-01'],
  ])('%s', (_, covered, expected) => {
    expect(planSince(covered, { now, since: '2018-05-01' })).toEqual({ from: expected, until: '2018-06-21' });
  });
});

describe('the window of a backfill', () => {
  const year = { from: '2017-01-01', until: '2018-01-01' };

  it.each([
    ['holds the newest days, as many as one answer should', [year], 1_000, { from: '2017-12-14', until: '2018-01-01' }],
    ['counts the day more on either side', [year], 20_000 / 12, { from: '2017-12-22', until: '2018-01-01' }],
    ['holds all that is missing, when that is less', [june], 10, june],
    ['is one day at least', [year], 1_000_000, { from: '2017-12-31', until: '2018-01-01' }],
    ['takes no account of days that are not missing', [{ from: '2016-01-01', until: '2016-02-01' }, june], 1, june],
    ['of days without anything holds them all', [year], 0, year],
  ])('%s', (_, days, rowsPerDay, expected) => {
    expect(planWindow({ days, rowsPerDay })).toEqual(expected);
  });

  it('there is none when nothing is missing', () => {
    expect(
      planWindow({
        days: planMissing(june, [{ from: '2018-05-01', until: '2018-06-07' }], [{ from: '2018-06-05', until: '2018-07-01' }]),
        rowsPerDay: 1,
      }),
    ).toBeUndefined();
  });

  it('is fitted to what the last one brought, and grows to four times its length at most', () => {
    const next = (received: number) => {
      const last = { from: '2017-12-01', until: '2017-12-11' };
      return daysIn(
        planWindow({ days: [{ from: '2010-01-01', until: '2017-12-01' }], rowsPerDay: rowsPerDayAfter(last, received) }) ?? june,
      );
    };
    expect([40_000, 20_000, 10_000, 1_000, 0].map(next)).toEqual([4, 10, 22, 46, 46]);
  });

  it('leaves no day out and asks for none twice, whatever the answers bring', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 150 }), (received, length) => {
        const range = { from: '2015-01-01', until: addDays('2015-01-01', length) };
        const asked: Period[] = [];
        let rowsPerDay = 300;
        for (let window = planWindow({ days: [range], rowsPerDay }); window; ) {
          asked.push(window);
          rowsPerDay = rowsPerDayAfter(window, received[asked.length % received.length] ?? 0);
          window = planWindow({ days: planMissing(range, [], asked), rowsPerDay });
        }
        expect(merge(asked)).toEqual([range]);
        expect(asked.reduce((sum, window) => sum + daysIn(window), 0)).toBe(length);
        expect(asked.map(({ from }) => from)).toEqual(
          asked
            .map(({ from }) => from)
            .sort()
            .reverse(),
        );
      }),
    );
  });

  it('is counted beforehand as it is walked', () => {
    expect(countWindows({ days: [year], rowsPerDay: 288 }, (period) => daysIn(period) * 288)).toBe(6);
    expect(countWindows({ days: [year], rowsPerDay: 288 }, () => 0)).toBe(3);
    expect(countWindows({ days: [], rowsPerDay: 288 }, () => 0)).toBe(0);
  });
});

describe('requests for messages', () => {
  const wanted = (
    chatId: number,
    visitorId: number | null,
    visitorUsername: string | null = visitorId === null ? null : `v-${visitorId}`,
  ): Omit<Wanted, 'ofVisitor'> => ({
    chatId,
    visitorId,
    visitorUsername,
  });
  const counted = (list: readonly Omit<Wanted, 'ofVisitor'>[]): Wanted[] =>
    list.map((chat) => ({ ...chat, ofVisitor: list.filter(({ visitorId }) => visitorId === chat.visitorId).length }));
  const asked = (list: readonly Omit<Wanted, 'ofVisitor'>[]) => planMessages(messages, counted(list)).map(({ messagesOf }) => messagesOf);

  it.each<[string, Omit<Wanted, 'ofVisitor'>[], unknown[]]>([
    ['one per chat', [wanted(3, 30), wanted(2, 20)], [{ chatId: 3 }, { chatId: 2 }]],
    ['one per visitor with two or more', [wanted(3, 30), wanted(2, 20), wanted(1, 30)], [{ visitorId: 30 }, { chatId: 2 }]],
    ['one per chat without a visitor', [wanted(3, null), wanted(2, null)], [{ chatId: 3 }, { chatId: 2 }]],
    ['one per chat when the user name is unknown', [wanted(3, 30, null), wanted(2, 30, '')], [{ chatId: 3 }, { chatId: 2 }]],
    ['no request', [], []],
  ])('%s, in the order of the chats', (_, list, expected) => {
    expect(asked(list)).toEqual(expected);
  });

  it('for a chat say which chat their records belong to', () => {
    expect(planMessages(messages, counted([wanted(3, 30)]))).toEqual([
      {
        resource: messages,
        path: '/messages.json',
        query: { include_admin: 'true', chat_id: '3' },
        redactedUrl: '/messages.json?include_admin=true&chat_id=3',
        claimKey: 'messages visitor_id=30',
        defaults: { chat_id: 3 },
        messagesOf: { chatId: 3 },
      },
    ]);
  });

  it('for a visitor name no chat, and the user name only where it is sent', () => {
    const [request] = planMessages(messages, counted([wanted(3, 30), wanted(2, 30)]));
    expect(request).toMatchObject({ query: { visitor_username: 'v-30' }, defaults: {}, messagesOf: { visitorId: 30 } });
    expect(request?.redactedUrl).toBe('/messages.json?include_admin=true&visitor_id=30');
  });

  it('for a visitor know what to ask for should the source not know him: each chat that wants its messages', () => {
    const [request] = planMessages(messages, counted([wanted(3, 30), wanted(1, 40), wanted(2, 30)]));
    expect(request?.fallback?.map(({ messagesOf }) => messagesOf)).toEqual([{ chatId: 3 }, { chatId: 2 }]);
  });

  it('by visitor come when others of his chats want theirs, also beyond those that are planned now', () => {
    expect(planMessages(messages, [{ ...wanted(3, 30), ofVisitor: 2 }])).toMatchObject([{ messagesOf: { visitorId: 30 } }]);
  });

  it('are one piece of work for all chats of a visitor, however they are asked for', () => {
    const units = [wanted(3, 30), wanted(2, 30, null), wanted(1, null)].map((chat) => planMessages(messages, counted([chat]))[0]?.claimKey);
    expect(units).toEqual(['messages visitor_id=30', 'messages visitor_id=30', 'messages chat_id=1']);
  });

  it('are a mistake for what is not asked for by chat', () => {
    expect(() => planMessages(agents, [])).toThrow(TypeError);
  });
});
