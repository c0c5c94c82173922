import { rawText } from '../core/raw.ts';
import type { Resource, Row } from '../core/resource.ts';
import type { Client } from './database.ts';
import { readHistories, type Version } from './raw.ts';

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
    const texts = versions.map((version) => {
      const attributes = rewrite(version);
      return attributes === undefined ? null : rawText(attributes);
    });
    const { rows } = await client.query<{ changed: number }>(REWRITE, [
      resource.name,
      versions.map(({ recordKey }) => recordKey),
      versions.map(({ version }) => version),
      texts,
    ]);
    const { rowCount } = await client.query(REPEATED, [resource.name, keys]);
    changed += Math.max(rows[0]?.changed ?? 0, rowCount ?? 0);
  }
  return changed;
}

const REWRITE = `
  with wanted as materialized (
    select record_key, version, attributes::jsonb as attributes
    from unnest($2::text[], $3::int[], $4::text[]) as x (record_key, version, attributes)
  ), removed as (
    delete from chatrhub_raw.record_versions v using wanted w
    where v.resource = $1 and v.record_key = w.record_key and v.version = w.version and w.attributes is null
    returning 1
  ), updated as (
    update chatrhub_raw.record_versions v
    set attributes = w.attributes, content_hash = encode(sha256(convert_to(w.attributes::text, 'UTF8')), 'hex')
    from wanted w
    where v.resource = $1 and v.record_key = w.record_key and v.version = w.version and v.attributes <> w.attributes
    returning 1
  )
  select ((select count(*) from removed) + (select count(*) from updated))::int as changed`;

const REPEATED = `
  delete from chatrhub_raw.record_versions v using (
    select record_key, version, attributes = lag(attributes) over (partition by record_key order by version) as is_repeated
    from chatrhub_raw.record_versions where resource = $1 and record_key = any($2)
  ) r
  where r.is_repeated and v.resource = $1 and v.record_key = r.record_key and v.version = r.version`;
