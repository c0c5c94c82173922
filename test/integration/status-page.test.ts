import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneRequests } from '../../src/budget/ledger.store.ts';
import { expectReads } from '../../src/operations/freshness.store.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { keepRejected } from '../../src/warehouse/rejected-records.ts';
import { addToRun } from '../../src/warehouse/run-log.ts';
import { createTestDatabase } from '../support/database.ts';
import { parseMetrics, serveStatus } from '../support/status-page.ts';
import { addRun, createWorkbench, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
let server: Awaited<ReturnType<typeof serveStatus>>;
const HOSTILE = '<img src=x onerror=alert(1)>';
beforeAll(async () => {
  bench = await createWorkbench({ seed: 51, agents: 5, days: 10, chats: 60 });
  await bench.sync();
  server = await serveStatus(bench.database);
});
afterAll(async () => {
  await server.close();
  await bench.close();
});

const get = async (path: string) => (await fetch(`${server.url}${path}`)).text();
/** The metrics as they are once what was kept of the last answer is not shown any more. */
const metrics = async (): Promise<Map<string, number>> => {
  const other = await serveStatus(bench.database);
  try {
    return parseMetrics(await (await fetch(`${other.url}metrics`)).text());
  } finally {
    await other.close();
  }
};
const sumOf = (samples: ReadonlyMap<string, number>, name: string) =>
  [...samples].filter(([key]) => key.startsWith(`chatrhub_sync_${name}`)).reduce((sum, [, value]) => sum + value, 0);
/** Asks under another name than that of the address, as a page of another site would. */
const statusAs = (host: string, url = server.url) =>
  new Promise<number>((resolve, reject) =>
    request(url, { headers: { host } }, ({ statusCode = 0 }) => resolve(statusCode))
      .on('error', reject)
      .end(),
  );

describe('the server', () => {
  it.each(['', 'status.json', 'metrics', 'healthz', 'readyz', 'style.css', 'page.js', 'nowhere'])(
    'says with /%s that nothing may be loaded from elsewhere, framed, guessed or kept',
    async (path) => {
      const { headers } = await fetch(`${server.url}${path}`);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|http/);
      expect([headers.get('x-content-type-options'), headers.get('x-frame-options'), headers.get('cache-control')]).toEqual([
        'nosniff',
        'DENY',
        'no-store',
      ]);
    },
  );

  it('answers on loopback to names of this machine only', async () => {
    const { port } = new URL(server.url);
    for (const name of ['localhost', '127.0.0.1', '[::1]']) expect([name, await statusAs(`${name}:${port}`)]).toEqual([name, 200]);
    for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.0.1'])
      expect([name, await statusAs(`${name}:${port}`)]).toEqual([name, 421]);
  });

  it('answers beyond this machine to its addresses and to the names it is told; probes may name it as they please', async () => {
    const open = await serveStatus(bench.database, { host: '0.0.0.0', names: ['status.example'] });
    try {
      const { port } = new URL(open.url);
      const at = (path: string) => `http://127.0.0.1:${port}/${path}`;
      for (const name of ['status.example', 'Status.Example', 'localhost', '192.0.2.7', '[2001:db8::7]'])
        expect([name, await statusAs(`${name}:${port}`, at('metrics'))]).toEqual([name, 200]);
      for (const name of ['evil.example', 'not-status.example', '192.0.2.7.evil.example'])
        for (const path of ['', 'metrics', 'status.json']) expect([name, await statusAs(name, at(path))]).toEqual([name, 421]);
      for (const path of ['healthz', 'readyz']) expect(await statusAs('schedule', at(path))).toBe(200);
    } finally {
      await open.close();
    }
  });

  it('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await fetch(server.url, { method })).status).toBe(404);
  });

  it('is well while the schedule looks again and again, and hangs when it does not', async () => {
    expect(JSON.parse(await get('healthz'))).toMatchObject({ status: 'ok', doing: 'waiting for the next slot' });
    server.heartbeat.lookedAt -= 200_000;
    const { status } = await fetch(`${server.url}healthz`);
    server.heartbeat.lookedAt += 200_000;
    expect(status).toBe(503);
  });

  it('is ready once the schemas are there, and says that nothing can be read before', async () => {
    const empty = await createTestDatabase();
    const database = createDatabase(empty.url);
    const other = await serveStatus(database);
    try {
      expect(await (await fetch(`${other.url}readyz`)).json()).toEqual({ status: 'not ready', database: 'ok', schemas: 'not there' });
      const page = await fetch(other.url);
      expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('The database cannot be read')]);
      expect(parseMetrics(await (await fetch(`${other.url}metrics`)).text()).get('chatrhub_sync_database_up')).toBe(0);
    } finally {
      await other.close();
      await database.close();
      await empty.drop();
    }
    expect((await fetch(`${server.url}readyz`)).status).toBe(200);
  });
});

