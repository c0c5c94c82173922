import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeRun } from '../../src/cli/run-command.ts';
import { describeStatus } from '../../src/cli/status-command.ts';
import { readShownDoubts } from '../../src/evidence/doubt-summary.store.ts';
import { findLoss, splitRemedy, sumUpDoubts, tellFirst } from '../../src/evidence/doubt-summary.ts';
import { describeDoubt, doubt, reasons } from '../../src/evidence/doubts.ts';
import { readStatus, type Status } from '../../src/operations/status.store.ts';
import { FEWER, FEWER_SAYS, NO_REPORT, openDoubts, settle, silentChat } from '../support/doubts.ts';
import { parseMetrics, serveStatus } from '../support/status-page.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench({ seed: 71, agents: 4, days: 4, chats: 12 });
  await bench.sync();
  await forget();
});
afterAll(() => bench.close());
afterEach(() => forget());

const forget = () => bench.database.pool.query('delete from chatrhub_sync.doubts');

const silentChats = (from: number, count: number) => Array.from({ length: count }, (_, i) => silentChat(from + i));
const status = (): Promise<Status> => readStatus(bench.database, { limits: [], rateScope: 'account' });
async function get(path: string): Promise<string> {
  const server = await serveStatus(bench.database);
  try {
    return await (await fetch(`${server.url}${path}`)).text();
  } finally {
    await server.close();
  }
}

describe('what is open', () => {
  it('is shown with possible loss first, then the oldest, each in one sentence with its reason, its beginning and its remedy', async () => {
    await openDoubts(bench.database, [NO_REPORT, FEWER, silentChat(5)]);
    const { doubts } = await readShownDoubts(bench.database);
    expect(doubts.map(({ reason, may_be_missing }) => [reason, may_be_missing])).toEqual([
      ['fewer_than_reported', true],
      ['no_messages', true],
      ['no_report', false],
    ]);
    expect(doubts[0]).toEqual({
      resource: 'chats',
      subject: '2018-01-01 to 2018-01-02',
      reason: 'fewer_than_reported',
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      may_be_missing: true,
      text: expect.stringMatching(new RegExp(`^${FEWER_SAYS}, since .{16} UTC; what settles it: chatrhub-sync reconcile --repair, .*\\.$`)),
    });
  });

  it('is not shown any more once evidence settled it', async () => {
    await openDoubts(bench.database, [FEWER]);
    await settle(bench.database, FEWER);
    expect(await readShownDoubts(bench.database)).toEqual({ doubts: [], doubt_counts: [] });
  });

  it('is counted to the last, however many of one resource and reason are read one by one, and hides nothing else', async () => {
    await openDoubts(bench.database, [...silentChats(1, 12), FEWER]);
    const { doubts, doubt_counts } = await readShownDoubts(bench.database, { most: 5 });
    expect(doubts.map(({ subject }) => subject)).toEqual(['chat 1', 'chat 2', 'chat 3', 'chat 4', 'chat 5', FEWER.subject]);
    expect(doubt_counts.map(({ resource, count, since }) => [resource, count, since])).toEqual([
      ['messages', 12, doubts[0]?.since],
      ['chats', 1, doubts[5]?.since],
    ]);
  });

  it('is that of the resources that are asked about', async () => {
    await openDoubts(bench.database, [FEWER, silentChat(5)]);
    const { doubts } = await readShownDoubts(bench.database, { only: ['messages', 'agents'] });
    expect(doubts.map(({ subject }) => subject)).toEqual(['chat 5']);
  });

  it('is told by its name where only another version knows the reason', async () => {
    await openDoubts(bench.database, [FEWER]);
    await bench.database.pool.query(`update chatrhub_sync.doubts set reason = 'of_tomorrow'`);
    const { doubts } = await readShownDoubts(bench.database);
    expect(doubts[0]?.text).toBe('chats, 2018-01-01 to 2018-01-02: of_tomorrow.');
    expect(splitRemedy(doubts[0]?.text ?? '')).toEqual({ problem: 'chats, 2018-01-01 to 2018-01-02: of_tomorrow.', remedy: '' });
  });

  it.each(reasons)('falls into what is in doubt and what settles it: %s', (reason) => {
    const text = describeDoubt(doubt({ resource: 'chats', claim: 'chats', subject: 'all' }, reason));
    const { problem, remedy } = splitRemedy(text);
    expect(remedy).not.toBe('');
    expect(`${problem}; what settles it: ${remedy}.`).toBe(text);
  });

  it('is summed up: the first few of one resource and reason, and how many more', async () => {
    await openDoubts(bench.database, [NO_REPORT, ...silentChats(1, 1_204), FEWER]);
    const shown = await readShownDoubts(bench.database, { most: 10 });
    const sections = sumUpDoubts(shown);
    expect(sections.map(({ mayBeMissing, groups }) => [mayBeMissing, groups.map(({ doubts, more }) => [doubts.length, more])])).toEqual([
      [
        true,
        [
          [3, 'and 1,201 more of messages, for the same reason'],
          [1, undefined],
        ],
      ],
      [false, [[1, undefined]]],
    ]);
    const loss = findLoss(shown);
    expect([loss?.first.subject, loss?.count]).toEqual(['chat 1', 1_205]);
    expect(tellFirst('A.', 1_205)).toBe('A. And 1,204 more; chatrhub-sync status says which.');
    expect(tellFirst('A.', 1)).toBe('A.');
    expect(findLoss(shown, ['agents'])).toBeUndefined();
  });
});

