import { fieldOf } from '../../records/resource.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { nameOf } from '../../warehouse/load/merge.ts';

/** The first and the last moment of the stored rows of one scope, such as an agent, from one moment until another; undefined without any. */
export async function readStoredSpan(
  { pool }: Database,
  { resource, defaults }: Pick<PlannedRequest, 'resource' | 'defaults'>,
  from: Date,
  until: Date,
): Promise<{ first: Date; last: Date } | undefined> {
  const moment = `"${fieldOf(resource, resource.window?.moment ?? 'create_dt').column}"`;
  const scope = Object.keys(defaults).map((name, i) => ` and "${fieldOf(resource, name).column}" = $${i + 3}`);
  const { rows } = await pool.query<{ first: Date | null; last: Date | null }>(
    `select min(${moment}) as first, max(${moment}) as last from ${nameOf(resource.tables[0].table)}
     where ${moment} >= $1 and ${moment} < $2${scope.join('')}`,
    [from, until, ...Object.values(defaults)],
  );
  const { first, last } = rows[0] ?? {};
  return first && last ? { first, last } : undefined;
}
