import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedTables, readTables } from '../support/oracle.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

describe('a sync of 12 agents, 30 days, 1,500 chats', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await createWorkbench({ seed: 1, agents: 12, days: 30, chats: 1_500 });
  });
  afterAll(() => bench.close());

  it('makes every table equal to the account, column by column', async () => {
    const report = await bench.sync();
    expect(report.errors).toEqual([]);
    expect(report.status).toBe('complete');
    const [actual, expected] = [await readTables(bench.database.pool), expectedTables(bench.account)];
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const table of Object.keys(expected) as (keyof typeof expected)[]) expect(actual[table], table).toEqual(expected[table]);
  });
});
