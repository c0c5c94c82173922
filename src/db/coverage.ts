import { addDays, daysIn, merge, type Period, subtract } from '../core/period.ts';
import type { Client, Database } from './database.ts';

/** What is covered of a resource, by scope: `''` is the whole resource. Oldest first. */
export async function readCoverage(database: Database, resource: string): Promise<Map<string, Period[]>> {
  const { rows } = await database.pool.query<Period & { scope: string }>(
    `select scope, covered_from as "from", covered_until as "until" from chatrhub_sync.coverage where resource = $1 order by scope, covered_from`,
    [resource],
  );
  const byScope = new Map<string, Period[]>();
  for (const { scope, from, until } of rows) byScope.set(scope, [...(byScope.get(scope) ?? []), { from, until }]);
  return byScope;
}

/** Adds days to what is covered, in the transaction that loads their rows. Writes nothing when they were covered before. */
export async function addCoverage(client: Client, resource: string, scope: string, period: Period): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtext($1))', [`coverage ${resource} ${scope}`]);
  const { rows } = await client.query<Period>(
    `select covered_from as "from", covered_until as "until" from chatrhub_sync.coverage
     where resource = $1 and scope = $2 and covered_from <= $4 and covered_until >= $3`,
    [resource, scope, period.from, period.until],
  );
  const [merged] = merge([...rows, period]);
  if (!merged || (rows.length === 1 && rows[0]?.from === merged.from && rows[0].until === merged.until)) return;
  await client.query('delete from chatrhub_sync.coverage where resource = $1 and scope = $2 and covered_from = any($3::date[])', [
    resource,
    scope,
    rows.map(({ from }) => from),
  ]);
  await client.query('insert into chatrhub_sync.coverage (resource, scope, covered_from, covered_until) values ($1, $2, $3, $4)', [
    resource,
    scope,
    merged.from,
    merged.until,
  ]);
}

/** Forgets that days of a resource were received, in all its scopes: they are missing again. */
export async function forgetCoverage(client: Client, resource: string, period: Period): Promise<void> {
  const { rows } = await client.query<Period & { scope: string }>(
    `delete from chatrhub_sync.coverage where resource = $1 and covered_from < $3 and covered_until > $2
     returning scope, covered_from as "from", covered_until as "until"`,
    [resource, period.from, period.until],
  );
  for (const { scope, ...covered } of rows)
    for (const { from, until } of subtract(covered, [period]))
      await client.query('insert into chatrhub_sync.coverage (resource, scope, covered_from, covered_until) values ($1, $2, $3, $4)', [
        resource,
        scope,
        from,
        until,
      ]);
}

const NEIGHBOURING_DAYS = 30;

/** Chats a day in the covered ones of the thirty days from `day` on; undefined when none is covered. */
export async function readChatsPerDay(database: Database, day: string): Promise<number | undefined> {
  const near = { from: day, until: addDays(day, NEIGHBOURING_DAYS) };
  const covered = (await readCoverage(database, 'chats')).get('') ?? [];
  const days = NEIGHBOURING_DAYS - subtract(near, covered).reduce((sum, period) => sum + daysIn(period), 0);
  if (days === 0) return undefined;
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*) as count from chatrhub.chats where not is_inferred and created_at >= $1::date at time zone 'UTC' and created_at < $2::date at time zone 'UTC'`,
    [near.from, near.until],
  );
  return (rows[0]?.count ?? 0) / days;
}
