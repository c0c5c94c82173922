import pg from 'pg';
import type { Batch } from '../../records/parse-answer.ts';
import { rawText } from '../../records/raw-text.ts';
import { fieldsOf, keyColumns, type Resource, type Row } from '../../records/resource.ts';
import { keyOf } from '../../records/row.ts';
import type { Client } from '../connection/database.ts';
import type { CopyColumn } from './copy-rows.ts';
import { nameOf } from './merge.ts';
import { withStaged } from './stage.ts';

/** A version of a record: its attributes, and when the answer that brought it was asked for. */
export type Version = { recordKey: string; version: number; attributes: Row; firstSeenAt: Date };

const quote = pg.escapeIdentifier;

/**
 * Keeps the versions of the records of a batch, in the transaction of `client` and after their rows were loaded: a new one where the
 * latest, overlaid with the attributes received, differs from it. What was asked for earlier than the latest, and what the rows have
 * refused as older than they are, adds none. Returns how many were added.
 */
export async function keepVersions(client: Client, batch: Batch, askedAt: Date): Promise<number> {
  const { resource, raw, outdated } = batch;
  if (raw.length === 0) return 0;
  const columns = stagedColumns(resource);
  const staged = { stage: { name: stageOf(resource), columns }, columns, rows: toStage(batch, columns) };
  return withStaged(client, staged, async () => {
    const { rowCount } = await client.query(addStatement(resource), [askedAt, resource.name, outdated]);
    return rowCount ?? 0;
  });
}

/** The latest version of each record of a resource, by key after `after`, `limit` at most. */
export async function readLatest(client: Client, resource: Resource, after: string, limit: number): Promise<Version[]> {
  const { rows } = await client.query<Version>(
    `select distinct on (record_key) record_key as "recordKey", version, attributes, first_seen_at as "firstSeenAt"
     from chatrhub_raw.record_versions where resource = $1 and record_key > $2 order by record_key, version desc limit $3`,
    [resource.name, after, limit],
  );
  return rows;
}

/** All versions of some records of a resource, each record's from its first on. */
export async function readHistories(client: Client, resource: Resource, recordKeys: readonly string[]): Promise<Version[]> {
  const { rows } = await client.query<Version>(
    `select record_key as "recordKey", version, attributes, first_seen_at as "firstSeenAt"
     from chatrhub_raw.record_versions where resource = $1 and record_key = any($2) order by record_key, version`,
    [resource.name, recordKeys],
  );
  return rows;
}

const stageOf = (resource: Resource): string => quote(`stage_raw_${resource.name}`);

/** The key, as text and as the row has it; the attributes; and what an embedded copy is dated by, if it is. */
const stagedColumns = (resource: Resource): CopyColumn[] => [
  { key: 'recordKey', column: 'record_key', sqlType: 'text' },
  { key: 'attributes', column: 'attributes', sqlType: 'jsonb' },
  { key: 'isDated', column: 'is_dated', sqlType: 'boolean' },
  ...fieldsOf(resource).filter(({ key, isKey }) => isKey || key === 'updt_dt'),
];

/** Made when it is copied: the JSON text of all records at once would be as large as the answer. */
function* toStage({ resource, isOwn, rows, raw }: Batch, columns: readonly CopyColumn[]): Generator<Row> {
  for (const [i, row] of rows.entries()) {
    const staged: Row = {
      recordKey: keyOf(row, resource),
      attributes: rawText(raw[i] ?? {}),
      isDated: !isOwn && row.updt_dt !== undefined,
    };
    for (const { key } of columns) staged[key] ??= row[key];
    yield staged;
  }
}

/**
 * Adds the staged versions that are new. Parameters: $1 the moment of asking, $2 the resource, $3 attributes of older versions that are
 * of no use any more. Where another process adds a version of the same record at the same moment, the transaction is run again.
 */
function addStatement(resource: Resource): string {
  const [main] = resource.tables;
  const sameKey = keyColumns(main.table)
    .map(({ name }) => `x.${quote(name)} = s.${quote(name)}`)
    .join(' and ');
  const dated = fieldsOf(resource).find(({ key }) => key === 'updt_dt')?.column;
  const isNotOlder = dated
    ? `and (not s.is_dated or coalesce(s.${quote(dated)}, '-infinity') >= coalesce(t.${quote(dated)}, '-infinity'))`
    : '';
  return `insert into chatrhub_raw.record_versions (resource, record_key, version, attributes, content_hash, first_seen_at)
select $2, s.record_key, coalesce(l.version, 0) + 1, m.attributes, encode(sha256(convert_to(m.attributes::text, 'UTF8')), 'hex'), $1
from ${stageOf(resource)} s
join lateral (select * from ${nameOf(main.table)} x where ${sameKey} offset 0) t on true
left join lateral (
  select version, attributes, first_seen_at from chatrhub_raw.record_versions v
  where v.resource = $2 and v.record_key = s.record_key order by version desc limit 1
) l on true
cross join lateral (
  select case
    when l.version is null then s.attributes
    when l.first_seen_at <= $1 and s.attributes <> l.attributes then nullif((l.attributes - $3::text[]) || s.attributes, l.attributes)
  end as attributes offset 0
) m
where t.synced_at <= $1 ${isNotOlder}
  and m.attributes is not null
order by s.record_key collate "C"`;
}