describe('metrics', () => {
  it('are in the text format of Prometheus, and as the database and the source have them', async () => {
    const samples = await metrics();
    const { rows } = await bench.database.pool.query('select rows_inserted, rows_unchanged from chatrhub_sync.runs');
    expect(samples.get('chatrhub_sync_database_up')).toBe(1);
    expect(samples.get('chatrhub_sync_runs_total{command="sync",status="complete"}')).toBe(1);
    expect(sumOf(samples, 'requests_total')).toBe(bench.simulator.requests.length);
    expect(samples.get('chatrhub_sync_rows_total{outcome="inserted"}')).toBe(rows[0].rows_inserted);
    expect(samples.get('chatrhub_sync_rows_total{outcome="unchanged"}')).toBe(rows[0].rows_unchanged);
    expect(samples.get('chatrhub_sync_budget_limit{window="day"}')).toBe(2_000);
    expect(samples.get('chatrhub_sync_stale{resource="chats"}')).toBe(0);
    expect(samples.get('chatrhub_sync_backlog_requests{resource="messages"}')).toBe(0);
    expect(samples.get('chatrhub_sync_freshness_seconds{resource="agents"}')).toBeLessThan(600);
  });

  it('move when a transaction commits, not before', async () => {
    const key = 'chatrhub_sync_rows_total{outcome="updated"}';
    const before = (await metrics()).get(key) ?? 0;
    await bench.database.transaction(async (client) => {
      await addToRun(client, 1, { fetched: 7, inserted: 0, updated: 7, unchanged: 0, rejected: 0 });
      expect((await metrics()).get(key)).toBe(before);
    });
    expect((await metrics()).get(key)).toBe(before + 7);
  });

  it('do not fall when the ledger forgets requests of long ago', async () => {
    const before = sumOf(await metrics(), 'requests_total');
    await bench.database.pool.query(`update chatrhub_sync.requests set granted_at = granted_at - interval '40 days',
      deadline_at = deadline_at - interval '40 days', settled_at = settled_at - interval '40 days' where resource <> 'chats'`);
    for (let i = 0; i < 2; i++) await pruneRequests(bench.database, [{ count: 20, windowMs: 60_000 }]);
    const { rows } = await bench.database.pool.query('select distinct resource from chatrhub_sync.requests');
    expect(rows).toEqual([{ resource: 'chats' }]);
    expect(sumOf(await metrics(), 'requests_total')).toBe(before);
  });
});

describe('the page and status.json', () => {
  beforeAll(async () => {
    const { runId } = await addRun(bench.database);
    const rejects = [
      {
        resource: 'visitors',
        recordKey: '4711',
        attribute: 'email',
        reason: `not a text: "jane@example.com" ${HOSTILE}`,
        value: 'Jane Doe 42',
      },
    ];
    await bench.database.transaction((client) => keepRejected(client, runId, rejects));
    await bench.database.pool.query(
      `update chatrhub_sync.runs set status = 'failed', finished_at = clock_timestamp(), error = $2,
         undeclared = jsonb_build_object('chats', jsonb_build_object($3::text, 4)) where run_id = $1`,
      [runId, 'Failed query: insert into t values ($1)\nparams: jane@example.com,Jane', HOSTILE],
    );
    await server.close();
    server = await serveStatus(bench.database);
  });

  it("hold no value that could be somebody's", async () => {
    const shown = `${await get('')}${await get('status.json')}`;
    expect(shown).not.toMatch(/jane|Doe|4711/i);
    expect(shown).toContain('Xxxx'.toLowerCase());
  });

  it('show text as text', async () => {
    const page = await get('');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('say how the source has changed, and for a week what to do about what it lost', async () => {
    await bench.database.pool.query(
      `insert into chatrhub_sync.drift (resource, via, attribute, change, was, became, share, seen_at) values
         ('chats', 'chats', 'ended_reason', 'vanished', 'text', null, 0.4, clock_timestamp()),
         ('visitors', 'chats', $1, 'new', null, 'text', 0.001, clock_timestamp()),
         ('tasks', 'tasks', 'is_complete', 'retyped', 'boolean', 'number or text', 1, clock_timestamp() - interval '8 days')`,
      [HOSTILE],
    );
    await server.close();
    server = await serveStatus(bench.database);
    const page = await get('');
    const drift = /<h2 id="drift">[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
    expect(drift).toMatch(/chats\.ended_reason[\s\S]*disappeared: it was text, in 40% of the records/);
    expect(drift).toMatch(/&lt;img[\s\S]*appeared as text, in less than 1% of the records, where chats embed them/);
    expect(drift).toMatch(/tasks\.is_complete[\s\S]*8\u00a0days ago[\s\S]*was boolean, and is number or text in 100%/);
    expect(page).toMatch(/The source changed<\/h3><p>chats\.ended_reason vanished\. /);
    expect(page).not.toContain('<img');
  });

  it('say what is stale once a night went by without a sync', async () => {
    const nightly = { timetable: parseTimetable('0 2 * * *', 'Europe/Berlin'), maxDurationMs: 6 * 3_600_000 };
    await expectReads(bench.database, nightly, new Date());
    await bench.database.pool.query(`update chatrhub_sync.freshness set last_read_at = last_read_at - interval '3 days'`);
    await server.close();
    server = await serveStatus(bench.database);
    expect(JSON.parse(await get('status.json')).resources).toMatchObject({
      chats: { freshness: 'stale' },
      agents: { freshness: 'stale' },
      visitors: { freshness: 'fresh' },
    });
    expect(await get('')).toMatch(/Data is stale[\s\S]*chats[\s\S]*chatrhub-sync sync/);
  });
});
