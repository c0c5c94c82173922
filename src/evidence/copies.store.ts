import type { Batch } from '../records/answer.ts';
import { fieldsOf, type Resource } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import { copyDay } from '../resources/tables/schemas.ts';
import type { Client } from '../warehouse/connection/database.ts';
import { addOutcomes, loadBatch, type Outcome } from '../warehouse/load/load.ts';
import { isReal, nameOf } from '../warehouse/load/merge.ts';
import { keepVersions } from '../warehouse/load/versions.ts';
import { RECENT_MS, resolveCopies, type StoredCopy } from './copies.ts';

/**
 * Loads copies of records that came inside others, in the transaction of `client`: what of them counts (see `resolveCopies`), as rows and
 * as versions. `listSays`: the attributes that the list of these records holds.
 */
export async function loadCopies(
  client: Client,
  batch: Batch,
  { askedAt, touch, listSays }: { askedAt: Date; touch: boolean; listSays: ReadonlySet<string> },
): Promise<Outcome> {
  const { winning, filling, refused } = resolveCopies(batch, await readCopiesKnown(client, batch, askedAt), listSays);
  const won = await loadBatch(client, { ...batch, ...winning }, askedAt, touch);
  const filled = await loadBatch(client, { ...batch, ...filling, rejected: 0 }, askedAt, touch, 'filling');
  for (const part of [winning, filling]) await keepVersions(client, { ...batch, ...part }, askedAt);
  return addOutcomes(addOutcomes(won, filled), { fetched: refused, inserted: 0, updated: 0, unchanged: refused, rejected: 0 });
}

/** What is stored of the records in a batch of copies, by number; stubs are not. */
async function readCopiesKnown(
  client: Client,
  { resource, rows, carriedAt }: Pick<Batch, 'resource' | 'rows' | 'carriedAt'>,
  askedAt: Date,
): Promise<Map<number, StoredCopy>> {
  const { table } = resource.tables[0];
  const columns = fieldsOf(resource);
  const columnOf = (key: string) => columns.find((field) => field.key === key)?.column;
  const updatedAt = columnOf('updt_dt');
  const later = carriersOf(resource).map(
    // Of the last day, which is at the end of an index. To look for one that is later, a planner that expects many would read all others first.
    ({ name, parent, moment }) => {
      const latest = (what: string, isOfDay = ''): string =>
        `(select max(${what}) from ${name} c where c.${parent} = t.${columnOf('id')}${isOfDay})`;
      return `${latest(moment, ` and ${copyDay(moment)} = ${latest(copyDay(moment))}`)} > x.carried_at`;
    },
  );
  const { rows: found } = await client.query<StoredCopy & { id: number }>(
    `select t.${columnOf('id')} as id, ${updatedAt ? `t.${updatedAt}` : 'null::timestamptz'} as "updatedAt",
       coalesce((select true from chatrhub_sync.listed_records l where l.resource = $3 and l.record_key = t.${columnOf('id')}::text), false) as "isListed",
       x.carried_at < $4 and (${later.join(' or ') || 'false'}) as "isOutdated"
     from unnest($1::bigint[], $2::timestamptz[]) x (id, carried_at)
     join ${nameOf(table)} t on t.${columnOf('id')} = x.id
     where ${isReal(table, 't.')}`,
    [rows.map(({ id }) => id), rows.map((_, i) => carriedAt[i] ?? null), resource.name, new Date(askedAt.getTime() - RECENT_MS)],
  );
  return new Map(found.map(({ id, ...standing }) => [id, { ...standing, isOutdated: standing.isOutdated ?? false }]));
}

type Carrier = { name: string; parent: string; moment: string };

/** The tables of the records that hold copies of a resource's, their column with its number, and when they were last changed. */
const carriersOf = (resource: Resource): Carrier[] =>
  resources.flatMap((carrier) => {
    const fields = fieldsOf(carrier).filter(({ table }) => table === 0);
    const columnOf = (key: string) => fields.find((field) => field.key === key)?.column;
    const moments = ['updt_dt', 'create_dt'].flatMap((key) => columnOf(key) ?? []).map((column) => `c.${column}`);
    // As the indexes have it (`copiesIndexed`).
    const moment = moments.length > 1 ? `coalesce(${moments.join(', ')})` : moments.join();
    return Object.values(carrier.embeds ?? {})
      .filter((embed) => embed.resource === resource)
      .flatMap(({ id }) => {
        const parent = columnOf(id);
        return parent ? [{ name: nameOf(carrier.tables[0].table), parent, moment }] : [];
      });
  });
