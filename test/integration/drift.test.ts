import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noteDrift, readDriftOf } from '../../src/drift/drift.store.ts';
import { readStatus } from '../../src/operations/status.store.ts';
import { addToShape, noShape } from '../../src/records/shape.ts';
import { lastRuns } from '../../src/warehouse/run-log.ts';
import { addRun, createWorkbench, type Workbench } from '../support/warehouse.ts';

type Attributes = Record<string, unknown>;

let bench: Workbench;
beforeEach(async () => {
  bench = await createWorkbench({ seed: 91, agents: 6, days: 10, chats: 60 });
  expect(await bench.sync()).toMatchObject({ status: 'complete', errors: [] });
});
afterEach(() => bench.close());

/** A sync in which the source sends its list of agents otherwise. */
async function syncWith(change: (attributes: Attributes) => Attributes) {
  const response = await fetch(`${bench.simulator.url}/agents.json`, { headers: { authorization: 'Bearer test-key' } });
  const { data } = (await response.json()) as { data: { attributes: Attributes }[] };
  const body = JSON.stringify({ data: data.map((record) => ({ ...record, attributes: change(record.attributes) })) });
  bench.simulator.fail((path) => path === '/agents.json', { status: 200, body });
  return bench.sync({ only: ['agents'] });
}

/** What the last run was the first to see. */
const lastDrift = async () => {
  const [run] = await lastRuns(bench.database, 1);
  return readDriftOf(bench.database, run?.runId ?? 0);
};
const recorded = async () =>
  (
    await bench.database.pool.query(
      'select run_id, resource, via, attribute, change, was, became, share from chatrhub_sync.drift order by id',
    )
  ).rows;

describe('attributes that come, go or change', () => {
  it('are none in a first sync, nor where nothing changed', async () => {
    bench.account.advance({ days: 1 });
    await bench.sync();
    expect(await recorded()).toEqual([]);
  });

  it('are told by name and share, once, and never stop a run', async () => {
    const strange = ({ email: _, ...attributes }: Attributes) => ({
      ...attributes,
      username: Number(attributes.id) || 5,
      ...(attributes.is_bot ? { mood: 'good' } : {}),
    });
    expect(await syncWith(strange)).toMatchObject({ status: 'complete', errors: [] });
    const where = { resource: 'agents', via: 'agents' };
    const news = [
      { ...where, attribute: 'username', change: 'retyped', was: 'text', became: 'number', share: 1 },
      { ...where, attribute: 'mood', change: 'new', was: null, became: 'text', share: 1 / 6 },
      { ...where, attribute: 'email', change: 'vanished', was: 'text', became: null, share: 1 },
    ];
    const [run] = await lastRuns(bench.database, 1);
    expect(await recorded()).toEqual(news.map((change) => ({ run_id: run?.runId, ...change })));
    expect(await lastDrift()).toEqual(news);

    await syncWith(strange);
    expect(await lastDrift()).toEqual([]);
    const status = await readStatus(bench.database, { limits: [], rateScope: 'account' });
    expect(status.drift.map(({ attribute, change }) => `${attribute} ${change}`).sort()).toEqual([
      'email vanished',
      'mood new',
      'username retyped',
    ]);
    expect(status.undeclared).toEqual({ agents: { mood: 1 } });
  });

  it('are told when they come back', async () => {
    await syncWith(({ email: _, ...attributes }) => attributes);
    await bench.sync({ only: ['agents'] });
    expect(await lastDrift()).toMatchObject([{ attribute: 'email', change: 'new', share: 1 }]);
    await bench.sync({ only: ['agents'] });
    expect(await lastDrift()).toEqual([]);
  });

  it('are not what personal data becomes under PII_MODE', async () => {
    bench.account.advance({ days: 1 });
    await bench.sync({ privacy: { mode: 'drop' } });
    expect(await recorded()).toEqual([]);
  });

  it('are told by one of two runs that see them at once', async () => {
    const shape = noShape();
    addToShape(shape, { mood: 'good' });
    const runs = [await addRun(bench.database), await addRun(bench.database)];
    const told = await Promise.all(
      runs.map(({ runId }) => noteDrift(bench.database, runId, [{ resource: 'groups', via: 'groups', shape }])),
    );
    expect(told.flat().filter(({ change }) => change === 'new')).toMatchObject([{ attribute: 'mood', share: 1 }]);
  });
});
