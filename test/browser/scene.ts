import { addDifference, forgetCoverage } from '../../src/evidence/coverage.store.ts';
import { doubt } from '../../src/evidence/doubts.ts';
import { expectReads } from '../../src/operations/freshness.store.ts';
import { parseTimetable } from '../../src/schedule/timetable.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { noteProgress, openRun } from '../../src/warehouse/run-log.ts';
import { FEWER, NO_REPORT, openDoubts, silentChat } from '../support/doubts.ts';
import { serveStatus } from '../support/status-page.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

/** What a source may call an attribute, and put into a value. */
export const HOSTILE = '<img src=x onerror="document.title=1">';
export const PERSONAL = 'Jane Doe 42';

export type Scene = { url: string; bench: Workbench; close(): Promise<void> };

/** A warehouse where all is well: some nights of syncs. */
export async function calmScene(): Promise<Scene> {
  const bench = await createWorkbench({ seed: 61, agents: 4, days: 80, chats: 400, now: new Date() });
  await bench.sync();
  for (let night = 1; night <= 6; night++) {
    bench.account.advance({ hours: 4 });
    await bench.sync();
  }
  // What the simulator is asked for at once, a real account is over hours.
  const server = await serveStatus(bench.database, { perMinute: 1_000 });
  return {
    url: server.url,
    bench,
    async close() {
      await server.close();
      await bench.close();
    },
  };
}

/** A warehouse where everything that can be wrong is: nights that ended in each way, a backfill that waits, days that lack something. */
export async function troubledScene(): Promise<Scene> {
  const scene = await calmScene();
  const { database, simulator, account, sync } = scene.bench;
  const answer = await fetch(`${simulator.url}/groups.json`, { headers: { authorization: 'Bearer test-key' } });
  const groups = (await answer.json()) as { data: { attributes: Record<string, unknown> }[] };
  for (const { attributes } of groups.data) {
    Object.assign(attributes, { [HOSTILE]: 1, mood: 'fine', is_active: PERSONAL, updt_by: PERSONAL });
    delete attributes.system_group;
  }
  simulator.fail((path) => path.startsWith('/groups.json'), { status: 200, body: JSON.stringify(groups) });
  await sync();
  await database.pool.query(
    `insert into chatrhub_sync.runs (command, status, started_at, finished_at, requests, rows_inserted, rows_updated, rows_unchanged, rows_rejected, error)
     select case when n % 7 = 3 then 'backfill' else 'sync' end,
       (array['complete','complete','incomplete','complete','partial','complete','interrupted','failed'])[n % 8 + 1],
       now() - (24 - n) * interval '3 hours', now() - (24 - n) * interval '3 hours' + n * interval '1 minute',
       (n * 97) % 400, (n * 3571) % 5000, (n * 37) % 90, (n * 911) % 4000, n % 5,
       case when n % 8 in (4, 7) then $1 end
     from generate_series(1, 24) as n`,
    [`GET /chats.json: the source failed (503) ${HOSTILE}`],
  );
  await database.pool.query(
    `insert into chatrhub_sync.requests (lane, resource, endpoint, path, attempt, granted_at, deadline_at, settled_at, status)
     select 'backfill', 'messages', '/messages.json', '/messages.json', 1, t, t, t, case when n <= 3 then 429 else 200 end
     from generate_series(1, 1400) as n, lateral (select now() - n * interval '5 seconds' as t) x`,
  );
  const cut = { resource: 'tasks', claim: 'test: tasks', subject: 'open tasks' };
  await openDoubts(database, [
    NO_REPORT,
    FEWER,
    ...Array.from({ length: 300 }, (_, i) => silentChat(i + 1)),
    doubt(cut, 'more_announced', { sign: HOSTILE, received: 50 }),
  ]);
  const today = dayOf(account.now());
  await database.transaction(async (client) => {
    await forgetCoverage(client, 'chats', { from: addDays(today, -40), until: addDays(today, -35) });
    await addDifference(client, 'chats', {
      period: { from: addDays(today, -20), until: addDays(today, -18) },
      sourceTotal: 31,
      warehouseTotal: 27,
    });
    await client.query(`update chatrhub_sync.coverage set verified_at = null where covered_until < $1 and source_total is null`, [
      addDays(today, -40),
    ]);
  });
  await expectReads(database, { timetable: parseTimetable('0 2 * * *', 'Europe/Berlin'), maxDurationMs: 6 * 3_600_000 }, new Date());
  await database.pool.query(`update chatrhub_sync.freshness set last_read_at = last_read_at - interval '3 days' where resource = 'tasks'`);
  const { run, release } = await openRun(database, 'backfill');
  await noteProgress(database, run.runId, {
    resource: 'messages',
    left: 1_312,
    requests_done: 688,
    requests_left: 1_340,
    rows: 48_211,
    finishes_at: new Date(Date.now() + 9 * 3_600_000).toISOString(),
    waiting_until: new Date(Date.now() + 17 * 60_000).toISOString(),
    waiting_for: '150/hour are used up',
  });
  return {
    ...scene,
    async close() {
      await release();
      await scene.close();
    },
  };
}
