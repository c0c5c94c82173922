import { getTableColumns } from 'drizzle-orm';
import pg from 'pg';
import { fieldOf, keyColumns, type Resource } from '../records/resource.ts';
import type { Client } from '../warehouse/connection/database.ts';
import { nameOf } from '../warehouse/load/merge.ts';
import { personalKeys } from './redact-erased.ts';

const quote = pg.escapeIdentifier;

const tableOf = (resource: Resource): string => nameOf(resource.tables[0].table);
const keyOf = (resource: Resource): string => quote(keyColumns(resource.tables[0].table)[0]?.name ?? '');

/** SQL names of the table that holds an attribute, and of its column there. */
function placeOf(resource: Resource, attribute: string): { table: string; column: string } {
  const { table, column } = fieldOf(resource, attribute);
  return { table: nameOf((resource.tables[table] ?? resource.tables[0]).table), column: quote(column) };
}

/** SQL for the numbers of records, and what the versions of them say in an attribute. `$1` is in the condition. */
const inVersionsOf = (resource: Resource, attribute: string): string =>
  `from chatrhub_raw.record_versions where resource = '${resource.name}' and attributes ->> '${attribute}'`;

/**
 * The numbers of the records that belong to a visitor, by resource, parents first. `inVersions`: also those that only a version of the
 * past says to be; that reads all versions of a resource.
 */
export async function findRecords(
  client: Pick<Client, 'query'>,
  resources: readonly Resource[],
  visitorId: number,
  { inVersions }: { inVersions: boolean },
): Promise<Map<Resource, number[]>> {
  const found = new Map<Resource, number[]>();
  for (const resource of resources) {
    if (!resource.belongsTo) continue;
    const { visitors = [], through } = resource.belongsTo;
    const columnOf = (attribute: string): string => placeOf(resource, attribute).column;
    const rows = [...visitors.map((name) => `${columnOf(name)} = $1`), ...(through ? [`${columnOf(through.attribute)} = any($2)`] : [])];
    const versions = [
      ...visitors.map((name) => `${inVersionsOf(resource, name)} = $1::bigint::text`),
      ...(through ? [`${inVersionsOf(resource, through.attribute)} = any($2::bigint[]::text[])`] : []),
    ];
    const { rows: ids } = await client.query<{ id: number }>(
      `select ${keyOf(resource)} as id from ${tableOf(resource)} where $1::bigint is not null and $2::bigint[] is not null and (${rows.join(' or ') || 'false'})
       ${inVersions ? versions.map((version) => `union select record_key::bigint ${version}`).join('\n') : ''}`,
      [visitorId, (through && found.get(through.of)) ?? []],
    );
    found.set(
      resource,
      ids.map(({ id }) => id),
    );
  }
  return found;
}

/** What a person can be found by in a text: e-mail addresses, phone numbers, user names; today's and those of the past. */
export async function readIdentifiers(
  client: Pick<Client, 'query'>,
  people: Resource,
  id: number,
): Promise<{ attribute: string; value: string }[]> {
  const said = (people.identifiers ?? []).flatMap((attribute) => {
    const { table, column } = placeOf(people, attribute);
    return [
      `select '${attribute}' as attribute, ${column} as value from ${table} where ${keyOf(people)} = $1`,
      `select '${attribute}', attributes ->> '${attribute}' from chatrhub_raw.record_versions
       where resource = '${people.name}' and record_key = $1::bigint::text`,
    ];
  });
  const { rows } = await client.query<{ attribute: string; value: string }>(
    `select distinct attribute, value from (${said.join(' union all ')}) v where length(value) >= 6`,
    [id],
  );
  return rows;
}

/** Records of a resource that mention one of some texts, where nothing else says whose they are. */
export async function findMentions(client: Pick<Client, 'query'>, resource: Resource, texts: readonly string[]): Promise<number[]> {
  const { mentions } = resource.belongsTo ?? {};
  if (mentions === undefined) return [];
  const holds = (text: string) => `exists (select from unnest($1::text[]) i where position(lower(i) in lower(${text})) > 0)`;
  const { table, column } = placeOf(resource, mentions);
  const { rows } = await client.query<{ id: number }>(
    `select ${keyOf(resource)} as id from ${table} where ${holds(`${column}::text`)}
     union select record_key::bigint from chatrhub_raw.record_versions
     where resource = '${resource.name}' and ${holds(`attributes ->> '${mentions}'`)}`,
    [texts],
  );
  return rows.map(({ id }) => id);
}

/** Empties the columns of a resource's tables that hold what is personal, in some of its records. Returns how many rows changed, by table. */
export async function emptyPersonal(client: Client, resource: Resource, ids: readonly number[]): Promise<Record<string, number>> {
  const changed: Record<string, number> = {};
  const personal = new Set(personalKeys(resource));
  for (const { table } of resource.tables) {
    const [key] = keyColumns(resource.tables[0].table);
    const columns = Object.entries(getTableColumns(table)).flatMap(([name, column]) => (personal.has(name) ? [column] : []));
    if (columns.length === 0) continue;
    const { rowCount } = await client.query(
      `update ${nameOf(table)} set ${columns.map(({ name }) => `${quote(name)} = default`).join(', ')}
       where ${quote(key?.name ?? '')} = any($1)
         and (${columns.map(({ name, default: empty }) => `${quote(name)} is distinct from ${JSON.stringify(empty ?? null)}`).join(' or ')})`,
      [ids],
    );
    changed[nameOf(table).replaceAll('"', '')] = rowCount ?? 0;
  }
  return changed;
}

/** Removes what was rejected of some records of a resource. */
export async function removeRejects(client: Client, resource: Resource, ids: readonly number[]): Promise<number> {
  const { rowCount } = await client.query(
    'delete from chatrhub_sync.rejected_records where resource = $1 and record_key = any($2::text[])',
    [resource.name, ids],
  );
  return rowCount ?? 0;
}

/** Removes what was rejected and names a visitor, by number or by one of some texts. */
export async function removeRejectsNaming(
  client: Client,
  resources: readonly Resource[],
  visitorId: number,
  texts: readonly string[],
): Promise<number> {
  // The number of a record's own is no name of somebody.
  const names = new Set(resources.flatMap(({ belongsTo }) => belongsTo?.visitors ?? []).filter((name) => name !== 'id'));
  const { rowCount } = await client.query(
    `delete from chatrhub_sync.rejected_records
     where value ~ $1 or exists (select from unnest($2::text[]) i where position(lower(i) in lower(value)) > 0)`,
    [`"(${[...names].join('|')})":"?${visitorId}["},]`, texts],
  );
  return rowCount ?? 0;
}
