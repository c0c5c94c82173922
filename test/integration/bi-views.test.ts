import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { biViews } from '../../src/analytics/index.ts';
import { STORE } from '../../src/analytics/stored-views.ts';
import { QUESTIONS } from '../support/bi-questions.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench({ seed: 3, agents: 8, days: 12, chats: 400 }, {}, { refreshes: true });
  expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
});
afterAll(() => bench.close());

describe('after a sync', () => {
  it.each(biViews.filter(({ schema }) => schema !== STORE).map(({ schema, name }) => `${schema}.${name}`))(
    '%s can be read and says something',
    async (view) => {
      const { rows } = await bench.database.pool.query(`select * from ${view}`);
      expect(rows.length).toBeGreaterThan(0);
    },
  );

  it.each(QUESTIONS.map(({ question, sql }) => [question, sql]))('there is an answer to: %s', async (_, sql) => {
    await bench.database.pool.query(sql);
  });
});

describe('an analyst', () => {
  const asAnalyst = async (sql: string) => {
    const client = await bench.database.connect();
    try {
      await client.query('set role chatrhub_analyst');
      return await client.query(sql);
    } finally {
      client.release(true);
    }
  };

  it('reads every view of chatrhub_bi, and gets every answer', async () => {
    for (const { schema, name } of biViews) if (schema === 'chatrhub_bi') await asAnalyst(`select * from ${schema}.${name} limit 1`);
    for (const { sql } of QUESTIONS) await asAnalyst(sql);
  });

  it('reads no text of a visitor', async () => {
    await expect(asAnalyst('select * from chatrhub_private.conversation_timeline')).rejects.toMatchObject({ code: '42501' });
    await expect(asAnalyst('select * from chatrhub_private.message_bodies')).rejects.toMatchObject({ code: '42501' });
  });
});
