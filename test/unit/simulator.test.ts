import { afterEach, expect, test } from 'vitest';
import { type Account, createAccount } from '../../src/simulator/account/account.ts';
import type { Oddities } from '../../src/simulator/api/oddities.ts';
import { createLimits } from '../../src/simulator/api/request-limits.ts';
import { type Simulator, startSimulator } from '../../src/simulator/api/simulator-server.ts';
import { expectedTables } from '../support/oracle.ts';

const NOW = new Date('2026-03-04T21:00:00Z');
const smallAccount = () => createAccount({ seed: 7, agents: 6, days: 6, chats: 240, now: NOW });

const open: Simulator[] = [];
const start = async (options: Partial<Parameters<typeof startSimulator>[0]> = {}) => {
  const simulator = await startSimulator({ account: smallAccount(), ...options });
  open.push(simulator);
  return simulator;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()));
});

type Found = { type: string; id: number; attributes: Record<string, unknown> };
const get = ({ url }: Simulator, path: string, init: RequestInit = {}) =>
  fetch(url + path, { headers: { authorization: 'Bearer test-key' }, redirect: 'manual', ...init });
const dataOf = async <T>(simulator: Simulator, path: string): Promise<T> =>
  ((await (await get(simulator, path)).json()) as { data: T }).data;
const rowsOf = (simulator: Simulator, path: string) => dataOf<Found[]>(simulator, path);

const chatsOf = (account: Account, from: string, until: string) =>
  [...account.asOf().chats.values()].filter(({ createdAt }) => createdAt >= new Date(from) && createdAt < new Date(until));

test('the same seed makes the same account, whenever one looks; another seed another one', () => {
  const [account, twin] = [smallAccount(), smallAccount()];
  twin.advance({ days: 9 });
  twin.setNow(NOW);
  expect(expectedTables(twin)).toEqual(expectedTables(account));
  const stranger = createAccount({ seed: 8, agents: 6, days: 6, chats: 240, now: NOW });
  expect(expectedTables(stranger)).not.toEqual(expectedTables(account));
});

test('an account has all that is odd', () => {
  const now = smallAccount().asOf();
  const [agents, visitors, chats, tasks] = [
    [...now.agents.values()],
    [...now.visitors.values()],
    [...now.chats.values()],
    [...now.tasks.values()],
  ];
  const messages = chats.flatMap(({ id }) => now.messagesOf(id));
  expect(agents.filter(({ isBot, isTerminated }) => isBot || isTerminated)).toHaveLength(2);
  expect(visitors.some(({ name }) => name?.includes('\0'))).toBe(true);
  expect(visitors.some(({ city }) => /\p{Surrogate}/u.test(city ?? ''))).toBe(true);
  expect(visitors.some(({ zipCode }) => zipCode?.startsWith('0'))).toBe(true);
  for (const isThere of [
    chats.some(({ visitorId, toAgentId }) => visitorId === null && toAgentId !== null),
    chats.some(({ isBeatOut }) => isBeatOut),
    chats.some(({ isMissed }) => isMissed),
    chats.some(({ isEnded }) => !isEnded),
    chats.some(({ transferredToAgentId }) => transferredToAgentId !== null),
    chats.some(({ averageRating, feedback }) => averageRating !== null && feedback),
    messages.some(({ isAdmin }) => isAdmin),
    messages.some(({ isInterruptionBlocked }) => isInterruptionBlocked),
    messages.some(({ labels }) => labels.length > 1),
    tasks.some(({ type, intentId }) => type === 'machine_learning' && intentId !== null),
    tasks.some(({ type, isComplete }) => type === 'operational' && !isComplete),
  ])
    expect(isThere).toBe(true);
  for (const records of [visitors, chats, tasks]) {
    const sequence = records.map(({ id, createdAt }) => [id, createdAt.getTime()] as const);
    expect(sequence.every(([id, at], i) => i === 0 || (id > (sequence[i - 1]?.[0] ?? 0) && at >= (sequence[i - 1]?.[1] ?? 0)))).toBe(true);
  }
});

test('time brings new chats and changes old ones, messages and tasks', () => {
  const account = smallAccount();
  const before = account.asOf();
  account.advance({ days: 2 });
  const after = account.asOf();
  expect(after.chats.size).toBeGreaterThan(before.chats.size);
  const changed = [...before.chats.values()].filter((chat) => after.chats.get(chat.id)?.updatedAt?.getTime() !== chat.updatedAt?.getTime());
  expect(changed.some(({ isEnded }) => !isEnded)).toBe(true);
  expect(changed.some(({ id, overallRating }) => overallRating === null && after.chats.get(id)?.overallRating)).toBe(true);
  expect([...before.tasks.values()].some(({ id, isComplete }) => !isComplete && after.tasks.get(id)?.isComplete)).toBe(true);
  expect([...after.agents.values()]).not.toEqual([...before.agents.values()]);
});

