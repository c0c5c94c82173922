import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDocumentedAccount, NIGHTLY } from '../../support/documented-account.ts';
import { createEvidenceBench, type EvidenceBench } from '../../support/evidence-bench.ts';
import { expectExact } from '../../support/evidence-expect.ts';
import { midnight } from '../../support/scripted-records.ts';

/** Measured on the program before it looked for evidence: a source that does as documented is to cost not one request more. */
const REQUESTS = { nights: [52, 14, 15, 36], backfill: 44, reconcile: 2, replay: 0 };

describe('a source that does as documented', () => {
  let bench: EvidenceBench;
  const [history, startDays] = [34, 14];
  beforeAll(async () => {
    bench = await createEvidenceBench({ startDays });
    addDocumentedAccount(bench, { days: history, until: 10 });
  });
  afterAll(() => bench.close());

  it.each([0, 1, 2, 3])('is copied exactly in night %i, with the requests that it took before', async (night) => {
    if (night > 0) {
      await bench.advance({ days: night === 3 ? 7 : 1 });
      NIGHTLY[night - 1]?.(bench.records, bench.now());
    }
    bench.requestsSince();
    const report = await bench.sync();
    await expectExact(bench, report);
    expect(await bench.doubts()).toEqual([]);
    expect(bench.requestsSince()).toHaveLength(REQUESTS.nights[night] ?? 0);
  });

  it('has its history copied exactly by a backfill, which has nothing to do when it is asked again', async () => {
    const from = midnight(bench.now(), -9 - history).slice(0, 10);
    const report = await bench.backfill(from);
    await expectExact(bench, report, undefined, { from });
    expect(bench.requestsSince()).toHaveLength(REQUESTS.backfill);
    expect(await bench.backfill(from)).toMatchObject({ status: 'complete', requests: 0 });
  });

  it('agrees with its own report', async () => {
    bench.requestsSince();
    expect(await bench.reconcile()).toMatchObject({ status: 'complete', differences: [], errors: [] });
    expect(bench.requestsSince()).toHaveLength(REQUESTS.reconcile);
  });

  it('is rebuilt from what was kept, without a request', async () => {
    const report = await bench.replay();
    await expectExact(bench, report, undefined, { from: midnight(bench.now(), -9 - history).slice(0, 10) });
    expect(Object.values(report.resources).map(({ inserted, updated }) => inserted + updated)).toEqual(Array(8).fill(0));
    expect(bench.requestsSince()).toHaveLength(REQUESTS.replay);
  });
});
