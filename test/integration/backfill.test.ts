import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { readCoverage } from '../../src/evidence/coverage.store.ts';
import { backfillRange } from '../../src/runs/backfill.ts';
import { ROWS_PER_ANSWER } from '../../src/source/request-plan.ts';
import { addDays, type Day, dayOf } from '../../src/time/period.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

/** Requests of the ledger, in the order of their grants. */
type Request = { run_id: number; resource: string; path: string; records: number; lane: string };

const requestsOf = async ({ database }: Workbench, where = 'true'): Promise<Request[]> =>
  (await database.pool.query<Request>(`select * from chatrhub_sync.requests where ${where} order by request_id`)).rows;

const DAYS = 150;

describe('a backfill of the months before the first sync', () => {
  let bench: Workbench;
  let first: Day;
  let estimated: number;
  let synced: number;
  beforeAll(async () => {
    bench = await createWorkbench({ seed: 11, agents: 6, days: DAYS, chats: 450, snapshotMinutes: 5 });
    first = dayOf(bench.account.startedAt);
    synced = (await bench.sync({ startDate: addDays(dayOf(bench.account.now()), -30) })).requests;
    const plan = await bench.estimate(first);
    estimated = Object.values(plan).reduce((sum, { requests }) => sum + requests, 0);
  });
  afterAll(() => bench.close());

  it('is estimated without loading anything, from at most two requests', async () => {
    const made = await requestsOf(bench, `lane = 'command'`);
    expect(made.map(({ path }) => path.split('?')[0])).toEqual(['/chats/report.json', '/chats.json']);
    const { rows } = await bench.database.pool.query('select min(created_at) as oldest from chatrhub.chats where not is_inferred');
    expect(dayOf(rows[0].oldest) >= addDays(dayOf(bench.account.now()), -32)).toBe(true);
  });

  it('makes every table equal to the account, in as many requests as estimated', async () => {
    const report = await bench.backfill(first);
    expect(report).toMatchObject({ command: 'backfill', status: 'complete', errors: [] });
    expect(new Set(Object.values(report.backlog))).toEqual(new Set([0]));
    await expectWarehouse(bench);
    expect(Math.abs(report.requests - estimated) / report.requests).toBeLessThan(0.05);
  });

  it('reads the newest days first, in answers of about 20,000 rows at most', async () => {
    const made = await requestsOf(bench, `lane = 'backfill'`);
    const days = made.filter(({ resource }) => resource === 'agent_activities').map(({ path }) => path.split('?start_date=')[1] ?? '');
    expect(days.length).toBeGreaterThan(6);
    expect(days).toEqual([...days].sort().reverse());
    expect(Math.max(...made.map(({ records }) => records))).toBeLessThanOrEqual(1.05 * ROWS_PER_ANSWER);
  });

  it('asks for the messages of a visitor once, be he as old as the account', async () => {
    const asked = (await requestsOf(bench, `resource = 'messages' and run_id > 1`)).map(({ path }) => path);
    expect(new Set(asked).size).toBe(asked.length);
    const { rows } = await bench.database.pool.query<{ units: number }>(
      'select count(distinct coalesce(visitor_id, -chat_id))::int as units from chatrhub.chats',
    );
    // Some visitors of the last month came before, once: they were asked for by chat then, and are again.
    expect(synced + asked.length).toBeLessThan(1.2 * (rows[0]?.units ?? 0));
  });

  it('makes no request when it is asked again', async () => {
    bench.requestsSince();
    expect(await bench.backfill(first)).toMatchObject({ status: 'complete', requests: 0 });
    expect(bench.requestsSince()).toEqual([]);
  });

  it('is left alone by the next sync, which reads its own days and nothing older', async () => {
    bench.account.advance({ days: 1 });
    bench.requestsSince();
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    const asked = bench.requestsSince();
    expect(asked.find((path) => path.startsWith('/chats.json'))).toContain(`start_date=${addDays(dayOf(bench.account.now()), -31)}`);
    await expectWarehouse(bench);
  });

  it('with --refresh reads it all again, and brings what changed since', async () => {
    const { pool } = bench.database;
    await pool.query(`update chatrhub.chats set tag = 'spoilt'`);
    await pool.query(`update chatrhub.messages set batch_intent_id = 'spoilt'`);
    const [from, to] = [first, addDays(first, 40)];
    const report = await bench.backfill(from, { to, refresh: true });
    expect(report).toMatchObject({ status: 'complete', errors: [] });
    const spoilt = `select count(*)::int as spoilt from chatrhub.chats c left join chatrhub.messages m using (chat_id)
      where c.created_at >= $1::date and c.created_at < $2::date and (c.tag = 'spoilt' or m.batch_intent_id = 'spoilt')`;
    expect((await pool.query(spoilt, [from, addDays(to, 1)])).rows).toEqual([{ spoilt: 0 }]);
    expect((await pool.query(spoilt, [addDays(to, 3), '2100-01-01'])).rows[0].spoilt).toBeGreaterThan(100);
    expect((await readCoverage(bench.database, 'chats')).get('')).toHaveLength(1);
    expect(await bench.backfill(from, { to })).toMatchObject({ requests: 0 });
  });
});

