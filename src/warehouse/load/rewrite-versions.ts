import { getTableColumns } from 'drizzle-orm';
import pg from 'pg';
import { AttributeSets } from '../../records/attribute-sets.ts';
import { isOurs, keyColumns, type Resource, type Row } from '../../records/resource.ts';
import type { Client, Database } from '../connection/database.ts';
import { nameOf } from './merge.ts';
import { readHistories, type Version } from './versions.ts';

/** So many records' versions are held at a time. */
const BATCH = 1_000;

/**
 * Rewrites all versions of some records: each becomes what `rewrite` makes of it, or is removed where that is undefined. Versions that
 * now say the same as the one before them go too. Returns how many were changed or removed.
 */
export async function rewriteVersions(
  client: Client,
  resource: Resource,
  recordKeys: readonly string[],
  rewrite: (version: Version) => Row | undefined,
): Promise<number> {
  let changed = 0;
  for (let at = 0; at < recordKeys.length; at += BATCH) {
    const keys = recordKeys.slice(at, at + BATCH);
    const versions = await readHistories(client, resource, keys);
    const sets = new AttributeSets();
    const packed = versions.map((version) => {
      const attributes = rewrite(version);
      return attributes === undefined ? undefined : sets.pack(attributes);
    });
    const { rows } = await client.query<{ changed: number }>(REWRITE, [
      resource.name,
      versions.map(({ recordKey }) => recordKey),
      versions.map(({ version }) => version),
      packed.map((one) => one?.set ?? null),
      packed.map((one) => one?.values ?? null),
      sets.templates,
    ]);
    const { rowCount } = await client.query(REPEATED, [resource.name, keys]);
    changed += Math.max(rows[0]?.changed ?? 0, rowCount ?? 0);
  }
  return changed;
}

const REWRITE = `
  with sets as materialized (
    select number - 1 as number, template, chatrhub_raw.attribute_set_of(template) as attribute_set_id
    from unnest($6::text[]) with ordinality w (template, number)
  ), wanted as materialized (
    select x.*, attribute_set_id, chatrhub_raw.attributes_of(template, "values") as attributes
    from unnest($2::text[], $3::int[], $4::int[], $5::text[]) x (record_key, version, number, "values") left join sets using (number)
  ), removed as (
    delete from chatrhub_raw.versions v using wanted w
    where v.resource = $1 and v.record_key = w.record_key and v.version = w.version and w.number is null
    returning 1
  ), updated as (
    update chatrhub_raw.versions v set attribute_set_id = w.attribute_set_id, "values" = w."values"
    from wanted w, chatrhub_raw.attribute_sets a
    where v.resource = $1 and v.record_key = w.record_key and v.version = w.version and a.attribute_set_id = v.attribute_set_id
      and chatrhub_raw.attributes_of(a.template, v."values") <> w.attributes
    returning 1
  )
  select ((select count(*) from removed) + (select count(*) from updated))::int as changed`;

const REPEATED = `
  delete from chatrhub_raw.versions v using (
    select record_key, version, attributes = lag(attributes) over (partition by record_key order by version) as is_repeated
    from chatrhub_raw.record_versions where resource = $1::text and record_key = any($2)
  ) r
  where r.is_repeated and v.resource = $1::text::chatrhub_raw.resource and v.record_key = r.record_key and v.version = r.version`;

/**
 * Forgets sets of names that no version has any more, which may name what was erased. Nobody may be adding versions meanwhile: see
 * `lockVersions`.
 */
export async function forgetUnusedSets(client: Client): Promise<void> {
  await client.query(
    `delete from chatrhub_raw.attribute_sets where attribute_set_id not in (select distinct attribute_set_id from chatrhub_raw.versions)`,
  );
}

/** Keeps those waiting who would add versions, until the transaction of `client` ends: they overlay what is being rewritten. */
export async function lockVersions(client: Client): Promise<void> {
  await client.query('lock table chatrhub_raw.versions in share row exclusive mode');
}

/** The keys of a resource's records that have versions, after `after`, `limit` at most. */
export async function readKeys(client: Client, resource: Resource, after: string, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    `select distinct record_key as key from chatrhub_raw.versions where resource = $1 and record_key > $2 order by 1 limit $3`,
    [resource.name, after, limit],
  );
  return rows.map(({ key }) => key);
}

/** Empties the private tables of a resource, but for what the sync itself needs. */
export async function dropPrivate({ pool }: Database, { tables: [, ...details], keepsPersonal }: Resource): Promise<void> {
  for (const { table } of details) {
    const keys = new Set(keyColumns(table).map(({ name }) => name));
    const columns = Object.entries(getTableColumns(table))
      .filter(([key, { name }]) => !isOurs(key) && !keys.has(name) && !keepsPersonal?.includes(key))
      .map(([, { name }]) => pg.escapeIdentifier(name));
    const isFilled = columns.map((column) => `${column}::text <> ''`).join(' or ');
    const emptied = columns.map((column) => `${column} = case when ${column}::text = '' then ${column} end`);
    await pool.query(`update ${nameOf(table)} set ${emptied.join(', ')} where ${isFilled}`);
  }
}
