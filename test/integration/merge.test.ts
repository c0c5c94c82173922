import { beforeAll, describe, expect, it } from 'vitest';
import { fieldsOf, type Resource } from '../../src/records/resource.ts';
import agentActivities from '../../src/resources/agent-activities.ts';
import messages from '../../src/resources/messages.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { type MergeKind, mergeStatement, stageOf } from '../../src/warehouse/load/merge.ts';
import { createStage } from '../../src/warehouse/load/stage.ts';
import { createWarehouse } from '../support/warehouse.ts';

let database: Database;

beforeAll(async () => {
  const warehouse = await createWarehouse();
  ({ database } = warehouse);
  return warehouse.close;
});

describe('the merge of a small batch into 200,000 rows', () => {
  const SAMPLES: [Resource, string][] = [
    [messages, `(message_id, client_id, body_length, body) select 200 * i, 77, i, 'y'`],
    [agentActivities, `(agent_id, snapshot_at, client_id, status) select 1 + i % 20, to_timestamp(300 * i), 77, 'offline'`],
  ];
  type Plan = { 'Node Type': string; 'Relation Name'?: string; Operation?: string; Plans?: Plan[] };

  it('looks each row up in the index', async () => {
    await database.pool.query(`
      insert into chatrhub.messages (message_id, client_id, body_length, synced_at) select i, 77, 1, now() from generate_series(1, 200000) i;
      insert into chatrhub_private.message_bodies (message_id, body, synced_at) select i, 'x', now() from generate_series(1, 200000) i;
      insert into chatrhub.agents (agent_id, client_id, synced_at) select i, 77, now() from generate_series(1, 20) i;
      insert into chatrhub.agent_activities (agent_id, snapshot_at, client_id, synced_at)
        select 1 + i % 20, to_timestamp(i / 20 * 300), 77, now() from generate_series(0, 199999) i`);
    await database.pool.query('analyze');
    for (const [resource, rows] of SAMPLES) {
      for (const kind of ['own', 'embedded', 'stored'] as const) {
        for (const count of [10, 1_000, 10_000]) {
          const plan = await planOf(resource, rows, count, kind);
          const reads = nodesOf(plan).filter(
            ({ Operation, 'Relation Name': name }) => !Operation && /^(messages|message_bodies|agent_activities)$/.test(name ?? ''),
          );
          expect(reads.length).toBeGreaterThanOrEqual(resource.tables.length);
          const how = `${resource.name}, ${count} rows, ${kind}`;
          for (const read of reads) expect(read, how).toMatchObject({ 'Node Type': 'Index Scan', 'Index Cond': expect.any(String) });
        }
      }
    }
  });

  const planOf = (resource: Resource, rows: string, count: number, kind: MergeKind): Promise<Plan | undefined> =>
    database.transaction(async (client) => {
      await client.query(createStage(stageOf(resource)));
      await client.query(`insert into ${stageOf(resource).name} ${rows} from generate_series(1, ${count}) i`);
      const merge = mergeStatement(resource, fieldsOf(resource), kind);
      const { rows: explained } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `explain (format json) ${merge}`,
        kind === 'stored' ? [] : [new Date('2026-01-01'), false],
      );
      await client.query(`truncate ${stageOf(resource).name}`);
      return explained[0]?.['QUERY PLAN'][0].Plan;
    });

  const nodesOf = (plan: Plan | undefined): Plan[] => (plan ? [plan, ...(plan.Plans ?? []).flatMap(nodesOf)] : []);
});
