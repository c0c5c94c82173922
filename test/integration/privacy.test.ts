import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

describe('PII_MODE', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await createWorkbench({ seed: 5, agents: 4, days: 3, chats: 40 });
  });
  afterEach(() => bench.close());

  it('drop keeps contact details and texts out, and what was derived from them in', async () => {
    expect(await bench.sync({ privacy: { mode: 'drop' } })).toMatchObject({ status: 'complete' });
    const [actual, expected] = [await readTables(bench.database.pool), expectedTables(bench.account)];
    for (const { visitor_id, xmpp_username, ...contacts } of actual['chatrhub_private.visitor_contacts']) {
      expect({ visitor_id, xmpp_username }).toEqual({ visitor_id: expect.any(Number), xmpp_username: expect.any(String) });
      expect(Object.values(contacts).filter((value) => value !== null && value !== '')).toEqual([]);
    }
    expect(actual['chatrhub_private.message_bodies'].filter(({ body }) => body !== null && body !== '')).toEqual([]);
    expect(actual['chatrhub.visitors']).toEqual(expected['chatrhub.visitors']);
    expect(actual['chatrhub.messages']).toEqual(expected['chatrhub.messages']);
  });

  it('hash makes equal texts equal, and unreadable without the key', async () => {
    await bench.sync({ privacy: { mode: 'hash', key: 'a key of the tests' } });
    const bodies = (await readTables(bench.database.pool))['chatrhub_private.message_bodies'];
    const expected = expectedTables(bench.account)['chatrhub_private.message_bodies'];
    for (const { body } of bodies) expect(body).toMatch(/^([0-9a-f]{64})?$/);
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(new Set(expected.map(({ body }) => body)).size);
  });
});
