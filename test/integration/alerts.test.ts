import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type Logger } from '../../src/logger.ts';
import { createFetch } from '../../src/network/fetch-through.ts';
import { expectReads } from '../../src/operations/freshness.store.ts';
import { sendAlerts } from '../../src/operations/send-alerts.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import { noteRead } from '../../src/warehouse/reads.ts';
import { finishRun, openRun, type RunEnding, type RunStatus } from '../../src/warehouse/run-log.ts';
import { FEWER, FEWER_SAYS, NO_REPORT, openDoubts, settle, silentChat } from '../support/doubts.ts';
import { serve, type TestServer } from '../support/http.ts';
import { startProxy } from '../support/proxy.ts';
import { createWarehouse } from '../support/warehouse.ts';

type Told = { text: string; event: string; kind: string; at: string; details: Record<string, unknown> };

let warehouse: Awaited<ReturnType<typeof createWarehouse>>;
let hook: TestServer;
let told: Told[];
let answers: number[];
beforeAll(async () => {
  warehouse = await createWarehouse();
  hook = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk));
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      if (status === 200) told.push({ ...JSON.parse(body), type: request.headers['content-type'] });
      response.writeHead(status, { location: '/elsewhere' }).end('ok');
    });
  });
});
afterAll(async () => {
  await hook.close();
  await warehouse.close();
});
beforeEach(() => {
  told = [];
  answers = [];
});
afterEach(() =>
  sql('truncate chatrhub_sync.alerts, chatrhub_sync.freshness, chatrhub_sync.requests, chatrhub_sync.slots, chatrhub_sync.runs cascade'),
);

const sql = (text: string, values: unknown[] = []) => warehouse.database.pool.query(text, values);
const tell = (url = `${hook.url}/secret-path`) =>
  sendAlerts({
    database: warehouse.database,
    logger: createLogger({ level: 'silent', secrets: [], isTerminal: false }),
    url,
    timeoutMs: 1_000,
  });
async function endRun(status: RunStatus, ending: RunEnding = {}, command = 'sync', onlyResources: string[] | null = null): Promise<number> {
  const { run, release } = await openRun(warehouse.database, command, { onlyResources });
  await finishRun(warehouse.database, run.runId, status, 'invalid value "Jane Doe"', ending);
  await release();
  return run.runId;
}