describe('a backfill of an empty warehouse', () => {
  it('brings everything of its days, as estimated, and the first sync goes on from its own start', async () => {
    const bench = await createWorkbench({ seed: 12, agents: 5, days: 60, chats: 120 });
    try {
      const [first, today] = [dayOf(bench.account.startedAt), dayOf(bench.account.now())];
      const plan = await bench.estimate(first);
      const report = await bench.backfill(first);
      expect(report).toMatchObject({ status: 'complete', errors: [] });
      // The day more that is asked for brings today's chats, and no messages of theirs.
      await expectWarehouse(bench, ['chatrhub.chats', 'chatrhub.agents', 'chatrhub.tasks', 'chatrhub.visitors']);
      expect(Math.abs(report.requests / Object.values(plan).reduce((sum, { requests }) => sum + requests, 0) - 1)).toBeLessThan(0.05);
      bench.requestsSince();
      await bench.sync({ startDate: undefined });
      expect(bench.requestsSince().find((path) => path.startsWith('/chats.json'))).toContain(`start_date=${addDays(today, -31)}`);
      await expectWarehouse(bench);
    } finally {
      await bench.close();
    }
  });

  it('leaves days that are not over everywhere to the sync', async () => {
    const now = new Date('2026-03-10T15:00:00Z');
    expect(backfillRange('2026-03-01', undefined, now)).toEqual({ from: '2026-03-01', until: '2026-03-10' });
    expect(backfillRange('2026-03-01', '2026-03-10', now)).toEqual({ from: '2026-03-01', until: '2026-03-10' });
    expect(backfillRange('2026-03-01', '2026-03-09', now)).toEqual({ from: '2026-03-01', until: '2026-03-10' });
    expect(backfillRange('2026-03-01', '2026-03-08', now)).toEqual({ from: '2026-03-01', until: '2026-03-09' });
    expect(() => backfillRange('2026-03-10', undefined, now)).toThrow(UsageError);
    expect(() => backfillRange('2026-03-09', '2026-03-08', now)).toThrow(UsageError);
  });
});

describe('a backfill of some resources', () => {
  it('does what is missing of them, and what is missing of the others when it is asked for later', async () => {
    const bench = await createWorkbench({ seed: 13, agents: 5, days: 40, chats: 120 });
    try {
      const first = dayOf(bench.account.startedAt);
      const kinds = () => [...new Set(bench.requestsSince().map((path) => path.split(/[/.?]/)[1]))].sort();
      await bench.backfill(first, { only: ['chats'] });
      expect(kinds()).toEqual(['chats']);
      await bench.backfill(first, { only: ['agents', 'agent_activities'], to: addDays(first, 20) });
      expect(kinds()).toEqual(['agent_activities', 'agents']);
      await bench.backfill(first, { only: ['agents', 'agent_activities'] });
      expect(kinds()).toEqual(['agent_activities']);
      await bench.backfill(first);
      expect(kinds()).not.toContain('chats');
      await bench.sync();
      await expectWarehouse(bench);
    } finally {
      await bench.close();
    }
  });
});

