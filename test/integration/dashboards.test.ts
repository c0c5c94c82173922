import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { urlOf } from '../support/database.ts';
import { expanded, GRAFANA, panels, type Range, sqlOf, variables } from '../support/grafana.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

let bench: Workbench;
let logins: ReturnType<typeof createLogins>;
let analyst: Login;
let period: Range;
beforeAll(async () => {
  bench = await createWorkbench({ seed: 8, agents: 7, days: 18, chats: 270 }, {}, { refreshes: true });
  expect(await bench.sync()).toMatchObject({ status: 'complete' });
  logins = createLogins(bench.database.pool, urlOf(bench.database));
  analyst = await logins.add({ memberOf: 'chatrhub_analyst' });
  const last = dayOf(bench.account.now());
  period = { from: `${addDays(last, -17)}T00:00:00Z`, to: `${addDays(last, 1)}T00:00:00Z` };
});
afterAll(async () => {
  await logins.remove();
  await bench.close();
});

/** Brings what is computed into a store up to date with what a test did. */
const refresh = async () => {
  expect((await refreshStore(bench.database, catalogue.views)).failed).toEqual([]);
};

describe('a Grafana dashboard', () => {
  it('has panels for what a team asks, all from the provisioned source', () => {
    expect(panels.length).toBeGreaterThanOrEqual(15);
    const provisioned = readFileSync(join(GRAFANA, 'provisioning/datasources/chatrhub.yaml'), 'utf8');
    for (const { targets } of panels) for (const { datasource } of targets) expect(provisioned).toContain(`uid: ${datasource.uid}\n`);
  });

  it.each(panels.flatMap(({ title, targets }) => targets.map((target) => [title, target] as const)))(
    'shows an analyst something: %s',
    async (_, { rawSql, format }) => {
      const { rows, fields } = await analyst.database.pool.query(expanded(rawSql, period));
      expect(rawSql).toMatch(/chatrhub_bi\./);
      expect(rawSql).not.toMatch(/chatrhub(_private|_raw|_sync)?\./);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.some((row) => Object.values(row).some((value) => value !== null))).toBe(true);
      if (format === 'time_series') expect([fields[0]?.name, fields[0]?.dataTypeID]).toEqual(['time', 1184]);
    },
  );

  it('lets one choose groups, agents and channels, several or all; namesakes have their ids beside them', async () => {
    expect(variables.map(({ name, multi, includeAll }) => [name, multi, includeAll])).toEqual([
      ['group', true, true],
      ['agent', true, true],
      ['channel', true, true],
    ]);
    const { pool } = bench.database;
    await pool.query(
      `update chatrhub.agents set full_name = 'Kim' where agent_id in (select agent_id from chatrhub.agents where not is_bot order by 1 limit 2)`,
    );
    await refresh();
    const choices = new Map<string, { __text: string; __value: string }[]>();
    for (const { name, query } of variables) choices.set(name, (await analyst.database.pool.query(query)).rows);
    const kims = choices.get('agent')?.filter(({ __text }) => __text.startsWith('Kim')) ?? [];
    expect(kims).toHaveLength(2);
    for (const { __text, __value } of kims) expect(__text).toBe(`Kim (${__value})`);
    const { rows: people } = await analyst.database.pool.query(expanded(sqlOf('People'), period));
    for (const { __text } of kims) expect(people.map(({ agent }) => agent)).toContain(__text);

    const chatsOf = async (chosen: Record<string, string[]>) =>
      (await analyst.database.pool.query(expanded(sqlOf('Chats'), period, chosen))).rows[0].chats;
    const plainly = async (where: string, ...values: unknown[]) => {
      const { rows } = await pool.query(
        `select count(*) as chats from chatrhub.chats c left join chatrhub.visitors v using (visitor_id)
         where c.chat_type = 'visitor' and c.is_beat_out is not true and c.is_terminated is not true and c.created_at >= $1 and c.created_at < $2::timestamptz + interval '1 day' and ${where}`,
        [period.from, period.to, ...values],
      );
      return rows[0].chats;
    };
    const [groups, agents, channels] = ['group', 'agent', 'channel'].map(
      (name) =>
        choices
          .get(name)
          ?.slice(0, 2)
          .map((c) => c.__value) ?? [],
    );
    if (!groups || !agents || !channels) throw new Error('there is nothing to choose');
    expect(await chatsOf({})).toBe(await plainly('true'));
    expect(await chatsOf({ group: groups })).toBe(await plainly('c.group_id = any($3)', groups));
    expect(await chatsOf({ agent: agents })).toBe(await plainly('c.agent_id = any($3)', agents));
    expect(await chatsOf({ channel: channels.slice(0, 1) })).toBe(
      await plainly(`coalesce(v.channel, 'unknown') = any($3)`, channels.slice(0, 1)),
    );
    expect(await chatsOf({ group: groups })).toBeLessThan(await chatsOf({}));
    for (const { targets } of panels)
      for (const { rawSql } of targets)
        await analyst.database.pool.query(expanded(rawSql, period, { group: groups, agent: agents, channel: ["it's"] }));
  });
});
