import type { Day, Period } from '../time/period.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import type { Doubt, OpenDoubt } from './doubts.ts';

type Execute = Pick<Client, 'query'>;

/**
 * Stores what a judgement of claims found, in the transaction of `client`: its doubts are opened, or seen again, and other open doubts of
 * the same claims are settled.
 */
export async function storeJudgement(client: Execute, runId: number, claims: readonly string[], doubts: readonly Doubt[]): Promise<void> {
  const keys = ['resource', 'claim', 'reason'] as const;
  await client.query(
    `update chatrhub_sync.doubts d set settled_at = clock_timestamp(), last_run_id = $1
     where settled_at is null and claim = any($2) and not exists (
       select from unnest($3::text[], $4::text[], $5::text[]) x (resource, claim, reason)
       where (x.resource, x.claim, x.reason) = (d.resource, d.claim, d.reason)
     )`,
    [runId, claims, ...keys.map((key) => doubts.map((doubt) => doubt[key]))],
  );
  for (const { resource, claim, subject, reason, mayBeMissing, days, details } of doubts)
    await client.query(
      `insert into chatrhub_sync.doubts as d
         (resource, claim, subject, reason, may_be_missing, from_day, until_day, details, first_run_id, last_run_id)
       values ($2, $3, $4, $5, $6, $7, $8, $9, $1, $1)
       on conflict (resource, claim, reason) where settled_at is null do update
       set subject = excluded.subject, may_be_missing = excluded.may_be_missing, from_day = excluded.from_day,
         until_day = excluded.until_day, details = excluded.details, last_run_id = excluded.last_run_id,
         last_seen_at = clock_timestamp()`,
      [runId, resource, claim, subject, reason, mayBeMissing, days?.from ?? null, days?.until ?? null, JSON.stringify(details)],
    );
}

/** SQL: the days of a doubt, as `describeDays` writes them. */
const DAYS = (of: string): string =>
  `(${of}.from_day || case when ${of}.until_day - ${of}.from_day > 1 then ' to ' || (${of}.until_day - 1) else '' end)`;

/**
 * Settles doubts about days that are proved, of a resource or of one scope of it, whatever claim raised them, and leaves in doubt what
 * others have of earlier or later days; with `keepsTotals` those about control totals stay.
 */
export async function settleDays(
  client: Execute,
  runId: number,
  resource: string,
  { from, until }: Period,
  { scope = '', keepsTotals = false }: { scope?: string; keepsTotals?: boolean } = {},
): Promise<void> {
  await client.query(
    `with open as (
       select id, from_day, until_day, from_day >= $4 and until_day <= $5 as is_proved from chatrhub_sync.doubts
       where settled_at is null and resource = $2 and starts_with(claim, $3) and from_day < $5 and until_day > $4
         and not ($6 and starts_with(reason, 'totals'))
     ), settled as (
       update chatrhub_sync.doubts d set settled_at = clock_timestamp(), last_run_id = $1 from open o where o.id = d.id and o.is_proved
     ), rest as (
       select id, case when from_day < $4 then from_day else $5 end as from_day, case when from_day < $4 then $4 else until_day end as until_day
       from open where not is_proved and not (from_day < $4 and until_day > $5)
     )
     update chatrhub_sync.doubts d
     set from_day = r.from_day, until_day = r.until_day, subject = replace(d.subject, ${DAYS('d')}, ${DAYS('r')})
     from rest r where r.id = d.id`,
    [runId, resource, scope ? `${resource} ${scope} ` : `${resource} `, from, until, keepsTotals],
  );
}

/** The claims of which records may be missing. */
export async function readClaimsInDoubt({ pool }: Database): Promise<Set<string>> {
  const { rows } = await pool.query<{ claim: string }>(
    'select claim from chatrhub_sync.doubts where settled_at is null and may_be_missing',
  );
  return new Set(rows.map(({ claim }) => claim));
}

/** The open doubts, those about possible loss first, then the oldest. */
export async function readOpenDoubts({ pool }: Database): Promise<OpenDoubt[]> {
  const { rows } = await pool.query<Omit<OpenDoubt, 'days'> & { from: Day | null; until: Day | null }>(
    `select resource, claim, subject, reason, may_be_missing as "mayBeMissing", from_day as "from", until_day as "until", details, since,
       first_run_id as "firstRunId", last_run_id as "lastRunId"
     from chatrhub_sync.doubts where settled_at is null order by may_be_missing desc, since, id`,
  );
  return rows.map(({ from, until, ...open }) => ({ ...open, ...(from && until ? { days: { from, until } } : {}) }));
}