describe('agents without activity', () => {
  it.each(['list', 'null', 'object', '404'] as const)('are asked about once, when the source answers with %s', async (emptyAs) => {
    const bench = await createWorkbench({ seed: 14, agents: 6, days: 150, chats: 30 }, { emptyAs });
    try {
      const first = dayOf(bench.account.startedAt);
      expect(await bench.backfill(first)).toMatchObject({ status: 'complete', errors: [] });
      const asked = await requestsOf(bench, `resource = 'agent_activities'`);
      const { rows: idle } = await bench.database.pool.query(`select agent_id from chatrhub.agents where is_bot or is_terminated`);
      const ofIdle = idle.map(({ agent_id }) => asked.filter(({ path }) => path.includes(`/${agent_id}.json`)).length);
      // 67 days, four times as many, and the rest: silence is believed sooner than activity is read.
      expect(new Set(ofIdle)).toEqual(new Set([2]));
      expect(await bench.backfill(first, { only: ['agent_activities'] })).toMatchObject({ requests: 0 });
    } finally {
      await bench.close();
    }
  });
});

describe('a backfill that is stopped again and again', () => {
  it('does each piece of work once, save what was under way, and ends with everything', async () => {
    const bench = await createWorkbench({ seed: 15, agents: 5, days: 100, chats: 300 });
    try {
      const first = dayOf(bench.account.startedAt);
      for (let stops = 1; stops <= 6; stops++) {
        const stop = new AbortController();
        const after = bench.simulator.requests.length + 7 * stops;
        bench.simulator.fail(
          () => {
            if (bench.simulator.requests.length >= after) stop.abort();
            return false;
          },
          { status: 500 },
        );
        expect(await bench.backfill(first, { signal: stop.signal })).toMatchObject({ status: 'interrupted', errors: [] });
      }
      expect(await bench.backfill(first)).toMatchObject({ status: 'complete' });
      const done = (await requestsOf(bench, 'loaded_at is not null')).map(({ path }) => path);
      expect(done.filter((path, i) => done.indexOf(path) !== i)).toEqual([]);
      await bench.sync();
      await expectWarehouse(bench);
    } finally {
      await bench.close();
    }
  });
});

describe('two backfills and a sync at once', () => {
  it('never do the same work, and all end with everything done', async () => {
    const bench = await createWorkbench({ seed: 16, agents: 6, days: 120, chats: 150 });
    try {
      const first = dayOf(bench.account.startedAt);
      // As in life, the lists are known; messages are what takes time.
      const [one, two, nightly] = [bench.seat(), bench.seat(), bench.seat()];
      const reports = await Promise.all([
        one.backfill(first),
        two.backfill(addDays(first, 20)),
        nightly.sync({ startDate: addDays(dayOf(bench.account.now()), -30) }),
      ]);
      expect(reports.map(({ status, errors }) => ({ status, errors }))).toEqual(Array(3).fill({ status: 'complete', errors: [] }));
      const twice = await bench.database.pool.query(
        `select path from chatrhub_sync.requests where resource in ('messages', 'agent_activities') and loaded_at is not null
         group by path having count(*) > 1`,
      );
      expect(twice.rows).toEqual([]);
      const shares = await bench.database.pool.query(
        `select run_id from chatrhub_sync.requests where resource = 'messages' group by 1 having count(*) > 20`,
      );
      expect(shares.rowCount).toBeGreaterThanOrEqual(2);
      await expectWarehouse(bench);
    } finally {
      await bench.close();
    }
  });
});

describe('a sync that comes while a backfill runs', () => {
  it('has the budget to itself until it ends', async () => {
    const bench = await createWorkbench({ seed: 17, agents: 4, days: 60, chats: 100 });
    try {
      const first = dayOf(bench.account.startedAt);
      const limits = [{ count: 30, windowMs: 1_000 }];
      const [backfill, nightly] = [bench.seat(limits), bench.seat(limits)];
      const history = backfill.backfill(first);
      await expect.poll(() => bench.simulator.requests.length, { timeout: 20_000 }).toBeGreaterThan(20);
      const night = await nightly.sync({ startDate: addDays(dayOf(bench.account.now()), -5) });
      expect(await history).toMatchObject({ status: 'complete' });
      const { rows } = await bench.database.pool.query(
        `select count(*)::int as intruders from chatrhub_sync.requests b
         where lane = 'backfill' and granted_at > (select min(granted_at) from chatrhub_sync.requests where run_id = $1)
           and granted_at < (select max(granted_at) from chatrhub_sync.requests where run_id = $1)`,
        [night.run_id],
      );
      expect(rows).toEqual([{ intruders: 0 }]);
      await bench.sync();
      await expectWarehouse(bench);
    } finally {
      await bench.close();
    }
  });
});
