import { expect, inject, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { findLeaks } from '../support/leaks.ts';

const DELETIONS = `update chatrhub_sync.runs set error = null, details = '{}'; drop table if exists chatrhub.planted`;

/** Where a secret might come to lie. */
const PLACES: [string, string, string][] = [
  ['an error', `update chatrhub_sync.runs set error = 'refused: Bearer test-key-of-somebody'`, 'chatrhub_sync.runs'],
  ['JSON', `update chatrhub_sync.runs set details = '{"a": [{"xmpp_password": "fake-password-4"}]}'`, 'chatrhub_sync.runs'],
  ['a list', `create table chatrhub.planted as select array['a', 'fake-key'] as words`, 'chatrhub.planted'],
  ['bytes', `create table chatrhub.planted as select convert_to('x fake-canary-key x', 'UTF8') as bytes`, 'chatrhub.planted'],
  ["the database's password", `create table chatrhub.planted as select 'p4%ss_word of a server' as url`, 'chatrhub.planted'],
];

it('row 99: a secret in any column of any table of ours is found, whatever table that is', async () => {
  const { pool, drop } = await createTestDatabase(inject('migratedDatabase'));
  try {
    await pool.query(`insert into chatrhub_sync.runs (command) values ('test')`);
    for (const [place, plant, table] of PLACES) {
      expect(await findLeaks(pool), place).toEqual([]);
      await pool.query(plant);
      expect(await findLeaks(pool, ['p4%ss_word']), place).toEqual([table]);
      await pool.query(DELETIONS);
    }
  } finally {
    await drop();
  }
});

it('row 99: a test that leaves one fails when it gives its database back', async () => {
  const { pool, drop } = await createTestDatabase(inject('migratedDatabase'));
  await pool.query(`insert into chatrhub_sync.runs (command, error) values ('test', 'GET /agents.json?key=test-key')`);
  await expect(drop()).rejects.toThrow('a secret is in chatrhub_sync.runs');
});
