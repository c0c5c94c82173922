import { getTableColumns } from 'drizzle-orm';
import pg from 'pg';
import { fieldsOf, keyColumns, type Resource } from '../records/resource.ts';
import type { Client } from '../warehouse/connection/database.ts';
import { nameOf } from '../warehouse/load/merge.ts';
import { personalKeys } from './redact-erased.ts';

const quote = pg.escapeIdentifier;

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
    const [key] = keyColumns(resource.tables[0].table);
    const columnOf = (attribute: string) => quote(fieldsOf(resource).find((field) => field.key === attribute)?.column ?? '');
    const wholes = [...found].find(([of]) => keyColumns(of.tables[0].table)[0]?.name === through)?.[1] ?? [];
    const rows = [...visitors.map((name) => `${columnOf(name)} = $1`), ...(through ? [`${columnOf(through)} = any($2)`] : [])];
    const versions = [
      ...visitors.map((name) => `attributes ->> '${name}' = $1::bigint::text`),
      ...(through ? [`attributes ->> '${through}' = any($2::bigint[]::text[])`] : []),
    ];
    const { rows: ids } = await client.query<{ id: number }>(
      `select ${quote(key?.name ?? '')} as id from ${nameOf(resource.tables[0].table)} where $1::bigint is not null and $2::bigint[] is not null and (${rows.join(' or ')})
       ${inVersions && versions.length > 0 ? `union select record_key::bigint from chatrhub_raw.record_versions where resource = '${resource.name}' and (${versions.join(' or ')})` : ''}`,
      [visitorId, wholes],
    );
    found.set(
      resource,
      ids.map(({ id }) => id),
    );
  }
  return found;
}

/** What a visitor can be found by in a text: e-mail addresses, phone numbers, user names; today's and those of the past. */
export async function readIdentifiers(client: Pick<Client, 'query'>, visitorId: number): Promise<{ attribute: string; value: string }[]> {
  const { rows } = await client.query<{ attribute: string; value: string }>(
    `select distinct v.attribute, v.value from (
       select email, phone, xmpp_username from chatrhub_private.visitor_contacts where visitor_id = $1
       union all
       select attributes ->> 'email', attributes ->> 'phone', attributes ->> 'xmpp_username'
       from chatrhub_raw.record_versions where resource = 'visitors' and record_key = $1::bigint::text
     ) c cross join lateral (values ('email', email), ('phone', phone), ('xmpp_username', xmpp_username)) v (attribute, value)
     where length(v.value) >= 6`,
    [visitorId],
  );
  return rows;
}

/** Tasks whose variables hold one of some texts: nothing else says whose they are. */
export async function findTasks(client: Pick<Client, 'query'>, texts: readonly string[]): Promise<number[]> {
  const holds = (text: string) => `exists (select from unnest($1::text[]) i where position(lower(i) in lower(${text})) > 0)`;
  const { rows } = await client.query<{ id: number }>(
    `select task_id as id from chatrhub_private.task_variables where ${holds('variables::text')}
     union select record_key::bigint from chatrhub_raw.record_versions where resource = 'tasks' and ${holds(`attributes ->> 'variables_'`)}`,
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

/** Removes what was kept aside of some records of a resource. */
export async function removeRejects(client: Client, resource: Resource, ids: readonly number[]): Promise<number> {
  const { rowCount } = await client.query(
    'delete from chatrhub_sync.rejected_records where resource = $1 and record_key = any($2::text[])',
    [resource.name, ids],
  );
  return rowCount ?? 0;
}

/** Removes what was kept aside and names a visitor, by number or by one of some texts. */
export async function removeRejectsNaming(client: Client, visitorId: number, texts: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    `delete from chatrhub_sync.rejected_records
     where value ~ $1 or exists (select from unnest($2::text[]) i where position(lower(i) in lower(value)) > 0)`,
    [`"(from_|to_)?visitor_id":"?${visitorId}["},]`, texts],
  );
  return rowCount ?? 0;
}
