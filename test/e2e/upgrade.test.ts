import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { expect, it } from 'vitest';
import { createAccount } from '../../src/simulator/account/account.ts';
import { migrationsFolder } from '../../src/warehouse/schema/migrate.ts';
import { runCli } from '../support/cli.ts';
import { withCliBench } from '../support/cli-bench.ts';
import { expectedTables } from '../support/oracle.ts';
import { readTables } from '../support/read-tables.ts';

const FIRST_RELEASE = 1;
const account = createAccount({ seed: 71, agents: 4, days: 10, chats: 40 });

/** A copy of the first `number` migrations, as they were released, and the names of those that came later. */
async function firstMigrations(number: number): Promise<{ folder: string; later: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'chatrhub-first-'));
  const journal: { entries: { tag: string }[] } = JSON.parse(await readFile(join(migrationsFolder, 'meta/_journal.json'), 'utf8'));
  const entries = journal.entries.slice(0, number);
  await mkdir(join(folder, 'meta'));
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }));
  for (const { tag } of entries) await cp(join(migrationsFolder, `${tag}.sql`), join(folder, `${tag}.sql`));
  return { folder, later: journal.entries.slice(number).map(({ tag }) => tag) };
}

/** What a warehouse of the first release holds: some of the account as it once was, and how it was copied. */
const FORMER_DATA = `
  insert into chatrhub_sync.runs (command, status, started_at, finished_at, requests, since)
    values ('sync', 'complete', now() - interval '2 days', now() - interval '2 days', 2, 'SINCE'),
           ('sync', 'running', now() - interval '1 day', null, 0, 'SINCE');
  insert into chatrhub_sync.requests (run_id, lane, resource, endpoint, path, attempt, granted_at, deadline_at, settled_at, status, loaded_at)
    select 1, 'sync', resource, '/x', '/x', 1, t, t, t, 200, t
    from unnest(array['agents', 'chats']) as resource, lateral (select now() - interval '2 days' as t) x;
  insert into chatrhub.agents (agent_id, client_id, full_name, synced_at) select AGENT, CLIENT, 'Former Name', now() - interval '2 days';
  insert into chatrhub.chats (chat_id, client_id, agent_id, is_ended, tag, created_at, synced_at)
    select CHAT, CLIENT, AGENT, false, 'former', 'CREATED', now() - interval '2 days';
  insert into chatrhub_sync.chat_fetches (resource, chat_id, asked_at, is_ended) values ('messages', CHAT, now() - interval '2 days', false);
  insert into chatrhub_sync.coverage (resource, covered_from, covered_until) values ('chats', 'SINCE', 'SINCE'::date + 5);
  insert into chatrhub_sync.source_facts (fact, value, evidence) values ('after', 'offset', 'the first release');
  create schema analysts;
  create view analysts.chats_by_agent as
    select agent_id, a.full_name, count(*)::int as chats, count(*) filter (where c.is_ended)::int as ended, max(c.tag) as tag
    from chatrhub.chats c join chatrhub.agents a using (agent_id) group by 1, 2`;

it("a warehouse of the first release, with data and an analyst's view on it, is brought to today's and goes on", async () => {
  const expected = expectedTables(account);
  const chat = expected['chatrhub.chats']?.find(({ agent_id }) => agent_id !== null) ?? {};
  await withCliBench(account, { limits: '1000000/second' }, async ({ database, env, cwd, first }) => {
    const { folder, later } = await firstMigrations(FIRST_RELEASE);
    const where = { migrationsFolder: folder, migrationsSchema: 'chatrhub_sync', migrationsTable: 'migrations' };
    await migrate(drizzle(database.pool), where);
    await rm(folder, { recursive: true });
    const values: Record<string, string> = {
      SINCE: first,
      AGENT: String(chat.agent_id),
      CHAT: String(chat.chat_id),
      CLIENT: String(chat.client_id),
      CREATED: new Date(String(chat.created_at)).toISOString(),
    };
    await database.pool.query(FORMER_DATA.replace(/SINCE|AGENT|CHAT|CLIENT|CREATED/g, (name) => values[name] ?? name));
    const view = async () => (await database.pool.query('select * from analysts.chats_by_agent order by agent_id')).rows;
    expect(await view()).toMatchObject([{ full_name: 'Former Name', chats: 1, ended: 0, tag: 'former' }]);

    const { stdout } = await runCli(['migrate'], { env, cwd });
    expect(stdout).toBe(later.length > 0 ? `applied ${later.join(', ')}\n` : 'nothing to do: the schemas are up to date\n');
    expect(await view()).toMatchObject([{ full_name: 'Former Name', chats: 1, ended: 0, tag: 'former' }]);
    expect((await runCli(['status'], { env, cwd })).code).toBe(0);

    expect(await runCli(['sync'], { env, cwd })).toMatchObject({ code: 0 });
    expect(await readTables(database.pool)).toEqual(expected);
    const { rows } = await database.pool.query('select status from chatrhub_sync.runs order by run_id');
    expect(rows.map(({ status }) => status)).toEqual(['complete', 'interrupted', 'complete']);
    const chats = (await view()).reduce((sum, row) => sum + row.chats, 0);
    expect(chats).toBe(expected['chatrhub.chats']?.filter(({ agent_id }) => agent_id !== null).length);
  });
});
