import { describe, expect, it } from 'vitest';
import type { Oddities } from '../../src/simulator/api/oddities.ts';
import { createWorkbench, expectWarehouse } from '../support/warehouse.ts';

const ACCOUNT = { seed: 7, agents: 6, days: 10, chats: 150 };

/** What the API's documentation leaves open, every reading of it, a few at a time. */
const READINGS: Record<string, Partial<Oddities>> = {
  'embedded records as documents, end_date excluded': { embed: 'document', endDate: 'exclusive' },
  'embedded records as bare attributes, `after` as an id': { embed: 'bare', after: 'id', taskPageSize: 7 },
  'embedded records in all shapes, tasks newest first by offset': { embed: 'mixed', taskOrder: 'desc', taskPageSize: 10 },
  'tasks newest first by id, lists that leave attributes out': { after: 'id', taskOrder: 'desc', taskPageSize: 10, leanLists: true },
  'days of the far east, end_date excluded': { dateZoneHours: 14, endDate: 'exclusive' },
  'days of the far west': { dateZoneHours: -12 },
  'nothing is null, rows repeated': { emptyAs: 'null', repeatRows: true, taskPageSize: 20 },
  'nothing is an empty object, bare embeds, exclusive days': { emptyAs: 'object', embed: 'bare', endDate: 'exclusive' },
  'nothing is a 404': { emptyAs: '404' },
};

describe('two nights end with the account in the warehouse, when the API means', () => {
  it.each(Object.entries(READINGS))('%s', async (_, oddities) => {
    const bench = await createWorkbench(ACCOUNT, oddities);
    try {
      for (const _night of [1, 2]) {
        expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
        await expectWarehouse(bench);
        bench.account.advance({ days: 1 });
      }
      const { rows } = await bench.database.pool.query('select resource, attribute, reason from chatrhub_sync.rejected_records');
      expect(rows).toEqual([]);
    } finally {
      await bench.close();
    }
  });

  it('`after` ignored, numbers as strings; but a list just as long as a page may be is in doubt as long as none is longer', async () => {
    // The lengths of the lists are those of this day.
    const now = new Date('2026-11-26T14:00:00Z');
    const bench = await createWorkbench({ ...ACCOUNT, now }, { after: 'ignored', numbers: 'strings' });
    try {
      const doubts: unknown[] = [];
      for (const _night of [1, 2, 3]) {
        doubts.push((await bench.sync()).doubts.map(({ subject, reason }) => [subject, reason]));
        await expectWarehouse(bench);
        bench.account.advance({ days: 1 });
      }
      // The list of done tasks for machine learning has 22, 25 and 28.
      expect(doubts).toEqual([[], [['list machine_learning, 1', 'list_end_unknown']], []]);
    } finally {
      await bench.close();
    }
  });
});
