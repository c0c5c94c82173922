import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Panel = { title: string; targets: { rawSql: string; format: string; datasource: { uid: string } }[] };
type Variable = { name: string; query: string; allValue: string; multi: boolean; includeAll: boolean };
type Dashboard = { title: string; panels: Panel[]; templating: { list: Variable[] } };

export const GRAFANA = fileURLToPath(new URL('../../bi/grafana', import.meta.url));
const dashboards = readdirSync(join(GRAFANA, 'dashboards')).map(
  (file): Dashboard => JSON.parse(readFileSync(join(GRAFANA, 'dashboards', file), 'utf8')),
);

/** The panels and the variables of all dashboards. */
export const panels = dashboards.flatMap((dashboard) => dashboard.panels);
export const variables = dashboards.flatMap(({ templating }) => templating.list);

/** The range of a viewer: moments, the last one included. */
export type Range = { from: string; to: string };

/** SQL as Grafana sends it: moments in UTC, chosen values in quotes, and for "All" what the variable says. */
export const expanded = (sql: string, { from, to }: Range, chosen: Record<string, readonly unknown[] | undefined> = {}): string =>
  sql
    .replaceAll('$__timeFrom()', `'${from}'`)
    .replaceAll('$__timeTo()', `'${to}'`)
    .replace(/\$(group|agent|channel)\b/g, (_, name: string) => {
      const all = variables.find((variable) => variable.name === name)?.allValue ?? '';
      return chosen[name]?.map((value) => `'${String(value).replaceAll("'", "''")}'`).join(',') ?? all;
    });

/** The SQL of the panel with this title. */
export const sqlOf = (title: string): string => panels.find((panel) => panel.title === title)?.targets[0]?.rawSql ?? '';