describe('status', () => {
  it('has a list and a count for programs, and the same summed up for people, without what would move a terminal', async () => {
    await openDoubts(bench.database, [
      NO_REPORT,
      ...silentChats(1, 205),
      doubt({ resource: 'tasks', claim: 'tasks', subject: 'open tasks' }, 'more_announced', { sign: 'next\u001b[2J', received: 50 }),
    ]);
    const found = await status();
    expect(found.doubts).toHaveLength(202);
    expect(found.doubt_counts.map(({ resource, count }) => [resource, count])).toEqual([
      ['messages', 205],
      ['tasks', 1],
      ['chats', 1],
    ]);
    const text = describeStatus(found, undefined);
    expect(text).toMatch(
      /\nIn doubt\n {2}Records may be missing:\n {4}messages, chat 1: no message was received, .*\n {4}messages, chat 2: .*\n {4}messages, chat 3: .*\n {4}and 202 more of messages, for the same reason\n {4}tasks, open tasks: .*\n {2}Not proved, though nothing says that records are missing:\n {4}chats, all days: /,
    );
    expect(text).not.toContain('\u001b');
  });

  it('says below the runs when there are none', async () => {
    const text = describeStatus(await status(), undefined);
    expect(text).toMatch(/^Last runs, in UTC\n[\s\S]*\n {2}nothing says that records are missing\n\nResources/);
    expect(text).not.toContain('In doubt');
  });

  it('says nothing of doubts before the first run', async () => {
    expect(describeStatus({ ...(await status()), runs: [] }, undefined)).not.toContain('records are missing');
  });
});

describe('metrics', () => {
  it('count doubts by resource, reason and whether records may be missing, and say how old the oldest of loss is', async () => {
    await openDoubts(bench.database, [NO_REPORT, FEWER, ...silentChats(1, 205)]);
    await bench.database.pool.query(`update chatrhub_sync.doubts set since = since - interval '2 days' where reason = 'no_report'`);
    await bench.database.pool.query(`update chatrhub_sync.doubts set since = since - interval '1 day' where reason = 'no_messages'`);
    const samples = parseMetrics(await get('metrics'));
    const doubts = [...samples].filter(([name]) => name.startsWith('chatrhub_sync_doubts{'));
    expect(Object.fromEntries(doubts)).toEqual({
      'chatrhub_sync_doubts{resource="messages",reason="no_messages",may_be_missing="true"}': 205,
      'chatrhub_sync_doubts{resource="chats",reason="fewer_than_reported",may_be_missing="true"}': 1,
      'chatrhub_sync_doubts{resource="chats",reason="no_report",may_be_missing="false"}': 1,
    });
    const age = samples.get('chatrhub_sync_oldest_loss_doubt_seconds') ?? 0;
    expect(age).toBeGreaterThan(86_399);
    expect(age).toBeLessThan(86_700);
  });

  it('say nought of age while nothing may be missing', async () => {
    await openDoubts(bench.database, [NO_REPORT]);
    expect(parseMetrics(await get('metrics')).get('chatrhub_sync_oldest_loss_doubt_seconds')).toBe(0);
  });
});

describe('the page and status.json', () => {
  const cardOf = (page: string) => /<section class="card" aria-labelledby="doubts">[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';

  it('say what is in doubt and what settles it, possible loss first, summed up, and as something to look at', async () => {
    await openDoubts(bench.database, [NO_REPORT, ...silentChats(1, 205)]);
    const page = await get('');
    expect(cardOf(page)).toMatch(
      /Records may be missing[\s\S]*messages, chat 1: no message was received[\s\S]*the next sync asks again[\s\S]*and 202 more of messages[\s\S]*Not proved, [\s\S]*all days/,
    );
    expect(page).toMatch(/<h1[^>]*>Data is fresh, with something to look at/);
    expect(page).toMatch(/<h3>Records may be missing<\/h3><p>205 doubts [^<]*messages/);
    expect(JSON.parse(await get('status.json'))).toMatchObject({
      doubts: expect.arrayContaining([expect.objectContaining({ subject: 'chat 200' })]),
      doubt_counts: [{ resource: 'messages', count: 205 }, { resource: 'chats' }],
    });
  });

  it('leave what is merely unknown out of what is to be done, and show text as text', async () => {
    await openDoubts(bench.database, [doubt({ ...NO_REPORT, subject: '<img src=x onerror=alert(1)>' }, 'no_report')]);
    const page = await get('');
    expect(page).toMatch(/<h1[^>]*>Data is fresh<\/h1>/);
    expect(cardOf(page)).toContain('&lt;img src=x');
    expect(page).not.toContain('<img');
  });

  it('have no part about doubts when there are none', async () => {
    expect(cardOf(await get(''))).toBe('');
  });
});

describe('the report of a run', () => {
  it('names all that is in doubt of the resources that the run chose, to programs and to people', async () => {
    await openDoubts(bench.database, [NO_REPORT, FEWER, ...silentChats(1, 5)]);
    const { doubts, ...report } = await bench.sync({ only: ['messages'] });
    expect(doubts.map(({ subject, text }) => [subject, text.slice(0, 25)])).toEqual(
      [1, 2, 3, 4, 5].map((chat) => [`chat ${chat}`, `messages, chat ${chat}: no mess`]),
    );
    expect(describeRun({ ...report, doubts })).toMatch(
      / {2}Records may be missing:\n {4}messages, chat 1: .*\n.*\n.*\n {4}and 2 more of messages, for the same reason/,
    );
    const whole = await bench.sync();
    expect(whole.doubts).toHaveLength(7);
    expect(Object.keys(whole.doubts[0] ?? {})).toEqual(['resource', 'subject', 'reason', 'since', 'may_be_missing', 'text']);
  });
});