describe('the webhook', () => {
  it.each(['incomplete', 'partial', 'failed', 'interrupted'] as const)('is told once of a run that ended %s', async (status) => {
    const details = { errors: [{ resource: 'messages', error: 'GET /x: "Jane Doe"' }], backlog: { messages: 40, chats: 0 } };
    const id = await endRun(status, details, 'backfill');
    await Promise.all([tell(), tell(), tell()]);
    await tell();
    expect(told).toMatchObject([
      {
        event: `run:${id}:${status}`,
        kind: 'run',
        type: 'application/json',
        text: expect.stringMatching(
          new RegExp(`^chatrhub-sync: backfill ${id} ended ${status} after .*; failed: messages; 40 requests left\\.`),
        ),
        details: { run_id: id, status, backlog: { messages: 40 } },
      },
    ]);
    expect(JSON.stringify(told)).not.toContain('Jane');
  });

  it('is not told of a complete one', async () => {
    await endRun('complete');
    await tell();
    expect(told).toEqual([]);
  });

  it('is told again, after a pause, of what it did not take', async () => {
    await endRun('failed');
    answers = [500];
    await tell();
    await tell();
    expect(told).toEqual([]);
    for (const status of [301, 200]) {
      answers = [status];
      await sql(`update chatrhub_sync.alerts set next_attempt_at = clock_timestamp()`);
      await tell();
    }
    await sql(`update chatrhub_sync.alerts set next_attempt_at = clock_timestamp()`);
    await tell();
    expect(told).toHaveLength(1);
    expect((await sql('select attempts, sent_at is not null as sent from chatrhub_sync.alerts')).rows).toEqual([
      { attempts: 3, sent: true },
    ]);
  });

  it('that nobody answers keeps nobody from working', async () => {
    await endRun('failed');
    await tell('http://127.0.0.1:9/secret-path');
    expect((await sql('select attempts, sent_at from chatrhub_sync.alerts')).rows).toEqual([{ attempts: 1, sent_at: null }]);
  });

  it('that a proxy keeps from being told is told of later, and the log says what is wrong with the proxy', async () => {
    await endRun('failed');
    const proxy = await startProxy('http://127.0.0.1:9', { answer: 407 });
    const said: unknown[] = [];
    const logger = { warn: (fields: unknown) => said.push(fields) } as unknown as Logger;
    const fetch = createFetch({ HTTPS_PROXY: proxy.url });
    await sendAlerts({ database: warehouse.database, logger, url: 'https://hooks.example.invalid/secret-path', fetch });
    await proxy.close();
    expect(said).toEqual([expect.objectContaining({ reason: expect.stringMatching(/^the proxy .* \(407\): .*HTTPS_PROXY/) })]);
    expect(JSON.stringify(said)).not.toContain('secret-path');
    expect((await sql('select attempts, sent_at from chatrhub_sync.alerts')).rows).toEqual([{ attempts: 1, sent_at: null }]);
  });

  it('is told of attributes that no column takes, or that came or went, each once, and names of the source are no links', async () => {
    await endRun('complete', { undeclared: { chats: { '<!channel>': 3 } } });
    await tell();
    await endRun('complete', { undeclared: { chats: { '<!channel>': 4, mood: 1 } } });
    const id = await endRun('complete', { undeclared: { chats: { mood: 2 } } });
    await sql(
      `insert into chatrhub_sync.drift (run_id, resource, via, attribute, change, share) values ($1, 'chats', 'chats', 'tag', 'vanished', 1)`,
      [id],
    );
    await tell();
    expect(told.map(({ kind, details }) => [kind, details.names])).toEqual([
      ['drift', ['chats.<!channel> without a column']],
      ['drift', ['chats.mood without a column']],
      ['drift', ['chats.tag vanished']],
    ]);
    expect(told[0]?.text).toContain('chats.&lt;!channel&gt;');
  });

  it('is told when more than a hundredth of the rows was kept aside', async () => {
    const [many, few] = [await endRun('complete'), await endRun('complete')];
    await sql('update chatrhub_sync.runs set rows_inserted = 980, rows_rejected = 20 where run_id = $1', [many]);
    await sql('update chatrhub_sync.runs set rows_inserted = 9980, rows_rejected = 20 where run_id = $1', [few]);
    await tell();
    expect(told.map(({ event }) => event)).toEqual([`rejects:${many}`]);
  });

  it('is told once a day that somebody else uses the key', async () => {
    await sql(`insert into chatrhub_sync.requests (lane, resource, endpoint, path, attempt, granted_at, deadline_at, settled_at, status)
      select 'sync', 'chats', '/chats.json', '/chats.json', 1, now(), now(), now(), 429 from generate_series(1, 3)`);
    await tell();
    await tell();
    expect(told.map(({ kind, details }) => [kind, details])).toEqual([['foreign_use', { refused: 3 }]]);
  });

  it('is told that data is stale, once until something is read again', async () => {
    const often = ['agents', 'groups', 'chats', 'messages', 'agent_activities', 'tasks'];
    const nightly = { timetable: parseTimetable('0 2 * * *', 'UTC'), maxDurationMs: 3_600_000 };
    await expectReads(warehouse.database, nightly, new Date());
    await noteRead(warehouse.database.pool, [...often, 'agent_groups', 'visitors']);
    await tell();
    expect(told).toEqual([]);
    await sql(`update chatrhub_sync.freshness set last_read_at = last_read_at - interval '3 days'`);
    await tell();
    await noteRead(warehouse.database.pool, ['agents']);
    await tell();
    expect(told).toMatchObject([{ kind: 'stale', details: { resources: often } }]);
    await noteRead(warehouse.database.pool, often);
    await tell();
    expect(told).toHaveLength(1);
  });

  it('is told with a run what may be missing of what the run chose, and how much more', async () => {
    await openDoubts(warehouse.database, [NO_REPORT, FEWER, silentChat(1), silentChat(2), silentChat(3)]);
    const all = await endRun('partial');
    const some = await endRun('partial', {}, 'sync', ['messages']);
    const others = await endRun('failed', {}, 'sync', ['agents']);
    await tell();
    const [first, second, third] = [all, some, others].map((id) => told.find(({ details }) => details.run_id === id));
    expect(first?.text).toMatch(new RegExp(`\\. In doubt: ${FEWER_SAYS}, since .* And 3 more; chatrhub-sync status says which\\.$`));
    expect(second?.text).toMatch(
      /\. In doubt: messages, chat 1: no message was received, .* And 2 more; chatrhub-sync status says which\.$/,
    );
    expect(third?.text).not.toContain('In doubt');
    expect([first, second, third].map((alert) => alert?.details.doubts)).toEqual([4, 3, 0]);
  });

  it('is told of what may be missing once per doubt, all new ones together, and never of what is merely unknown', async () => {
    await openDoubts(warehouse.database, [NO_REPORT, FEWER]);
    await Promise.all([tell(), tell(), tell()]);
    await tell();
    await openDoubts(warehouse.database, [FEWER, ...Array.from({ length: 300 }, (_, i) => silentChat(i))]);
    await tell();
    await tell();
    expect(told.map(({ kind, details }) => [kind, details.count])).toEqual([
      ['doubt', 1],
      ['doubt', 300],
    ]);
    expect(told[0]?.text).toMatch(
      new RegExp(`^chatrhub-sync: Records may be missing: ${FEWER_SAYS}, since .*; what settles it: [^.]*\\.$`),
    );
    expect(told[1]?.text).toMatch(/: messages, chat 0: .* And 299 more; chatrhub-sync status says which\.$/);
    expect(told[1]?.details.doubts).toMatchObject([{ subject: 'chat 0', reason: 'no_messages' }, {}, {}, {}, { subject: 'chat 4' }]);
    expect(JSON.stringify(told[1]).length).toBeLessThan(5_000);
  });

  it('is told again of what was settled and is in doubt anew', async () => {
    await openDoubts(warehouse.database, [FEWER]);
    await tell();
    await settle(warehouse.database, FEWER);
    await tell();
    expect(told).toHaveLength(1);
    await openDoubts(warehouse.database, [FEWER]);
    await tell();
    expect(told.map(({ kind }) => kind)).toEqual(['doubt', 'doubt']);
    expect(new Set(told.map(({ event }) => event)).size).toBe(2);
  });

  it('is told of a doubt that another transaction committed before, under a larger number', async () => {
    await openDoubts(warehouse.database, [silentChat(1), silentChat(2), silentChat(3)]);
    await sql(`update chatrhub_sync.doubts set settled_at = now() where claim = $1`, [silentChat(2).claim]);
    await tell();
    await sql(`update chatrhub_sync.doubts set settled_at = null`);
    await tell();
    expect(told.map(({ details }) => details.count)).toEqual([2, 1]);
    expect(told[1]?.text).toContain('chat 2');
  });
});
