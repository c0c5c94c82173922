import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/warehouse/connection/database.ts';
import { createWorkbench, expectWarehouse, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
beforeEach(async () => {
  const open = (url: string) => createDatabase(url, { lockTimeoutMs: 60, statementTimeoutMs: 1_500 });
  bench = await createWorkbench({ seed: 53, agents: 4, days: 2, chats: 25 }, {}, { open });
});
afterEach(() => bench.close());

const run = (sql: string) => bench.direct.pool.query(sql);

/** Makes the database do this whenever a row comes into a table. */
const onInsert = (table: string, statement: string) =>
  run(`create function meddle() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$;
    create trigger meddle before insert on ${table} for each row execute function meddle()`);

describe('a sync whose database', () => {
  it('takes too long over one table leaves that resource for the next run, and copies the others', async () => {
    await onInsert('chatrhub.agent_activities', 'perform pg_sleep(30)');
    const report = await bench.sync();
    expect(report).toMatchObject({ status: 'partial', backlog: { agent_activities: 2, chats: 0, messages: 0, visitors: 0 } });
    expect(new Set(report.errors.map(({ resource }) => resource))).toEqual(new Set(['agent_activities']));
    await run('drop trigger meddle on chatrhub.agent_activities');
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    await expectWarehouse(bench);
  });

  it.each([
    ['new', 'before insert'],
    ['changed', 'before update'],
  ])('leaves %s rows out without a word is partial, and copies them when it does so no more', async (_, moment) => {
    if (moment === 'before update') {
      await bench.sync();
      bench.account.advance({ days: 1 });
    }
    await run(`create function meddle() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger meddle ${moment} on chatrhub.agent_activities for each row execute function meddle();
      create trigger meddle ${moment} on chatrhub.chats for each row execute function meddle()`);
    const doubts = (await bench.sync()).doubts.map(({ resource, reason }) => `${resource} ${reason}`);
    expect(doubts).toContain(`chats database_refused`);
    if (moment === 'before insert') expect(doubts).toContain('agent_activities database_refused');
    await run('drop trigger meddle on chatrhub.agent_activities; drop trigger meddle on chatrhub.chats');
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    await expectWarehouse(bench);
  });

  it('takes too long over an answer as a whole, and not over each half of it, copies it all', async () => {
    const chats = bench.account.asOf().chats.size;
    await run(`create function meddle() returns trigger language plpgsql as $$ begin
        if (select count(*) from fresh) > ${Math.ceil(chats / 2)} then perform pg_sleep(30); end if; return null;
      end $$;
      create trigger meddle after insert on chatrhub.chats referencing new table as fresh for each statement execute function meddle()`);
    const report = await bench.sync();
    expect(report).toMatchObject({ status: 'complete', errors: [], resources: { chats: { fetched: chats, inserted: chats, updated: 0 } } });
    await expectWarehouse(bench);
  });

  it('has a table that somebody has locked does not hang: the others are copied', async () => {
    const blocker = await bench.direct.pool.connect();
    await blocker.query('begin; lock table chatrhub.tasks in share mode');
    expect(await bench.sync()).toMatchObject({ status: 'partial', backlog: { chats: 0, messages: 0 } });
    // Not even readable: what refers to it cannot be loaded either.
    await blocker.query('lock table chatrhub.tasks');
    const report = await bench.sync();
    expect(report).toMatchObject({ status: 'partial', resources: { agents: { rejected: 0 } } });
    expect(new Set(report.errors.map(({ resource }) => resource))).toEqual(new Set(['chats', 'tasks']));
    expect(report.errors[0]?.error).toContain('lock timeout');
    await blocker.query('rollback');
    blocker.release();
    expect(await bench.sync()).toMatchObject({ status: 'complete' });
    await expectWarehouse(bench);
  });
});
