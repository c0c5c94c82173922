import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import { addDays, dayOf } from '../../src/time/period.ts';
import { urlOf } from '../support/database.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

type Panel = { title: string; targets: { rawSql: string; format: string; datasource: { uid: string } }[] };
type Variable = { name: string; query: string; allValue: string; multi: boolean; includeAll: boolean };
type Dashboard = { title: string; panels: Panel[]; templating: { list: Variable[] } };

const GRAFANA = fileURLToPath(new URL('../../bi/grafana', import.meta.url));
const dashboards = readdirSync(join(GRAFANA, 'dashboards')).map(
  (file): Dashboard => JSON.parse(readFileSync(join(GRAFANA, 'dashboards', file), 'utf8')),
);
const panels = dashboards.flatMap(({ panels }) => panels);
const variables = dashboards.flatMap(({ templating }) => templating.list);

let bench: Workbench;
let logins: ReturnType<typeof createLogins>;
let analyst: Login;
let period: { from: string; to: string };
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

/** SQL as Grafana sends it: moments in UTC, chosen values in quotes, and for "All" what the variable says. */
const expanded = (sql: string, { from, to } = period, chosen: Record<string, readonly string[]> = {}): string =>
  sql
    .replaceAll('$__timeFrom()', `'${from}'`)
    .replaceAll('$__timeTo()', `'${to}'`)
    .replace(/\$(group|agent|channel)\b/g, (_, name: string) => {
      const all = variables.find((variable) => variable.name === name)?.allValue ?? '';
      return chosen[name]?.map((value) => `'${value.replaceAll("'", "''")}'`).join(',') ?? all;
    });

const sqlOf = (title: string): string => panels.find((panel) => panel.title === title)?.targets[0]?.rawSql ?? '';

describe('a Grafana dashboard', () => {
  it('has panels for what a team asks, all from the provisioned source', () => {
    expect(panels.length).toBeGreaterThanOrEqual(15);
    const provisioned = readFileSync(join(GRAFANA, 'provisioning/datasources/chatrhub.yaml'), 'utf8');
    for (const { targets } of panels) for (const { datasource } of targets) expect(provisioned).toContain(`uid: ${datasource.uid}\n`);
  });

  it.each(panels.flatMap(({ title, targets }) => targets.map((target) => [title, target] as const)))(
    'shows an analyst something: %s',
    async (_, { rawSql, format }) => {
      const { rows, fields } = await analyst.database.pool.query(expanded(rawSql));
      expect(rawSql).toMatch(/chatrhub_bi\./);
      expect(rawSql).not.toMatch(/chatrhub(_private|_raw|_sync)?\./);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.some((row) => Object.values(row).some((value) => value !== null))).toBe(true);
      if (format === 'time_series') expect([fields[0]?.name, fields[0]?.dataTypeID]).toEqual(['time', 1184]);
    },
  );

  it('is of days of the reporting time zone in each panel that has a range', () => {
    const ranged = panels.filter(({ title }) => !['Freshness', 'What is odd in the data'].includes(title));
    expect(ranged.length).toBeGreaterThan(15);
    for (const { targets } of ranged)
      for (const { rawSql } of targets) {
        expect(rawSql).toContain(
          'date_day >= ($__timeFrom()::timestamptz at time zone (select reporting_time_zone from chatrhub_bi.settings))::date and date_day <= ($__timeTo()::timestamptz at time zone (select reporting_time_zone from chatrhub_bi.settings))::date',
        );
        expect(rawSql).not.toContain('$__timeFilter');
      }
  });

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
    const { rows: people } = await analyst.database.pool.query(expanded(sqlOf('People')));
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

  it.each(['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'])(
    'has the chats of today, yesterday and last week as plain loops count them: %s',
    async (zone) => {
      const { pool } = bench.database;
      await pool.query('update chatrhub_bi.settings set reporting_time_zone = $1', [zone]);
      await refresh();
      const { rows: chats } = await pool.query<{ created_at: Date }>(
        `select created_at from chatrhub.chats where chat_type = 'visitor' and is_beat_out is not true and is_terminated is not true`,
      );
      const dayIn = (moment: Date) => moment.toLocaleDateString('en-CA', { timeZone: zone });
      const today = dayIn(bench.account.now());
      // Local midnight is among the quarters of an hour around that of UTC.
      const startOf = (day: string): Date => {
        for (let ms = Date.parse(`${day}T00:00:00Z`) - 15 * 3_600_000; ; ms += 900_000)
          if (dayIn(new Date(ms)) === day) return new Date(ms);
      };
      const monday = addDays(today, -((new Date(today).getUTCDay() + 6) % 7));
      const ranges = {
        today: [today, today],
        yesterday: [addDays(today, -1), addDays(today, -1)],
        lastWeek: [addDays(monday, -7), addDays(monday, -1)],
      };
      for (const [name, [first = '', last = '']] of Object.entries(ranges)) {
        const range = { from: startOf(first).toISOString(), to: new Date(startOf(addDays(last, 1)).getTime() - 1).toISOString() };
        const plain = chats.filter(({ created_at }) => dayIn(created_at) >= first && dayIn(created_at) <= last).length;
        const rowsOf = async (title: string) => (await analyst.database.pool.query(expanded(sqlOf(title), range))).rows;
        const [{ chats: counted }] = await rowsOf('Chats');
        const daily = await rowsOf('Chats each day');
        const hourly = await rowsOf('Demand and availability, by hour');
        const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0);
        expect({
          name,
          counted,
          daily: sum(daily.map((row) => row.missed + row.served + row['not known if missed'])),
          hourly: sum(hourly.map((row) => row.chats)),
        }).toEqual({ name, counted: plain, daily: plain, hourly: plain });
        expect(daily.map(({ time }) => time)).toEqual(Array.from({ length: daily.length }, (_, i) => startOf(addDays(first, i))));
      }
    },
  );
});
