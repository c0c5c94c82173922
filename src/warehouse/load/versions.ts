import pg from 'pg';
import type { Batch } from '../../records/answer.ts';
import { AttributeSets } from '../../records/attribute-sets.ts';
import { fieldsOf, keyColumns, type Resource, type Row } from '../../records/resource.ts';
import { keyOf } from '../../records/row.ts';
import type { Client } from '../connection/database.ts';
import { statementName } from '../connection/statement-name.ts';
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
  const sets = new AttributeSets();
  const staged = { stage: { name: stageOf(resource), columns }, columns, rows: toStage(batch, columns, sets) };
  return withStaged(client, staged, async () => {
    const { rowCount } = await client.query({
      name: statementName(`versions_${resource.name}`),
      text: addStatement(resource),
      values: [askedAt, resource.name, outdated, sets.templates],
    });
    return rowCount ?? 0;
  });
}

/** The latest version of each record of a resource, by key after `after`, `limit` at most. */
export async function readLatest(client: Client, resource: Resource, after: string, limit: number): Promise<Version[]> {
  const { rows } = await client.query<Version>(
    `select record_key as "recordKey", version, chatrhub_raw.attributes_of(template, "values") as attributes, first_seen_at as "firstSeenAt"
     from (
       select distinct on (record_key) * from chatrhub_raw.versions
       where resource = $1 and record_key > $2 order by record_key, version desc limit $3
     ) v left join chatrhub_raw.attribute_sets using (attribute_set_id) order by record_key`,
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

/** The key, as text and as the row has it; the attributes, as they are stored; and what an embedded copy is dated by, if it is. */
const stagedColumns = (resource: Resource): CopyColumn[] => [
  { key: 'recordKey', column: 'record_key', sqlType: 'text' },
  { key: 'attributeSet', column: 'attribute_set', sqlType: 'integer' },
  { key: 'attributeValues', column: 'attribute_values', sqlType: 'text' },
  { key: 'isDated', column: 'is_dated', sqlType: 'boolean' },
  ...fieldsOf(resource).filter(({ key, isKey }) => isKey || key === 'updt_dt'),
];

/** Made when it is copied: the texts of all records at once would be as large as the answer. */
function* toStage({ resource, isOwn, rows, raw }: Batch, columns: readonly CopyColumn[], sets: AttributeSets): Generator<Row> {
  for (const [i, row] of rows.entries()) {
    const packed = sets.pack(raw[i] ?? {});
    const staged: Row = {
      recordKey: keyOf(row, resource),
      attributeSet: packed.set,
      attributeValues: packed.values,
      isDated: !isOwn && row.updt_dt !== undefined,
    };
    for (const { key } of columns) staged[key] ??= row[key];
    yield staged;
  }
}

/**
 * Adds the staged versions that are new. Parameters: $1 the moment of asking, $2 the resource, $3 attributes of older versions that are
 * of no use any more, $4 the sets of names that the staged numbers are of. Where another process adds a version of the same record at the
 * same moment, the transaction is run again.
 *
 * Nearly all versions have the same text as the latest, and are not unpacked. What is stored is what was staged, unless the latest
 * version has attributes that this one says nothing of: then the database packs both. A latest version whose set of names was lost has no
 * attributes. (The conditions of lateral joins stand in their `where`: in `on` they are looked at when all is computed.)
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
  return `with sets as materialized (
  select number - 1 as number, template, chatrhub_raw.attribute_set_of(template) as attribute_set_id
  from unnest($4::text[]) with ordinality w (template, number)
)
insert into chatrhub_raw.versions (resource, record_key, version, attribute_set_id, "values", first_seen_at)
select $2::chatrhub_raw.resource, s.record_key, coalesce(l.version, 0) + 1,
  case when p.template is null then sets.attribute_set_id else chatrhub_raw.attribute_set_of(p.template) end,
  coalesce(p."values", s.attribute_values), $1
from ${stageOf(resource)} s
join sets on sets.number = s.attribute_set
join lateral (select * from ${nameOf(main.table)} x where ${sameKey} offset 0) t on true
left join lateral (
  select version, attribute_set_id, "values", first_seen_at from chatrhub_raw.versions v
  where v.resource = $2 and v.record_key = s.record_key order by version desc limit 1
) l on true
left join lateral (
  select o.old, o.new, (o.old - $3::text[]) || o.new as merged from (
    select coalesce(chatrhub_raw.attributes_of(a.template, l."values"), '{}') as old,
      chatrhub_raw.attributes_of(sets.template, s.attribute_values) as new
    from (select) one left join chatrhub_raw.attribute_sets a on a.attribute_set_id = l.attribute_set_id
    where l.first_seen_at <= $1
      and (l.attribute_set_id, l."values") is distinct from (sets.attribute_set_id, s.attribute_values) offset 0
  ) o
) m on true
left join lateral (select * from chatrhub_raw.pack(m.merged) where m.merged <> m.new offset 0) p on true
where t.synced_at <= $1 ${isNotOlder}
  and (l.version is null or m.merged <> m.old)
order by s.record_key collate "C"`;
}
