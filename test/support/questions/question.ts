import * as agents from '../bi-oracle-agents.ts';
import { type Row, turns } from '../bi-oracle-chat-views.ts';
import { type Found, findChats } from '../bi-oracle-chats.ts';
import { calendarRows, teamLoad } from '../bi-oracle-load.ts';
import { createLocal, type Local, plusDays } from '../bi-oracle-time.ts';
import type { World } from '../bi-world.ts';

export type { Found, Row };

/** What answers are counted from: a world, and what plain loops found out about it. */
export type Told = {
  world: World;
  local: Local;
  found: Found[];
  spans: Row[];
  performance: Row[];
  hours: Row[];
  load: Row[];
  turns: Row[];
  calendar: Row[];
  /** The local day of the newest chat. */
  newestDay: string;
  /** Whether a local day is one of the four weeks that `LATELY` means. */
  isLately(day: string | null): boolean;
};

/**
 * A question of an analyst, the SQL that answers it, and the answer, counted in plain loops: no code and no SQL of the views. Its rows are
 * in the order of the SQL; of a view that is read whole it has the columns that are compared.
 */
export type Question = { question: string; sql: string; answer(told: Told): Row[] };

export function tell(world: World): Told {
  const local = createLocal(world.zone);
  const found = findChats(world, local);
  const intervals = agents.intervalsOf(world, local);
  const hours = agents.hours(found, intervals, world, local);
  const newestDay =
    found
      .map(({ day }) => day ?? '')
      .sort()
      .at(-1) ?? '';
  return {
    world,
    local,
    found,
    spans: agents.spans(intervals, local),
    performance: agents.performanceOf(found, intervals, world, local),
    hours,
    load: teamLoad(hours, found, world, local),
    turns: turns(found, world, local),
    calendar: calendarRows(found, world, local),
    newestDay,
    isLately: (day) => day !== null && day > plusDays(newestDay, -28),
  };
}

/**
 * SQL: what began in the four weeks up to the newest chat. Percentiles of all years would take a second, and tell little about today.
 */
export const LATELY = 'date_day > (select max(date_day) - 28 from chatrhub_bi.daily_chats)';

/** A row for all items of each key, with what is measured of them. */
export function each<T>(items: readonly T[], keyOf: (item: T) => Row, measure: (items: T[]) => Row): Row[] {
  const groups = new Map<string, { key: Row; of: T[] }>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(JSON.stringify(key)) ?? { key, of: [] };
    group.of.push(item);
    groups.set(JSON.stringify(key), group);
  }
  return [...groups.values()].map(({ key, of }) => ({ ...key, ...measure(of) }));
}

/** Rows by columns, one after the other: from the least on, or from the largest, of those with a minus; null is last. */
export function inOrderOf(rows: readonly Row[], ...columns: string[]): Row[] {
  const compare = (a: unknown, b: unknown): number => {
    if (a === b) return 0;
    return (a as number | string) < (b as number | string) ? -1 : 1;
  };
  return rows.toSorted((a, b) => {
    for (const column of columns) {
      const name = column.replace('-', '');
      const [one, other] = [a[name] ?? null, b[name] ?? null];
      if (one === null && other === null) continue;
      if (one === null || other === null) return one === null ? 1 : -1;
      const by = compare(one, other) * (column.startsWith('-') ? -1 : 1);
      if (by !== 0) return by;
    }
    return 0;
  });
}

/** The sum of a column. */
export const total = (rows: readonly Row[], column: string): number => rows.reduce((sum, row) => sum + Number(row[column]), 0);

export const agentName = (id: number | null, { agents: list }: World): string | null =>
  list.find((agent) => agent.agent_id === id)?.full_name ?? null;
export const isBot = (id: number | null, { agents: list }: World): boolean => list.find((agent) => agent.agent_id === id)?.is_bot === true;

export const agentOf = (id: number | null, world: World): Row => ({ agent_id: id, agent_name: agentName(id, world) });
export const groupOf = ({ group_id: id }: Found, { groups }: World): Row => ({
  group_id: id,
  group_name: groups.find((group) => group.group_id === id)?.group_name ?? null,
});
