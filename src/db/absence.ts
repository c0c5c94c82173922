import { getTableColumns } from 'drizzle-orm';
import { startOf } from '../core/period.ts';
import type { Planned } from '../core/plan.ts';
import { type Answer, countOwn } from '../core/record.ts';
import { fieldsOf } from '../core/resource.ts';
import type { Client } from './database.ts';
import { nameOf } from './merge.ts';

/** A list that lacks more of what is known is taken for cut, unless a report has counted it. */
const SUSPICIOUS = { count: 10, share: 0.1 };

/**
 * Notes which records the source no longer lists, and which it lists again, in the transaction that loads the list. Only a whole answer
 * of a resource's own list tells: all agents, groups and visitors, the groups of an agent, the chats of days that the report has counted.
 * One that is empty, or lacks suspiciously much, tells nothing.
 */
export async function noteAbsence(client: Client, planned: Planned, answer: Answer, askedAt: Date): Promise<void> {
  const { resource, days, expected, defaults } = planned;
  const { table } = resource.tables[0];
  const own = answer.batches.find(({ isOwn }) => isOwn);
  if (!own || own.rows.length === 0 || !('sourceMissingSince' in getTableColumns(table))) return;
  const isCounted = days !== undefined && expected !== undefined && countOwn(answer) >= expected.total;
  if (resource.window ? !isCounted : resource.pages !== undefined) return;

  const [scopeKey, scopeId] = Object.entries(defaults)[0] ?? [];
  const key = fieldsOf(resource).find((field) => field.isKey && field.key !== scopeKey);
  if (!key) return;
  const ids = own.rows.map((row) => row[key.key]);
  const ofScope = (place: number): string => (scopeKey ? `"${scopeKey}" = $${place}::bigint` : `$${place}::bigint is null`);
  const inScope = [
    ofScope(3),
    days ? 'created_at >= $4 and created_at < $5' : '$4::timestamptz is null and $5::timestamptz is null',
    ...('isInferred' in getTableColumns(table) ? ['not is_inferred'] : []),
  ].join(' and ');
  const scope = [scopeId ?? null, days ? startOf(days.period.from) : null, days ? startOf(days.period.until) : null];
  await client.query(
    `update ${nameOf(table)} set source_missing_since = null
     where source_missing_since is not null and "${key.column}" = any($1::bigint[]) and ${ofScope(2)}`,
    [ids, scopeId ?? null],
  );
  const { rows } = await client.query<{ lacking: number; known: number }>(
    `select count(*) filter (where "${key.column}" <> all($1::bigint[]) and synced_at <= $2)::int as lacking, count(*)::int as known
     from ${nameOf(table)} where source_missing_since is null and ${inScope}`,
    [ids, askedAt, ...scope],
  );
  const { lacking = 0, known = 0 } = rows[0] ?? {};
  if (lacking === 0 || (!isCounted && lacking > SUSPICIOUS.count && lacking > SUSPICIOUS.share * known)) return;
  await client.query(
    `update ${nameOf(table)} set source_missing_since = $2
     where source_missing_since is null and synced_at <= $2 and "${key.column}" <> all($1::bigint[]) and ${inScope}`,
    [ids, askedAt, ...scope],
  );
}
