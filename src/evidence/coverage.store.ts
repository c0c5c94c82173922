import { fieldOf, type Resource } from '../records/resource.ts';
import { addDays, daysIn, merge, overlap, type Period, subtract } from '../time/period.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { isReal, nameOf } from '../warehouse/load/merge.ts';

/** What is covered of a resource, by scope: `''` is the whole resource. Oldest first, as the fewest ranges. */
export async function readCoverage(database: Database, resource: string): Promise<Map<string, Period[]>> {
  const { rows } = await database.pool.query<Period & { scope: string }>(
    `select scope, covered_from as "from", covered_until as "until" from chatrhub_sync.coverage where resource = $1`,
    [resource],
  );
  const byScope = new Map<string, Period[]>();
  for (const { scope, from, until } of rows) byScope.set(scope, [...(byScope.get(scope) ?? []), { from, until }]);
  return new Map([...byScope].map(([scope, periods]) => [scope, merge(periods)]));
}

/** Days of which the source reports more than it hands out, or than the warehouse has. */
export type Difference = { period: Period; sourceTotal: number; warehouseTotal: number };

/** The differences that are known of a resource, oldest first. */
export async function readDifferences(database: Database, resource: string): Promise<Difference[]> {
  const { rows } = await database.pool.query<Period & { source: number; warehouse: number }>(
    `select covered_from as "from", covered_until as "until", source_total as source, warehouse_total as warehouse
     from chatrhub_sync.coverage where resource = $1 and source_total > warehouse_total order by covered_from`,
    [resource],
  );
  return rows.map(({ from, until, source, warehouse }) => ({ period: { from, until }, sourceTotal: source, warehouseTotal: warehouse }));
}

/** What the source's report counts, and what was received, of the days that were requested: a day more on either side, and what was received since. */
export type Totals = { source: number; warehouse: number };

/** `isWhole`: nothing is known to be missing. More may have come than was reported: it arrived in between. */
type Range = Period & { isWhole: boolean; isVerified: boolean; source: number | null; warehouse: number | null };

/** Locks a scope, and reads its ranges that touch a period. */
async function readTouching(client: Client, resource: string, scope: string, { from, until }: Period): Promise<Range[]> {
  await client.query('select pg_advisory_xact_lock(hashtext($1))', [`coverage ${resource} ${scope}`]);
  const { rows } = await client.query<Range>(
    `select covered_from as "from", covered_until as "until", coalesce(source_total <= warehouse_total, true) as "isWhole",
       verified_at is not null as "isVerified", source_total as source, warehouse_total as warehouse
     from chatrhub_sync.coverage where resource = $1 and scope = $2 and covered_from <= $4 and covered_until >= $3`,
    [resource, scope, from, until],
  );
  return rows;
}

const remove = (client: Client, resource: string, scope: string, ranges: readonly Period[]): Promise<unknown> =>
  client.query('delete from chatrhub_sync.coverage where resource = $1 and scope = $2 and covered_from = any($3::date[])', [
    resource,
    scope,
    ranges.map(({ from }) => from),
  ]);

async function insert(
  client: Client,
  resource: string,
  scope: string,
  ranges: readonly Period[],
  isVerified: boolean,
  totals?: Totals,
): Promise<void> {
  for (const { from, until } of ranges)
    await client.query(
      `insert into chatrhub_sync.coverage (resource, scope, covered_from, covered_until, source_total, warehouse_total, verified_at)
       values ($1, $2, $3, $4, $5, $6, case when $7 then clock_timestamp() end)`,
      [resource, scope, from, until, totals?.source ?? null, totals?.warehouse ?? null, isVerified],
    );
}

const isSamePeriod = (a: Period | undefined, b: Period | undefined): boolean => a?.from === b?.from && a?.until === b?.until;

/**
 * Adds days to what is covered, in the transaction that loads their rows. Writes nothing when they were covered before. `isVerified`: the
 * source's own report says that they are whole, which settles what differed; without it differences stay. `totals` are kept as long as no
 * other days join these: they are of no longer range.
 */
export async function addCoverage(
  client: Client,
  resource: string,
  scope: string,
  period: Period,
  { isVerified = false, totals }: { isVerified?: boolean; totals?: Totals | undefined } = {},
): Promise<void> {
  const touching = await readTouching(client, resource, scope, period);
  const settled = touching.filter((range) => isVerified && !range.isWhole && overlap(range, period));
  const differing = touching.filter((range) => !range.isWhole && !settled.includes(range));
  const whole = touching.filter((range) => range.isWhole);
  const merged = merge([...whole, period]).flatMap((range) => subtract(range, differing));
  const [only] = whole;
  const ofThese = merged.length === 1 && isSamePeriod(merged[0], period) ? totals : undefined;
  const isSame = whole.length === 1 && merged.length === 1 && isSamePeriod(only, merged[0]);
  const isNews = ofThese && (ofThese.source !== only?.source || ofThese.warehouse !== only?.warehouse);
  if (settled.length === 0 && isSame && !isNews && (!isVerified || only?.isVerified)) return;
  await remove(client, resource, scope, [...whole, ...settled]);
  await insert(client, resource, scope, merged, isVerified || whole.some((range) => range.isVerified), ofThese);
}

/** Notes days of which records are missing, though they were read: they are covered, with both totals. */
export async function addDifference(client: Client, resource: string, { period, sourceTotal, warehouseTotal }: Difference): Promise<void> {
  const touching = (await readTouching(client, resource, '', period)).filter((range) => overlap(range, period));
  await remove(client, resource, '', touching);
  for (const range of touching) if (range.isWhole) await insert(client, resource, '', subtract(range, [period]), range.isVerified);
  await client.query(
    `insert into chatrhub_sync.coverage (resource, scope, covered_from, covered_until, source_total, warehouse_total, verified_at)
     values ($1, '', $2, $3, $4, $5, clock_timestamp())`,
    [resource, period.from, period.until, sourceTotal, warehouseTotal],
  );
}

/**
 * Forgets that days of a resource were received, in all its scopes: they are missing again. Days that differ are forgotten as a whole, as
 * nobody knows which of them it is.
 */
export async function forgetCoverage(client: Client, resource: string, period: Period): Promise<void> {
  const { rows } = await client.query<{ scope: string }>('select distinct scope from chatrhub_sync.coverage where resource = $1', [
    resource,
  ]);
  for (const { scope } of rows) {
    const inside = (await readTouching(client, resource, scope, period)).filter((range) => overlap(range, period));
    await remove(client, resource, scope, inside);
    for (const range of inside) if (range.isWhole) await insert(client, resource, scope, subtract(range, [period]), range.isVerified);
  }
}

const NEIGHBOURING_DAYS = 30;

/** Records a day in the covered ones of the thirty days from `day` on, of a resource that is asked for by days; undefined when none is covered. */
export async function readRowsPerDay(database: Database, resource: Resource, day: string): Promise<number | undefined> {
  const near = { from: day, until: addDays(day, NEIGHBOURING_DAYS) };
  const covered = (await readCoverage(database, resource.name)).get('') ?? [];
  const days = NEIGHBOURING_DAYS - subtract(near, covered).reduce((sum, period) => sum + daysIn(period), 0);
  if (days === 0) return undefined;
  const { table } = resource.tables[0];
  const at = `"${fieldOf(resource, 'create_dt').column}"`;
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*) as count from ${nameOf(table)}
     where ${isReal(table)} and ${at} >= $1::date at time zone 'UTC' and ${at} < $2::date at time zone 'UTC'`,
    [near.from, near.until],
  );
  return (rows[0]?.count ?? 0) / days;
}