test('time can be moved over HTTP', async () => {
  const account = smallAccount();
  const { url } = await start({ account });
  const moved = await fetch(new URL('/simulator/advance?days=1&minutes=5', url), { method: 'POST' });
  expect([moved.status, account.now()]).toEqual([200, new Date('2026-03-05T21:05:00Z')]);
});

test('what exceeds a limit is answered 429', async () => {
  const simulator = await start({ limits: [{ count: 3, windowMs: 3_600_000 }] });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await get(simulator, '/groups.json')).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  expect(simulator.requests.map(({ status }) => status)).toEqual(statuses);
});

test('windows slide, and what was refused counts too', () => {
  const limits = createLimits([
    { count: 2, windowMs: 100 },
    { count: 4, windowMs: 1_000 },
  ]);
  const admitted = (...times: number[]) => times.map((at) => limits.admit(at));
  expect(admitted(0, 50, 99)).toEqual([true, true, false]);
  // 99 was refused, and still fills the short window until 199.
  expect(admitted(150, 160, 261)).toEqual([true, false, false]);
  expect(admitted(1_262, 1_263, 1_264)).toEqual([true, true, false]);
});

test('what might write, and what nobody declared, is refused and remembered', async () => {
  const simulator = await start();
  const [visitor] = await rowsOf(simulator, '/visitors.json');
  const forbidden = [
    ['GET', '/chats/transfer/1.json?agent_username_from=a&agent_username_to=b'],
    ['GET', '/q_tasks/machine_learning/1/1.json'],
    ['GET', '/q_tasks/operational/2/1.json'],
    ['GET', `/visitors.json?visitor_username=${visitor?.attributes.xmpp_username}`],
    ['GET', '/agent_groups/agent_id/1/group_id/2.json'],
    ['POST', '/agents.json'],
    ['DELETE', '/groups/1.json'],
  ] as const;
  for (const [method, path] of forbidden) expect((await get(simulator, path, { method })).status).toBe(403);
  expect(simulator.violations).toEqual(forbidden.map(([method, path]) => `${method} ${path}`));
});

test('a wrong key is answered 401, a missing parameter 400, an unknown record as told', async () => {
  const simulator = await start({ oddities: { emptyAs: '404' } });
  expect((await get(simulator, '/agents.json', { headers: { authorization: 'Bearer other-key' } })).status).toBe(401);
  for (const path of [
    '/chats.json?start_date=2026-03-01',
    '/q_tasks.json?after=0&task_type=operational',
    '/messages.json?include_admin=true',
  ])
    expect((await get(simulator, path)).status).toBe(400);
  const unknown = '/messages.json?chat_id=999999&include_admin=true';
  expect((await get(simulator, unknown)).status).toBe(404);
  for (const [emptyAs, data] of [
    ['list', []],
    ['null', null],
    ['object', {}],
  ] as const) {
    simulator.set({ emptyAs });
    expect(await (await get(simulator, unknown)).json()).toEqual({ data });
  }
});

test.each<[Oddities['embed'], (agent: Record<string, unknown>) => unknown]>([
  ['resource', ({ id }) => id],
  ['document', ({ data }) => (data as Found).id],
  ['bare', ({ agent_id }) => Number(agent_id)],
])('embedded records as %s', async (embed, idOf) => {
  const simulator = await start({ oddities: { embed } });
  const chats = await rowsOf(simulator, '/chats.json?start_date=2026-03-01&end_date=2026-03-04');
  expect(chats.length).toBeGreaterThan(50);
  for (const { attributes } of chats) expect(idOf(attributes.agent as Record<string, unknown>)).toBe(attributes.agent_id);
  expect(chats.some(({ attributes }) => attributes.group_id === null && attributes.group !== null)).toBe(true);
});

test('lists can be lean, numbers can be texts, and secrets are always there', async () => {
  const simulator = await start({ oddities: { leanLists: true, numbers: 'strings' } });
  const [agent] = await rowsOf(simulator, '/agents.json');
  expect(agent).toMatchObject({ id: '4', attributes: { agent_id: '4', client_id: '77', trmnt_ind: 0, xmpp_password: 'fake-password-4' } });
  expect(agent?.attributes).not.toHaveProperty('display_name');
});

