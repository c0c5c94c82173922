import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/analytics/catalogue.ts';
import { refreshStore } from '../../src/analytics/store/refresh-store.store.ts';
import type { Database } from '../../src/warehouse/connection/database.ts';
import { ask, differencesOf } from '../support/bi-answers.ts';
import { loadWorld } from '../support/bi-load.ts';
import { createLocal, plusDays } from '../support/bi-oracle-time.ts';
import { worldOf } from '../support/bi-world.ts';
import { urlOf } from '../support/database.ts';
import { expanded, panels, type Range, sqlOf } from '../support/grafana.ts';
import { createLogins, type Login } from '../support/logins.ts';
import { type Chosen, PANELS } from '../support/panels.ts';
import { type Told, tell } from '../support/questions/question.ts';
import { createWarehouse } from '../support/warehouse.ts';

/** Seventeen days until a Wednesday; in last week clocks change, where they do. */
const ZONES = [
  { zone: 'America/New_York', from: '2025-10-20' },
  { zone: 'Europe/Berlin', from: '2025-10-13' },
  { zone: 'Asia/Kolkata', from: '2025-10-13' },
  { zone: 'Australia/Lord_Howe', from: '2025-09-22' },
  { zone: 'UTC', from: '2025-10-13' },
];
const DAYS = 17;

/** From the start of a day to the end of another, as Grafana means them where the viewer is. */
function rangeOf(first: string, last: string, viewersZone: string): Range {
  const local = createLocal(viewersZone);
  return { from: moment(local.startOf(first)), to: moment(local.startOf(plusDays(last, 1)) - 1) };
}
const moment = (ms: number): string => new Date(ms).toISOString();

describe.each(ZONES)('each panel shows what plain loops count, of days of $zone,', ({ zone, from }) => {
  let database: Database;
  let close: () => Promise<void>;
  let logins: ReturnType<typeof createLogins>;
  let analyst: Login;
  let told: Told;
  beforeAll(async () => {
    ({ database, close } = await createWarehouse({ refreshes: true }));
    const world = worldOf({ seed: 11, zone, from, days: DAYS });
    // Two whom nobody gave a name.
    for (const agent of world.agents) if ([1, 4].includes(agent.agent_id)) agent.full_name = null;
    told = tell(world);
    await loadWorld(database.pool, world);
    expect((await refreshStore(database, catalogue.views)).failed).toEqual([]);
    logins = createLogins(database.pool, urlOf(database));
    analyst = await logins.add({ memberOf: 'chatrhub_analyst' });
  });
  afterAll(async () => {
    await logins.remove();
    await close();
  });

  const today = plusDays(from, DAYS - 1);
  const yesterday = plusDays(today, -1);
  const RANGES: Record<string, [string, string]> = {
    today: [today, today],
    yesterday: [yesterday, yesterday],
    'last week': [plusDays(today, -9), plusDays(today, -3)],
    'all days': [plusDays(from, -40), plusDays(today, 3)],
    'a year before': ['2024-01-01', '2024-12-31'],
  };

  /** What is wrong with the panels, by title, for who looks at a range from somewhere, and how many numbers were compared. */
  async function look(range: Range, [first, last]: readonly [string, string], chosen: Chosen = {}) {
    const wrong: Record<string, string[]> = {};
    let numbers = 0;
    for (const [title, count] of Object.entries(PANELS)) {
      const expected = count({ ...told, first, last, from: Date.parse(range.from), chosen });
      const { columns, rows } = await ask(analyst.database, expanded(sqlOf(title), range, chosen));
      const wanted = Object.keys(expected[0] ?? {});
      const differs = [
        ...(expected.length > 0 && `${columns}` !== `${wanted}` ? [`columns are ${columns}`] : []),
        ...differencesOf(rows, expected),
      ];
      if (differs.length > 0) wrong[title] = differs;
      numbers += expected.flatMap((row) => Object.values(row)).filter((value) => typeof value === 'number').length;
    }
    return { wrong, numbers };
  }

  it.each(Object.entries(RANGES))('for a viewer there: %s', async (_, days) => {
    const { wrong, numbers } = await look(rangeOf(...days, zone), days);
    expect(wrong).toEqual({});
    expect(numbers).toBeGreaterThan(days[0] < '2025' ? 5 : 40);
  });

  it.each(['America/Los_Angeles', 'UTC', 'Asia/Tokyo', 'Pacific/Fiji'])('for a viewer in %s: as many days', async (viewersZone) => {
    for (const name of ['yesterday', 'last week']) {
      const days = RANGES[name] as [string, string];
      const range = rangeOf(...days, viewersZone);
      // Where they are more than half a day apart, their day is mostly the one before or the next.
      const ahead = Math.round((told.local.startOf(days[0]) - Date.parse(range.from) - 1) / 86_400_000);
      const shown = days.map((day) => plusDays(day, -ahead)) as [string, string];
      expect((await look(range, shown)).wrong).toEqual({});
    }
  });

  it('for one who has chosen groups, agents and channels', async () => {
    const days = RANGES['all days'] as [string, string];
    for (const chosen of [
      { group: [1] },
      { agent: [2, 3] },
      { agent: [1] },
      { channel: ['sms', "it's"] },
      { group: [2], agent: [2], channel: ['web', 'sms'] },
    ])
      expect((await look(rangeOf(...days, zone), days, chosen)).wrong).toEqual({});
  });

  it('for a range within a day: that day', async () => {
    for (const [begins, ends] of [
      [1, 3],
      [2, 10],
      [13, 16],
      [20, 23],
    ] as const) {
      const at = (hour: number) => moment(told.local.startOf(yesterday) + hour * 3_600_000);
      expect((await look({ from: at(begins), to: at(ends) }, [yesterday, yesterday])).wrong).toEqual({});
    }
  });

  it('for a range that ends now: until today', async () => {
    const [days] = /^with .* from chosen\) /.exec(sqlOf('Chats')) ?? [];
    const now = Date.now();
    const range = { from: moment(now - 7 * 86_400_000), to: moment(now) };
    const { rows } = await ask(analyst.database, `${expanded(days ?? '', range)} select last_day::text from shown`);
    expect([told.local.dayOf(now), told.local.dayOf(Date.now())]).toContain(rows[0]?.last_day);
  });
});

describe('a panel', () => {
  it('is compared if it has a range', () => {
    const ranged = panels.filter(({ targets }) => targets.some(({ rawSql }) => rawSql.includes('$__time')));
    expect(ranged.map(({ title }) => title).toSorted()).toEqual(Object.keys(PANELS).toSorted());
    expect(ranged.length).toBeGreaterThanOrEqual(17);
  });
});
