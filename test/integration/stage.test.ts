import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/warehouse/connection/database.ts';
import { withStaged } from '../../src/warehouse/load/stage.ts';
import { createTestDatabase } from '../support/database.ts';

let client: Client;
beforeAll(async () => {
  const { pool, drop } = await createTestDatabase();
  client = await pool.connect();
  return async () => {
    client.release(true);
    await drop();
  };
});

const COLUMNS = [{ key: 'id', column: 'id', sqlType: 'bigint' }];
const stage = { name: 'stage_of_things', columns: [...COLUMNS, { column: 'never filled', sqlType: 'text' }] };
const idsFrom = (from: number, count: number) => Array.from({ length: count }, (_, i) => ({ id: from + i }));
const staged = async () =>
  (await client.query<{ id: string }>('select id from stage_of_things order by id')).rows.map(({ id }) => Number(id));
const stageIds = <T>(from: number, count: number, work: () => Promise<T>): Promise<T> =>
  withStaged(client, { stage, columns: COLUMNS, rows: idsFrom(from, count) }, work);

describe('a staging table', () => {
  it('holds the rows staged and no others while they are worked on', async () => {
    await client.query('begin');
    expect(await stageIds(1, 3, staged)).toEqual([1, 2, 3]);
    expect(await stageIds(7, 2, staged)).toEqual([7, 8]);
    await client.query('commit');
    await client.query('begin');
    expect(await stageIds(4, 1, staged)).toEqual([4]);
    await client.query('commit');
  });

  it('holds none of work that failed and was rolled back', async () => {
    await client.query('begin');
    await expect(stageIds(1, 3, () => client.query('select 1 / 0'))).rejects.toThrow('division by zero');
    await client.query('rollback');
    await client.query('begin');
    expect(await stageIds(9, 1, staged)).toEqual([9]);
    await client.query('commit');
  });

  it('does not grow with all that ever went through it', async () => {
    const size = async () => Number((await client.query(`select pg_relation_size('stage_of_things') as bytes`)).rows[0].bytes);
    let largest = 0;
    for (let batch = 0; batch < 60; batch += 1) {
      await client.query('begin');
      await stageIds(0, 1_000, async () => {});
      await client.query('commit');
      largest = Math.max(largest, await size());
    }
    expect(largest).toBeLessThan(10 * 1_000 * 40);
  });
});
