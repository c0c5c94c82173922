import { afterEach, describe, expect, it } from 'vitest';
import { readStatus } from '../../src/operations/status.store.ts';
import { dayOf } from '../../src/time/period.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
afterEach(() => bench.close());

const CHATS = ['chatrhub.chats', 'chatrhub.visitors', 'chatrhub_private.chat_feedback'] as const;
const only = ['agents', 'chats'];
const chatRequests = () => bench.requestsSince().filter((path) => /^\/(chats|agents\/report)/.test(path));
const differences = async () =>
  (
    await bench.database.pool.query(
      `select covered_from, covered_until, source_total, warehouse_total from chatrhub_sync.coverage where source_total > warehouse_total order by 1`,
    )
  ).rows;
const fact = async (name: string) =>
  (await bench.database.pool.query('select value from chatrhub_sync.source_facts where fact = $1', [name])).rows[0]?.value;

describe('a list of chats that is cut without a word', () => {
  it.each([
    [100, 'inclusive', 0],
    [100, 'exclusive', 5],
    [500, 'inclusive', -8],
    [1_000, 'exclusive', 0],
  ] as const)('at %i, days being %s and %i hours ahead, arrives all the same', async (chatCap, endDate, dateZoneHours) => {
    bench = await createWorkbench({ seed: 51, agents: 5, days: 30, chats: 1_500 }, { chatCap, endDate, dateZoneHours });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    await expectWarehouse(bench, [...CHATS]);
    expect(await fact('chats.end_date')).toBe(endDate === 'inclusive' ? 'included' : 'excluded');
    expect(await fact('chats.cap')).toBe(String(chatCap));
    const pieces = Math.ceil(1_500 / chatCap);
    const first = chatRequests().length;
    // Each piece, at worst twice as many as fit, and the reports that lead to them; the first answer, and what `end_date` means.
    expect(first).toBeLessThanOrEqual(2 + 2 * (2 * pieces) + Math.ceil(Math.log2(30)));
    // From then on no answer is asked for that would be cut.
    bench.account.advance({ days: 1 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    await expectWarehouse(bench, [...CHATS]);
    // A day more has come, with its chats.
    expect(chatRequests().length).toBeLessThanOrEqual(first + 4);
    expect(await differences()).toEqual([]);
  });

  it('costs a few requests more for some overfull days among many: about the logarithm of the days for each', async () => {
    const chatCap = 60;
    bench = await createWorkbench({ seed: 52, agents: 4, days: 120, chats: 1_200 }, { chatCap });
    const first = dayOf(bench.account.startedAt);
    expect(await bench.backfill(first, { only })).toMatchObject({ status: 'complete', errors: [] });
    await expectWarehouse(bench, ['chatrhub.chats']);
    const asked = chatRequests();
    const k = Math.ceil(1_200 / chatCap);
    expect(asked.length).toBeLessThanOrEqual(2 * k + 2 * k * Math.log2(120 / k));
    expect(await bench.backfill(first, { only })).toMatchObject({ requests: 0 });
  });

  it('even of a single day arrives, by agent', async () => {
    bench = await createWorkbench({ seed: 53, agents: 8, days: 4, chats: 480 }, { chatCap: 50 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    await expectWarehouse(bench, [...CHATS]);
    expect(chatRequests().some((path) => path.includes('agent_id='))).toBe(true);
  });

  it('of a day that cannot be split any further is reported, and not swallowed', async () => {
    bench = await createWorkbench({ seed: 54, agents: 4, days: 10, chats: 900 }, { chatCap: 12 });
    const report = await bench.sync({ only });
    expect(report).toMatchObject({
      status: 'partial',
      errors: [],
      doubts: expect.arrayContaining([expect.objectContaining({ resource: 'chats', reason: 'fewer_than_reported', may_be_missing: true })]),
    });
    const lacking = await differences();
    expect(lacking.length).toBeGreaterThan(0);
    for (const { source_total, warehouse_total } of lacking) expect(warehouse_total).toBeLessThan(source_total);
    // The next night finds the same, and does not search for it again on the days that are over.
    const first = chatRequests().length;
    bench.simulator.set({ chatCap: Number.POSITIVE_INFINITY });
    await bench.database.pool.query(`delete from chatrhub_sync.source_facts where fact = 'chats.cap'`);
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    expect(chatRequests()).toHaveLength(2);
    expect(first).toBeGreaterThan(20);
    expect(await differences()).toEqual([]);
    await expectWarehouse(bench, [...CHATS]);
  });
});

describe('a report', () => {
  it('proves an account whole with one request', async () => {
    bench = await createWorkbench({ seed: 55, agents: 4, days: 20, chats: 100 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete' });
    expect(chatRequests().map((path) => path.split('?')[0])).toEqual(['/chats/report.json', '/chats.json']);
    const { rows } = await bench.database.pool.query(
      'select covered_from, source_total, warehouse_total, verified_at is not null as verified from chatrhub_sync.coverage',
    );
    const all = bench.account.asOf().chats.size;
    expect(rows).toEqual([{ covered_from: dayOf(bench.account.startedAt), source_total: all, warehouse_total: all, verified: true }]);
  });

  it('that counts less than comes is a surplus: recorded, and no error', async () => {
    bench = await createWorkbench({ seed: 55, agents: 4, days: 20, chats: 100 }, { reportExtra: -2 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    const totals = async () =>
      (await bench.database.pool.query('select source_total, warehouse_total from chatrhub_sync.coverage')).rows.map(Object.values);
    const all = bench.account.asOf().chats.size;
    expect(await totals()).toEqual([[all - 2, all]]);
    expect((await readStatus(bench.database, { limits: [], rateScope: 'account' })).differences).toEqual([]);
    bench.simulator.set({ reportExtra: 0 });
    await bench.sync({ only });
    expect(await totals()).toEqual([[all, all]]);
  });

  it('is found where the text has it, and remembered', async () => {
    bench = await createWorkbench({ seed: 55, agents: 4, days: 20, chats: 100 }, { reportPath: 'agents' });
    await bench.sync({ only });
    expect(chatRequests().map((path) => path.split('?')[0])).toEqual(['/chats/report.json', '/agents/report.json', '/chats.json']);
    await bench.sync({ only });
    expect(chatRequests().map((path) => path.split('?')[0])).toEqual(['/agents/report.json', '/chats.json']);
  });

  it.each([
    ['that cannot be had', { status: 403 }],
    ['that says null', { status: 200, body: '{"data": {"type": "report", "id": 2, "attributes": {"total_chats": null}}}' }],
    ['that says nothing of chats', { status: 200, body: '{"data": {}}' }],
    ['that says less than came', { status: 200, body: '{"data": {"attributes": {"total_chats": 3}}}' }],
  ])('%s proves nothing, and hinders nothing', async (_, fault) => {
    bench = await createWorkbench({ seed: 55, agents: 4, days: 20, chats: 100 });
    bench.simulator.fail((path) => path.includes('report'), fault, 100);
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    await expectWarehouse(bench, [...CHATS]);
  });

  it('that counts more than is listed is looked into once, and said each night', async () => {
    bench = await createWorkbench({ seed: 56, agents: 4, days: 30, chats: 200 }, { reportExtra: 2 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'partial', doubts: [{ resource: 'chats', reason: 'fewer_than_reported' }] });
    // The report and the whole list; what `end_date` means, of each; the report of one half, and both.
    expect(chatRequests()).toHaveLength(7);
    expect(await bench.sync({ only })).toMatchObject({ status: 'partial', doubts: [{ resource: 'chats', reason: 'fewer_than_reported' }] });
    expect(chatRequests()).toHaveLength(2);
    expect(await differences()).toHaveLength(1);
    await expectWarehouse(bench, [...CHATS]);
    bench.simulator.set({ reportExtra: 0 });
    expect(await bench.sync({ only })).toMatchObject({ status: 'complete', errors: [] });
    expect(await differences()).toEqual([]);
  });
});
