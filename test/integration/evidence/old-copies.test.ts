import { describe, expect, it } from 'vitest';
import { type EvidenceBench, useBench } from '../../support/evidence-bench.ts';
import { expectDoubt, expectExact } from '../../support/evidence-expect.ts';
import { addSmallAccount, addTalk, iso, noon, type Records, task } from '../../support/scripted-records.ts';

const open = useBench();
const CHANGING = ['agents', 'groups', 'chats', 'tasks'] as const;

/** A warehouse that was read before and after everything changed; what the source had before. */
async function openChanged(): Promise<{ bench: EvidenceBench; before: Records }> {
  const bench = await open();
  addSmallAccount(bench.records, bench.now());
  bench.records.tasks.push(task(1, noon(bench.now(), -2)));
  const change = (updt_dt: string) => {
    for (const [record] of CHANGING.map((name) => bench.records[name])) Object.assign(record?.attributes ?? {}, { updt_dt });
  };
  change(noon(bench.now(), -1));
  await bench.sync();
  const before = structuredClone(bench.records);
  await bench.advance({ days: 1 });
  addTalk(bench.records, 90, iso(bench.now(), -7_200), { agent_id: 1 });
  change(iso(bench.now(), -3_600));
  await expectExact(bench, await bench.sync());
  return { bench, before };
}

describe('answers from an old copy of the source', () => {
  it.each(CHANGING)('settle nothing for a night, and say so: %s', async (name) => {
    const { bench, before } = await openChanged();
    const now = structuredClone(bench.records);
    Object.assign(bench.records, before);
    await bench.advance({ days: 1 });
    const run = await bench.sync();
    await expectDoubt(bench, run, { resource: name, reason: 'older_than_stored' });
    expect(await bench.missing('chats')).toEqual([]);
    Object.assign(bench.records, now);
    await bench.advance({ days: 1 });
    await expectExact(bench, await bench.sync());
  });

  it('are believed when the next night shows the same', async () => {
    const { bench, before } = await openChanged();
    Object.assign(bench.records, before);
    for (const status of ['partial', 'complete']) {
      await bench.advance({ days: 1 });
      expect((await bench.sync()).status).toBe(status);
    }
    expect(await bench.missing('chats')).toEqual(['90']);
  });
});
