import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { migrateWarehouse } from '../../src/cli/open-warehouse.ts';
import { UsageError } from '../../src/errors.ts';
import { replay } from '../../src/history/replay.ts';
import { createLogger } from '../../src/logger.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

const logger = createLogger({ level: 'silent', secrets: [], isTerminal: false });

let bench: Workbench;
beforeAll(async () => {
  // What the account has is never later than the moment at which a report of it is asked for, by the database's clock.
  bench = await createWorkbench(
    { seed: 8, agents: 6, days: 6, chats: 150, now: new Date(Date.now() - 3 * 86_400_000) },
    {},
    { refreshes: true },
  );
});
afterAll(() => bench.close());

const select = async <T>(sql: string): Promise<T[]> => (await bench.database.pool.query<T & object>(sql)).rows;
const refreshedAt = async () => (await select<{ at: string }>('select refreshed_at::text as at from chatrhub_bi_store.state'))[0]?.at;
/** The chats that stored views were made of, and those that are there. */
const chatsSeen = async () =>
  (
    await select(
      `select (select sum(chat_count)::int from chatrhub_bi.agent_daily_performance) as by_agent, (select sum(chat_count)::int from chatrhub_bi.hourly_demand_vs_availability) as by_hour,
         (select count(*)::int from chatrhub.chats where chat_type = 'visitor' and is_beat_out is not true and is_terminated is not true and agent_id is not null) as there`,
    )
  )[0];
const refresh = () => refreshStore(bench.database, catalogue.views);

describe('heavy views', () => {
  it('can be read before anything was loaded', async () => {
    for (const { schema, name } of catalogue.views)
      expect((await select(`select * from ${schema}.${name}`)).length).toBeGreaterThanOrEqual(0);
  });

  it('show what a run has loaded when it ends, and are left alone by one that changed nothing', async () => {
    await bench.sync();
    const { by_agent, by_hour, there } = (await chatsSeen()) as Record<string, number>;
    expect(there).toBeGreaterThan(50);
    expect([by_agent, by_hour]).toEqual([there, there]);
    const before = await refreshedAt();
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    expect(await refreshedAt()).toEqual(before);
    bench.account.advance({ days: 1 });
    await bench.sync();
    expect(await refreshedAt()).not.toEqual(before);
    const later = (await chatsSeen()) as Record<string, number>;
    expect(later.there).toBeGreaterThan(there ?? 0);
    expect([later.by_agent, later.by_hour]).toEqual([later.there, later.there]);
  });

  it('show what a replay has brought back', async () => {
    const seconds = () => select('select sum(first_response_seconds) as seconds from chatrhub_bi.chat_message_metrics');
    const before = await seconds();
    await bench.database.pool.query(
      "update chatrhub.messages set created_at = created_at + interval '1 hour' where from_agent_id is not null",
    );
    await refresh();
    expect(await seconds()).not.toEqual(before);
    await replay({
      database: bench.database,
      logger,
      signal: new AbortController().signal,
      only: undefined,
      limits: [],
      rateScope: 'account',
    });
    expect(await seconds()).toEqual(before);
  });

  it('are due again when the run that changed something died before it could refresh them', async () => {
    await bench.database.pool.query(
      'update chatrhub.chats set overall_rating = 1, is_beat_out = not coalesce(is_beat_out, false) where chat_id = (select min(chat_id) from chatrhub.chats)',
    );
    expect((await refresh()).done.length).toBeGreaterThan(5);
    expect(await refresh()).toEqual({ done: [], failed: [], isRebuild: false });
  });

  it('that fail leave the data as they should be, show what they showed, and make the run partial, which names the one that failed', async () => {
    const hours = 'chatrhub_bi_store.hourly_demand_vs_availability';
    await bench.database.pool.query(`alter table ${hours} add constraint none check (hour_start_at < '2000-01-01') not valid`);
    const before = (await chatsSeen()) as Record<string, number>;
    bench.account.advance({ days: 1 });
    const report = await bench.sync();
    expect(report).toMatchObject({
      status: 'partial',
      errors: [{ resource: hours, error: expect.stringMatching(/not refreshed: .*none/) }],
    });
    const { by_agent, by_hour, there } = (await chatsSeen()) as Record<string, number>;
    expect([by_agent, by_hour]).toEqual([before.by_agent, before.by_hour]);
    expect(there).toBeGreaterThan(before.there ?? 0);
    await bench.database.pool.query(`alter table ${hours} drop constraint none`);
    expect((await refresh()).failed).toEqual([]);
    expect(await chatsSeen()).toEqual({ by_agent: there, by_hour: there, there });
  });

  it('are not refreshed by a run that is told to stop', async () => {
    await bench.database.pool.query('update chatrhub_bi.settings set changed_at = clock_timestamp()');
    const before = await refreshedAt();
    const stop = new AbortController();
    const refreshing = refreshStore(bench.database, catalogue.views, stop.signal);
    stop.abort();
    expect((await refreshing).failed).toEqual([]);
    expect(await refreshedAt()).toEqual(before);
    await refresh();
  });
});

