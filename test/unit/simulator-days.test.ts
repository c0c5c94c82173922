import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import type { Oddities } from '../../src/simulator/api/oddities.ts';
import { startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { ask, dataOf, MARCH, rowsOf, smallAccount } from '../support/simulator-answers.ts';

const account = smallAccount();
const now = account.asOf();
const all = [...now.chats.values()];
const chats = (oddities: Partial<Oddities>, days = MARCH) => rowsOf(account, '/chats.json', days, oddities).map(({ id }) => id);
const total = (oddities: Partial<Oddities>, days = MARCH, of = account) =>
  (ask(of, '/chats/report.json', days, oddities) as { data: { attributes: { total_chats: number | null } } } | undefined)?.data.attributes
    .total_chats;

describe('lists of chats', () => {
  const day = { start_date: '2026-03-02', end_date: '2026-03-02' };

  it('hold days against the last change, keep the newest when they are cut, and leave out open or internal ones', () => {
    const changed = all.filter(({ updatedAt, createdAt }) => (updatedAt ?? createdAt).toISOString().startsWith('2026-03-02'));
    expect(chats({ chatsBy: 'change' }, day)).toEqual(changed.map(({ id }) => id));
    expect(chats({ chatCap: 10, chatCapKeeps: 'newest' })).toEqual(all.slice(-10).map(({ id }) => id));
    expect(chats({ chatsLeftOut: 'open' })).toHaveLength(all.filter(({ isEnded }) => isEnded).length);
    expect(chats({ chatsLeftOut: 'internal' })).toHaveLength(all.filter(({ visitorId }) => visitorId !== null).length);
  });

  it.each(['/chats.json', '/chats/report.json', '/agent_activities/agent_id/4.json'])(
    'and what else is asked for by days refuse too many days, and the future: %s',
    (path) => {
      const days = (end_date: string) => ({ start_date: '2026-02-01', end_date });
      expect(ask(account, path, days('2026-03-03'), { longestRange: 31 })).toBeDefined();
      expect(ask(account, path, days('2026-03-04'), { longestRange: 31 })).toBeUndefined();
      expect(ask(account, path, days('2026-03-04'), { refusesFuture: true })).toBeDefined();
      expect(ask(account, path, days('2026-03-05'), { refusesFuture: true })).toBeUndefined();
    },
  );
});

describe('the report', () => {
  it('fails, or says null or zero, or is on the other path and nothing on this', () => {
    expect([total({}), total({ report: 'failing' }), total({ report: 'null' }), total({ report: 'zero' })]).toEqual([
      all.length,
      undefined,
      null,
      0,
    ]);
    expect(ask(account, '/agents/report.json', MARCH, { otherReport: 'nothing' })).toEqual({ data: null });
  });

  it('leaves out beat-out or internal chats, counts deleted ones, and has a last day of its own', () => {
    expect(total({ reportCounts: 'without beat-out' })).toBe(all.filter(({ isBeatOut }) => !isBeatOut).length);
    expect(total({ reportCounts: 'without internal' })).toBe(all.filter(({ visitorId }) => visitorId !== null).length);
    const days = { start_date: '2026-03-02', end_date: '2026-03-03' };
    expect(total({ reportEndDate: 'exclusive' }, days)).toBe(chats({ endDate: 'exclusive' }, days).length);
    const restless = createAccount({ seed: 7, agents: 6, days: 20, chats: 240, now: now.at, isRestless: true });
    expect(total({ reportCounts: 'with deleted' }, MARCH, restless)).toBeGreaterThan(restless.asOf().chats.size);
  });
});

describe('activity', () => {
  const days = { start_date: '2026-03-01', end_date: '2026-03-09' };
  const moments = (oddities: Partial<Oddities>) =>
    rowsOf(account, '/agent_activities/agent_id/4.json', days, oddities).map(({ attributes }) => String(attributes.create_dt));
  const whole = moments({});

  it('is cut by rows or by days, at either end', () => {
    expect(moments({ activityCap: 100 })).toEqual(whole.slice(0, 100));
    expect(moments({ activityCap: 100, activityKeeps: 'newest' })).toEqual(whole.slice(-100));
    expect(new Set(moments({ activityDays: 2 }).map((at) => at.slice(0, 10)))).toEqual(new Set(['2026-03-01', '2026-03-02']));
    expect(new Set(moments({ activityDays: 2, activityKeeps: 'newest' }).map((at) => at.slice(0, 10)))).toEqual(
      new Set(['2026-03-03', '2026-03-04']),
    );
  });

  it('has rows of the future, and two of one moment', () => {
    expect(moments({ activityAhead: 5 }).at(-1)).toBe('2026-03-05T01:55:00+00:00');
    const twice = moments({ activityTwice: true });
    expect(twice.length).toBeGreaterThan(whole.length);
    expect(new Set(twice)).toEqual(new Set(whole));
  });

  it('ends on the evening on which an agent leaves, and stays readable', () => {
    const left = createAccount({ seed: 7, agents: 6, days: 6, chats: 24, now: now.at, leavesAfter: 0 });
    left.advance({ days: 2 });
    const [before, after] = [now.agents, left.asOf().agents];
    const leaver = [...after.values()].find(({ id, isTerminated }) => isTerminated && !before.get(id)?.isTerminated);
    expect(leaver).toBeDefined();
    const rows = left.asOf().activitiesOf(leaver?.id ?? 0);
    expect(rows.at(-1)?.snapshotAt).toEqual(new Date('2026-03-05T04:00:00Z'));
    expect(rows.length).toBeGreaterThan(1_000);
  });
});

describe('messages', () => {
  const transferred = all.find((chat) => chat.transferredToAgentId !== null && chat.visitorId !== null);
  const visitor_username = now.visitors.get(transferred?.visitorId ?? 0)?.xmppUsername ?? '';
  const byVisitor = (oddities: Partial<Oddities>) =>
    dataOf(ask(account, '/messages.json', { visitor_username, include_admin: 'true' }, oddities));
  const byChat = (oddities: Partial<Oddities>) =>
    dataOf(ask(account, '/messages.json', { chat_id: String(transferred?.id), include_admin: 'true' }, oddities));

  it('by visitor lack transferred chats, or the number of their chat', () => {
    const chatsOf = (oddities: Partial<Oddities>) => new Set(byVisitor(oddities).map(({ attributes }) => attributes.chat_id));
    expect(chatsOf({}).has(transferred?.id)).toBe(true);
    expect(chatsOf({ byVisitor: 'not transferred' }).has(transferred?.id)).toBe(false);
    expect(chatsOf({ byVisitor: 'without chat' })).toEqual(new Set([null]));
    expect(byChat({ byVisitor: 'without chat' })[0]?.attributes.chat_id).toBe(transferred?.id);
  });

  it('are cut, and come late', () => {
    expect(byChat({ messageCap: 2 })).toEqual(byChat({}).slice(0, 2));
    expect(byChat({ messageDelay: 1_000_000 })).toEqual([]);
  });
});

it('chats of the week before last are rated late, and deleted', () => {
  const account = createAccount({ seed: 3, agents: 5, days: 14, chats: 60, now: now.at, isLate: true });
  const [first, before] = [account.asOf(), account.now()];
  account.advance({ days: 7 });
  const then = account.asOf();
  const old = [...first.chats.values()].filter(({ createdAt }) => before.getTime() - createdAt.getTime() > 9 * 86_400_000);
  expect(old.some(({ id, overallRating }) => then.chats.get(id)?.overallRating !== overallRating && then.chats.has(id))).toBe(true);
  expect(then.deletedChats().length).toBeGreaterThan(0);
});

it('a source that wants to be left alone answers everything with 503 and when to come back', async () => {
  const simulator = await startSimulator({ account, oddities: { retryAfter: 7200 } });
  const answer = await fetch(`${simulator.url}/agents.json`, { headers: { authorization: 'Bearer test-key' } });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7200']);
  await simulator.close();
});
