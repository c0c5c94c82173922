import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import tasks from '../../src/resources/tasks.ts';
import type { Activity } from '../../src/simulator/account/activity.ts';
import type { Chat } from '../../src/simulator/account/simulated-chats.ts';
import { createWorkbench, loadRows, type Workbench } from '../support/warehouse.ts';

/** Words that the documentation does not know, each in place of one that it does. */
let bench: Workbench;
let counts: { rated: number; away: number; billing: number; bored: number };
beforeAll(async () => {
  bench = await createWorkbench({ seed: 52, agents: 4, days: 3, chats: 60 }, {}, { refreshes: true });
  const { account } = bench;
  const asOf = account.asOf;
  account.asOf = (t) => {
    const snapshot = asOf(t);
    const rated = ({ overallRating, endedReason, ...chat }: Chat) =>
      Object.assign({}, chat, {
        overallRating: overallRating === 3 ? 4 : overallRating,
        endedReason: endedReason === 'inactive' ? 'bored' : endedReason,
      });
    const busy = ({ status, ...activity }: Activity) => Object.assign({}, activity, { status: status === 'unavailable' ? 'away' : status });
    return {
      ...snapshot,
      chats: new Map([...snapshot.chats].map(([id, chat]) => [id, rated(chat) as Chat])),
      activitiesOf: (...asked) => snapshot.activitiesOf(...asked).map((activity) => busy(activity) as Activity),
    };
  };
  const seen = account.asOf();
  const chats = [...seen.chats.values()];
  counts = {
    rated: chats.filter(({ overallRating }) => Number(overallRating) === 4).length,
    bored: chats.filter(({ endedReason }) => String(endedReason) === 'bored').length,
    billing: 1,
    away: [...seen.agents.keys()].flatMap((id) => seen.activitiesOf(id)).filter(({ status }) => String(status) === 'away').length,
  };
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
  // No list of the source has it: they are asked for by the types that there are.
  const task = {
    type: 'q_tasks',
    id: 900_001,
    attributes: { client_id: 77, task_type: 'billing', create_dt: account.startedAt.toISOString() },
  };
  const rows = parseAnswer({ data: [task] }, tasks).batches.flatMap((batch) => batch.rows);
  await bench.database.transaction((client) => loadRows(client, tasks, rows, { askedAt: account.startedAt }));
  expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
});
afterAll(() => bench.close());

const select = async (sql: string) => (await bench.database.pool.query(sql)).rows;

it('row 52: words that the documentation does not know are stored as they came, and nothing is kept aside for them', async () => {
  const [stored] = await select(`select
    (select count(*)::int from chatrhub.chats where overall_rating = 4) as rated,
    (select count(*)::int from chatrhub.chats where ended_reason = 'bored') as bored,
    (select count(*)::int from chatrhub.tasks where task_type = 'billing') as billing,
    (select count(*)::int from chatrhub.agent_activities where status = 'away') as away`);
  expect(stored).toEqual(counts);
  expect(await select("select * from chatrhub_sync.rejected_records where value in ('4', 'away', 'billing', 'bored')")).toEqual([]);
});

it('row 52: the views count them as what is not known, and data_quality names them', async () => {
  expect(await select('select distinct rating_label, great_chat_count from chatrhub_bi.chats_enriched where overall_rating = 4')).toEqual([
    { rating_label: null, great_chat_count: 0 },
  ]);
  const [away] = await select(
    `select sum(other_seconds)::int > 0 as is_other, sum(unavailable_seconds)::int as unavailable,
       bool_and(online_seconds = available_seconds) as is_not_online from chatrhub_bi.agent_daily_status`,
  );
  expect(away).toEqual({ is_other: true, unavailable: 0, is_not_online: true });
  const types = await select('select task_type, sum(created_task_count)::int as created from chatrhub_bi.task_backlog_daily group by 1');
  expect(types).toContainEqual({ task_type: 'billing', created: counts.billing });
  const failing = await select(
    `select check_name, failing_rows::int as rows from chatrhub_bi.data_quality
     where check_name in ('chat_rating_out_of_range', 'activity_with_unknown_status', 'chat_with_unknown_ended_reason') order by 1`,
  );
  expect(failing).toEqual([
    { check_name: 'activity_with_unknown_status', rows: counts.away },
    { check_name: 'chat_rating_out_of_range', rows: counts.rated },
    { check_name: 'chat_with_unknown_ended_reason', rows: counts.bored },
  ]);
});