describe('the reporting time zone', () => {
  it('follows the setting, and what is stored follows it', async () => {
    const days = () => select('select hour_start_at, hour_of_day from chatrhub_bi.hourly_demand_vs_availability order by 1 limit 3');
    const utc = await days();
    await migrateWarehouse(bench.database, logger, { timeZone: 'Asia/Kolkata', businessHours: undefined });
    expect(await select('select reporting_time_zone from chatrhub_bi.settings')).toEqual([{ reporting_time_zone: 'Asia/Kolkata' }]);
    expect(await days()).not.toEqual(utc);
    const before = await refreshedAt();
    await migrateWarehouse(bench.database, logger, { timeZone: 'Asia/Kolkata', businessHours: undefined });
    expect(await refreshedAt()).toEqual(before);
    await migrateWarehouse(bench.database, logger, { timeZone: 'UTC', businessHours: undefined });
    expect(await days()).toEqual(utc);
  });

  it('that PostgreSQL does not know is refused with the name of the setting', async () => {
    const error: unknown = await migrateWarehouse(bench.database, logger, { timeZone: 'Mars/Olympus', businessHours: undefined }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toMatch(/REPORTING_TIMEZONE.*Mars\/Olympus/);
  });
});

describe('what the source reports', () => {
  it('is kept of each range of days, and agrees with what is here', async () => {
    expect(await bench.reconcile()).toMatchObject({ differences: [] });
    const rows = await select<{
      is_matched: boolean;
      row_difference: number;
      source_missed_chat_count: number;
      missed_row_count: number;
      source_great_chat_count: number;
      great_row_count: number;
    }>('select * from chatrhub_bi.source_reconciliation order by asked_at');
    expect(rows.length).toBeGreaterThan(1);
    // Nights of the account are moments of the database's clock: earlier reports miss what came by then.
    const newest = rows.at(-1);
    expect(newest?.is_matched).toBe(true);
    expect(newest?.row_difference).toBe(0);
    expect(newest?.missed_row_count).toBe(newest?.source_missed_chat_count ?? 0);
    expect(newest?.great_row_count).toBe(newest?.source_great_chat_count);
  });

  it('differs where a chat is not here', async () => {
    await bench.database.pool.query(
      'update chatrhub.chats set is_inferred = true where chat_id = (select chat_id from chatrhub.chats where is_beat_out is not true order by created_at limit 1 offset 70)',
    );
    const rows = await select<{ row_difference: number }>('select * from chatrhub_bi.source_reconciliation where not is_matched');
    expect(rows.some(({ row_difference }) => row_difference === -1)).toBe(true);
  });
});

describe('data_freshness', () => {
  it('tells how far the records reach, when they were read, when they are to be read again, and what is in doubt', async () => {
    const rows = await select<Record<string, unknown>>('select * from chatrhub_bi.data_freshness');
    expect(rows.map(({ entity }) => entity)).toEqual([
      'agents',
      'groups',
      'visitors',
      'agent_groups',
      'chats',
      'messages',
      'agent_activities',
      'tasks',
    ]);
    expect(new Set(rows.map(({ freshness }) => freshness))).toEqual(new Set(['fresh']));
    const [chats] = await select<{ reaches: boolean; count: number }>(
      `select f.reaches_until_at = (select max(created_at) from chatrhub.chats) as reaches, f.open_doubt_count = (
         select count(*) from chatrhub_sync.doubts where resource = 'chats' and settled_at is null) as count
       from chatrhub_bi.data_freshness f where entity = 'chats'`,
    );
    expect(chats).toEqual({ reaches: true, count: true });
    await bench.database.pool.query(`
      update chatrhub_sync.freshness set expected_within_seconds = 108000, last_read_at = last_read_at - interval '40 hours';
      delete from chatrhub_sync.freshness where resource = 'tasks'`);
    const later = await select<Record<string, unknown>>(
      `select entity, freshness, round(late_seconds / 3600)::int as late_hours, next_expected_at - last_read_at = interval '30 hours' as is_planned
       from chatrhub_bi.data_freshness where entity in ('chats', 'tasks')`,
    );
    expect(later).toEqual([
      { entity: 'chats', freshness: 'stale', late_hours: 10, is_planned: true },
      { entity: 'tasks', freshness: 'never', late_hours: 0, is_planned: null },
    ]);
  });
});
