import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { holdFacts, readFact, readFacts, readFactsNamed, releaseFacts, rememberFact } from '../../src/evidence/facts.store.ts';
import { createDatabase, type Database } from '../../src/warehouse/connection/database.ts';
import { urlOf } from '../support/database.ts';
import { createWarehouse } from '../support/warehouse.ts';

let ours: Database;
let theirs: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ database: ours, close } = await createWarehouse());
  theirs = createDatabase(urlOf(ours));
});
afterAll(async () => {
  await theirs.close();
  await close();
});
beforeEach(async () => {
  releaseFacts(ours);
  await ours.pool.query('delete from chatrhub_sync.source_facts');
  await ours.pool.query(
    `insert into chatrhub_sync.source_facts (fact, value, evidence, found_at) values
       ('chats.nothing', 'null', 'seen', clock_timestamp() - interval '40 days'), ('tasks.nothing', '[]', 'seen', clock_timestamp())`,
  );
});

it.each([
  ['without holding them', async () => {}],
  ['holding them', () => holdFacts(ours)],
])('facts are read by name and by ending, while they are young enough, %s', async (_, hold) => {
  await hold();
  expect([await readFact(ours, 'chats.nothing'), await readFact(ours, 'chats.nothing', 30), await readFact(ours, 'none')]).toEqual([
    'null',
    undefined,
    undefined,
  ]);
  expect(await readFacts(ours, ['chats.nothing', 'tasks.nothing', 'none'], 50)).toEqual(
    new Map([
      ['chats.nothing', 'null'],
      ['tasks.nothing', '[]'],
    ]),
  );
  expect(await readFactsNamed(ours, '.nothing', 30)).toEqual(new Map([['tasks', '[]']]));
});

it('a run holds what it has read, until it reads again, and knows what it has remembered itself', async () => {
  await holdFacts(ours);
  await rememberFact(theirs, 'cap', '10', 'theirs');
  expect(await readFact(ours, 'cap')).toBeUndefined();
  expect(await rememberFact(ours, 'cap', '10', 'ours')).toBe(false);
  expect(await readFact(ours, 'cap', 1)).toBe('10');
  expect(await rememberFact(ours, 'cap', '20', 'ours')).toBe(true);
  expect(await readFact(ours, 'cap', 1)).toBe('20');
  await rememberFact(theirs, 'cap', '30', 'theirs');
  await holdFacts(ours);
  expect(await readFact(ours, 'cap')).toBe('30');
  await rememberFact(theirs, 'cap', '40', 'theirs');
  releaseFacts(ours);
  expect(await readFact(ours, 'cap')).toBe('40');
});
