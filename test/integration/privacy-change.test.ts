import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replay } from '../../src/history/replay.ts';
import { createLogger } from '../../src/logger.ts';
import type { Privacy } from '../../src/records/pseudonyms.ts';
import chats from '../../src/resources/chats.ts';
import { plantPerson } from '../support/canaries.ts';
import { dumpDatabase } from '../support/dump.ts';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';
import { at, chat } from '../support/records.ts';
import { takeRecords } from '../support/take.ts';
import { createWarehouse, createWorkbench, type Workbench } from '../support/warehouse.ts';

const HASH: Privacy = { mode: 'hash', key: 'a key of the tests' };
const DROP: Privacy = { mode: 'drop' };
/** What `plantPerson` plants into private tables: place and referring host are for analysts, the user name is needed. */
const PRIVATE =
  /canary (name|company|street|zip|body|feedback|wish|deep|delay)|canary-(email|page)|canary-referrer[^"]*\/|5559871234|100\.64\.77\.99/i;

const replayOf = (database: Workbench['database'], privacy: Privacy) =>
  replay({
    database,
    privacy,
    logger: createLogger({ level: 'silent', secrets: [], isTerminal: false }),
    signal: new AbortController().signal,
    only: undefined,
    limits: [],
    rateScope: 'account',
  });

describe('a change of PII_MODE, which replay applies to what is stored', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await createWorkbench({ seed: 11, agents: 4, days: 4, chats: 50 });
    const visits = new Map<number, number>();
    for (const { visitorId } of bench.account.asOf().chats.values()) visits.set(visitorId ?? 0, (visits.get(visitorId ?? 0) ?? 0) + 1);
    visits.delete(0);
    plantPerson(bench.account, [...visits].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0);
    await bench.sync();
    bench.account.advance({ days: 1 });
    await bench.sync();
  });
  afterEach(() => bench.close());

  const dump = async () =>
    (await dumpDatabase(bench.database.pool)).split('\n').filter((line) => !/^chatrhub_sync\.(runs|requests) /.test(line));
  const versions = async () =>
    (
      await bench.database.pool.query(
        'select resource, record_key, version, content_hash from chatrhub_raw.record_versions order by 1, 2, 3',
      )
    ).rows;
  const changes = async (privacy: Privacy) => {
    const { resources } = await bench.sync({ privacy });
    return Object.values(resources).reduce((sum, { inserted, updated }) => sum + inserted + updated, 0);
  };

  it('hides all that was readable, versions of the past and values kept aside too', async () => {
    const readable = (await dump()).filter((line) => PRIVATE.test(line)).map((line) => line.split(' ')[0]);
    expect(new Set(readable).size).toBeGreaterThanOrEqual(5);
    for (const privacy of [HASH, DROP]) {
      expect(await replayOf(bench.database, privacy)).toMatchObject({ status: 'complete', errors: [] });
      expect((await dump()).filter((line) => PRIVATE.test(line))).toEqual([]);
    }
    expect((await dump()).filter((line) => /^chatrhub_private\..*[0-9a-f]{64}/.test(line))).toEqual([]);
  });

  it('hides as a sync does: the next one finds nothing to change, and adds no version', async () => {
    for (const privacy of [HASH, DROP]) {
      await replayOf(bench.database, privacy);
      const before = await versions();
      expect(await changes(privacy)).toBe(0);
      expect(await versions()).toEqual(before);
    }
  });

  it('made twice changes nothing the second time: no hash is hashed', async () => {
    await replayOf(bench.database, HASH);
    const before = await dump();
    await replayOf(bench.database, HASH);
    expect(await dump()).toEqual(before);
  });

  it('leaves what is for analysts as it was', async () => {
    const before = await readTables(bench.database.pool);
    await replayOf(bench.database, HASH);
    await replayOf(bench.database, DROP);
    const after = await readTables(bench.database.pool);
    for (const [name, rows] of Object.entries(before))
      if (!name.startsWith('chatrhub_private.')) expect(after[name as keyof typeof after], name).toEqual(rows);
  });

  it('brings nothing back: only what is read again is readable again', async () => {
    await replayOf(bench.database, DROP);
    const dropped = await dump();
    await replayOf(bench.database, HASH);
    await replayOf(bench.database, { mode: 'keep' });
    expect(await dump()).toEqual(dropped);
    await bench.database.pool.query(`update chatrhub_sync.requests set loaded_at = loaded_at - interval '7 days'`);
    await bench.backfill(bench.account.startedAt.toISOString().slice(0, 10), { refresh: true });
    await bench.sync();
    const [{ 'chatrhub_private.visitor_contacts': contacts }, expected] = [
      await readTables(bench.database.pool),
      expectedTables(bench.account),
    ];
    expect(contacts).toEqual(expected['chatrhub_private.visitor_contacts']);
  });
});

it('what no version says any more, because a later value did not fit, is dropped from the tables as well', async () => {
  const { database, close } = await createWarehouse();
  try {
    const take = (feedback: unknown, second: number) =>
      database.transaction((client) => takeRecords(client, [chat(1, { feedback })], { askedAt: at(second), resource: chats }));
    await take('canary feedback', 1);
    await take({ not: 'a text' }, 2);
    const stored = async () => (await database.pool.query('select feedback from chatrhub_private.chat_feedback')).rows;
    expect(await stored()).toEqual([{ feedback: 'canary feedback' }]);
    await replayOf(database, HASH);
    expect(await stored()).toEqual([{ feedback: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    await replayOf(database, DROP);
    expect(await stored()).toEqual([{ feedback: null }]);
  } finally {
    await close();
  }
});
