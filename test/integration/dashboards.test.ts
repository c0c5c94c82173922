import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, dayOf } from '../../src/time/period.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { createWorkbench, type Workbench } from '../support/warehouse.ts';

type Panel = { title: string; targets: { rawSql: string; format: string; datasource: { uid: string } }[] };
type Dashboard = { title: string; panels: Panel[] };

const GRAFANA = fileURLToPath(new URL('../../bi/grafana', import.meta.url));
const dashboards = readdirSync(join(GRAFANA, 'dashboards')).map(
  (file): Dashboard => JSON.parse(readFileSync(join(GRAFANA, 'dashboards', file), 'utf8')),
);
const panels = dashboards.flatMap(({ panels }) => panels);

let bench: Workbench;
let logins: ReturnType<typeof createLogins>;
let analyst: Login;
let period: { from: string; to: string };
beforeAll(async () => {
  bench = await createWorkbench({ seed: 8, agents: 7, days: 10, chats: 150 }, {}, { refreshes: true });
  expect(await bench.sync()).toMatchObject({ status: 'complete' });
  logins = createLogins(bench.database.pool, String(bench.database.pool.options.connectionString));
  analyst = await logins.add({ memberOf: 'chatrhub_analyst' });
  const last = dayOf(bench.account.now());
  period = { from: `${addDays(last, -12)}T00:00:00Z`, to: `${addDays(last, 1)}T00:00:00Z` };
});
afterAll(async () => {
  await logins.remove();
  await bench.close();
});

/** SQL as Grafana sends it. */
const expanded = (sql: string): string => sql.replace(/\$__timeFilter\(([^)]+)\)/g, `$1 BETWEEN '${period.from}' AND '${period.to}'`);

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
});
