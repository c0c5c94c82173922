import { getTableColumns } from 'drizzle-orm';
import { startOf } from '../core/period.ts';
import type { Planned } from '../core/plan.ts';
import { type Answer, countOwn } from '../core/record.ts';
import { fieldsOf, keyColumns, type Resource, type Row } from '../core/resource.ts';
import { keyOf } from '../core/row.ts';
import type { Client } from './database.ts';
import { nameOf } from './merge.ts';

/** A list that lacks more of what is known is taken for cut, unless a report has counted it. */
const SUSPICIOUS = { count: 10, share: 0.1 };

/**
 * Notes which records the source no longer lists, and which it lists again, in the transaction that loads the list. Only a whole answer
 * of a resource's own list tells: all agents, groups and visitors, the groups of an agent, the chats of days that the report has counted.
 * One that is empty, or lacks suspiciously much, tells nothing; a page tells what is there.
 */
export async function noteAbsence(client: Client, planned: Planned, answer: Answer, askedAt: Date): Promise<void> {
  const { resource, days, expected, defaults } = planned;
  const { table } = resource.tables[0];
  const own = answer.batches.find(({ isOwn }) => isOwn);
  if (!own || own.rows.length === 0) return;
  if (resource.pages) {
    await noteFound(client, resource, own.rows, askedAt);
    return;
  }
  if (!('sourceMissingSince' in getTableColumns(table))) return;

  const [scopeKey, scopeId] = Object.entries(defaults)[0] ?? [];
  const key = fieldsOf(resource).find((field) => field.isKey && field.key !== scopeKey);
  if (!key) return;
  const ids = own.rows.map((row) => row[key.key]);
  const isListed = (place: number) => `"${key.column}" = any($${place}::bigint[])`;
  const ofScope = (place: number): string => (scopeKey ? `"${scopeKey}" = $${place}::bigint` : `$${place}::bigint is null`);
  await markReturned(client, resource, askedAt, { condition: `${isListed(2)} and ${ofScope(3)}`, values: [ids, scopeId ?? null] });

  const isCounted = days !== undefined && expected !== undefined && countOwn(answer) >= expected.total;
  if (resource.window && !isCounted) return;
  const lacking = {
    condition: [
      ofScope(3),
      days ? 'created_at >= $4 and created_at < $5' : '$4::timestamptz is null and $5::timestamptz is null',
      ...('isInferred' in getTableColumns(table) ? ['not is_inferred'] : []),
    ].join(' and '),
    values: [scopeId ?? null, days ? startOf(days.period.from) : null, days ? startOf(days.period.until) : null],
  };
  const { rows } = await client.query<{ lacking: number; known: number }>(
    `select count(*) filter (where not ${isListed(2)} and synced_at <= $1)::int as lacking, count(*)::int as known
     from ${nameOf(table)} where source_missing_since is null and ${lacking.condition}`,
    [askedAt, ids, ...lacking.values],
  );
  const { lacking: count = 0, known = 0 } = rows[0] ?? {};
  if (count === 0 || (!isCounted && count > SUSPICIOUS.count && count > SUSPICIOUS.share * known)) return;
  await markMissing(client, resource, askedAt, {
    condition: `not ${isListed(2)} and ${lacking.condition}`,
    values: [ids, ...lacking.values],
  });
}

/** Notes that records with these ids were looked for in all lists of a resource that comes in pages, and are in none. */
export async function noteGone(client: Client, resource: Resource, ids: readonly number[], askedAt: Date): Promise<void> {
  await client.query(
    `insert into chatrhub_raw.absences (resource, record_key, missing_since)
     select '${resource.name}', ${recordKey(resource)}, $1 from ${nameOf(resource.tables[0].table)} t
     where "${keyColumns(resource.tables[0].table)[0]?.name}" = any($2::bigint[]) and synced_at <= $1
       and not exists (
         select from chatrhub_raw.absences a
         where a.resource = '${resource.name}' and a.record_key = ${recordKey(resource)} and a.returned_at is null
       )`,
    [askedAt, ids],
  );
}

/** Notes that records which were in none of the lists are in one again. */
async function noteFound(client: Client, resource: Resource, rows: readonly Row[], askedAt: Date): Promise<void> {
  await client.query(
    `update chatrhub_raw.absences set returned_at = $1
     where resource = $2 and record_key = any($3) and returned_at is null and missing_since <= $1`,
    [askedAt, resource.name, rows.map((row) => keyOf(row, resource))],
  );
}

/** Which rows; `values` are the parameters of the condition, from $2 on. */
type Rows = { condition: string; values: unknown[] };

async function markMissing(client: Client, resource: Resource, askedAt: Date, { condition, values }: Rows): Promise<void> {
  await client.query(
    `with gone as (
       update ${nameOf(resource.tables[0].table)} set source_missing_since = $1
       where source_missing_since is null and synced_at <= $1 and ${condition} returning ${recordKey(resource)} as record_key
     )
     insert into chatrhub_raw.absences (resource, record_key, missing_since)
     select '${resource.name}', record_key, $1 from gone on conflict do nothing`,
    [askedAt, ...values],
  );
}

async function markReturned(client: Client, resource: Resource, askedAt: Date, { condition, values }: Rows): Promise<void> {
  await client.query(
    `with back as (
       update ${nameOf(resource.tables[0].table)} set source_missing_since = null
       where source_missing_since <= $1 and ${condition} returning ${recordKey(resource)} as record_key
     )
     update chatrhub_raw.absences a set returned_at = $1 from back
     where a.resource = '${resource.name}' and a.record_key = back.record_key and a.returned_at is null`,
    [askedAt, ...values],
  );
}

/** The key as raw versions have it. */
const recordKey = (resource: Resource): string =>
  `concat_ws('/', ${keyColumns(resource.tables[0].table)
    .map(({ name }) => `"${name}"`)
    .join(', ')})`;
