import type { Shape } from '../records/shape.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { type Change, findDrift, type KnownAttribute, knownAfter } from './find-drift.ts';

/** What records of a resource looked like in the answers of the resource `via`, both by name. */
export type Seen = { resource: string; via: string; shape: Shape };

/** A change of an attribute, and where it was seen. */
export type Drift = Change & { resource: string; via: string };

/** Compares what a run saw with what earlier ones did, remembers it, and returns what is news: once, whatever number of runs see it. */
export async function noteDrift(database: Database, runId: number, seen: readonly Seen[]): Promise<Drift[]> {
  return database.transaction(async (client) => {
    // One run at a time: two that see the same news would both tell it.
    await client.query('lock table chatrhub_sync.attributes in share row exclusive mode');
    const known = await readKnown(client);
    const compared = seen.map(({ resource, via, shape }) => {
      const before = known.filter((attribute) => attribute.resource === resource && attribute.via === via);
      const changes = findDrift(before, shape);
      return { resource, via, changes, after: knownAfter(before, shape, changes) };
    });
    await remember(
      client,
      compared.flatMap(({ resource, via, after }) => after.map((attribute) => ({ ...attribute, resource, via }))),
    );
    const news = compared.flatMap(({ resource, via, changes }) => changes.map((change) => ({ resource, via, ...change })));
    if (news.length > 0) await keep(client, runId, news);
    return news;
  });
}

/** What changed within the last `days` days, the latest first; `count` at most. */
export async function readDrift({ pool }: Database, days: number, count: number): Promise<(Drift & { seen_at: Date })[]> {
  const { rows } = await pool.query<Drift & { seen_at: Date }>(
    `select resource, via, attribute, change, was, became, share, seen_at from chatrhub_sync.drift
     where seen_at > clock_timestamp() - $1 * interval '1 day' order by id desc limit $2`,
    [days, count],
  );
  return rows;
}

/** What a run was the first to see. */
export async function readDriftOf({ pool }: Database, runId: number): Promise<Drift[]> {
  const { rows } = await pool.query<Drift>(
    'select resource, via, attribute, change, was, became, share from chatrhub_sync.drift where run_id = $1 order by id',
    [runId],
  );
  return rows;
}

/** The attributes that records have in the answers of their own resource, by resource. */
export async function readListAttributes({ pool }: Database): Promise<Map<string, ReadonlySet<string>>> {
  const { rows } = await pool.query<{ resource: string; attributes: string[] }>(
    `select resource, array_agg(attribute) as attributes from chatrhub_sync.attributes
     where via = resource and gone_at is null group by resource`,
  );
  return new Map(rows.map(({ resource, attributes }) => [resource, new Set(attributes)]));
}

async function readKnown(client: Client): Promise<(KnownAttribute & { resource: string; via: string })[]> {
  const { rows } = await client.query<KnownAttribute & { resource: string; via: string }>(
    `select resource, via, attribute, kinds, records, present, gone_at is not null as "isGone" from chatrhub_sync.attributes`,
  );
  return rows;
}

async function remember(client: Client, after: readonly (KnownAttribute & { resource: string; via: string })[]): Promise<void> {
  await client.query(
    `insert into chatrhub_sync.attributes as a (resource, via, attribute, kinds, records, present, gone_at)
     select resource, via, attribute, kinds, records, present, case when "isGone" then clock_timestamp() end
     from jsonb_to_recordset($1) as x
       (resource text, via text, attribute text, kinds text[], records bigint, present bigint, "isGone" boolean)
     on conflict (resource, via, attribute) do update set kinds = excluded.kinds, records = excluded.records, present = excluded.present,
       gone_at = case when excluded.gone_at is not null then coalesce(a.gone_at, excluded.gone_at) end`,
    [JSON.stringify(after)],
  );
}

async function keep(client: Client, runId: number, news: readonly Drift[]): Promise<void> {
  await client.query(
    `insert into chatrhub_sync.drift (run_id, resource, via, attribute, change, was, became, share)
     select $1, x.* from jsonb_to_recordset($2)
       as x (resource text, via text, attribute text, change text, was text, became text, share float8)`,
    [runId, JSON.stringify(news)],
  );
}
