import type pg from 'pg';
import { type Difference, viaChats } from './compare.ts';
import type { Situation } from './strictness.ts';

/** Where the activity of agents is not as the source has it, from the days on that were loaded. */
export async function compareActivities(pool: Pick<pg.Pool, 'query'>, situation: Situation): Promise<Difference[]> {
  const { now, seen, claimed, loadedFrom, activityUntil } = situation;
  const { rows } = await pool.query<{ agentId: string; all: string }>(
    `select agent_id as "agentId", string_agg(extract(epoch from snapshot_at)::bigint || ' ' || status, ',' order by snapshot_at) as all
     from chatrhub.agent_activities where snapshot_at >= $1 group by 1`,
    [loadedFrom],
  );
  const stored = new Map(rows.map(({ agentId, all }) => [Number(agentId), all]));
  return [...now.agents.keys()].flatMap((id) => {
    if (seen && !claimed.has('agent_activities') && seen.of('agent_activities', id) === undefined) return [];
    const all = now.activitiesOf(id, loadedFrom);
    const asText = (rows: typeof all) => rows.map(({ snapshotAt, status }) => `${snapshotAt.getTime() / 1000} ${status}`);
    const actual = stored.get(id) ?? '';
    const expected = asText(
      all.filter(({ snapshotAt }) => snapshotAt <= activityUntil || actual.includes(`${snapshotAt.getTime() / 1000} `)),
    );
    return actual === expected.join()
      ? []
      : [
          {
            subject: 'agent_activities',
            what: `activity of ${id}: ${describe(actual.split(','), expected)}`,
            via: viaChats(id, situation),
          },
        ];
  });
}

function describe(actual: readonly string[], expected: readonly string[]): string {
  const [have, want] = [new Set(actual.filter(Boolean)), new Set(expected)];
  const list = (rows: readonly string[]) => {
    const moments = rows.map((row) => new Date(Number(row.split(' ')[0]) * 1000).toISOString().slice(0, 16));
    return `${rows.length} rows${rows.length > 0 ? ` from ${moments[0]} to ${moments.at(-1)}` : ''}`;
  };
  return `lacks ${list(expected.filter((row) => !have.has(row)))}, has ${list([...have].filter((row) => !want.has(row)))} too many`;
}