test.each<[Partial<Oddities>, string, string]>([
  [{ endDate: 'inclusive' }, '2026-03-02T00:00:00Z', '2026-03-04T00:00:00Z'],
  [{ endDate: 'exclusive' }, '2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z'],
  [{ endDate: 'exclusive', dateZoneHours: 14 }, '2026-03-01T10:00:00Z', '2026-03-02T10:00:00Z'],
  [{ endDate: 'inclusive', dateZoneHours: -12 }, '2026-03-02T12:00:00Z', '2026-03-04T12:00:00Z'],
])('dates read as %o', async (oddities, from, until) => {
  const account = smallAccount();
  const simulator = await start({ account, oddities });
  const days = 'start_date=2026-03-02&end_date=2026-03-03';
  const expected = chatsOf(account, from, until).map(({ id }) => id);
  expect((await rowsOf(simulator, `/chats.json?${days}`)).map(({ id }) => id)).toEqual(expected);
  const report = await dataOf<Found>(simulator, `/chats/report.json?${days}`);
  expect(report.attributes.total_chats).toBe(expected.length);
});

test.each((['offset', 'id', 'ignored'] as const).flatMap((after) => (['asc', 'desc'] as const).map((taskOrder) => ({ after, taskOrder }))))(
  'all tasks can be paged to with $after, $taskOrder',
  async ({ after, taskOrder }) => {
    const account = smallAccount();
    const simulator = await start({ account, oddities: { after, taskOrder, taskPageSize: 7 } });
    const known: number[] = [];
    for (let page: Found[] = [], cursor = 0; ; ) {
      page = await rowsOf(simulator, `/q_tasks.json?after=${cursor}&task_type=machine_learning&is_resolved=1`);
      const fresh = page.map(({ id }) => id).filter((id) => !known.includes(id));
      if (fresh.length === 0) break;
      known.push(...fresh);
      cursor = after === 'offset' ? known.length : (known.at(-1) ?? 0);
    }
    const expected = [...account.asOf().tasks.values()].filter(({ type, isComplete }) => type === 'machine_learning' && isComplete);
    expect(expected.length).toBeGreaterThan(14);
    expect(known.toSorted((a, b) => a - b)).toEqual(expected.map(({ id }) => id));
  },
);

test('activity is a grid of five minutes up to now, and every row is number 1', async () => {
  const account = smallAccount();
  const simulator = await start({ account });
  const agents = [...account.asOf().agents.values()];
  const snapshots = (id: number | undefined) =>
    rowsOf(simulator, `/agent_activities/agent_id/${id}.json?start_date=2026-03-03&end_date=2026-03-09`);
  const rows = await snapshots(agents.find(({ isBot, isTerminated }) => !isBot && !isTerminated)?.id);
  expect(rows).toHaveLength(288 + 21 * 12 + 1);
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([1]));
  expect(await snapshots(agents.find(({ isBot }) => isBot)?.id)).toEqual([]);
});

test('requests go wrong as often as told, in the way told', async () => {
  const simulator = await start();
  const isGroups = (path: string) => path.startsWith('/groups.json');
  simulator.fail(isGroups, { status: 503, headers: { 'retry-after': '2' }, body: 'busy' });
  simulator.fail(isGroups, { redirect: 'http://127.0.0.1:1/' });
  simulator.fail(isGroups, 'html');
  simulator.fail(isGroups, 'empty');
  const seen: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    const answer = await get(simulator, '/groups.json');
    seen.push([answer.status, answer.headers.get('retry-after') ?? answer.headers.get('location'), (await answer.text()).slice(0, 9)]);
  }
  expect(seen).toEqual([
    [503, '2', 'busy'],
    [302, 'http://127.0.0.1:1/', ''],
    [200, null, '<!doctype'],
    [200, null, ''],
  ]);
  for (const fault of ['truncate', 'reset'] as const) {
    simulator.fail(isGroups, fault);
    await expect(get(simulator, '/groups.json').then((answer) => answer.text())).rejects.toThrow();
  }
  for (const fault of ['hang-headers', 'hang-body', 'drip'] as const) {
    simulator.fail(isGroups, fault);
    const signal = AbortSignal.timeout(250);
    await expect(
      get(simulator, '/groups.json', { signal, headers: { authorization: 'Bearer test-key' } }).then((answer) => answer.text()),
    ).rejects.toThrow(/timeout/);
  }
  simulator.fail(isGroups, 'bomb');
  const reader = (await get(simulator, '/groups.json')).body?.getReader();
  let size = 0;
  while (size < 20_000_000) size += (await reader?.read())?.value?.length ?? Number.NaN;
  await reader?.cancel();
  expect((await get(simulator, '/groups.json')).status).toBe(200);
});
